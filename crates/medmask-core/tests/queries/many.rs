use medmask_core::{Runs, RunsError, ShapeMismatch};
use ndarray::Array3;
use proptest::prelude::*;

use super::{of_shape, runs};

const LABELS: &[u32] = &[0, 0, 0, 1, 2, 300];

/// Masks of one shape, some of them empty.
fn masks() -> impl Strategy<Value = Vec<Array3<u32>>> {
    (1_usize..5, 1_usize..5, 1_usize..12).prop_flat_map(|shape| {
        let mask = prop_oneof![3 => of_shape(LABELS, shape), 1 => Just(Array3::zeros(shape))];
        prop::collection::vec(mask, 1..7)
    })
}

proptest! {
    #[test]
    fn many_masks_are_combined_as_their_voxels_are(voxels in masks()) {
        let all: Vec<Runs> = voxels.iter().map(runs).collect();
        let all: Vec<&Runs> = all.iter().collect();
        let naive = |rule: fn(&[u32]) -> u32| {
            let combined = Array3::from_shape_fn(voxels[0].dim(), |index| {
                let labels: Vec<u32> = voxels.iter().map(|mask| mask[index]).collect();
                rule(&labels)
            });
            runs(&combined)
        };
        prop_assert_eq!(
            Runs::union_all(&all).unwrap(),
            naive(|labels| u32::from(labels.iter().any(|label| *label != 0)))
        );
        prop_assert_eq!(
            Runs::intersection_all(&all).unwrap(),
            naive(|labels| u32::from(labels.iter().all(|label| *label != 0)))
        );
        // The place of a mask matters, and background is a result.
        let rule = |labels: &[u32]| {
            (1..).zip(labels).map(|(place, label)| place * label).sum::<u32>() % 5
        };
        prop_assert_eq!(Runs::combine_all(&all, rule).unwrap(), naive(rule));
        if let [first, second, ..] = all[..] {
            let either = Runs::combine_all(&[first, second], |labels| {
                u32::from((labels[0] != 0) != (labels[1] != 0))
            });
            prop_assert_eq!(first.symmetric_difference(second), either);
            prop_assert_eq!(Runs::union_all(&[first, second]), first.union(second));
        }
    }

    #[test]
    fn moved_voxels_lie_where_they_should(
        voxels in super::volume(LABELS), offset in [-7_i64..7, -7_i64..7, -9_i64..9],
    ) {
        let source = |index: usize, axis: usize| {
            usize::try_from(index as i64 - offset[axis]).unwrap_or(usize::MAX)
        };
        let moved = Array3::from_shape_fn(voxels.dim(), |(z, y, x)| {
            voxels.get((source(z, 0), source(y, 1), source(x, 2))).copied().unwrap_or(0)
        });
        prop_assert_eq!(runs(&voxels).moved(offset), runs(&moved));
    }
}

#[test]
fn what_moves_further_than_any_grid_is_gone() -> Result<(), RunsError> {
    let runs = Runs::from_slice(&[1_u8; 8], [2, 2, 2])?;
    for far in [i64::MIN, i64::MAX] {
        for axis in 0..3 {
            let mut offset = [0; 3];
            offset[axis] = far;
            assert_eq!(runs.moved(offset), Runs::empty([2, 2, 2]));
        }
    }
    Ok(())
}

#[test]
fn masks_of_other_shapes_are_refused_and_no_masks_have_no_voxels() {
    let (a, b) = (Runs::empty([1, 2, 3]), Runs::empty([3, 2, 1]));
    let mismatch = ShapeMismatch { first: [1, 2, 3], second: [3, 2, 1] };
    assert_eq!(Runs::union_all(&[&a, &a, &b]), Err(mismatch));
    assert_eq!(Runs::intersection_all(&[&a, &b]), Err(mismatch));
    assert_eq!(Runs::union_all(&[]), Ok(Runs::empty([0; 3])));
    assert_eq!(Runs::intersection_all(&[]), Ok(Runs::empty([0; 3])));
}
