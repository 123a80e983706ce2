use medmask_core::{GreySummary, GreyValues, Image, ImageValues, Runs, ShapeMismatch, Space};
use ndarray::Array3;
use proptest::prelude::*;

use super::{close, placed, runs, voxels_of};

fn figures(summary: GreySummary) -> [f64; 9] {
    let GreySummary { mean, sd, median, min, max, p5, p10, p90, p95, .. } = summary;
    [mean, sd, median, min, max, p5, p10, p90, p95]
}

/// As the documentation defines them, in the order of [`figures`].
fn naive(values: &[f64]) -> [f64; 9] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / count;
    let variance = sorted.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let percentile = |percent: f64| {
        let rank = percent / 100.0 * (count - 1.0);
        let (low, high) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
        low + (high - low) * rank.fract()
    };
    let [p5, p10, p50, p90, p95] = [5.0, 10.0, 50.0, 90.0, 95.0].map(percentile);
    [mean, variance.sqrt(), p50, sorted[0], sorted[sorted.len() - 1], p5, p10, p90, p95]
}

fn all_close(found: [f64; 9], wanted: [f64; 9]) -> bool {
    found.iter().zip(wanted).all(|(found, wanted)| close(*found, wanted))
}

/// What numpy 2.4 has of the same numbers: image `i * i * 7919 % 4001`, labels `i * 31 % 5` at the i-th voxel of (6, 7, 9), and
/// `v = image[labels == label] * 0.25 - 1024`; then `v.mean()`, `v.std()`, `np.median(v)`, `v.min()`, `v.max()` and
/// `np.percentile(v, [5, 10, 90, 95])`.
const NUMPY: [(u32, u64, [f64; 9]); 4] = [
    (
        1,
        76,
        [
            -535.6184210526316,
            291.58332934195414,
            -571.0,
            -988.0,
            -25.5,
            -957.5,
            -906.375,
            -121.5,
            -46.5625,
        ],
    ),
    (
        2,
        76,
        [
            -535.0526315789474,
            298.7652779505414,
            -509.625,
            -1020.0,
            -30.75,
            -993.75,
            -929.5,
            -119.875,
            -58.5,
        ],
    ),
    (
        3,
        75,
        [
            -595.3266666666667,
            295.8388440050127,
            -615.0,
            -1014.5,
            -88.0,
            -992.4,
            -971.4,
            -228.7,
            -169.12500000000023,
        ],
    ),
    (
        4,
        75,
        [
            -536.1066666666667,
            288.9266838182694,
            -517.75,
            -1008.0,
            -36.75,
            -990.375,
            -950.4,
            -129.19999999999985,
            -76.8750000000001,
        ],
    ),
];

#[test]
fn every_type_of_number_has_the_figures_of_numpy() {
    let place = |(z, y, x): (usize, usize, usize)| (z * 7 + y) * 9 + x;
    let labels = Array3::from_shape_fn((6, 7, 9), |at| (place(at) * 31 % 5) as u8);
    let numbers = Array3::from_shape_fn((6, 7, 9), |at| (place(at).pow(2) * 7919 % 4001) as i16);
    // The type, and how its numbers become those of the test.
    let (unsigned, wide) = (numbers.mapv(|n| n as u16), numbers.mapv(|n| i64::from(n) - (1 << 24)));
    let real = numbers.mapv(|n| f32::from(n) * -0.5);
    let of_memory = numbers.clone().reversed_axes().as_standard_layout().into_owned();
    for (values, slope, intercept) in [
        (ImageValues::I16(numbers.view()), 0.25, -1024.0),
        (ImageValues::U16(unsigned.view()), 0.25, -1024.0),
        (ImageValues::I32(numbers.mapv(i32::from).view()), 0.25, -1024.0),
        (ImageValues::I64(wide.view()), 0.25, f64::from(1 << 22) - 1024.0),
        // A negative slope turns their order round.
        (ImageValues::F32(real.view()), -0.5, -1024.0),
        (ImageValues::F64(numbers.mapv(f64::from).view()), 0.25, -1024.0),
        (ImageValues::I16(of_memory.view().reversed_axes()), 0.25, -1024.0),
    ] {
        let found = runs(&labels).grey_values(&Image { values, slope, intercept }).unwrap();
        assert_eq!(found.len(), NUMPY.len());
        for ((label, found), (wanted_label, voxels, wanted)) in found.into_iter().zip(NUMPY) {
            assert_eq!((label, found.voxels), (wanted_label, voxels));
            let found = figures(found.summary.unwrap());
            assert!(all_close(found, wanted), "{label}: {found:?}, numpy {wanted:?}");
        }
    }
}

#[test]
fn many_numbers_are_counted_and_give_the_same() {
    let numbers = Array3::from_shape_fn((40, 40, 40), |(z, y, x)| {
        ((z * 1600 + y * 40 + x).pow(2) * 7919 % 65_521) as i32 - 32_768
    });
    let mask = Runs::from_slice(&vec![1_u8; 64_000], [40; 3]).unwrap();
    let of = |values: ImageValues<'_>| mask.grey_values(&Image::new(values)).unwrap()[0].1;
    let counted = of(ImageValues::I16(numbers.mapv(|n| n as i16).view()));
    let sorted = of(ImageValues::I32(numbers.view()));
    assert_eq!(counted.voxels, 64_000);
    let (counted, sorted) = (figures(counted.summary.unwrap()), figures(sorted.summary.unwrap()));
    assert!(all_close(counted, sorted), "{counted:?} {sorted:?}");
    let few = of(ImageValues::I8(numbers.mapv(|n| (n % 100) as i8).view()));
    let wide = of(ImageValues::I64(numbers.mapv(|n| i64::from(n % 100)).view()));
    assert!(all_close(figures(few.summary.unwrap()), figures(wide.summary.unwrap())));
}

