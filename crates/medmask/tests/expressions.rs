//! Expressions of masks against naive ones on dense arrays.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod dense;
mod stored;

use dense::{Dense, SHAPE};
use medmask::{
    AnyArchive, ArchiveWriter, Bounds, LabelMap, Mask, Selection, WriterOptions, select, select_one,
};
use ndarray::Array3;
use proptest::prelude::*;
use stored::{archive, block, space};

fn voxels(archive: &AnyArchive, text: &str) -> Array3<bool> {
    let mask = select_one(archive, text).unwrap();
    assert!(mask.is_expression(), "{text}");
    let runs = mask.to_runs(archive).unwrap();
    assert!(runs.max_label() <= 1, "{text}");
    if let Some(tight) = runs.bounds() {
        let known = mask.bounds(archive).unwrap();
        assert_eq!(known.map(|known| known.union(&tight)), known, "{text}: the box is too small");
    }
    runs.to_voxels(medmask::Dtype::Bool).select(|label| label == 1)
}

/// A text, and the voxels that it means.
type Case = (String, Dense);

/// Random masks `a`, `b` and `c d`, and `ml` of three labels, `p/x`, `y` and `z`.
fn masks() -> impl Strategy<Value = Vec<Array3<u8>>> {
    let labels =
        |most: u8, share: u32| prop_oneof![100 - share => Just(0_u8), share => 1..=most].boxed();
    let mask = |label: BoxedStrategy<u8>| {
        let count = SHAPE.iter().product::<usize>();
        let voxels = prop::collection::vec(label, count);
        voxels.prop_map(|voxels| Array3::from_shape_vec(SHAPE, voxels).unwrap())
    };
    let bounded = (mask(labels(1, 50)), 0..SHAPE[0], 0..SHAPE[2]).prop_map(|(mask, z, x)| {
        // Boxes that part of the volume lies outside of, so that there is something to prune.
        let mut mask = mask;
        mask.indexed_iter_mut().filter(|(at, _)| at.0 < z || at.2 < x).for_each(|(_, v)| *v = 0);
        mask
    });
    (mask(labels(1, 12)), mask(labels(1, 70)), bounded, mask(labels(3, 40)))
        .prop_map(|(a, b, c, ml)| vec![a, b, c, ml])
}

const LABELS: [&str; 3] = ["p/x", "y", "z"];

fn written(masks: &[Array3<u8>]) -> (tempfile::TempDir, AnyArchive) {
    let [a, b, c, ml] = masks else { unreachable!("four masks") };
    archive(&[
        ("a", &["a"], a.clone()),
        ("b", &["b"], b.clone()),
        ("c d", &["c"], c.clone()),
        ("ml", &LABELS, ml.clone()),
    ])
}

/// A random expression, as a function of the masks that makes its text and its voxels.
#[derive(Clone, Debug)]
enum Random {
    Name(usize),
    Join(char, Box<Random>, Box<Random>),
    Call(usize, f64, Box<Random>),
}

fn random() -> impl Strategy<Value = Random> {
    (0..8_usize).prop_map(Random::Name).prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            4 => (prop::sample::select(vec!['+', '-', '^', '&']), inner.clone(), inner.clone())
                .prop_map(|(sign, a, b)| Random::Join(sign, Box::new(a), Box::new(b))),
            1 => (0..6_usize, 0..30_u8, inner).prop_map(|(function, number, inner)| {
                Random::Call(function, f64::from(number) / 8.0, Box::new(inner))
            }),
        ]
    })
}

