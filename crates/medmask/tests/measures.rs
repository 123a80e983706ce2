//! What `measure` and `distance` make of selections: labels, expressions and files of either version.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "its size and spacing are used here")]
mod dense;
mod stored;

use std::path::Path;

use dense::SHAPE;
use medmask::adapter::{ImageData, ImageFile};
use medmask::medmask_core::{Image, ImageValues};
use medmask::ndarray::Array3;
use medmask::{
    AnyArchive, Error, MeasureOptions, MeasuredMask, Space, distance, measure, select, select_one,
};
use stored::{archive, block, space};

/// Each voxel holds its place in C order.
struct Numbers(Array3<i32>);

impl ImageData for Numbers {
    fn image(&self) -> Image<'_> {
        Image::new(ImageValues::I32(self.0.view()))
    }
}

fn image(space: Space) -> ImageFile {
    let [depth, height, width] = space.shape();
    let place = |(z, y, x): (usize, usize, usize)| ((z * height + y) * width + x) as i32;
    let numbers = Array3::from_shape_fn((depth, height, width), place);
    ImageFile::new(Path::new("ct.nii"), space, Box::new(Numbers(numbers)))
}

/// Of the voxels of a box, half-open (z, y, x), the mean of their places.
fn mean_place(start: [usize; 3], end: [usize; 3]) -> f64 {
    let middle: [f64; 3] = std::array::from_fn(|n| (start[n] + end[n] - 1) as f64 / 2.0);
    (middle[0] * SHAPE[1] as f64 + middle[1]) * SHAPE[2] as f64 + middle[2]
}

fn case() -> (tempfile::TempDir, AnyArchive) {
    let lobes = block([0, 0, 0], [2, 3, 4], 1) + block([3, 3, 3], [5, 6, 7], 2);
    archive(&[
        ("lobes", &["upper", "lower"], lobes),
        ("liver", &["liver"], block([1, 1, 1], [4, 4, 4], 1)),
        ("gap", &["gap"], block([0, 0, 0], [0, 0, 0], 1)),
    ])
}

fn measured(
    archive: &AnyArchive,
    texts: &[&str],
    options: &MeasureOptions<'_>,
) -> Vec<MeasuredMask> {
    measure(archive, &select(archive, texts).unwrap(), options, |_| ()).unwrap()
}

#[test]
fn labels_and_expressions_are_measured_by_themselves() {
    let (_folder, archive) = case();
    let image = image(space());
    let mut options = MeasureOptions::default();
    options.image = Some(&image);
    (options.shape, options.slices) = (true, true);
    let texts = ["lower", "gap", "liver", "liver & upper"];
    let masks = measured(&archive, &texts, &options);
    let names: Vec<&str> = masks.iter().map(|mask| mask.name.as_str()).collect();
    assert_eq!(names, ["lobes", "gap", "liver", "liver & upper"]);
    let boxes = [
        Some(([3, 3, 3], [5, 6, 7])),
        None,
        Some(([1, 1, 1], [4, 4, 4])),
        Some(([1, 1, 1], [2, 3, 4])),
    ];
    for (mask, bounds) in masks.iter().zip(boxes) {
        let [label] = &mask.labels[..] else { unreachable!("one label of each was chosen") };
        let Some((start, end)) = bounds else {
            assert!(label.grey.is_none() && label.shape.is_none() && label.slices.is_none());
            continue;
        };
        let mean = label.grey.unwrap().summary.unwrap().mean;
        assert!((mean - mean_place(start, end)).abs() < 1e-9, "{}: {mean}", mask.name);
        // Voxels are 2, 1.5 and 1 mm large, from centre to centre.
        let sides: [f64; 3] =
            std::array::from_fn(|n| (end[n] - start[n] - 1) as f64 * dense::SPACING[n]);
        let diameter = sides.iter().map(|side| side * side).sum::<f64>().sqrt();
        assert!((label.shape.unwrap().diameter.mm - diameter).abs() < 1e-9, "{}", mask.name);
        let slices = label.slices.as_ref().unwrap();
        let area = ((end[1] - start[1]) * (end[2] - start[2])) as f64 * 1.5;
        assert_eq!((slices.first, slices.voxels.len()), (start[0], end[0] - start[0]));
        assert!(slices.areas_mm2().all(|found| (found - area).abs() < 1e-9));
    }
    assert_eq!(masks[0].labels[0].number, 2);
}

