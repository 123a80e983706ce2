use medmask_core::{MarginError, Runs};
use ndarray::Array3;
use proptest::prelude::*;

use super::{runs, volume};

const ONE: &[u32] = &[0, 0, 0, 0, 0, 7];
const SEVERAL: &[u32] = &[0, 0, 0, 0, 0, 0, 7, 2, 300];

type Index = (usize, usize, usize);

/// In tenths of a mm, so that whole numbers decide.
fn squared_distance(a: Index, b: Index, spacing: [u64; 3]) -> u64 {
    let along = |a: usize, b: usize, step: u64| (a.abs_diff(b) as u64 * step).pow(2);
    along(a.0, b.0, spacing[0]) + along(a.1, b.1, spacing[1]) + along(a.2, b.2, spacing[2])
}

fn grown(voxels: &Array3<u32>, margin: u64, spacing: [u64; 3]) -> Array3<u32> {
    Array3::from_shape_fn(voxels.dim(), |here| {
        let labelled = voxels.indexed_iter().filter(|(_, label)| **label != 0);
        let nearest =
            labelled.map(|(there, label)| (squared_distance(here, there, spacing), *label));
        nearest.min().map_or(0, |(square, label)| if square <= margin * margin { label } else { 0 })
    })
}

/// Over the volume with a layer of background around it.
fn shrunk(voxels: &Array3<u32>, margin: u64, spacing: [u64; 3]) -> Array3<u32> {
    let (depth, height, width) = voxels.dim();
    let mut padded = Array3::zeros((depth + 2, height + 2, width + 2));
    padded.slice_mut(ndarray::s![1..=depth, 1..=height, 1..=width]).assign(voxels);
    Array3::from_shape_fn(voxels.dim(), |(z, y, x)| {
        let (here, own) = ((z + 1, y + 1, x + 1), voxels[(z, y, x)]);
        let others = padded.indexed_iter().filter(|(_, label)| **label != own);
        let nearest = others.map(|(there, _)| squared_distance(here, there, spacing)).min();
        if own != 0 && nearest.is_some_and(|square| square > margin * margin) { own } else { 0 }
    })
}

proptest! {
    #[test]
    fn margins_are_those_of_all_pairs_of_voxels(
        one in volume(ONE), several in volume(SEVERAL),
        spacing in [1_u64..40, 1_u64..40, 1_u64..40], same in any::<bool>(), margin in 0_u64..100,
    ) {
        // Equal steps have the most ties.
        let spacing = if same { [spacing[0]; 3] } else { spacing };
        let mm = |tenths: u64| tenths as f64 / 10.0;
        for voxels in [one, several] {
            let runs = runs(&voxels);
            let wanted = grown(&voxels, margin, spacing);
            let added = Array3::from_shape_fn(voxels.dim(), |n| {
                if voxels[n] == 0 { wanted[n] } else { 0 }
            });
            let kept = shrunk(&voxels, margin, spacing);
            // Files keep spacings with 32 bits.
            let rounded = spacing.map(|tenths| f64::from(mm(tenths) as f32));
            for spacing in [spacing.map(mm), rounded] {
                let found = runs.grow(mm(margin), spacing).unwrap();
                prop_assert_eq!(found, Runs::from_array(wanted.view()));
                let found = runs.shell(mm(margin), spacing).unwrap();
                prop_assert_eq!(found, Runs::from_array(added.view()));
                let found = runs.shrink(mm(margin), spacing).unwrap();
                prop_assert_eq!(found, Runs::from_array(kept.view()));
            }
        }
    }
}

#[test]
fn a_margin_beyond_every_voxel_fills_the_volume() {
    let mut voxels = Array3::zeros((2, 3, 4));
    voxels[(0, 0, 0)] = 5;
    let all = Runs::from_array(Array3::from_elem((2, 3, 4), 5_u32).view());
    for spacing in [[1.0; 3], [1e-300, 1.0, 1e300], [1e300; 3], [1e-300; 3], [1e-9, 1.0, 1e9]] {
        assert_eq!(runs(&voxels).grow(f64::MAX, spacing).unwrap(), all, "{spacing:?}");
        assert_eq!(all.shrink(f64::MAX, spacing).unwrap(), Runs::empty([2, 3, 4]), "{spacing:?}");
        assert_eq!(runs(&voxels).grow(0.0, spacing).unwrap(), runs(&voxels), "{spacing:?}");
    }
}

#[test]
fn what_is_no_distance_is_refused() {
    let runs = Runs::empty([2, 2, 2]);
    for margin_mm in [-1.0, f64::NAN, f64::INFINITY] {
        for result in [
            runs.grow(margin_mm, [1.0; 3]),
            runs.shrink(margin_mm, [1.0; 3]),
            runs.shell(margin_mm, [1.0; 3]),
        ] {
            assert!(matches!(result, Err(MarginError::Margin { .. })), "{margin_mm}");
        }
    }
    for mm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let spacing = [1.0, mm, 1.0];
        assert!(matches!(runs.grow(1.0, spacing), Err(MarginError::Spacing { .. })), "{mm}");
        assert!(matches!(runs.shrink(1.0, spacing), Err(MarginError::Spacing { .. })), "{mm}");
    }
}

/// More slices than a byte counts, and rows and columns far apart.
#[test]
fn margins_over_hundreds_of_voxels_are_those_of_all_pairs() {
    for (axis, shape) in [(700, 1, 2), (2, 600, 1), (1, 2, 600)].into_iter().enumerate() {
        for labels in [[4, 4, 4], [4, 9, 2]] {
            let mut voxels = Array3::zeros(shape);
            let length = voxels.len();
            for (place, label) in [30, length / 2 + 31, length / 2 + 96].into_iter().zip(labels) {
                *voxels.iter_mut().nth(place).unwrap() = label;
            }
            let mut spacing = [10, 10, 10];
            spacing[(axis + 1) % 3] = 3070;
            let found = runs(&voxels).grow(307.0, spacing.map(|tenths| tenths as f64 / 10.0));
            let wanted = grown(&voxels, 3070, spacing);
            assert_eq!(found.unwrap(), runs(&wanted), "along {axis}, {labels:?}");
        }
    }
}
