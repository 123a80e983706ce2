//! Masks chosen by name, in an archive whose names invite every mistake.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask::{
    AnyArchive, ArchiveError, ArchiveWriter, LabelMap, Mask, Selection, SelectionError, Space,
    select, select_one,
};
use ndarray::Array3;

const SHAPE: [usize; 3] = [2, 3, 4];

/// Labels `names`, numbered from 1, voxel n with label n.
fn mask(names: &[&str]) -> Mask {
    let mut labels = LabelMap::new();
    let mut voxels = Array3::<u8>::zeros(SHAPE);
    for (number, name) in (1..).zip(names) {
        labels.insert(*name, u32::from(number)).unwrap();
        voxels.as_slice_mut().unwrap()[usize::from(number)] = number;
    }
    Mask::new(voxels, labels, Space::of_shape(SHAPE)).unwrap()
}

/// An archive of `entries` with their labels.
fn archive(entries: &[(&str, &[&str])]) -> (tempfile::TempDir, AnyArchive) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, Default::default()).unwrap();
    for (name, labels) in entries {
        writer.add(name, &mask(labels)).unwrap();
    }
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    (folder, archive)
}

fn names(chosen: &[Selection]) -> Vec<String> {
    let full = |one: &Selection| match one.label() {
        Some(label) => format!("{}:{label}", one.entry().unwrap()),
        None => one.entry().unwrap_or("?").to_owned(),
    };
    chosen.iter().map(full).collect()
}

#[test]
fn names_mean_entries_first_and_then_labels() {
    let (_folder, archive) = archive(&[
        ("liver", &["liver"]),
        ("lobes", &["left_upper", "right_upper", "liver"]),
        ("ribs/left", &["rib_1", "rib_2"]),
        ("ribs", &["left", "right"]),
        ("rib_*", &["odd"]),
        ("a\"b", &["odd", "x/y"]),
        ("a + b", &["sum"]),
    ]);
    for (text, expected) in [
        ("liver", "liver"),
        ("lobes/liver", "lobes:liver"),
        ("left_upper", "lobes:left_upper"),
        ("ribs/left", "ribs/left"),
        ("\"ribs/left\"", "ribs/left"),
        ("\"ribs\"/left", "ribs:left"),
        ("ribs/\"left\"", "ribs:left"),
        ("ribs/left/rib_2", "ribs/left:rib_2"),
        ("rib_*", "rib_*"),
        ("a\"b", "a\"b"),
        ("\"a\\\"b\"", "a\"b"),
        ("x/y", "a\"b:x/y"),
        ("a + b", "a + b"),
        ("sum", "a + b:sum"),
    ] {
        let chosen = select(&archive, &[text]).unwrap();
        assert_eq!(names(&chosen), [expected], "{text}");
    }
}

#[test]
fn one_mask_is_never_chosen_by_a_pattern() {
    let (_folder, archive) = archive(&[("liver", &["liver"]), ("lobes", &["left", "right"])]);
    let one = |text: &str| select_one(&archive, text);
    assert_eq!(names(&[one("lobes").unwrap()]), ["lobes"]);
    assert_eq!(names(&[one("right").unwrap()]), ["lobes:right"]);
    // Not by what it matches: another archive may have more.
    for pattern in ["liv*", "l*", "zz*"] {
        let refused = one(pattern).unwrap_err();
        assert_eq!(refused, SelectionError::Several { pattern: pattern.to_owned() });
    }
    assert!(matches!(one("rigt"), Err(SelectionError::NotFound { nearest: Some(_), .. })));
}

