use medmask_core::{Runs, ShapeMeasures, ShapeMismatch, Space};
use ndarray::Array3;
use proptest::prelude::*;

use super::{close, placed, runs, spaces, voxels_of};

type Point = [f64; 3];

fn dot(a: Point, b: Point) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn minus(a: Point, b: Point) -> Point {
    std::array::from_fn(|n| a[n] - b[n])
}

fn length(a: Point) -> f64 {
    dot(a, a).sqrt()
}

fn world(space: &Space, voxel: [usize; 3]) -> Point {
    space.index_to_world(voxel.map(|n| n as f64))
}

/// The largest distance of all pairs.
fn naive_diameter(points: &[Point]) -> f64 {
    let pairs = points.iter().flat_map(|a| points.iter().map(move |b| length(minus(*a, *b))));
    pairs.fold(0.0, f64::max)
}

fn unit(space: &Space, axis: usize) -> Point {
    space.direction()[axis]
}

/// The slice of the largest area, the area, and its two diameters.
fn naive_axial(space: &Space, voxels: &[[usize; 3]]) -> (usize, usize, f64, f64, f64) {
    let most = |axis: &usize| unit(space, *axis)[2].abs();
    let axis = (0..3).max_by(|a, b| most(a).total_cmp(&most(b))).unwrap();
    let count = |slice: usize| voxels.iter().filter(|voxel| voxel[axis] == slice).count();
    let slices = 0..space.shape()[axis];
    let largest = slices.rev().max_by_key(|slice| count(*slice)).unwrap();
    let (first, second) = ((axis + 1) % 3, (axis + 2) % 3);
    let area = count(largest) as f64 * space.spacing()[first] * space.spacing()[second];
    let in_slice = voxels.iter().filter(|voxel| voxel[axis] == largest);
    let points: Vec<Point> = in_slice.map(|voxel| world(space, *voxel)).collect();
    let long = naive_diameter(&points);
    let mut across = 0.0_f64;
    for a in &points {
        for b in &points {
            let line = minus(*b, *a);
            if long > 0.0 && length(line) > long * (1.0 - 1e-9) {
                let normal = unit(space, axis);
                let aside: Point = std::array::from_fn(|n| {
                    let (m, k) = ((n + 1) % 3, (n + 2) % 3);
                    (normal[m] * line[k] - normal[k] * line[m]) / long
                });
                let along = || points.iter().map(|point| dot(aside, *point));
                let extent = along().fold(f64::MIN, f64::max) - along().fold(f64::MAX, f64::min);
                across = across.max(extent);
            }
        }
    }
    (axis, largest, area, long, across)
}

/// The covariance of voxel centres in the world, divided by n.
fn naive_covariance(points: &[Point]) -> [Point; 3] {
    let count = points.len() as f64;
    let mean: Point = std::array::from_fn(|n| points.iter().map(|p| p[n]).sum::<f64>() / count);
    std::array::from_fn(|a| {
        std::array::from_fn(|b| {
            points.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b])).sum::<f64>() / count
        })
    })
}

fn check_box(space: &Space, shape: &ShapeMeasures, points: &[Point]) -> Result<(), TestCaseError> {
    let covariance = naive_covariance(points);
    let times = |v: Point| -> Point { std::array::from_fn(|row| dot(covariance[row], v)) };
    let found = &shape.oriented_box;
    let scale = 1.0 + covariance.iter().flatten().fold(0.0_f64, |a, b| a.max(b.abs()));
    let spread: Vec<f64> = found.directions_lps.iter().map(|v| dot(*v, times(*v))).collect();
    prop_assert!(spread[0] >= spread[1] - 1e-9 * scale && spread[1] >= spread[2] - 1e-9 * scale);
    for (n, direction) in found.directions_lps.into_iter().enumerate() {
        // An eigenvector is only made longer, and those of one matrix are at right angles.
        let off = minus(times(direction), direction.map(|part| part * spread[n]));
        prop_assert!(length(off) < 1e-9 * scale, "{:?} is no axis: {:?}", direction, off);
        for (m, other) in found.directions_lps.into_iter().enumerate() {
            prop_assert!((dot(direction, other) - f64::from(u8::from(n == m))).abs() < 1e-12);
        }
        // All corners of all voxels.
        let half = |corner: usize, axis: usize| if corner >> axis & 1 == 1 { 0.5 } else { -0.5 };
        let corners: Vec<f64> = points
            .iter()
            .flat_map(|point| (0..8).map(move |corner| (point, corner)))
            .map(|(point, corner)| {
                let moved: Point = std::array::from_fn(|n| {
                    let step = |axis: usize| space.direction()[axis][n] * space.spacing()[axis];
                    point[n] + (0..3).map(|axis| half(corner, axis) * step(axis)).sum::<f64>()
                });
                dot(direction, moved)
            })
            .collect();
        let (low, high) =
            corners.iter().fold((f64::MAX, f64::MIN), |(a, b), n| (a.min(*n), b.max(*n)));
        prop_assert!(
            close(found.lengths_mm[n], high - low),
            "{} {}",
            found.lengths_mm[n],
            high - low
        );
        prop_assert!(close(dot(direction, found.centre_lps_mm), (low + high) / 2.0));
    }
    Ok(())
}

