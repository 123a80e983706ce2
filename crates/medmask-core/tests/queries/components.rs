use medmask_core::{Connectivity, ConnectivityError, Runs};
use ndarray::Array3;
use proptest::prelude::*;

use super::{flood, runs, steps, volume};

const LABELS: &[u32] = &[0, 0, 0, 1, 1, 2, 70_000];

/// Numbers of components, and their sizes and labels in the order of the numbers.
fn naive(voxels: &Array3<u32>, axes: usize) -> (Array3<u32>, Vec<(u64, u32)>) {
    let steps = steps(axes);
    let mut known = Array3::from_elem(voxels.dim(), false);
    let mut parts = Vec::new();
    for (index, label) in voxels.indexed_iter().filter(|(_, label)| **label != 0) {
        if !known[index] {
            let (part, _) = flood(voxels, index, &steps, |other| other == *label);
            part.iter().for_each(|voxel| known[*voxel] = true);
            parts.push((part, *label));
        }
    }
    parts.sort_by_key(|(part, _)| std::cmp::Reverse(part.len()));
    let mut numbers = Array3::zeros(voxels.dim());
    for (number, (part, _)) in (1..).zip(&parts) {
        part.iter().for_each(|voxel| numbers[*voxel] = number);
    }
    (numbers, parts.iter().map(|(part, label)| (part.len() as u64, *label)).collect())
}

proptest! {
    #[test]
    fn components_are_those_of_a_flood(voxels in volume(LABELS), least in 1_u64..6, count in 0_usize..4) {
        let runs = runs(&voxels);
        for (axes, neighbours) in [(1, 6), (2, 18), (3, 26)] {
            let found = runs.components(Connectivity::try_from(neighbours).unwrap());
            let (numbers, parts) = naive(&voxels, axes);
            prop_assert_eq!(found.runs(), &Runs::from_array(numbers.view()), "{} neighbours", neighbours);
            prop_assert_eq!(found.statistics(), numbers_counted(&numbers));
            let labels = (1..=parts.len() as u32).map(|number| found.label_of(number).unwrap());
            let sizes = found.statistics().iter().map(|part| part.voxels);
            prop_assert_eq!(sizes.zip(labels).collect::<Vec<_>>(), parts.clone());
            prop_assert_eq!((found.len(), found.is_empty()), (parts.len(), parts.is_empty()));
            prop_assert_eq!(found.label_of(0), None);
            prop_assert_eq!(found.label_of(parts.len() as u32 + 1), None);
            let kept = |wanted: &dyn Fn(u32) -> bool| {
                Array3::from_shape_fn(voxels.dim(), |index| {
                    if wanted(numbers[index]) { voxels[index] } else { 0 }
                })
            };
            let large = kept(&|number| number != 0 && parts[number as usize - 1].0 >= least);
            prop_assert_eq!(found.at_least(least), Runs::from_array(large.view()));
            let first = kept(&|number| number as usize <= count);
            prop_assert_eq!(found.largest(count), Runs::from_array(first.view()));
        }
    }
}

fn numbers_counted(numbers: &Array3<u32>) -> Vec<medmask_core::LabelStatistics> {
    Runs::from_array(numbers.view()).statistics()
}

#[test]
fn corners_are_the_default_and_other_numbers_no_connectivity() {
    assert_eq!(Connectivity::default(), Connectivity::Corners);
    assert_eq!(Connectivity::try_from(8), Err(ConnectivityError { neighbours: 8 }));
}

#[test]
fn rows_at_the_far_end_of_a_grid_have_neighbours() {
    let far = u32::MAX - 1;
    let mut builder = medmask_core::RunsBuilder::new([u32::MAX as usize; 3]);
    for z in [far - 1, far] {
        builder.push(z, far, medmask_core::Run { start: far, end: u32::MAX, label: 1 });
    }
    let runs = builder.finish();
    assert_eq!(runs.components(Connectivity::Corners).len(), 1);
    assert_eq!(runs.boundary(), runs);
}
