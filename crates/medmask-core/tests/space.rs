//! Spaces: what is refused, repaired and compared, and that no voxel moves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

use medmask_core::{
    AffineDifference, AxisCodes, Bounds, GridAlignment, Reorientation, RotationCentre, Runs,
    ShapeRounding, Space, SpaceError, SpaceMismatch, SpacePart, SpacingFit, Voxels,
};
use ndarray::Array3;
use proptest::prelude::*;

const ALIGNED: [[f64; 3]; 3] = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];

fn close(a: [f64; 3], b: [f64; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
}

fn spaces() -> impl Strategy<Value = Space> {
    let shape = [1_usize..6, 1..6, 1..6];
    let spacing = [0.3_f64..5.0, 0.3..5.0, 0.3..5.0];
    let origin = [-300.0_f64..300.0, -300.0..300.0, -300.0..300.0];
    let angles = [-180.0_f64..180.0, -180.0..180.0, -180.0..180.0];
    (shape, spacing, origin, angles, any::<bool>()).prop_map(
        |(shape, spacing, origin, angles, mirrored)| {
            let mut space = Space::new(shape, spacing, origin, ALIGNED).unwrap();
            for (axis, degrees) in angles.into_iter().enumerate() {
                space = space.rotate(axis, degrees, RotationCentre::Volume).unwrap();
            }
            if mirrored { space.flip(1).unwrap() } else { space }
        },
    )
}

fn reorientations() -> impl Strategy<Value = Reorientation> {
    let order = Just([0_usize, 1, 2]).prop_shuffle();
    (order, any::<[bool; 3]>()).prop_map(|(order, flips)| Reorientation::new(order, flips).unwrap())
}

proptest! {
    #[test]
    fn reorienting_moves_no_voxel(
        space in spaces(), change in reorientations(), next in reorientations(), seed in any::<u64>(),
    ) {
        let [depth, height, width] = space.shape();
        let array = Array3::from_shape_fn((depth, height, width), |(z, y, x)| {
            let mixed = (seed ^ (z * 31 + y * 7 + x) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 62) as u8 * (1 + (mixed >> 40) as u8 % 3)
        });
        let (turned, turned_space) = (change.array(array.view()), space.reorient(&change));
        let (z, y, x) = turned.dim();
        prop_assert_eq!(turned_space.shape(), [z, y, x]);
        for ((z, y, x), label) in array.indexed_iter() {
            let place = change.index([z, y, x], space.shape());
            prop_assert_eq!(turned[place], *label);
            let before = space.index_to_world([z as f64, y as f64, x as f64]);
            let after = turned_space.index_to_world(place.map(|n| n as f64));
            prop_assert!(close(before, after));
        }
        let runs = Runs::from_array(array.view());
        prop_assert_eq!(change.runs(&runs), Runs::from_array(turned.view()));
        let voxels = Voxels::from(array);
        prop_assert_eq!(change.voxels(&voxels), Voxels::from(turned));
        prop_assert_eq!(&change.inverse().runs(&change.runs(&runs)), &runs);
        prop_assert_eq!(change.then(&next).runs(&runs), next.runs(&change.runs(&runs)));
        prop_assert!(change.then(&change.inverse()).is_identity());
        if let Some(bounds) = runs.bounds() {
            prop_assert_eq!(Some(change.bounds(bounds, space.shape())), change.runs(&runs).bounds());
        }
    }

    #[test]
    fn any_orientation_is_reached_and_left_again(space in spaces(), change in reorientations()) {
        let target = Space::of_shape([1; 3]).reorient(&change).axis_codes();
        let there = space.reorientation_to(&target);
        prop_assert_eq!(space.reorient(&there).axis_codes(), target);
        let back = space.reorient(&there).reorient(&there.inverse());
        prop_assert!(back.compare(&space, 1e-9).is_ok());
        prop_assert_eq!(target.to_string().parse::<AxisCodes>(), Ok(target));
        prop_assert_eq!(AxisCodes::from_xyz(&target.xyz()), Ok(target));
    }

    #[test]
    fn points_go_there_and_back(space in spaces(), point in [-9.0_f64..9.0, -9.0..9.0, -9.0..9.0]) {
        prop_assert!(close(space.world_to_index(space.index_to_world(point)), point));
        let imported = Space::from_nifti_affine(
            [space.shape()[2], space.shape()[1], space.shape()[0]], space.to_nifti_affine(),
        ).unwrap();
        prop_assert!(imported.compare(&space, 1e-9).is_ok());
        prop_assert_eq!(Space::from_json(&space.to_json()), Ok(space.clone()));
        prop_assert_eq!(Space::from_itk(&space.to_itk()), Ok(space.clone()));
        let last = space.shape().map(|n| (n - 1) as f64);
        let expected = point.map(|n| (n + 0.5).floor());
        let inside = (0..3).all(|n| expected[n] >= 0.0 && expected[n] <= last[n]);
        let wanted = inside.then(|| expected.map(|n| n as usize));
        prop_assert_eq!(space.voxel_at_world(space.index_to_world(point)), wanted);
    }

    #[test]
    fn faces_or_centres_stay_when_the_grid_changes(
        space in spaces(), shape in [1_usize..9, 1..9, 1..9],
    ) {
        let faces = space.with_shape(shape, GridAlignment::Faces).unwrap();
        for (before, after) in space.outer_corners().into_iter().zip(faces.outer_corners()) {
            prop_assert!(close(before, after));
        }
        if shape.iter().chain(&space.shape()).all(|voxels| *voxels > 1) {
            let centres = space.with_shape(shape, GridAlignment::Centres).unwrap();
            for (before, after) in space.corners().into_iter().zip(centres.corners()) {
                prop_assert!(close(before, after));
            }
        }
    }

    #[test]
    fn cropping_and_padding_undo_each_other(
        space in spaces(), before in [0_usize..4, 0..4, 0..4], after in [0_usize..4, 0..4, 0..4],
    ) {
        let padded = space.pad(before, after).unwrap();
        let end = std::array::from_fn(|n| before[n] + space.shape()[n]);
        let cropped = padded.crop(Bounds { start: before, end }).unwrap();
        prop_assert!(cropped.compare(&space, 1e-9).is_ok());
        let box_end = std::array::from_fn(|n| end[n] as f64 - 0.5);
        let box_start = before.map(|n| n as f64 - 0.5);
        let one = padded.crop_between(box_start, box_end, [1; 3]).unwrap();
        let corners = one.outer_corners().into_iter().zip(space.outer_corners());
        for (one, all) in corners {
            prop_assert!(close(one, all));
        }
    }
}

#[test]
fn numbers_that_are_no_space_are_refused() {
    let new = |shape, spacing, origin, direction| Space::new(shape, spacing, origin, direction);
    let ok = ([2, 3, 4], [1.0; 3], [0.0; 3], ALIGNED);
    for shape in [[0, 3, 4], [1 << 20, 1 << 20, 2], [usize::MAX; 3], [1, 1, 1 << 31]] {
        assert_eq!(new(shape, ok.1, ok.2, ok.3), Err(SpaceError::Shape { shape }));
    }
    assert!(new([1 << 20, 1 << 10, 1 << 10], ok.1, ok.2, ok.3).is_ok());
    assert!(new([1, 1, (1 << 31) - 1], ok.1, ok.2, ok.3).is_ok());
    for number in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            new(ok.0, [1.0, number, 1.0], ok.2, ok.3),
            Err(SpaceError::Spacing { .. })
        ));
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(
            new(ok.0, ok.1, [number, 0.0, 0.0], ok.3),
            Err(SpaceError::Origin { .. })
        ));
        let mut direction = ALIGNED;
        direction[0][1] = number;
        assert!(matches!(new(ok.0, ok.1, ok.2, direction), Err(SpaceError::Direction { .. })));
    }
    assert!(matches!(new(ok.0, [f64::MAX; 3], ok.2, ok.3), Err(SpaceError::Origin { .. })));
    let sheared = [[0.0, 0.02, 1.0], ALIGNED[1], ALIGNED[2]];
    assert!(matches!(new(ok.0, ok.1, ok.2, sheared), Err(SpaceError::Direction { .. })));
    assert!(new(ok.0, ok.1, ok.2, [ALIGNED[0], ALIGNED[0], ALIGNED[2]]).is_err());
}