#[test]
fn many_masks_keep_their_order_whoever_is_done_first() {
    let (_folder, archive) = case();
    let image = image(space());
    let mut options = MeasureOptions::default();
    options.image = Some(&image);
    let texts: Vec<String> = (1..40).map(|margin| format!("grow(liver, {margin})")).collect();
    let mut told = Vec::new();
    let masks = measure(&archive, &select(&archive, &texts).unwrap(), &options, |name| {
        told.push(name.to_owned());
    });
    let names: Vec<String> = masks.unwrap().into_iter().map(|mask| mask.name).collect();
    assert_eq!((&names, &told), (&texts, &texts));
}

#[test]
fn an_image_on_another_grid_is_refused_or_interpolated() {
    let (_folder, archive) = case();
    let own = space();
    let moved = own.index_to_world([1.0, 0.0, 0.0]);
    let later = image(Space::new(SHAPE, own.spacing(), moved, own.direction()).unwrap());
    let mut options = MeasureOptions::default();
    options.image = Some(&later);
    let selections = select(&archive, &["liver"]).unwrap();
    let refused = measure(&archive, &selections, &options, |_| ()).unwrap_err();
    let Error::ImageSpace { path, reference, .. } = &refused else { unreachable!("{refused}") };
    assert_eq!((path.as_path(), reference.as_path()), (Path::new("ct.nii"), archive.path()));
    options.resample_image = true;
    let grey = measured(&archive, &["liver"], &options)[0].labels[0].grey.unwrap();
    // One slice on, and the slices are 42 places apart.
    let wanted = mean_place([1, 1, 1], [4, 4, 4]) - 42.0;
    assert!((grey.summary.unwrap().mean - wanted).abs() < 1e-3, "{grey:?}");
    assert_eq!((grey.voxels, grey.outside), (27, 0));
}

#[test]
fn distances_are_between_all_labels_of_both() {
    let (_folder, archive) = case();
    let one = |text: &str| select_one(&archive, text).unwrap();
    let far = distance(&archive, &one("upper"), &one("lower"), &[3.0, 4.0]).unwrap();
    let apart = far.apart.unwrap();
    // From (1, 2, 3) to (3, 3, 3): two slices and a row.
    assert_eq!(apart.nearest, [[1, 2, 3], [3, 3, 3]]);
    assert!((apart.smallest_mm - 4.0_f64.hypot(1.5)).abs() < 1e-12);
    let between = far.nearest_lps_mm.unwrap();
    let length = |[a, b]: [[f64; 3]; 2]| (0..3).map(|n| (a[n] - b[n]).powi(2)).sum::<f64>().sqrt();
    assert!((length(between) - apart.smallest_mm).abs() < 1e-9);
    assert_eq!((far.first.as_str(), far.first_voxels), ("lobes/upper", 24));
    // An entry counts with all its labels.
    let whole = distance(&archive, &one("lower"), &one("lobes"), &[]).unwrap().apart.unwrap();
    assert!((whole.first_to_second_mm + 1.0).abs() < 1e-12, "{whole:?}");
    let none = distance(&archive, &one("gap"), &one("lobes"), &[1.0]).unwrap();
    assert_eq!((none.apart, none.nearest_lps_mm, none.first_voxels), (None, None, 0));
    let wrong = distance(&archive, &one("upper"), &one("lower"), &[f64::INFINITY]);
    assert!(matches!(wrong, Err(Error::Distance(_))));
}
