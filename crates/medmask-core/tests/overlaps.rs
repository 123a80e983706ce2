//! Overlap of many masks against a count voxel by voxel.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

use std::collections::BTreeMap;

use medmask_core::{MaskLabel, MaskOverlap, Runs, ShapeMismatch};
use ndarray::Array3;
use proptest::prelude::*;

/// Up to seven masks of one shape, with stretches of a few labels; some masks are empty.
fn masks() -> impl Strategy<Value = Vec<Array3<u32>>> {
    let labels = prop::sample::select(&[0, 0, 0, 1, 1, 2, 700, u32::MAX][..]);
    ((1_usize..4, 1_usize..5, 1_usize..25), 0_usize..8).prop_flat_map(move |(shape, count)| {
        let stretch = (labels.clone(), 1_usize..shape.2 * 2);
        let mask = prop::collection::vec(stretch, 0..12).prop_map(move |stretches| {
            let voxels =
                stretches.into_iter().flat_map(|(label, len)| std::iter::repeat_n(label, len));
            let mut voxels: Vec<u32> = voxels.collect();
            voxels.resize(shape.0 * shape.1 * shape.2, 0);
            Array3::from_shape_vec(shape, voxels).unwrap()
        });
        prop::collection::vec(mask, count)
    })
}

fn naive(first: &[Array3<u32>], second: &[Array3<u32>], among: bool) -> Vec<MaskOverlap> {
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for (i, a) in first.iter().enumerate() {
        for (j, b) in second.iter().enumerate().filter(|(j, _)| !among || i < *j) {
            for (a, b) in a.iter().zip(b).filter(|(a, b)| **a != 0 && **b != 0) {
                let pair = [MaskLabel { mask: i, label: *a }, MaskLabel { mask: j, label: *b }];
                *counts.entry(pair).or_default() += 1;
            }
        }
    }
    let overlap =
        |([first, second], voxels): ([MaskLabel; 2], u64)| MaskOverlap { first, second, voxels };
    counts.into_iter().map(overlap).collect()
}

fn refs(runs: &[Runs]) -> Vec<&Runs> {
    runs.iter().collect()
}

proptest! {
    #[test]
    fn overlaps_are_those_of_the_voxels(arrays in masks(), split in 0_usize..8) {
        let runs: Vec<Runs> = arrays.iter().map(|array| Runs::from_array(array.view())).collect();
        prop_assert_eq!(Runs::overlaps_among(&refs(&runs)).unwrap(), naive(&arrays, &arrays, true));
        // The two lists have some masks in common.
        let split = split.min(arrays.len());
        let (first, second) = (..split, split / 2..);
        let found = Runs::overlaps_between(&refs(&runs[first]), &refs(&runs[second.clone()])).unwrap();
        prop_assert_eq!(found, naive(&arrays[first], &arrays[second], false));
    }
}

#[test]
fn more_labels_than_a_square_of_counts_has_room_for() {
    let shape = (1, 3, 700);
    let ascending = Array3::from_shape_fn(shape, |(_, y, x)| (x * 3 + y) as u32 + 1);
    let binary = Array3::from_shape_fn(shape, |(_, y, x)| u32::from((x + y) % 3 > 0));
    let arrays = [ascending, binary];
    let runs = arrays.clone().map(|array| Runs::from_array(array.view()));
    let found = Runs::overlaps_among(&refs(&runs)).unwrap();
    assert_eq!(found.len(), 1400);
    assert_eq!(found, naive(&arrays, &arrays, true));
}

#[test]
fn so_many_runs_that_threads_share_the_slices() {
    // Labels in stripes, more of them in the upper slices; 16,384 runs are what one thread takes.
    let stripes = |every: usize, labels: usize| {
        Array3::from_shape_fn((40, 50, 60), |(z, y, x)| {
            let labelled = (x + y + z) % every == 0 && (z > 30 || x < 20);
            if labelled { ((x + z) % labels) as u32 + 1 } else { 0 }
        })
    };
    let arrays = [stripes(2, 5), stripes(3, 900), stripes(5, 2)];
    let runs = arrays.clone().map(|array| Runs::from_array(array.view()));
    assert!(runs.iter().map(Runs::run_count).sum::<usize>() > 2 * 16_384);
    assert_eq!(Runs::overlaps_among(&refs(&runs)).unwrap(), naive(&arrays, &arrays, true));
    let few = [&runs[0], &runs[2]];
    let expected = naive(
        &[arrays[0].clone(), arrays[2].clone()],
        &[arrays[0].clone(), arrays[2].clone()],
        true,
    );
    assert_eq!(Runs::overlaps_among(&few).unwrap(), expected);
}

#[test]
fn masks_of_other_shapes_are_refused() {
    let (a, b) = (Runs::empty([1, 2, 3]), Runs::empty([1, 2, 4]));
    let mismatch = ShapeMismatch { first: [1, 2, 3], second: [1, 2, 4] };
    assert_eq!(Runs::overlaps_among(&[&a, &a, &b]), Err(mismatch));
    assert_eq!(Runs::overlaps_between(&[&a], &[&b]), Err(mismatch));
    assert_eq!(Runs::overlaps_among(&[]), Ok(Vec::new()));
}
