use medmask_core::{
    Change, ComponentRule, Connectivity, DistanceError, MarginError, Matching, Run, Runs,
    RunsBuilder, ShapeMismatch,
};
use ndarray::Array3;
use proptest::prelude::*;

use super::{around, runs, steps};

const LABELS: &[u32] = &[0, 0, 1, 1, 300];

type Index = (usize, usize, usize);

fn surface(voxels: &Array3<u32>) -> Vec<Index> {
    let steps = steps(1);
    let is_outer = |index: Index| {
        around(voxels, index, &steps).any(|beside| beside.is_none_or(|beside| voxels[beside] == 0))
    };
    let labelled = voxels.indexed_iter().filter(|(_, label)| **label != 0);
    labelled.map(|(index, _)| index).filter(|index| is_outer(*index)).collect()
}

/// From each to the nearest of the others, ascending.
fn distances(from: &[Index], to: &[Index], spacing: [f64; 3]) -> Vec<f64> {
    let distance = |a: &Index, b: &Index| {
        let apart = [a.0.abs_diff(b.0), a.1.abs_diff(b.1), a.2.abs_diff(b.2)];
        let squares = apart.iter().zip(spacing).map(|(n, mm)| (*n as f64 * mm).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let nearest = |a: &Index| to.iter().map(|b| distance(a, b)).fold(f64::INFINITY, f64::min);
    let mut all: Vec<f64> = from.iter().map(nearest).collect();
    all.sort_by(f64::total_cmp);
    all
}

/// As the text books have it: the value at rank share (n - 1), between two values in proportion.
fn percentile(ascending: &[f64], share: f64) -> f64 {
    let rank = share * (ascending.len() - 1) as f64;
    let (low, high) = (ascending[rank.floor() as usize], ascending[rank.ceil() as usize]);
    low + (high - low) * rank.fract()
}

fn assert_close(found: f64, wanted: f64) -> Result<(), TestCaseError> {
    prop_assert!(
        (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
        "{found} is not {wanted}"
    );
    Ok(())
}

fn two_volumes() -> impl Strategy<Value = (Array3<u32>, Array3<u32>)> {
    (1_usize..6, 1_usize..7, 1_usize..9)
        .prop_flat_map(|shape| (super::of_shape(LABELS, shape), super::of_shape(LABELS, shape)))
}

proptest! {
    #[test]
    fn surfaces_are_as_far_apart_as_their_voxels(
        (first, second) in two_volumes(),
        spacing in prop::sample::select(&[[1.5; 3], [0.7, 0.7, 5.0], [10.0, 1.0, 0.3], [0.1, 3.0, 0.9]]),
        tolerance in prop::sample::select(&[0.0, 0.7, 1.5, 2.1, 9.0]),
    ) {
        let found = runs(&first).surface_distances(&runs(&second), spacing).unwrap();
        let (a, b) = (surface(&first), surface(&second));
        prop_assert_eq!(found.is_none(), a.is_empty() || b.is_empty());
        if let Some(found) = found {
            let (from_first, from_second) = (distances(&a, &b, spacing), distances(&b, &a, spacing));
            for (found, wanted) in [(found.from_first(), &from_first), (found.from_second(), &from_second)] {
                prop_assert_eq!(found.len(), wanted.len());
                for (found, wanted) in found.iter().zip(wanted) {
                    assert_close(*found, *wanted)?;
                }
            }
            let mut all = [&from_first[..], &from_second].concat();
            all.sort_by(f64::total_cmp);
            let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
            let directed = |share| percentile(&from_first, share).max(percentile(&from_second, share));
            assert_close(found.hausdorff_mm(), all[all.len() - 1])?;
            assert_close(found.hausdorff_percentile_mm(0.95), directed(0.95))?;
            assert_close(found.pooled_percentile_mm(0.95), percentile(&all, 0.95))?;
            assert_close(found.pooled_mean_mm(), mean(&all))?;
            assert_close(found.mean_of_means_mm(), (mean(&from_first) + mean(&from_second)) / 2.0)?;
            let within = all.iter().filter(|distance| **distance <= tolerance * 1.000_001).count();
            assert_close(found.surface_dice(tolerance), within as f64 / all.len() as f64)?;
        }
    }

    #[test]
    fn components_are_matched_as_a_greedy_reader_would(
        (first, second) in two_volumes(), least in 1_u64..4, share in 0.0..1.0_f64, by_voxels: bool,
    ) {
        let matching = if by_voxels { Matching::Voxels(least) } else { Matching::Iou(share) };
        let rule = ComponentRule { matching, min_voxels: least, ..ComponentRule::default() };
        let found = runs(&first).component_agreement(&runs(&second), &rule).unwrap();
        let sizes_of = |volume: &Array3<u32>| {
            let numbers = runs(volume).binary().components(Connectivity::Corners);
            let sizes: Vec<u64> = numbers.statistics().iter().map(|one| one.voxels).filter(|voxels| *voxels >= least).collect();
            let placed = Array3::from_shape_fn(volume.dim(), |(z, y, x)| numbers.runs().at([z, y, x]).unwrap());
            (placed, sizes)
        };
        let ((first_numbers, a), (second_numbers, b)) = (sizes_of(&first), sizes_of(&second));
        let mut pairs = Vec::new();
        for i in 1..=a.len() as u32 {
            for j in 1..=b.len() as u32 {
                let shared = first_numbers.iter().zip(&second_numbers).filter(|pair| *pair == (&i, &j)).count() as u64;
                let iou = shared as f64 / (a[i as usize - 1] + b[j as usize - 1] - shared) as f64;
                let accepted = shared > 0 && if by_voxels { shared >= least } else { iou >= share };
                if accepted {
                    pairs.push((iou, i, j));
                }
            }
        }
        let partners = pairs.clone();
        let mut matched = Vec::new();
        while let Some(best) = pairs.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best }) {
            matched.push(best);
            pairs.retain(|pair| pair.1 != best.1 && pair.2 != best.2);
        }
        prop_assert_eq!(found.true_positives(), matched.len());
        prop_assert_eq!(found.false_negatives(), a.len() - matched.len());
        prop_assert_eq!(found.false_positives(), b.len() - matched.len());
        for (iou, i, j) in &matched {
            let pair = found.pairs.iter().find(|pair| pair.first.is_some_and(|one| one.label == *i)).unwrap();
            prop_assert_eq!(pair.second.unwrap().label, *j);
            prop_assert_eq!(pair.iou(), Some(*iou));
        }
        let summed: f64 = matched.iter().map(|pair| pair.0).sum();
        let all = (a.len() + b.len()) as f64;
        let wanted = (all > 0.0).then(|| 2.0 * summed / all);
        prop_assert_eq!(found.panoptic_quality().is_some(), wanted.is_some());
        assert_close(found.panoptic_quality().unwrap_or(0.0), wanted.unwrap_or(0.0))?;
        for pair in &found.pairs {
            let touched = |number: u32, second: bool| partners.iter().filter(|one| number == if second { one.2 } else { one.1 }).count();
            match (pair.change, pair.first, pair.second) {
                (None, ..) => prop_assert!(!by_voxels),
                (Some(Change::Gone), Some(one), None) => prop_assert_eq!(touched(one.label, false), 0),
                (Some(Change::New), None, Some(one)) => prop_assert_eq!(touched(one.label, true), 0),
                (Some(Change::Merged), first, second) => prop_assert!(
                    second.is_some_and(|one| touched(one.label, true) > 1) || first.is_some_and(|one| touched(one.label, false) > 0)
                ),
                (Some(Change::Split), first, _) => prop_assert!(first.is_none_or(|one| touched(one.label, false) > 1)),
                (Some(_), Some(one), Some(other)) => prop_assert_eq!((touched(one.label, false), touched(other.label, true)), (1, 1)),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

fn cuboids(shape: [usize; 3], cuboids: &[[std::ops::Range<usize>; 3]]) -> Runs {
    let mut voxels = Array3::<u8>::zeros(shape);
    for [z, y, x] in cuboids {
        voxels.slice_mut(ndarray::s![z.clone(), y.clone(), x.clone()]).fill(1);
    }
    Runs::from_array(voxels.view())
}

/// Rounded to four digits after the point.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// The values were computed with MedPy 0.5.2, surface-distance 0.1, SimpleITK 2.5.7 and numpy 2.2.6.
#[test]
fn far_parts_and_thick_slices_give_the_figures_of_published_tools() {
    let shape = [40, 40, 80];
    let first = cuboids(shape, &[[10..30, 10..30, 10..30]]);
    let second = cuboids(shape, &[[10..30, 10..30, 10..30], [10..16, 10..16, 42..48]]);
    let agreement = first.agreement(&second).unwrap();
    assert_eq!((agreement.dice().unwrap() * 1e6).round(), 986_680.0);
    let found = first.surface_distances(&second, [1.0; 3]).unwrap().unwrap();
    assert_eq!((found.from_first().len(), found.from_second().len()), (2168, 2320));
    assert_eq!(found.hausdorff_mm(), 18.0);
    assert_eq!(rounded(found.hausdorff_percentile_mm(0.95)), 13.05);
    assert_eq!(found.pooled_percentile_mm(0.95), 0.0);
    assert_eq!(rounded(found.pooled_mean_mm()), 0.525);
    assert_eq!(rounded(found.mean_of_means_mm()), 0.5078);
    assert_eq!([1.0, 2.0].map(|mm| rounded(found.surface_dice(mm))), [0.9661; 2]);

    let shape = [14, 14, 14];
    let first = cuboids(shape, &[[2..12, 2..12, 2..12]]);
    let second = cuboids(shape, &[[3..13, 2..12, 2..12]]);
    assert_eq!(first.agreement(&second).unwrap().dice(), Some(0.9));
    let found = first.surface_distances(&second, [5.0, 0.7, 0.7]).unwrap().unwrap();
    assert_eq!((found.from_first().len(), found.from_second().len()), (488, 488));
    assert_eq!((found.hausdorff_mm(), found.hausdorff_percentile_mm(0.95)), (5.0, 5.0));
    assert_eq!(rounded(found.pooled_mean_mm()), 1.1967);
    assert_eq!([1.0, 2.0].map(|mm| rounded(found.surface_dice(mm))), [0.7213, 0.7623]);
}

#[test]
fn one_voxel_has_a_surface_and_nothing_has_none() {
    let voxel = |x: usize| cuboids([1, 1, 9], &[[0..1, 0..1, x..x + 1]]);
    let found = voxel(3).surface_distances(&voxel(5), [1.0; 3]).unwrap().unwrap();
    assert_eq!((found.hausdorff_mm(), found.hausdorff_percentile_mm(0.95)), (2.0, 2.0));
    assert_eq!((found.pooled_mean_mm(), found.surface_dice(1.0)), (2.0, 0.0));
    let same = voxel(3).surface_distances(&voxel(3), [1.0; 3]).unwrap().unwrap();
    assert_eq!((same.hausdorff_mm(), same.surface_dice(0.0)), (0.0, 1.0));
    let nothing = Runs::empty([1, 1, 9]);
    assert_eq!(nothing.surface_distances(&voxel(3), [1.0; 3]), Ok(None));
    assert_eq!(nothing.surface_distances(&nothing, [1.0; 3]), Ok(None));
    let rule = ComponentRule::default();
    let found = nothing.component_agreement(&voxel(3), &rule).unwrap();
    assert_eq!(
        (found.f1(), found.segmentation_quality(), found.panoptic_quality()),
        (Some(0.0), None, Some(0.0))
    );
    let found = nothing.component_agreement(&nothing, &rule).unwrap();
    assert_eq!((found.f1(), found.panoptic_quality()), (None, None));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (one, other) = (Runs::empty([1, 1, 9]), Runs::empty([1, 9, 1]));
    let mismatch = ShapeMismatch { first: [1, 1, 9], second: [1, 9, 1] };
    assert_eq!(one.surface_distances(&other, [1.0; 3]), Err(DistanceError::Shapes(mismatch)));
    for spacing in [[1.0, 0.0, 1.0], [1.0, f64::NAN, 1.0], [f64::INFINITY, 1.0, 1.0]] {
        assert!(matches!(
            one.surface_distances(&one, spacing),
            Err(DistanceError::Margin(MarginError::Spacing { .. }))
        ));
    }
    let most = u32::MAX as usize;
    let corners = |places: &[[u32; 3]]| {
        let mut builder = RunsBuilder::new([most; 3]);
        for [z, y, x] in places {
            builder.push(*z, *y, Run { start: *x, end: x + 1, label: 1 });
        }
        builder.finish()
    };
    let last = u32::MAX - 1;
    // What lies between them takes no memory, and no time.
    let (near, far) = (corners(&[[0, 0, 0]]), corners(&[[last, last, last]]));
    let found = near.surface_distances(&far, [1.0; 3]).unwrap().unwrap();
    let wanted = f64::from(last) * 3_f64.sqrt();
    assert!((found.hausdorff_mm() / wanted - 1.0).abs() < 1e-15, "{}", found.hausdorff_mm());
    let wide = corners(&[[0, 0, 0], [0, last, last]]);
    let no_memory = MarginError::Memory { shape: [1, most, most] };
    assert_eq!(wide.surface_distances(&near, [1.0; 3]), Err(DistanceError::Margin(no_memory)));
    let all = corners(&[[0, 0, 0], [last, last, last]]);
    let no_memory = MarginError::Memory { shape: [most; 3] };
    assert_eq!(all.separation(&near, [1.0; 3], &[]), Err(DistanceError::Margin(no_memory)));
}

#[test]
fn lesions_get_the_names_of_what_became_of_them() {
    let row = |stretches: &[std::ops::Range<usize>]| {
        let cuboids: Vec<_> = stretches.iter().map(|x| [0..1, 0..1, x.clone()]).collect();
        self::cuboids([1, 1, 100], &cuboids)
    };
    let first = row(&[0..10, 20..24, 25..29, 40..50, 60..70, 80..90, 95..96]);
    let second = row(&[0..13, 20..29, 41..44, 46..49, 60..74, 80..86, 98..100]);
    let rule = ComponentRule { matching: Matching::ANY, ..ComponentRule::default() };
    let found = first.component_agreement(&second, &rule).unwrap();
    let described: Vec<_> = found
        .pairs
        .iter()
        .map(|pair| {
            let start =
                |one: Option<medmask_core::LabelStatistics>| one.map(|one| one.bounds.start[2]);
            (start(pair.first), start(pair.second), pair.change.unwrap().name())
        })
        .collect();
    let wanted = [
        (Some(0), Some(0), "stable"),
        (Some(40), Some(41), "split"),
        (Some(60), Some(60), "larger"),
        (Some(80), Some(80), "smaller"),
        (Some(20), Some(20), "merged"),
        (Some(25), None, "merged"),
        (Some(95), None, "gone"),
        (None, Some(46), "split"),
        (None, Some(98), "new"),
    ];
    assert_eq!(described, wanted);
    assert_eq!(
        found.rule.to_string(),
        "one to one, largest IoU first, any shared voxel; 26 neighbours; components of at least 1 voxel"
    );
}

/// The values were computed with panoptica 2.1.7: semantic input, naive threshold matching at an IoU of 0.5.
#[test]
fn components_agree_as_panoptica_has_it() {
    let shape = [30, 30, 60];
    let first = cuboids(
        shape,
        &[
            [2..8, 2..8, 2..10],
            [2..8, 12..18, 2..10],
            [12..20, 2..10, 20..30],
            [12..14, 20..22, 40..42],
            [22..28, 2..8, 40..50],
        ],
    );
    let second = cuboids(
        shape,
        &[
            [2..8, 2..8, 3..11],
            [4..10, 12..18, 4..12],
            [12..20, 2..10, 20..30],
            [22..26, 22..26, 50..55],
            [22..28, 2..8, 40..45],
            [22..28, 2..8, 46..50],
        ],
    );
    let found = first.component_agreement(&second, &ComponentRule::default()).unwrap();
    let counts = (found.true_positives(), found.false_positives(), found.false_negatives());
    assert_eq!(counts, (3, 3, 2));
    let close = |found: Option<f64>, wanted: f64| assert!((found.unwrap() - wanted).abs() < 1e-15);
    close(found.f1(), 0.545_454_545_454_545_4);
    close(found.segmentation_quality(), 0.759_259_259_259_259_2);
    close(found.panoptic_quality(), 0.414_141_414_141_414_1);
}

#[test]
fn ten_thousand_components_are_matched() {
    let spots = |from: usize| {
        Runs::from_array(
            Array3::from_shape_fn([44, 44, 44], |(z, y, x)| {
                u8::from(z % 2 == 0 && y % 2 == 0 && x % 2 == 0 && z >= from)
            })
            .view(),
        )
    };
    let rule = ComponentRule { matching: Matching::ANY, ..ComponentRule::default() };
    let found = spots(0).component_agreement(&spots(4), &rule).unwrap();
    let counts = (found.true_positives(), found.false_positives(), found.false_negatives());
    assert_eq!(counts, (20 * 22 * 22, 0, 2 * 22 * 22));
}