/// Lines in 13 directions, each voxel by itself; shares of the sphere by looking at many places on it.
fn naive_surface(space: &Space, voxels: &[[usize; 3]]) -> f64 {
    let [sz, sy, sx] = space.spacing();
    let all = (-1..2).flat_map(|z| (-1..2).flat_map(move |y| (-1..2).map(move |x| [z, y, x])));
    let directions: Vec<[i64; 3]> = all.filter(|direction| *direction != [0; 3]).collect();
    let step = |d: &[i64; 3]| [d[0] as f64 * sz, d[1] as f64 * sy, d[2] as f64 * sx];
    let mut shares = vec![0.0; directions.len()];
    let places = 40_000;
    for n in 0..places {
        // Fibonacci's spiral, even over the sphere.
        let height = 1.0 - (2.0 * f64::from(n) + 1.0) / f64::from(places);
        let turn = f64::from(n) * 2.399_963_229_728_653;
        let side = (1.0 - height * height).sqrt();
        let place = [height, side * turn.sin(), side * turn.cos()];
        let near = |d: &[i64; 3]| dot(step(d), place) / length(step(d));
        let nearest = (0..directions.len())
            .max_by(|a, b| near(&directions[*a]).total_cmp(&near(&directions[*b])));
        shares[nearest.unwrap()] += 1.0 / f64::from(places);
    }
    let mut area = 0.0;
    for (direction, share) in directions.iter().zip(shares) {
        let leaves = |voxel: &&[usize; 3]| {
            let beside = [0, 1, 2].map(|n| voxel[n] as i64 + direction[n]);
            !voxels.iter().any(|other| [0, 1, 2].map(|n| other[n] as i64) == beside)
        };
        let left = voxels.iter().filter(leaves).count() as f64;
        area += share * left * sz * sy * sx / length(step(direction));
    }
    4.0 * area
}