#[test]
fn arguments_that_make_no_space_are_refused() {
    let space = Space::of_shape([2, 3, 4]);
    let start = [0, 1, 0];
    for end in [[2, 1, 4], [3, 3, 4], [0, 3, 4]] {
        assert!(matches!(space.crop(Bounds { start, end }), Err(SpaceError::Bounds { .. })));
    }
    assert!(space.flip(3).is_err());
    assert!(space.swap(0, 3).is_err());
    assert_eq!(space.permute([0, 1, 1]), Err(SpaceError::Axes { axes: [0, 1, 1] }));
    assert!(space.pad([usize::MAX; 3], [1; 3]).is_err());
    assert!(space.with_shape([0, 1, 1], GridAlignment::Faces).is_err());
    for fit in [SpacingFit::Spacing, SpacingFit::Extent] {
        assert!(space.with_spacing([f64::NAN; 3], fit).is_err());
        assert!(space.with_spacing([1e-300; 3], fit).is_err());
    }
    let zoom = |factor| space.zoom([factor; 3], ShapeRounding::Floor, GridAlignment::Faces);
    assert!(zoom(0.0).is_err() && zoom(f64::INFINITY).is_err() && zoom(1e300).is_err());
    assert_eq!(zoom(0.01).unwrap().shape(), [1; 3]);
    assert!(space.rotate(0, f64::NAN, RotationCentre::Volume).is_err());
    assert!(space.crop_between([0.0; 3], [0.0; 3], [1; 3]).is_err());
    for letters in ["", "SP", "SPLL", "SPS", "spl", "XYZ", "SPÄ"] {
        assert!(matches!(letters.parse::<AxisCodes>(), Err(SpaceError::AxisCodes { .. })));
    }
}