impl Random {
    fn case(&self, masks: &[Array3<u8>]) -> Case {
        match self {
            Self::Name(number) => {
                let of = |mask: usize, wanted: fn(u8) -> bool| Dense::of(&masks[mask], wanted);
                let (text, voxels) = match number {
                    0 => ("a", of(0, |label| label != 0)),
                    1 => ("b", of(1, |label| label != 0)),
                    2 => ("\"c d\"", of(2, |label| label != 0)),
                    3 => ("ml", of(3, |label| label != 0)),
                    4 => ("ml/p/x", of(3, |label| label == 1)),
                    5 => ("y", of(3, |label| label == 2)),
                    6 => ("ml/[yz]", of(3, |label| label > 1)),
                    _ => ("?", of(0, |label| label != 0).join('+', &of(1, |label| label != 0))),
                };
                (text.to_owned(), voxels)
            }
            Self::Join(sign, first, second) => {
                let ((first, a), (second, b)) = (first.case(masks), second.case(masks));
                (format!("({first} {sign} {second})"), a.join(*sign, &b))
            }
            Self::Call(function, number, inner) => {
                let (text, voxels) = inner.case(masks);
                match function {
                    0 => (format!("largest({text})"), voxels.largest(1)),
                    1 => (format!("largest({text}, 2)"), voxels.largest(2)),
                    2 => {
                        // A voxel has 2 * 1.5 * 1 mm^3.
                        let least = (number * 8.0).ceil();
                        let ml = (least - 0.5).max(0.0) * 0.003;
                        (format!("min_ml({text}, {ml})"), voxels.at_least(least as usize))
                    }
                    3 => (format!("fill({text})"), voxels.fill()),
                    4 => (format!("grow({text}, {number})"), voxels.grow(*number)),
                    _ => (format!("shrink({text},{number})"), voxels.shrink(*number)),
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn expressions_give_what_they_give_on_dense_arrays(
        masks in masks(),
        expressions in prop::collection::vec(random(), 1..8),
    ) {
        let (_folder, archive) = written(&masks);
        for expression in expressions {
            let (text, expected) = expression.case(&masks);
            // A name alone is no expression; in parentheses it is.
            prop_assert_eq!(voxels(&archive, &format!("({text})")), expected.into_array(), "{}", text);
        }
    }

    #[test]
    fn operators_bind_as_written(
        masks in masks(),
        signs in prop::collection::vec(prop::sample::select(vec!['+', '-', '^', '&']), 1..200),
    ) {
        let (_folder, archive) = written(&masks);
        let names: Vec<Case> = (0..8).map(|number| Random::Name(number).case(&masks)).collect();
        // What a person does by hand: first every & and then the others, from the left.
        let mut text = names[0].0.clone();
        let mut terms = vec![('+', names[0].1.clone())];
        for (place, sign) in signs.iter().enumerate() {
            let (name, voxels) = &names[(place * 5 + 3) % 8];
            text.push_str(&format!(" {sign} {name}"));
            match (sign, terms.last_mut()) {
                ('&', Some((_, last))) => *last = last.join('&', voxels),
                _ => terms.push((*sign, voxels.clone())),
            }
        }
        let expected = terms.iter().fold(Dense::empty(), |all, (sign, term)| all.join(*sign, term));
        prop_assert_eq!(voxels(&archive, &text), expected.into_array(), "{}", text);
    }
}

#[test]
fn a_shell_is_what_growing_adds() {
    let (_folder, archive) = archive(&[
        ("a", &["a"], block([2, 2, 2], [3, 4, 4], 1)),
        ("b", &["b"], block([0; 3], [5; 3], 1)),
    ]);
    let a = Dense::of(&block([2, 2, 2], [3, 4, 4], 1), |label| label == 1);
    assert_eq!(voxels(&archive, "shell(a, 2)"), a.grow(2.0).join('-', &a).into_array());
    let outside =
        a.grow(2.0).join('-', &a).join('-', &Dense::of(&block([0; 3], [5; 3], 1), |l| l == 1));
    assert_eq!(voxels(&archive, "grow(a, 2) - a - b"), outside.into_array());
}

#[test]
fn ten_thousand_names_are_no_burden() {
    let count = 10_000_usize;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.mska");
    let mut writer = ArchiveWriter::create(&path, &space(), WriterOptions::default()).unwrap();
    let mut expected = Dense::empty();
    let mut text = String::new();
    for number in 0..count {
        let at = [number % 5, number / 5 % 6, number / 30 % 7];
        let voxels = block(at, at.map(|n| n + 1), 1);
        let (name, mut labels) = (format!("m{number}"), LabelMap::new());
        labels.insert(name.as_str(), 1).unwrap();
        writer.add(&name, &Mask::new(voxels.clone(), labels, space()).unwrap()).unwrap();
        let sign = ['+', '-', '^'][number * number % 7 % 3];
        let sign = if number == 0 { '+' } else { sign };
        text.push_str(&if number == 0 { name } else { format!(" {sign} {name}") });
        expected = expected.join(sign, &Dense::of(&voxels, |label| label == 1));
    }
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    assert_eq!(voxels(&archive, &text), expected.into_array());
    let names: Vec<&str> = archive.names().collect();
    assert!(!voxels(&archive, &names.join(" & ")).iter().any(|voxel| *voxel));
    assert_eq!(voxels(&archive, "m1* + m2* + m3*").iter().filter(|voxel| **voxel).count(), 210);
}

#[test]
fn an_expression_is_one_mask_with_its_text_as_its_name() {
    let (_folder, archive) = archive(&[
        ("a", &["a"], block([0; 3], [1; 3], 1)),
        ("b", &["b"], block([0; 3], [2; 3], 1)),
    ]);
    let chosen = select(&archive, &["b - a", " b - a", "a", "*", "(a)"]).unwrap();
    let names: Vec<String> = chosen.iter().map(Selection::name).collect();
    assert_eq!(names, ["b - a", "a", "b", "(a)"]);
    let expression = &chosen[0];
    assert_eq!(
        (expression.entry(), expression.label(), expression.label_number()),
        (None, None, None)
    );
    assert_eq!(expression.entries().collect::<Vec<_>>(), ["b", "a"]);
    assert!(expression.reader(&archive).unwrap().is_none());
    assert_eq!(expression.bounds(&archive).unwrap(), Some(Bounds { start: [0; 3], end: [2; 3] }));
}
