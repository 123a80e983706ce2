//! Masks: built up, asked by name, resampled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

use std::iter::repeat_n;

use medmask_core::{
    Agreement, Dtype, Interpolation, LabelMap, LabelMapError, Mask, MaskError, RotationCentre,
    Runs, Space, Voxels,
};
use ndarray::{Array3, s};
use proptest::prelude::*;

fn named(pairs: &[(&str, u32)]) -> LabelMap {
    let mut labels = LabelMap::new();
    for (name, label) in pairs {
        labels.insert(*name, *label).unwrap();
    }
    labels
}

fn region(rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Array3<bool> {
    let mut mask = Array3::from_elem((1, 64, 64), false);
    mask.slice_mut(s![.., rows, columns]).fill(true);
    mask
}

fn count(mask: &Array3<bool>) -> usize {
    mask.iter().filter(|voxel| **voxel).count()
}

#[test]
fn lobes_and_lesions_are_built_up_and_asked_by_name() {
    let space = Space::of_shape([1, 64, 64]);
    let mut lobes = Mask::empty(Dtype::U8, space.clone());
    lobes.add_label(&region(10..30, 10..25).view(), 1, "left_upper_lobe").unwrap();
    lobes.add_label(&region(35..55, 10..25).view(), 2, "left_lower_lobe").unwrap();
    lobes.add_label(&region(10..25, 40..55).view(), 3, "right_upper_lobe").unwrap();
    let mut lesions = Mask::empty(Dtype::U8, space);
    lesions.add_label(&region(15..20, 15..20).view(), 1, "nodule_1").unwrap();
    lesions.add_label(&region(25..30, 45..50).view(), 3, "mass_1").unwrap();

    assert_eq!(count(&lobes.binary_by_names(&["left_upper_lobe"]).unwrap()), 300);
    assert_eq!(count(&lobes.binary_by_labels(&[2, 1]).unwrap()), 600);
    assert_eq!(count(&lobes.to_binary()), 825);
    assert_eq!((lobes.dtype().bits(), lobes.shape()), (8, [1, 64, 64]));

    let nodule = lesions.to_runs().binary_of(1);
    let agreement = nodule.agreement(&lobes.to_runs().binary_of(1)).unwrap();
    assert_eq!(agreement, Agreement { first: 25, second: 300, shared: 25 });
    assert_eq!(agreement.share_of_first(), Some(1.0));
    assert_eq!(agreement.dice(), Some(50.0 / 325.0));
    assert_eq!(lesions.to_runs().binary_of(3).overlap_voxels(&lobes.to_runs()).unwrap(), 0);
    let by_label = lesions.to_runs().agreement_by_label(&lobes.to_runs()).unwrap();
    assert_eq!(by_label[1], (2, Agreement { first: 0, second: 300, shared: 0 }));
    assert_eq!(Agreement::default().dice(), None);
}

#[test]
fn the_name_of_background_selects_it() {
    let voxels = Array3::from_shape_vec((1, 1, 4), vec![0_u8, 2, 0, 3]).unwrap();
    let space = Space::of_shape([1, 1, 4]);
    let mut mask = Mask::new(voxels, named(&[("b", 2), ("bg", 0), ("c", 3)]), space).unwrap();
    let chosen = |mask: &Mask, labels: &[u32]| -> Vec<bool> {
        mask.binary_by_labels(labels).unwrap().into_iter().collect()
    };
    assert_eq!(chosen(&mask, &[0]), [true, false, true, false]);
    assert_eq!(chosen(&mask, &[3, 0]), [true, false, true, true]);
    assert_eq!(chosen(&mask, &[2]), [false, true, false, false]);
    assert_eq!(mask.binary_by_names(&["bg"]).unwrap(), mask.to_binary().mapv(|inside| !inside));

    let everywhere = Array3::from_elem((1, 1, 4), true);
    let refused = mask.add_label(&everywhere.view(), 0, "nothing").unwrap_err();
    assert_eq!(refused, MaskError::Background { name: "nothing".into() });
    assert_eq!(mask.labels().len(), 3);
}

#[test]
fn adding_a_label_that_cannot_be_changes_nothing() {
    let mut mask = Mask::empty(Dtype::Bool, Space::of_shape([1, 64, 64]));
    mask.add_label(&region(0..4, 0..4).view(), 1, "a").unwrap();
    let before = mask.clone();
    let all = region(0..64, 0..64);
    let error = mask.add_label(&all.view(), 2, "b").unwrap_err();
    assert_eq!(error, MaskError::LabelTooLarge { label: 2, dtype: Dtype::Bool });
    assert!(matches!(
        mask.add_label(&all.view(), 1, "b"),
        Err(MaskError::Label(LabelMapError::LabelTaken { .. }))
    ));
    assert!(mask.add_label(&all.view(), 0, "b").is_err());
    assert!(mask.add_label(&all.slice(s![.., 1.., ..]), 1, "c").is_err());
    assert_eq!(mask, before);

    let mut wide = Mask::empty(Dtype::U16, Space::of_shape([1, 64, 64]));
    wide.add_label(&all.view(), 65_535, "all").unwrap();
    assert!(matches!(wide.add_label(&all.view(), 3, "all"), Err(MaskError::Label(_))));
    assert!(wide.add_label(&all.view(), 65_536, "more").is_err());
    wide.add_label(&region(0..2, 0..2).view(), 3, "corner").unwrap();
    assert_eq!(
        count(&wide.binary_by_names(&["all"]).unwrap()),
        64 * 64 - 4,
        "later labels paint over"
    );
}

#[test]
fn labels_without_a_name_are_refused_or_named() {
    let voxels = Array3::from_shape_vec((1, 1, 5), vec![0_u16, 7, 7, 300, 2]).unwrap();
    let space = Space::of_shape([1, 1, 5]);
    let labels = named(&[("two", 2), ("label_7", 9)]);
    let error = Mask::new(voxels.clone(), labels.clone(), space.clone()).unwrap_err();
    assert_eq!(error, MaskError::Unnamed { labels: vec![7, 300] });
    assert_eq!(error.to_string(), "2 of the labels in the voxels have no name: 7, 300");
    let mask = Mask::with_made_names(voxels.clone(), labels, space).unwrap();
    let names: Vec<_> = mask.labels().iter().collect();
    assert_eq!(names, [("two", 2), ("label_7", 9), ("label_7_2", 7), ("label_300", 300)]);
    assert!(matches!(
        Mask::new(voxels, LabelMap::new(), Space::of_shape([1, 5, 1])),
        Err(MaskError::ShapeMismatch { .. })
    ));
}

#[test]
fn background_that_memory_cannot_hold_is_no_array() {
    for dtype in [Dtype::Bool, Dtype::U8, Dtype::U16, Dtype::U32] {
        let some = Voxels::try_zeros(dtype, [2, 3, 4]).unwrap();
        assert_eq!(some, Voxels::zeros(dtype, [2, 3, 4]));
        assert_eq!(Voxels::try_zeros(dtype, [0, 3, 4]).unwrap().shape(), [0, 3, 4]);
        assert_eq!(Voxels::try_zeros(dtype, [usize::MAX, 1, 1]), None);
        assert_eq!(Voxels::try_zeros(dtype, [usize::MAX / 2, 4, 1]), None);
    }
    // As large as an array may be, which no machine of 64 bits has room for.
    #[cfg(target_pointer_width = "64")]
    assert_eq!(Voxels::try_zeros(Dtype::Bool, [isize::MAX as usize, 1, 1]), None);
}

#[test]
fn known_labels_are_checked_without_the_voxels() {
    let shape = [1, 2, 4];
    let space = || Space::of_shape(shape);
    let voxels = Array3::from_shape_vec(shape, vec![0_u16, 7, 7, 0, 300, 0, 0, 7]).unwrap();
    let names = named(&[("liver", 7), ("spleen", 300), ("colon", 9)]);
    let known =
        |names, space| Mask::with_known_labels(voxels.clone().into(), [7, 300], names, space);

    let dense = Mask::new(voxels.clone(), names.clone(), space()).unwrap();
    assert_eq!(known(names.clone(), space()).unwrap(), dense);
    let unnamed = MaskError::Unnamed { labels: vec![7, 300] };
    assert_eq!(known(named(&[("colon", 9)]), space()).unwrap_err(), unnamed);
    let error = known(names, Space::of_shape([2, 2, 4])).unwrap_err();
    assert_eq!(error, MaskError::ShapeMismatch { voxels: shape, space: [2, 2, 4] });
}

#[test]
fn unknown_names_and_labels_are_errors() {
    let mask = Mask::new(
        Voxels::zeros(Dtype::U8, [1, 1, 1]),
        named(&[("vertebrae_L5", 1)]),
        Space::of_shape([1, 1, 1]),
    )
    .unwrap();
    let error = mask.binary_by_names(&["vertebrae_L5", "vertebra_L5"]).unwrap_err().to_string();
    assert!(error.ends_with("did you mean \"vertebrae_L5\"?"), "{error}");
    assert!(mask.binary_by_labels(&[1]).is_ok() && mask.binary_by_labels(&[2]).is_err());
}

/// Nearest and label-linear resampling, voxel by voxel over the whole target and without shortcuts.
fn naive(array: &Array3<u8>, source: &Space, target: &Space, linear: bool) -> Array3<u8> {
    let [depth, height, width] = target.shape();
    let last = source.shape().map(|n| n as f64 - 1.0);
    Array3::from_shape_fn((depth, height, width), |(z, y, x)| {
        let point = source.world_to_index(target.index_to_world([z as f64, y as f64, x as f64]));
        if !(0..3).all(|n| point[n] >= -0.5 && point[n] < last[n] + 0.5) {
            return 0;
        }
        if !linear {
            return array[point.map(|n| (n + 0.5).floor() as usize)];
        }
        let mut weights = [0.0_f64; 256];
        for corner in 0..8_usize {
            let mut weight = 1.0;
            let index: [usize; 3] = std::array::from_fn(|n| {
                let clamped = point[n].clamp(0.0, last[n]);
                let part = clamped - clamped.floor();
                let high = corner >> n & 1 == 1;
                weight *= if high { part } else { 1.0 - part };
                ((clamped.floor() as usize) + usize::from(high)).min(last[n] as usize)
            });
            weights[usize::from(array[index])] += weight;
        }
        (0..=255_u8).fold(0, |best, label| {
            if weights[usize::from(label)] > weights[usize::from(best)] + 1e-12 {
                label
            } else {
                best
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn resampling_equals_the_naive_one(
        shapes in [[1_usize..12, 1..12, 1..60], [1_usize..12, 1..12, 1..60]],
        spacings in [[0.4_f64..3.0, 0.4..3.0, 0.4..3.0], [0.4_f64..3.0, 0.4..3.0, 0.4..3.0]],
        shift in [-4.0_f64..4.0, -4.0..4.0, -4.0..4.0],
        angles in prop::array::uniform3(prop_oneof![Just(0.0), Just(90.0), -180.0_f64..180.0]),
        labels in prop::collection::vec(prop::sample::select(vec![0_u8, 0, 0, 0, 1, 2, 255]), 1..40),
        spread in prop_oneof![Just(1_usize), Just(5), Just(60)],
    ) {
        let aligned = Space::of_shape([1; 3]).direction();
        let source = Space::new(shapes[0], spacings[0], [1.37, -2.11, 0.53], aligned).unwrap();
        let mut target = Space::new(shapes[1], spacings[1], shift, aligned).unwrap();
        for (axis, degrees) in angles.into_iter().enumerate() {
            target = target.rotate(axis, degrees, RotationCentre::Volume).unwrap();
        }
        let voxels = labels.iter().flat_map(|n| [*n; 3].into_iter().chain(repeat_n(0, spread - 1))).cycle().take(shapes[0].iter().product());
        let array = Array3::from_shape_vec(shapes[0], voxels.collect()).unwrap();
        let runs = Runs::from_array(array.view());
        for (interpolation, linear) in [(Interpolation::Nearest, false), (Interpolation::LabelLinear, true)] {
            let wanted = naive(&array, &source, &target, linear);
            let found = runs.resample(&source, &target, interpolation).unwrap();
            prop_assert_eq!(found.to_voxels(Dtype::U8), Voxels::from(wanted));
        }
    }
}

#[test]
fn resampling_a_mask_keeps_type_names_and_place() {
    let source = Space::of_shape([4, 4, 4]);
    let mut mask = Mask::empty(Dtype::U16, source.clone());
    mask.add_label(&Array3::from_shape_fn((4, 4, 4), |(z, ..)| z >= 2).view(), 300, "top").unwrap();
    let same = mask.resample(&source, Interpolation::LabelLinear);
    assert_eq!(same, mask);
    let far = source.pad([0; 3], [100, 100, 100]).unwrap();
    assert_eq!(mask.resample(&far, Interpolation::Nearest).to_runs().voxel_count(), 32);
    let away = Space::new([4; 3], [1.0; 3], [500.0; 3], source.direction()).unwrap();
    let gone = mask.resample(&away, Interpolation::Nearest);
    assert!(gone.to_runs().is_empty() && gone.labels().get("top") == Some(300));
    let wrong = Runs::empty([1, 2, 3]).resample(&source, &far, Interpolation::Nearest);
    assert!(wrong.is_err());
}