#[test]
fn json_that_is_no_space_is_refused() {
    let space = Space::from_json(r#"{"shape": [4, 3, 2]}"#).unwrap();
    assert_eq!(space.direction(), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(space, Space::of_shape([2, 3, 4]).reverse_axis_order());
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"shape":[1,2]}"#,
        r#"{"shape":[1,2,3.5]}"#,
        r#"{"shape":[1,2,-3]}"#,
        r#"{"shape":[1,2,3],"orgin":[0,0,0]}"#,
        r#"{"shape":[1,2,3],"spacing":[1,1,NaN]}"#,
        r#"{"shape":[1,2,3],"origin":[0,0,1e999]}"#,
    ] {
        assert!(matches!(Space::from_json(bad), Err(SpaceError::Json { .. })), "{bad}");
    }
    assert!(Space::from_json(r#"{"shape":[0,2,3]}"#).is_err());
}

/// Columns of `ALIGNED` in RAS, with `shear` of the y axis along z.
fn sheared_affine(shear: f64) -> [[f64; 4]; 4] {
    [[-1.0, 0.0, 0.0, 5.0], [0.0, -1.0, 0.0, 6.0], [0.0, shear, 1.0, 7.0], [0.0, 0.0, 0.0, 1.0]]
}

#[test]
fn slight_shear_is_repaired_and_more_is_refused_with_its_size() {
    // Over 101 voxels the nearest rotation turns both axes by half the shear, 100 * 1e-4 / 2 per axis.
    let (space, voxels) =
        Space::from_nifti_affine_within([1, 101, 1], sheared_affine(1e-4), 0.05).unwrap();
    assert!((voxels - 0.005).abs() < 1e-5, "{voxels}");
    let [_, y, _] = space.direction();
    assert!((y[2] - 0.5e-4).abs() < 1e-9, "half of the shear stays as a turn: {y:?}");
    let (z, y) = (space.direction()[0], space.direction()[1]);
    assert!((0..3).map(|n| z[n] * y[n]).sum::<f64>().abs() < 1e-15);

    let error = Space::from_nifti_affine([1, 101, 1], sheared_affine(2e-3)).unwrap_err();
    let SpaceError::Shear { voxels, limit } = error else { panic!("{error}") };
    assert!((voxels - 0.1).abs() < 1e-3 && limit == Space::DEFAULT_SHEAR_LIMIT);
    assert!(error.to_string().contains("by 0.1000 voxels, more than 0.05"), "{error}");
    assert!(Space::from_nifti_affine_within([1, 101, 1], sheared_affine(2e-3), 0.2).is_ok());
}

#[test]
fn a_sheared_affine_is_compared_where_its_file_puts_it() {
    // Two affines of one case, as segmentation tools write them: the second is the first with shear, and the
    // rotation nearest to it is the first.
    let translation = [-251.347_396_85, 82.563_995_36, 93.092_773_44];
    let affine = |x: [f64; 2], y: [f64; 2]| {
        [
            [x[0], y[0], 0.0, translation[0]],
            [x[1], y[1], 0.0, translation[1]],
            [0.0, 0.0, 1.5, translation[2]],
            [0.0, 0.0, 0.0, 1.0],
        ]
    };
    let shape = [294, 192, 179];
    let straight = affine([1.423_691_99, -0.472_335_88], [0.472_335_9, 1.423_692_11]);
    let sheared = affine([1.423_640_61, -0.472_490_55], [0.472_181_23, 1.423_743_37]);
    let space = Space::from_nifti_affine(shape, straight).unwrap();
    let (repaired, voxels) = Space::from_nifti_affine_within(shape, sheared, 0.05).unwrap();
    assert!((voxels - 0.038).abs() < 1e-3, "{voxels}");
    assert!(space.compare(&repaired, 1e-3).is_ok());
    // nibabel puts the centres of the far corner voxels 0.057019 mm apart; the faces lie half a voxel beyond.
    let difference = AffineDifference::between(shape, &space.to_nifti_affine(), &sheared);
    let distance = difference.within(0.1).unwrap();
    assert!((distance - 0.0570).abs() < 3e-4, "{distance}");
    let error = difference.within(0.01).unwrap_err();
    assert!(error.to_string().starts_with("direction differs by 0.057"), "{error}");
    let none = AffineDifference::between(shape, &space.to_nifti_affine(), &[[0.0; 4]; 4]);
    assert!(none.within(f64::INFINITY).is_err(), "{none:?}");
}

#[test]
fn affines_with_right_angles_are_compared_as_their_spaces() {
    let direction = [[0.0, 0.0, 1.0], [-0.6, 0.8, 0.0], [0.8, 0.6, 0.0]];
    let shape = [7, 50, 60];
    let space = |spacing, origin, direction| Space::new(shape, spacing, origin, direction).unwrap();
    let first = space([3.0, 1.0, 0.5], [10.0, -20.0, 30.0], direction);
    let turned = [[0.0, 0.0, 1.0], [-0.8, 0.6, 0.0], [0.6, 0.8, 0.0]];
    for (part, second) in [
        (SpacePart::Origin, space([3.0, 1.0, 0.5], [10.5, -20.0, 30.0], direction)),
        (SpacePart::Spacing, space([3.0, 1.1, 0.5], [10.0, -20.1, 30.0], direction)),
        (SpacePart::Direction, space([3.0, 1.0, 0.5], [10.0, -20.1, 30.0], turned)),
    ] {
        // NIfTI counts x, y, z, and its world is RAS+.
        let (a, b) = (first.to_nifti_affine(), second.to_nifti_affine());
        let mut difference = AffineDifference::between([60, 50, 7], &a, &b);
        let naive = first.outer_corners().into_iter().zip(second.outer_corners());
        let naive = naive.map(|(a, b)| (0..3).map(|n| (a[n] - b[n]).powi(2)).sum::<f64>().sqrt());
        let naive = naive.fold(0.0, f64::max);
        assert!((difference.distance_mm - naive).abs() < 1e-9, "{difference:?} {naive}");
        let distance = first.compare(&second, 1e3).unwrap();
        assert!((distance - naive).abs() < 1e-9, "{distance} {naive}");
        difference.corner.reverse();
        let SpaceMismatch::Position { part: found, corner, .. } =
            first.compare(&second, 0.1).unwrap_err()
        else {
            panic!("the shapes are equal")
        };
        assert_eq!((found, difference.part), (part, part));
        if part != SpacePart::Origin {
            // A shift moves all corners alike.
            assert_eq!(difference.corner, corner);
        }
    }
}

#[test]
fn affines_that_are_no_grid_are_refused() {
    let from = |affine| Space::from_nifti_affine([2, 3, 4], affine);
    let mut affine = sheared_affine(0.0);
    affine[0][0] = 0.0;
    assert_eq!(from(affine), Err(SpaceError::Singular));
    affine = sheared_affine(0.0);
    affine[1] = affine[0];
    assert_eq!(from(affine), Err(SpaceError::Singular));
    affine = sheared_affine(0.0);
    affine[3][3] = 2.0;
    assert!(matches!(from(affine), Err(SpaceError::Affine { row: 3, .. })));
    for number in [f64::NAN, f64::INFINITY] {
        affine = sheared_affine(0.0);
        affine[2][3] = number;
        assert!(matches!(from(affine), Err(SpaceError::Affine { row: 2, .. })));
    }
}

#[test]
fn differences_are_named_and_measured() {
    let space = Space::new([10, 20, 30], [2.0, 1.0, 1.0], [0.0; 3], ALIGNED).unwrap();
    assert_eq!(space.compare(&space, 0.0), Ok(0.0));

    let moved = Space::new([10, 20, 30], [2.0, 1.0, 1.0], [0.03, 0.04, 0.0], ALIGNED).unwrap();
    assert!((space.compare(&moved, Space::DEFAULT_TOLERANCE_MM).unwrap() - 0.05).abs() < 1e-12);
    let error = space.compare(&moved, 0.01).unwrap_err();
    assert!(error.to_string().starts_with("origin differs by 0.0500 mm"), "{error}");

    // Outer corners: ten voxels of 2.1 mm instead of 2, less half of 0.1 mm before voxel 0.
    let stretched = Space::new([10, 20, 30], [2.1, 1.0, 1.0], [0.0; 3], ALIGNED).unwrap();
    let error = space.compare(&stretched, 0.1).unwrap_err();
    let SpaceMismatch::Position { part, part_mm, corner, distance_mm, .. } = error else {
        panic!()
    };
    assert_eq!((part, corner[0]), (SpacePart::Spacing, 9));
    assert!((part_mm - 0.95).abs() < 1e-9 && (distance_mm - 0.95).abs() < 1e-9);

    let turned = space.rotate(0, 5.0, RotationCentre::Origin).unwrap();
    let SpaceMismatch::Position { part, .. } = space.compare(&turned, 0.1).unwrap_err() else {
        panic!()
    };
    assert_eq!(part, SpacePart::Direction);

    let thick = |mm| Space::new([1, 64, 64], [mm, 1.0, 1.0], [0.0; 3], ALIGNED).unwrap();
    assert!(thick(1.0).compare(&thick(5.0), 0.1).is_err(), "the thickness of one slice counts");
    let other = Space::of_shape([10, 20, 31]);
    assert_eq!(
        space.compare(&other, 1e9),
        Err(SpaceMismatch::Shape { first: [10, 20, 30], second: [10, 20, 31] })
    );
}

#[test]
fn volumes_and_dicom_orientation() {
    let space = Space::new([10, 20, 30], [2.0, 0.5, 0.25], [1.0, 2.0, 3.0], ALIGNED).unwrap();
    assert_eq!(space.voxel_volume_mm3(), 0.25);
    assert_eq!(space.volume_ml(4000), 1.0);
    assert_eq!(space.to_dicom_orientation(), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert!(!space.is_left_handed());
    assert!(space.flip(2).unwrap().is_left_handed());
    assert_eq!(space.end(), [1.0 + 29.0 * 0.25, 2.0 + 9.5, 3.0 + 18.0]);
    assert_eq!(space.centre(), [1.0 + 14.5 * 0.25, 2.0 + 4.75, 3.0 + 9.0]);
    assert!(space.contains_world([1.0, 2.0, 3.0]) && !space.contains_world([0.99, 2.0, 3.0]));
    assert_eq!(space.voxel_at_world([0.9, 2.0, 3.0]), Some([0, 0, 0]));
    assert_eq!(space.obliqueness_degrees(), 0.0);
}

#[test]
fn a_space_with_the_originals_tolerance_keeps_its_positions() {
    let leaning = [[0.0, 0.005, (1.0_f64 - 0.000_025).sqrt()], ALIGNED[1], ALIGNED[2]];
    let space = Space::new([50, 50, 50], [3.0; 3], [0.0; 3], leaning).unwrap();
    let point = [40.0, 3.0, 7.0];
    assert!(close(space.world_to_index(space.index_to_world(point)), point));
    assert!(close(space.index_to_world([1.0, 0.0, 0.0]), leaning[0].map(|n| n * 3.0)));
}

#[test]
fn axes_half_way_between_two_world_axes_are_named_in_the_order_x_y_z() {
    let half = 0.5_f64.sqrt();
    let direction = [ALIGNED[0], [-half, half, 0.0], [half, half, 0.0]];
    let space = Space::new([2, 3, 4], [1.0; 3], [0.0; 3], direction).unwrap();
    assert_eq!(space.axis_codes().xyz(), "LPS");
    assert!((space.obliqueness_degrees() - 45.0).abs() < 1e-12);
}

#[test]
fn errors_stay_small() {
    assert!(size_of::<SpaceError>() <= 80 && size_of::<SpaceMismatch>() <= 80);
}

#[test]
fn a_volume_that_was_reckoned_from_voxels_is_reached() {
    let angle = 20_f64.to_radians();
    let direction =
        [[0.0, 0.0, 1.0], [angle.sin(), -angle.cos(), 0.0], [angle.cos(), angle.sin(), 0.0]];
    let space = Space::new([9; 3], [5.0, 1.5, 0.7], [0.0; 3], direction).unwrap();
    for voxels in [1, 2, 3, 7, 100, 12_345] {
        // As a product of the spacing, and as files with 32 bits have it.
        for volume_ml in [
            voxels as f64 * 5.0 * 1.5 * 0.7 / 1000.0,
            voxels as f64 * 5.0 * 1.5 * f64::from(0.7_f32) / 1000.0,
        ] {
            assert_eq!(space.voxels_of_ml(volume_ml), voxels, "{volume_ml} mL");
            assert_eq!(space.voxels_of_ml(volume_ml * 1.000_01), voxels + 1, "{volume_ml} mL");
        }
    }
    assert_eq!(space.voxels_of_ml(0.0), 0);
}

#[test]
fn a_slanted_space_reckons_by_its_affine() {
    // RAS+: slices that lie 0.9 mm further to the front each.
    let tilted = [
        [-1.5, 0.0, 0.0, 60.0],
        [0.0, 1.5, 0.9, -80.0],
        [0.0, 0.0, 2.5, -300.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    let (upright, _) = Space::from_nifti_affine_within([40, 30, 20], tilted, 1000.0).unwrap();
    let space = upright.clone().slanted(tilted);
    assert_eq!((space.upright(), space.spacing()), (upright.clone(), upright.spacing()));
    assert_ne!(space, upright);
    assert!((space.voxel_volume_mm3() - 1.5 * 1.5 * 2.5).abs() < 1e-12);
    // Voxel (x, y, z) = (4, 10, 12), by hand; LPS+.
    let place = [-(60.0 - 6.0), -(-80.0 + 15.0 + 10.8), -300.0 + 30.0];
    let found = space.index_to_world([12.0, 10.0, 4.0]);
    (0..3).for_each(|axis| assert!((found[axis] - place[axis]).abs() < 1e-9, "{found:?}"));
    assert_eq!(space.voxel_at_world(place), Some([12, 10, 4]));
    assert_ne!(upright.voxel_at_world(place), Some([12, 10, 4]));
    for (row, expected) in space.to_nifti_affine().iter().zip(tilted) {
        (0..4).for_each(|n| assert!((row[n] - expected[n]).abs() < 1e-12, "{row:?}"));
    }
    // Turned around, every voxel stays where it is.
    let turned = Reorientation::new([2, 0, 1], [true, false, true]).unwrap();
    let other = turned.space(&space);
    let index = turned.index([12, 10, 4], space.shape()).map(|n| n as f64);
    let found = other.index_to_world(index);
    (0..3).for_each(|axis| assert!((found[axis] - place[axis]).abs() < 1e-9, "{found:?}"));
    assert!((other.voxel_volume_mm3() - space.voxel_volume_mm3()).abs() < 1e-12);
    // And so it does in a part of the grid, and in a larger one.
    let bounds = Bounds { start: [3, 4, 5], end: [19, 11, 9] };
    let part = space.crop(bounds).unwrap();
    let larger = part.pad([3, 4, 5], [1, 2, 3]).unwrap();
    for (space, index) in [(&part, [9.0, 6.0, -1.0]), (&larger, [12.0, 10.0, 4.0])] {
        let found = space.index_to_world(index);
        (0..3).for_each(|axis| assert!((found[axis] - place[axis]).abs() < 1e-9, "{found:?}"));
    }
    // A mask that was placed at right angles belongs to it.
    assert!(space.compare(&upright, 0.1).is_ok());
    // What is at right angles but for rounding stays as it is.
    let straight = Space::of_shape([20, 30, 40]);
    assert_eq!(straight.clone().slanted(straight.to_nifti_affine()), straight);
}
