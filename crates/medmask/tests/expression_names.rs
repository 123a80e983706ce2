//! What names in expressions mean, and what is said of those that mean nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask::{
    AnyArchive, ArchiveWriter, LabelMap, Mask, SelectionError, Space, WriterOptions, groups,
    select_one,
};
use ndarray::Array3;

const SHAPE: [usize; 3] = [2, 3, 40];

/// An archive whose entries have the labels that follow their names. Of the labels each has one voxel, which no other has.
fn archive(entries: &[(&str, &[&str])], kept: &[(&str, &str)]) -> (tempfile::TempDir, AnyArchive) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    let mut place = 0;
    for (name, labels) in entries {
        let mut voxels = Array3::<u8>::zeros(SHAPE);
        let mut map = LabelMap::new();
        for (number, label) in (1..).zip(*labels) {
            map.insert(*label, u32::from(number)).unwrap();
            voxels.as_slice_mut().unwrap()[place] = number;
            place += 1;
        }
        writer.add(name, &Mask::new(voxels, map, space.clone()).unwrap()).unwrap();
    }
    for (name, expression) in kept {
        groups::set(&mut writer, name, expression).unwrap();
    }
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    (folder, archive)
}

/// The places of the voxels that `text` chooses.
fn places(archive: &AnyArchive, text: &str) -> Vec<usize> {
    let runs = select_one(archive, text).unwrap().to_runs(archive).unwrap();
    let voxels = runs.to_voxels(medmask::Dtype::Bool).select(|label| label != 0);
    voxels.iter().enumerate().filter(|(_, voxel)| **voxel).map(|(place, _)| place).collect()
}

#[test]
fn a_text_that_is_exactly_a_name_is_that_name() {
    let (_folder, archive) = archive(
        &[
            ("a", &["a"]),
            ("b", &["b"]),
            ("a - b", &["a - b"]),
            ("fill(a)", &["fill(a)"]),
            ("ml", &["a + b", "x (y)", "z"]),
            ("(a", &["open"]),
            ("left lung", &["left lung"]),
            ("a,b", &["comma"]),
        ],
        &[("all of it", "b + a")],
    );
    for (text, expected) in [
        ("a - b", &[2][..]),
        ("fill(a)", &[3]),
        ("a + b", &[4]),
        ("ml/a + b", &[4]),
        ("x (y)", &[5]),
        ("(a", &[7]),
        ("all of it", &[0, 1]),
        // In an expression only quotes say so.
        ("\"a - b\" + a", &[0, 2]),
        ("\"fill(a)\" + \"ml\"/\"x (y)\" + z", &[3, 5, 6]),
        ("\"left lung\" + \"all of it\"", &[0, 1, 8]),
        ("\"a,b\" + (a)", &[0, 9]),
        ("{a,b} + z", &[0, 1, 6]),
        ("ml - \"x (y)\"", &[4, 6]),
        ("ml/? + a", &[0, 6]),
        ("* - ml", &[0, 1, 2, 3, 7, 8, 9]),
    ] {
        assert_eq!(places(&archive, text), expected, "{text}");
    }
}

#[test]
fn a_name_that_means_nothing_is_pointed_at() {
    let (_folder, archive) = archive(
        &[
            ("liver", &["liver"]),
            ("spleen", &["spleen"]),
            ("first", &["cyst", "stone"]),
            ("second", &["cyst", "vein"]),
            ("T1-w", &["T1-w"]),
        ],
        &[],
    );
    let error = |text: &str| select_one(&archive, text).unwrap_err();
    for (text, message) in [
        (
            "liver + splen",
            "\"liver + splen\", character 9: no entry or label is named \"splen\"; did you mean \"spleen\"?",
        ),
        (
            "fill(cyst)",
            "\"fill(cyst)\", character 6: \"cyst\" is a label of several entries: first/cyst, second/cyst",
        ),
        (
            "liver - rib_*",
            "\"liver - rib_*\", character 9: no entry and no label matches \"rib_*\"",
        ),
        (
            "(liver ^ \"spl\")",
            "\"(liver ^ \\\"spl\\\")\", character 10: no entry or label is named \"spl\"; did you mean \"spleen\"?",
        ),
        ("liver - \"spl", "\"liver - \\\"spl\", character 9: this quote is not closed"),
        (
            "liver - ab\"c",
            "\"liver - ab\\\"c\", character 11: a quote stands at the start of a name",
        ),
        (
            "liver+spleen",
            "no entry or label is named \"liver+spleen\"; operators stand between blanks",
        ),
        (
            "stone-liver",
            "no entry or label is named \"stone-liver\"; operators stand between blanks",
        ),
        (
            "(spleen&vein) - liver",
            "\"(spleen&vein) - liver\", character 2: no entry or label is named \"spleen&vein\"; operators stand between blanks",
        ),
        ("T1-v", "no entry or label is named \"T1-v\"; did you mean \"T1-w\"?"),
        ("liver  left", "no entry or label is named \"liver  left\""),
        (
            "lver(liver)",
            "\"lver(liver)\", character 1: there is no function \"lver\"; names with parentheses stand in double quotes",
        ),
    ] {
        assert_eq!(error(text).to_string(), message, "{text}");
    }
    assert!(matches!(error("(splen)").root(), SelectionError::NotFound { nearest: Some(_), .. }));
    let many = vec!["*"; 100_000].join(" + ");
    assert_eq!(error(&many).root(), &SelectionError::TooManyNames { limit: 1 << 18 });
}