#[test]
fn the_name_of_background_chooses_no_mask() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let (voxels, _, space) = mask(&["liver"]).into_parts();
    let mut labels = LabelMap::new();
    labels.insert("air", 0).unwrap();
    labels.insert("liver", 1).unwrap();
    let mut writer = ArchiveWriter::create(&path, &space, Default::default()).unwrap();
    writer.add("organs", &Mask::new(voxels, labels, space).unwrap()).unwrap();
    writer.finish().unwrap();

    let archive = AnyArchive::open(&path).unwrap();
    assert_eq!(names(&select(&archive, &["organs/*"]).unwrap()), ["organs:liver"]);
    assert!(matches!(select_one(&archive, "air"), Err(SelectionError::NotFound { .. })));
    // Its full name is understood and refused: an empty mask would pass for an answer.
    let air = select_one(&archive, "organs/air").unwrap();
    let refused = air.reader(&archive).unwrap_err();
    // Nor does it count as no voxel in an expression.
    let without = select_one(&archive, "organs - organs/air").unwrap();
    assert!(without.to_runs(&archive).unwrap_err().to_string().contains("background"));
    assert!(matches!(refused, ArchiveError::Background { .. }), "{refused}");
}

#[test]
fn patterns_choose_in_the_order_of_the_archive() {
    let (_folder, archive) = archive(&[
        ("rib_2", &["rib_2"]),
        ("lobes", &["left_upper", "right_upper", "left_lower"]),
        ("rib_1", &["rib_1"]),
        ("vessels", &["left_vein"]),
    ]);
    let chosen = |texts: &[&str]| names(&select(&archive, texts).unwrap());
    assert_eq!(chosen(&[]), ["rib_2", "lobes", "rib_1", "vessels"]);
    assert_eq!(chosen(&["rib_*"]), ["rib_2", "rib_1"]);
    assert_eq!(chosen(&["rib_1", "rib_*", "vessels"]), ["rib_1", "rib_2", "vessels"]);
    assert_eq!(chosen(&["lobes/*"]), ["lobes:left_upper", "lobes:right_upper", "lobes:left_lower"]);
    assert_eq!(
        chosen(&["*/left_*"]),
        ["lobes:left_upper", "lobes:left_lower", "vessels:left_vein"]
    );
    assert_eq!(chosen(&["*_upper"]), ["lobes:left_upper", "lobes:right_upper"], "no entry matches");
    assert_eq!(chosen(&["rib_[13]"]), ["rib_1"]);
}

#[test]
fn what_is_not_there_is_said_and_what_is_near_too() {
    let (_folder, archive) = archive(&[
        ("kidney_left", &["kidney_left"]),
        ("first", &["cyst", "stone"]),
        ("second", &["cyst"]),
    ]);
    let error = |text: &str| select(&archive, &[text]).unwrap_err().to_string();
    assert_eq!(
        error("kidny_left"),
        "no entry or label is named \"kidny_left\"; did you mean \"kidney_left\"?"
    );
    assert_eq!(
        error("first/sotne"),
        "no entry or label is named \"first/sotne\"; did you mean \"first/stone\"?"
    );
    assert_eq!(error("cyst"), "\"cyst\" is a label of several entries: first/cyst, second/cyst");
    assert_eq!(error("rib_*"), "no entry and no label matches \"rib_*\"");
    assert!(error("rib_[").starts_with("\"rib_[\" is not a pattern: "));
    let (_folder, empty) = self::archive(&[]);
    assert!(matches!(select(&empty, &["liver"]), Err(SelectionError::NoEntries)));
}

#[test]
fn a_label_is_read_as_a_binary_mask() {
    let (_folder, archive) = archive(&[("lobes", &["upper", "middle", "lower"])]);
    let [middle] = &select(&archive, &["middle"]).unwrap()[..] else { panic!("one mask") };
    assert_eq!(middle.name(), "lobes/middle");
    let read = middle.reader(&archive).unwrap().unwrap().to_mask().unwrap();
    let expected = Array3::from_shape_fn(SHAPE, |index| index == (0, 0, 2));
    assert_eq!(read.voxels(), &expected.into());
    assert_eq!(read.labels().iter().collect::<Vec<_>>(), [("middle", 1)]);
}