#[test]
fn what_is_no_finite_number_is_left_out_and_counted() {
    let mask = Runs::from_slice(&[1_u8, 1, 1, 1, 2, 2], [1, 1, 6]).unwrap();
    let numbers = [3.0_f32, f32::NAN, f32::NEG_INFINITY, 5.0, f32::NAN, f32::INFINITY];
    let array = Array3::from_shape_vec((1, 1, 6), numbers.to_vec()).unwrap();
    let found = mask.grey_values(&Image::new(ImageValues::F32(array.view()))).unwrap();
    let [(1, first), (2, second)] = found[..] else { unreachable!("there are two labels") };
    assert_eq!((first.voxels, first.not_finite), (2, 2));
    assert_eq!(figures(first.summary.unwrap()), naive(&[3.0, 5.0]));
    assert_eq!((second.voxels, second.not_finite, second.summary), (0, 2, None));
}

#[test]
fn other_shapes_are_refused_and_no_voxels_have_no_values() {
    let array = Array3::<u8>::zeros((2, 3, 4));
    let image = Image::new(ImageValues::U8(array.view()));
    let mismatch = ShapeMismatch { first: [4, 3, 2], second: [2, 3, 4] };
    assert_eq!(Runs::empty([4, 3, 2]).grey_values(&image), Err(mismatch));
    assert_eq!(Runs::empty([2, 3, 4]).grey_values(&image), Ok(Vec::new()));
}

/// The value of `image` at a point in its voxels (z, y, x), from its eight neighbours; `None` outside.
fn naive_value(image: &Array3<f64>, point: [f64; 3]) -> Option<f64> {
    let shape = [image.dim().0, image.dim().1, image.dim().2];
    let inside = |axis: usize| point[axis] >= -0.5 && point[axis] < shape[axis] as f64 - 0.5;
    if !(0..3).all(inside) {
        return None;
    }
    let near: [f64; 3] = std::array::from_fn(|n| point[n].clamp(0.0, shape[n] as f64 - 1.0));
    let mut sum = 0.0;
    for ((z, y, x), value) in image.indexed_iter() {
        let weight = |n: usize, at: usize| (1.0 - (near[n] - at as f64).abs()).max(0.0);
        sum += value * weight(0, z) * weight(1, y) * weight(2, x);
    }
    Some(sum)
}

proptest! {
    #[test]
    fn an_image_elsewhere_is_interpolated(
        (voxels, space) in placed(), shape in [1_usize..5, 1_usize..5, 1_usize..5], moved in [-3.0..3.0, -3.0..3.0, -3.0..3.0],
    ) {
        let image = Array3::from_shape_fn(shape, |(z, y, x)| (z * 17 + y * 5 + x * x) as f64);
        let middle = space.centre();
        let origin = std::array::from_fn(|axis| middle[axis] - 2.0 + moved[axis]);
        let direction = [[0.0, 0.6, 0.8], [0.0, 0.8, -0.6], [1.0, 0.0, 0.0]];
        let image_space = Space::new(shape, [2.0, 1.5, 1.7], origin, direction).unwrap();
        let values = Image::new(ImageValues::F64(image.view()));
        let found = runs(&voxels).grey_values_resampled(&space, &values, &image_space).unwrap();
        for (label, found) in found {
            let places = voxels_of(&voxels, label as u8);
            let at = |index: &[usize; 3]| {
                let world = space.index_to_world(index.map(|n| n as f64));
                naive_value(&image, image_space.world_to_index(world))
            };
            let wanted: Vec<f64> = places.iter().filter_map(at).collect();
            prop_assert_eq!((found.voxels, found.outside), (wanted.len() as u64, (places.len() - wanted.len()) as u64));
            if let Some(summary) = found.summary {
                // Positions are taken to 2^-20 of a voxel.
                let near = figures(summary).iter().zip(naive(&wanted)).all(|(a, b)| (a - b).abs() < 1e-3);
                prop_assert!(near, "{:?} {:?}", summary, naive(&wanted));
            }
        }
    }

    #[test]
    fn on_its_own_grid_an_image_is_not_changed((voxels, space) in placed()) {
        let (depth, height, width) = voxels.dim();
        let image = Array3::from_shape_fn((depth, height, width), |(z, y, x)| (z * 77 + y * 9 + x * x) as u16);
        let image = Image { values: ImageValues::U16(image.view()), slope: 2.0, intercept: -3.0 };
        let here = runs(&voxels).grey_values(&image).unwrap();
        let there = runs(&voxels).grey_values_resampled(&space, &image, &space).unwrap();
        let plain = |all: &[(u32, GreyValues)]| -> Vec<(u32, u64, u64)> {
            all.iter().map(|(label, found)| (*label, found.voxels, found.outside)).collect()
        };
        prop_assert_eq!(plain(&here), plain(&there));
        for ((label, here), (_, there)) in here.into_iter().zip(there) {
            let (here, there) = (figures(here.summary.unwrap()), figures(there.summary.unwrap()));
            let image = |index: &[usize; 3]| {
                let [z, y, x] = *index;
                2.0 * (z * 77 + y * 9 + x * x) as f64 - 3.0
            };
            let values: Vec<f64> = voxels_of(&voxels, label as u8).iter().map(image).collect();
            prop_assert!(all_close(here, naive(&values)), "{:?}", here);
            prop_assert!(all_close(here, there), "{:?} {:?}", here, there);
        }
    }
}
