//! Runs against a naive reading of the same voxels.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

use std::collections::BTreeMap;

use medmask_core::{Bounds, Dtype, Run, Runs, RunsError, Source, Voxel, Voxels};
use ndarray::{Array3, Axis, Zip};
use proptest::prelude::*;

/// Volumes with long stretches of background and of one label, as masks have.
fn volume(labels: &'static [u32]) -> impl Strategy<Value = Array3<u32>> {
    (1_usize..5, 1_usize..6, prop_oneof![1_usize..20, 250_usize..600]).prop_flat_map(
        move |(depth, height, width)| {
            let stretch = (prop::sample::select(labels), 1_usize..width * 3);
            prop::collection::vec(stretch, 1..40).prop_map(move |stretches| {
                let mut voxels: Vec<u32> = stretches
                    .into_iter()
                    .flat_map(|(label, len)| std::iter::repeat_n(label, len))
                    .collect();
                voxels.resize(depth * height * width, 0);
                Array3::from_shape_vec((depth, height, width), voxels).unwrap()
            })
        },
    )
}

const BYTES: &[u32] = &[0, 0, 0, 1, 2, 128, 255];
const WORDS: &[u32] = &[0, 0, 1, 0xff, 0x100, 0xff00, 0xffff];
const LONGS: &[u32] = &[0, 0, 1, 0x0001_0000, 0x8000_0000, u32::MAX];

fn naive_runs(array: &Array3<u32>) -> Vec<(u32, u32, Run)> {
    let mut found: Vec<(u32, u32, Run)> = Vec::new();
    for ((z, y, x), label) in array.indexed_iter().filter(|(_, label)| **label != 0) {
        let (z, y, x) = (z as u32, y as u32, x as u32);
        match found.last_mut() {
            Some((row_z, row_y, run))
                if (*row_z, *row_y, run.end, run.label) == (z, y, x, *label) =>
            {
                run.end += 1;
            }
            _ => found.push((z, y, Run { start: x, end: x + 1, label: *label })),
        }
    }
    found
}

fn listed(runs: &Runs) -> Vec<(u32, u32, Run)> {
    runs.rows().flat_map(|row| row.runs.iter().map(move |run| (row.z, row.y, *run))).collect()
}

fn check_type<T: Voxel>(labels: &Array3<u32>) {
    let array = labels.map(|label| T::from_label(*label));
    let runs = Runs::from_array(array.view());
    assert_eq!(listed(&runs), naive_runs(&array.map(|voxel| voxel.to_label())));
    let (z, y, x) = array.dim();
    assert_eq!(Runs::from_slice(array.as_slice().unwrap(), [z, y, x]).unwrap(), runs);

    // The same voxels behind other strides.
    let mut padded = Array3::from_elem((z, y, x + 3), T::from_label(1));
    padded.slice_mut(ndarray::s![.., .., 1..=x]).assign(&array);
    assert_eq!(Runs::from_array(padded.slice(ndarray::s![.., .., 1..=x])), runs);
    let turned = array.t().as_standard_layout().into_owned();
    assert_eq!(Runs::from_array(turned.t()), runs);
    let mut mirrored = array.clone();
    mirrored.invert_axis(Axis(2));
    let mut again = mirrored.as_standard_layout().into_owned();
    again.invert_axis(Axis(2));
    assert_eq!(Runs::from_array(again.view()), runs);

    let Voxels::U32(dense) = runs.to_voxels(Dtype::U32) else { panic!("asked for u32") };
    assert_eq!(dense, array.map(|voxel| voxel.to_label()));
}

