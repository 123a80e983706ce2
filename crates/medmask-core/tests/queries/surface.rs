use std::collections::BTreeMap;

use medmask_core::Runs;
use ndarray::Array3;
use proptest::prelude::*;

use super::{around, runs, steps, volume};

const LABELS: &[u32] = &[0, 1, 1, 1, 1, 300];

proptest! {
    #[test]
    fn surfaces_are_where_voxels_differ(
        voxels in volume(LABELS), spacing in [1_u32..9, 1_u32..9, 1_u32..9],
    ) {
        let steps = steps(1);
        let mut boundary = Array3::zeros(voxels.dim());
        let mut areas: BTreeMap<u32, u32> = BTreeMap::new();
        for (index, label) in voxels.indexed_iter().filter(|(_, label)| **label != 0) {
            areas.entry(*label).or_default();
            for (step, beside) in steps.iter().zip(around(&voxels, index, &steps)) {
                if beside.is_none_or(|beside| voxels[beside] != *label) {
                    boundary[index] = *label;
                    let sides = step.iter().zip(spacing).filter(|(n, _)| **n == 0);
                    *areas.entry(*label).or_default() += sides.map(|(_, side)| side).product::<u32>();
                }
            }
        }
        let runs = runs(&voxels);
        prop_assert_eq!(runs.boundary(), Runs::from_array(boundary.view()));
        // Sums of small whole numbers are exact.
        let areas: Vec<_> = areas.into_iter().map(|(label, area)| (label, f64::from(area))).collect();
        prop_assert_eq!(runs.face_area_mm2(spacing.map(f64::from)), areas.iter().map(|(_, area)| area).sum::<f64>());
        prop_assert_eq!(runs.face_areas_mm2(spacing.map(f64::from)), areas);
    }
}
