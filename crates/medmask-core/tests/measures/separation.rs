use medmask_core::{DistanceError, MarginError, Runs, ShapeMismatch};
use ndarray::Array3;
use proptest::prelude::*;

use super::{blobs, close, runs, voxels_of};

const WITHIN: [f64; 4] = [0.0, 0.7, 2.1, 5.0];

fn apart(a: [i64; 3], b: [i64; 3], spacing: [f64; 3]) -> f64 {
    let square = |n: usize| ((a[n] - b[n]) as f64 * spacing[n]).powi(2);
    (0..3).map(square).sum::<f64>().sqrt()
}

/// From each voxel of `first` to the nearest of `second`, every pair looked at; of voxels in `second` minus the distance to the nearest
/// voxel that is not, of the volume with two layers around it.
fn signed(first: &[[i64; 3]], second: &[[i64; 3]], shape: [i64; 3], spacing: [f64; 3]) -> Vec<f64> {
    let axis = |n: usize| -2..shape[n] + 2;
    let all = axis(0).flat_map(|z| axis(1).flat_map(move |y| axis(2).map(move |x| [z, y, x])));
    let others: Vec<[i64; 3]> = all.filter(|voxel| !second.contains(voxel)).collect();
    let nearest = |from: &[i64; 3], to: &[[i64; 3]]| {
        to.iter().map(|voxel| apart(*from, *voxel, spacing)).fold(f64::INFINITY, f64::min)
    };
    let one = |voxel: &[i64; 3]| match second.contains(voxel) {
        true => -nearest(voxel, &others),
        false => nearest(voxel, second),
    };
    first.iter().map(one).collect()
}

fn voxels(array: &Array3<u8>, label: u8) -> Vec<[i64; 3]> {
    voxels_of(array, label).iter().map(|voxel| voxel.map(|n| n as i64)).collect()
}

fn check(first: &Array3<u8>, second: &Array3<u8>, spacing: [f64; 3]) -> Result<(), TestCaseError> {
    let (z, y, x) = first.dim();
    let shape = [z, y, x].map(|n| n as i64);
    let found = runs(first).separation(&runs(second), spacing, &WITHIN).unwrap();
    let (a, b) = (voxels(first, 1), voxels(second, 1));
    let Some(found) = found else {
        prop_assert!(a.is_empty() || b.is_empty());
        return Ok(());
    };
    let (there, back) = (signed(&a, &b, shape, spacing), signed(&b, &a, shape, spacing));
    let largest = |all: &[f64]| all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = there.iter().copied().fold(f64::INFINITY, f64::min).max(0.0);
    prop_assert!(close(found.smallest_mm, smallest), "{found:?} {smallest}");
    prop_assert!(close(found.first_to_second_mm, largest(&there)), "{found:?} {}", largest(&there));
    prop_assert!(close(found.second_to_first_mm, largest(&back)), "{found:?} {}", largest(&back));
    let [p, q] = found.nearest.map(|voxel| voxel.map(|n| n as i64));
    prop_assert!(a.contains(&p) && b.contains(&q));
    prop_assert!(close(apart(p, q, spacing), smallest));
    for (within, mm) in found.within.iter().zip(WITHIN) {
        let near = there.iter().filter(|distance| **distance <= mm * (1.0 + 1e-7)).count();
        prop_assert_eq!((within.mm, within.voxels), (mm, near as u64));
        prop_assert!(close(within.share, near as f64 / a.len() as f64));
        let grown = runs(second).grow(mm, spacing).unwrap();
        prop_assert_eq!(within.voxels, runs(first).overlap_voxels(&grown).unwrap());
    }
    Ok(())
}

/// The voxels whose value `wanted` accepts, as label 1.
fn of(array: &Array3<u8>, wanted: impl Fn(u8) -> bool) -> Array3<u8> {
    array.mapv(|label| u8::from(wanted(label)))
}

proptest! {
    #[test]
    fn distances_are_those_of_all_pairs(
        array in blobs(), spacing in prop::sample::select(&[[1.0, 1.0, 1.0], [7.0, 0.7, 0.7], [0.5, 1.25, 5.0]][..]),
    ) {
        // Apart, one in the other, and the same.
        let (first, second, both) = (of(&array, |n| n == 1), of(&array, |n| n == 2), of(&array, |n| n > 0));
        check(&first, &second, spacing)?;
        check(&first, &both, spacing)?;
        check(&both, &second, spacing)?;
        check(&both, &both, spacing)?;
    }

    #[test]
    fn masks_that_share_some_voxels_are_not_in_each_other(
        array in blobs(), moved in [-3_i64..4, -3_i64..4, -3_i64..4],
    ) {
        let first = of(&array, |n| n > 0);
        let second = runs(&first).moved(moved).to_voxels(medmask_core::Dtype::U8);
        let medmask_core::Voxels::U8(second) = second else { unreachable!("u8 was asked for") };
        check(&first, &second, [2.0, 0.9, 1.1])?;
    }
}

/// scipy 1.17.1 on the same masks, a ball of radius 6 at (10, 12, 14) and one of radius 4 at (20, 15, 30) in (26, 28, 40) voxels of
/// (2.5, 1.25, 0.75) mm: `distance_transform_edt(~second, sampling)[first]` has `.min()`, `.max()` and `(... <= 20).mean()`, and the
/// other way round `.max()`.
#[test]
fn figures_are_those_of_scipy() {
    let ball = |centre: [f64; 3], radius: f64| {
        let voxels = Array3::from_shape_fn((26, 28, 40), |(z, y, x)| {
            let square = |n: usize| ([z, y, x][n] as f64 - centre[n]).powi(2);
            u8::from((0..3).map(square).sum::<f64>() <= radius * radius)
        });
        runs(&voxels)
    };
    let (first, second) = (ball([10.0, 12.0, 14.0], 6.0), ball([20.0, 15.0, 30.0], 4.0));
    let found = first.separation(&second, [2.5, 1.25, 0.75], &[20.0]).unwrap().unwrap();
    assert!(close(found.smallest_mm, 9.72753822917186), "{found:?}");
    assert!(close(found.first_to_second_mm, 32.52787266330216), "{found:?}");
    assert!(close(found.second_to_first_mm, 23.62334650298302), "{found:?}");
    assert!(close(found.within[0].share, 0.4908108108108108), "{found:?}");
}

#[test]
fn what_cannot_be_measured_is_refused_and_nothing_is_far_from_nothing() {
    let (one, other) = (Runs::from_slice(&[1_u8], [1; 3]).unwrap(), Runs::empty([1, 1, 2]));
    let mismatch = ShapeMismatch { first: [1; 3], second: [1, 1, 2] };
    assert_eq!(one.separation(&other, [1.0; 3], &[]), Err(DistanceError::Shapes(mismatch)));
    let wrong = |mm, spacing| one.separation(&one, spacing, &[mm]).unwrap_err();
    assert_eq!(wrong(-1.0, [1.0; 3]), MarginError::Margin { margin_mm: -1.0 }.into());
    assert!(matches!(wrong(f64::NAN, [1.0; 3]), DistanceError::Margin(_)));
    let spacing = [0.0, 1.0, 1.0];
    assert_eq!(wrong(1.0, spacing), MarginError::Spacing { spacing }.into());
    assert_eq!(one.separation(&Runs::empty([1; 3]), [1.0; 3], &[2.0]), Ok(None));
    assert_eq!(Runs::empty([1; 3]).separation(&one, [1.0; 3], &[2.0]), Ok(None));
}