proptest! {
    #[test]
    fn runs_of_every_type_equal_the_naive_ones(
        bytes in volume(BYTES), words in volume(WORDS), longs in volume(LONGS),
    ) {
        check_type::<bool>(&bytes);
        check_type::<u8>(&bytes);
        check_type::<u16>(&words);
        check_type::<u32>(&longs);
    }

    #[test]
    fn questions_have_the_answers_of_the_voxels(array in volume(LONGS), seed in any::<[u32; 6]>()) {
        let runs = Runs::from_array(array.view());
        let mut naive: BTreeMap<u32, (u64, Bounds, [u64; 3])> = BTreeMap::new();
        for ((z, y, x), label) in array.indexed_iter() {
            prop_assert_eq!(runs.at([z, y, x]), Some(*label));
            if *label != 0 {
                let here = Bounds { start: [z, y, x], end: [z + 1, y + 1, x + 1] };
                let entry = naive.entry(*label).or_insert((0, here, [0; 3]));
                entry.0 += 1;
                entry.1 = entry.1.union(&here);
                entry.2 = [entry.2[0] + z as u64, entry.2[1] + y as u64, entry.2[2] + x as u64];
            }
        }
        let statistics = runs.statistics();
        prop_assert_eq!(statistics.len(), naive.len());
        let together = statistics.iter().copied().reduce(|all, label| all.with(&label));
        let of_one_label = runs.relabel(|_| 1).statistics();
        prop_assert_eq!(together.map(|all| (all.voxels, all.bounds, all.sums)),
            of_one_label.first().map(|all| (all.voxels, all.bounds, all.sums)));
        for (found, (label, (voxels, bounds, sums))) in statistics.iter().zip(&naive) {
            prop_assert_eq!(
                (found.label, found.voxels, found.bounds, found.sums),
                (*label, *voxels, *bounds, *sums)
            );
        }
        prop_assert_eq!(runs.bounds(), naive.values().map(|label| label.1).reduce(|a, b| a.union(&b)));
        prop_assert_eq!(runs.voxel_count(), naive.values().map(|label| label.0).sum::<u64>());

        let shape = runs.shape();
        let start: [usize; 3] = std::array::from_fn(|n| seed[n] as usize % shape[n]);
        let end = std::array::from_fn(|n| start[n] + 1 + seed[n + 3] as usize % (shape[n] - start[n]));
        let bounds = Bounds { start, end };
        let part = array
            .slice(ndarray::s![start[0]..end[0], start[1]..end[1], start[2]..end[2]])
            .to_owned();
        prop_assert_eq!(runs.crop(bounds), Runs::from_array(part.view()));
        let mut rows = Vec::new();
        let (source, mut row) = (runs.part(bounds), Vec::new());
        for (z, slice) in (0..).zip(part.outer_iter()) {
            prop_assert!(!source.is_empty(z) || slice.iter().all(|label| *label == 0));
            for y in 0..slice.nrows() as u32 {
                source.row(z, y, &mut row);
                rows.extend(row.iter().map(|run| (z, y, *run)));
            }
        }
        prop_assert_eq!(rows, naive_runs(&part));
        prop_assert_eq!(runs.to_voxels_in(bounds, Dtype::U32), Voxels::U32(part));
        let after = std::array::from_fn(|n| shape[n] - end[n]);
        let inside = |z, y, x| bounds.contains([z, y, x]);
        let kept = Array3::from_shape_fn(array.dim(), |(z, y, x)| {
            if inside(z, y, x) { array[(z, y, x)] } else { 0 }
        });
        prop_assert_eq!(runs.crop(bounds).pad(start, after), Runs::from_array(kept.view()));
    }

    #[test]
    fn algebra_is_that_of_the_voxels(first in volume(BYTES), second in volume(BYTES)) {
        let mut other = Array3::zeros(first.dim());
        let flat: Vec<u32> = second.iter().copied().cycle().take(other.len()).collect();
        other.iter_mut().zip(flat).for_each(|(voxel, label)| *voxel = label);
        let (a, b) = (Runs::from_array(first.view()), Runs::from_array(other.view()));
        let naive = |rule: fn(u32, u32) -> u32| {
            let voxels = Zip::from(&first).and(&other).map_collect(|a, b| rule(*a, *b));
            Runs::from_array(voxels.view())
        };
        prop_assert_eq!(a.union(&b).unwrap(), naive(|a, b| u32::from(a | b != 0)));
        prop_assert_eq!(a.intersection(&b).unwrap(), naive(|a, b| u32::from(a != 0 && b != 0)));
        prop_assert_eq!(a.difference(&b).unwrap(), naive(|a, b| u32::from(a != 0 && b == 0)));
        prop_assert_eq!(a.paint_over(&b).unwrap(), naive(|a, b| if b == 0 { a } else { b }));
        prop_assert_eq!(a.binary(), naive(|a, _| u32::from(a != 0)));
        prop_assert_eq!(a.select(|label| label > 1), naive(|a, _| if a > 1 { a } else { 0 }));
        prop_assert_eq!(a.relabel(|label| label % 2), naive(|a, _| a % 2));
        let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (a, b) in first.iter().zip(&other).filter(|(a, b)| **a != 0 && **b != 0) {
            *pairs.entry((*a, *b)).or_default() += 1;
        }
        let found: BTreeMap<_, _> =
            a.overlaps(&b).unwrap().iter().map(|pair| ((pair.first, pair.second), pair.voxels)).collect();
        prop_assert_eq!(a.overlap_voxels(&b).unwrap(), pairs.values().sum::<u64>());
        prop_assert_eq!(found, pairs);
    }
}

#[test]
fn many_labels_are_counted_without_a_table_of_the_largest() {
    let labels: Vec<u32> = (0..70_000_u32).map(|n| u32::MAX - n).collect();
    let runs = Runs::from_slice(&labels, [1, 1, 70_000]).unwrap();
    let statistics = runs.statistics();
    assert_eq!(statistics.len(), 70_000);
    assert_eq!((statistics[0].label, statistics[0].sums), (u32::MAX - 69_999, [0, 0, 69_999]));
}

#[test]
fn dense_voxels_are_widened_rather_than_wrapped() {
    let runs = Runs::from_slice(&[0_u16, 300], [1, 1, 2]).unwrap();
    assert_eq!(runs.to_voxels(Dtype::U8).dtype(), Dtype::U16);
    assert_eq!(runs.to_voxels(Dtype::U8).get([0, 0, 1]), Some(300));
}

#[test]
fn slices_must_fill_their_shape_and_masks_their_partner() {
    let error = Runs::from_slice(&[0_u8; 5], [1, 2, 3]).unwrap_err();
    assert_eq!(error, RunsError::Length { len: 5, shape: [1, 2, 3] });
    assert!(Runs::from_slice::<u8>(&[], [usize::MAX, 2, 3]).is_err());
    let (a, b) = (Runs::empty([1, 2, 3]), Runs::empty([3, 2, 1]));
    assert_eq!(a.union(&b).unwrap_err().second, [3, 2, 1]);
    assert_eq!(a.at([1, 0, 0]), None);
    assert_eq!(a.at([0, 0, 0]), Some(0));
    assert_eq!(a.bounds(), None);
}

#[test]
#[should_panic(expected = "memory")]
fn voxels_that_no_memory_holds_are_not_an_empty_array() {
    // The product wraps to 1.
    let _ = Voxels::zeros(Dtype::U8, [usize::MAX, usize::MAX, 1]);
}