proptest! {
    #[test]
    fn measures_are_those_of_the_voxels((voxels, space) in placed()) {
        let found = runs(&voxels).shape_measures(&space).unwrap();
        let areas = runs(&voxels).slice_areas(&space).unwrap();
        prop_assert_eq!(found.len(), runs(&voxels).labels().len());
        for ((label, shape), (_, areas)) in found.into_iter().zip(areas) {
            let places = voxels_of(&voxels, label as u8);
            let points: Vec<Point> = places.iter().map(|place| world(&space, *place)).collect();
            prop_assert!(close(shape.diameter.mm, naive_diameter(&points)));
            let [a, b] = shape.diameter.ends;
            prop_assert!(places.contains(&a) && places.contains(&b));
            prop_assert!(close(length(minus(world(&space, a), world(&space, b))), shape.diameter.mm));
            check_box(&space, &shape, &points)?;

            let (axis, slice, area, long, across) = naive_axial(&space, &places);
            let axial = shape.axial;
            prop_assert_eq!((axial.axis, axial.index, areas.axis), (axis, slice, axis));
            prop_assert!(close(axial.area_mm2, area) && close(axial.long.mm, long), "{:?} {} {}", axial, area, long);
            prop_assert!(close(axial.across_mm, across), "{:?} {}", axial, across);
            let count = |slice: usize| places.iter().filter(|place| place[axis] == slice).count() as u64;
            let counted: Vec<u64> = (areas.first..areas.first + areas.voxels.len()).map(count).collect();
            prop_assert_eq!(&areas.voxels, &counted);
            prop_assert_eq!(areas.voxels.iter().sum::<u64>(), places.len() as u64);
            prop_assert!(areas.voxels[0] > 0 && areas.voxels[areas.voxels.len() - 1] > 0);
            prop_assert!(close(areas.areas_mm2().fold(0.0, f64::max), area));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn surfaces_are_crossed_as_often_as_lines_tell((voxels, space) in placed()) {
        for (label, shape) in runs(&voxels).shape_measures(&space).unwrap() {
            let naive = naive_surface(&space, &voxels_of(&voxels, label as u8));
            // The shares of the naive one are counted, to about a thousandth.
            prop_assert!((shape.surface_area_mm2 / naive - 1.0).abs() < 5e-3, "{} {}", shape.surface_area_mm2, naive);
        }
    }
}

/// Voxels within an ellipsoid, turned about the first axis.
fn ellipsoid(shape: [usize; 3], centre: Point, radii: Point, spacing: Point, turn: f64) -> Runs {
    let voxels = Array3::from_shape_fn(shape, |(z, y, x)| {
        let at: Point = std::array::from_fn(|n| ([z, y, x][n] as f64 - centre[n]) * spacing[n]);
        let turned = [
            turn.cos() * at[0] - turn.sin() * at[1],
            turn.sin() * at[0] + turn.cos() * at[1],
            at[2],
        ];
        u8::from((0..3).map(|n| (turned[n] / radii[n]).powi(2)).sum::<f64>() <= 1.0)
    });
    runs(&voxels)
}

/// Figures of SimpleITK 2.5.7, `LabelShapeStatisticsImageFilter` on the same voxels: GetFeretDiameter, GetOrientedBoundingBoxSize (the
/// shortest first) and GetPerimeter.
#[test]
fn figures_are_those_of_itk() {
    let cases = [
        (
            ellipsoid([31, 33, 35], [15.0, 16.0, 17.0], [10.0; 3], [1.0; 3], 0.0),
            ([31, 33, 35], [1.0; 3]),
            (4169, 20.0, [21.0, 21.0, 21.0]),
        ),
        (
            ellipsoid([24, 40, 44], [12.0, 20.0, 21.0], [9.0, 14.0, 6.0], [1.5, 0.8, 0.7], 0.5),
            ([24, 40, 44], [1.5, 0.8, 0.7]),
            (
                3759,
                27.172044457493442,
                [28.250991576283376, 19.445510908629586, 11.900000000000723],
            ),
        ),
    ];
    for (runs, (shape, spacing), (voxels, feret, lengths)) in cases {
        assert_eq!(runs.voxel_count(), voxels);
        let direction = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
        let space = Space::new(shape, spacing, [10.0, -20.5, 300.0], direction).unwrap();
        let found = runs.shape_measures(&space).unwrap()[0].1;
        assert!(close(found.diameter.mm, feret), "{}", found.diameter.mm);
        for (found, wanted) in found.oriented_box.lengths_mm.into_iter().zip(lengths) {
            assert!(close(found, wanted), "{found} {wanted}");
        }
        if spacing == [1.0; 3] {
            // GetPerimeter; and of a ball of that volume 4 pi r^2 is 1252.8.
            let surface = found.surface_area_mm2;
            assert!((surface - 1_262.511_227_535_834_7).abs() < 1e-6, "{surface}");
        }
    }
}

#[test]
fn one_voxel_has_no_diameter_and_a_box_of_its_size() {
    let runs = Runs::from_slice(&[0_u8, 0, 0, 0, 0, 4], [1, 2, 3]).unwrap();
    let direction = [[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    let space = Space::new([1, 2, 3], [5.0, 0.5, 0.25], [1.0, 2.0, 3.0], direction).unwrap();
    let (label, shape) = runs.shape_measures(&space).unwrap()[0];
    assert_eq!((label, shape.diameter.mm, shape.diameter.ends), (4, 0.0, [[0, 1, 2]; 2]));
    let mut lengths = shape.oriented_box.lengths_mm;
    lengths.sort_by(f64::total_cmp);
    assert_eq!(lengths, [0.25, 0.5, 5.0]);
    assert_eq!(shape.oriented_box.centre_lps_mm, [1.5, 2.5, 3.0]);
    assert_eq!((shape.axial.axis, shape.axial.index, shape.axial.voxels), (0, 0, 1));
    assert_eq!((shape.axial.long.mm, shape.axial.across_mm), (0.0, 0.0));
    assert_eq!(shape.face_area_mm2, 2.0 * (5.0 * 0.5 + 5.0 * 0.25 + 0.5 * 0.25));
}

#[test]
fn other_shapes_are_refused_and_no_voxels_have_no_shape() {
    let space = Space::of_shape([2, 3, 4]);
    let mismatch = ShapeMismatch { first: [4, 3, 2], second: [2, 3, 4] };
    assert_eq!(Runs::empty([4, 3, 2]).shape_measures(&space), Err(mismatch));
    assert_eq!(Runs::empty([4, 3, 2]).slice_areas(&space), Err(mismatch));
    assert_eq!(Runs::empty([2, 3, 4]).shape_measures(&space), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn the_axial_axis_is_nearest_to_the_world_z(space in spaces([2, 3, 4])) {
        let along = |axis: usize| space.direction()[axis][2].abs();
        prop_assert!((0..3).all(|axis| along(axis) <= along(space.axial_axis()) + 1e-12));
    }
}

/// 4 pi r^2 is 1,257: the faces of voxels are a staircase.
#[test]
fn of_a_ball_faces_have_half_as_much_again_as_its_surface() {
    let ball = Array3::from_shape_fn([23, 23, 23], |(z, y, x)| {
        let aside = [z, y, x].map(|n| (n as f64 - 11.0).powi(2));
        u8::from(aside.iter().sum::<f64>() <= 100.0)
    });
    let ball = Runs::from_array(ball.view());
    assert_eq!(ball.face_area_mm2([1.0; 3]), 1902.0);
    assert_eq!(ball.surface_area_mm2([1.0; 3]).round(), 1263.0);
}
