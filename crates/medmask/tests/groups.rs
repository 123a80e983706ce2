//! Expressions that an archive keeps under a name.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use medmask::groups::{self, GROUPS_KEY, Groups, Renamed};
use medmask::medmask_archive::{TargetVersion, convert, repair};
use medmask::{
    AnyArchive, ArchiveWriter, Error, LabelMap, Mask, SelectionError, Space, WriterOptions, select,
    select_one,
};
use ndarray::Array3;
use serde_json::{Value, json};

const SHAPE: [usize; 3] = [2, 3, 4];

fn mask(labels: &[&str], place: usize) -> Mask {
    let mut voxels = Array3::<u8>::zeros(SHAPE);
    let mut map = LabelMap::new();
    for (number, label) in (1..).zip(labels) {
        map.insert(*label, u32::from(number)).unwrap();
        voxels.as_slice_mut().unwrap()[place + usize::from(number) - 1] = number;
    }
    Mask::new(voxels, map, Space::of_shape(SHAPE)).unwrap()
}

/// `rib_1`, `rib_2` and `sternum` of one voxel each, and `lobes` with the labels `upper` and `lower`.
fn archive() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    for (place, name) in ["rib_1", "rib_2", "sternum"].into_iter().enumerate() {
        writer.add(name, &mask(&[name], place)).unwrap();
    }
    writer.add("lobes", &mask(&["upper", "lower"], 3)).unwrap();
    writer.set_metadata(json!({"site": "north"}).as_object().unwrap()).unwrap();
    writer.finish().unwrap();
    (folder, path)
}

fn open(path: &Path) -> ArchiveWriter {
    ArchiveWriter::open(path, WriterOptions::default()).unwrap()
}

fn set(path: &Path, groups: &[(&str, &str)]) {
    let mut writer = open(path);
    for (name, expression) in groups {
        groups::set(&mut writer, name, expression).unwrap();
    }
    writer.finish().unwrap();
}

fn kept(path: &Path) -> Vec<(String, String)> {
    let groups = Groups::of(&AnyArchive::open(path).unwrap()).unwrap();
    groups.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

fn voxels(path: &Path, text: &str) -> u64 {
    let archive = AnyArchive::open(path).unwrap();
    let mask = select_one(&archive, text).unwrap();
    mask.to_runs(&archive).unwrap().voxel_count()
}

#[test]
fn a_group_is_used_like_a_name_and_costs_no_voxels() {
    let (_folder, path) = archive();
    let before = AnyArchive::open(&path).unwrap().entries().len();
    set(&path, &[("ribs", "rib_*"), ("cage", " ribs + sternum "), ("half", "lobes/upper")]);
    assert_eq!(AnyArchive::open(&path).unwrap().entries().len(), before);
    for (text, expected) in [
        ("ribs", 2),
        ("cage", 3),
        ("\"cage\" - rib_1", 2),
        ("half + cage", 4),
        ("fill(cage) & ribs", 2),
    ] {
        assert_eq!(voxels(&path, text), expected, "{text}");
    }
    let archive = AnyArchive::open(&path).unwrap();
    let chosen = select(&archive, &["ribs", "rib_*"]).unwrap();
    let names: Vec<String> = chosen.iter().map(medmask::Selection::name).collect();
    assert_eq!(names, ["ribs", "rib_1", "rib_2"], "a pattern matches no group");
    assert!(chosen[0].is_expression() && chosen[0].is_group());
    assert_eq!(archive.metadata().unwrap()["site"], "north");
    assert_eq!(archive.metadata().unwrap()[GROUPS_KEY]["cage"], "ribs + sternum");

    let mut writer = open(&path);
    groups::remove(&mut writer, "cage").unwrap();
    groups::set(&mut writer, "ribs", "rib_1").unwrap();
    writer.finish().unwrap();
    let expected = [("ribs", "rib_1"), ("half", "lobes/upper")];
    assert_eq!(kept(&path), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let error = groups::remove(&mut open(&path), "rib").unwrap_err().to_string();
    assert_eq!(error, "there is no group \"rib\"; did you mean \"ribs\"?");
    let mut writer = open(&path);
    groups::remove(&mut writer, "ribs").unwrap();
    groups::remove(&mut writer, "half").unwrap();
    writer.finish().unwrap();
    let metadata = AnyArchive::open(&path).unwrap().metadata().unwrap();
    assert_eq!(Value::from(metadata), json!({"site": "north"}));
}

#[test]
fn what_cannot_be_a_group_is_refused_and_nothing_changes() {
    let (_folder, path) = archive();
    set(&path, &[("ribs", "rib_*"), ("cage", "ribs + sternum")]);
    let before = kept(&path);
    for (name, expression, message) in [
        ("ribs", "cage - rib_1", "a group names itself: ribs -> cage -> ribs"),
        ("new", "new", "a group names itself: new -> new"),
        ("rib_1", "rib_2", "\"rib_1\" is the name of an entry already"),
        ("upper", "rib_2", "\"upper\" is the name of a label already"),
        ("", "rib_1", "\"\" cannot be the name of a group: it is empty"),
        ("a/b", "rib_1", "\"a/b\" cannot be the name of a group: it has /"),
        ("a + b", "rib_1", "cannot be the name of a group: it has / or quotes, or is a pattern"),
        ("fill(a)", "rib_1", "cannot be the name of a group"),
        ("rib*", "rib_1", "cannot be the name of a group"),
        ("a\u{7}", "rib_1", "cannot be the name of a group: it has control characters"),
        ("new", "rib_1 +", "group \"new\": \"rib_1 +\", character 8: a mask is missing here"),
        (
            "new",
            "rib_1 + sternm",
            "group \"new\": \"rib_1 + sternm\", character 9: no entry or label is named \"sternm\"; did you mean \"sternum\"?",
        ),
        ("new", "grow(rib_1, -1)", "\"-1\" is not the number of grow(x, mm)"),
    ] {
        let mut writer = open(&path);
        let error = groups::set(&mut writer, name, expression).unwrap_err().to_string();
        assert!(error.contains(message), "{error}\n{message}");
        writer.finish().unwrap();
        assert_eq!(kept(&path), before);
    }
}

#[test]
fn groups_follow_new_names_of_entries_or_it_is_said() {
    let (_folder, path) = archive();
    set(
        &path,
        &[
            ("ribs", "rib_*"),
            ("first", "rib_1"),
            ("mixed", "rib_2 - rib_1 & (\"rib_1\"  + rib_1/rib_1) ^ grow(rib_1, 1)"),
            ("lung", "lobes/upper + lower - \"lobes\"/lower"),
        ],
    );
    let mut writer = open(&path);
    let renamed = groups::rename(&mut writer, "rib_1", "1st rib").unwrap();
    writer.finish().unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!((renamed.rewritten, renamed.lost), (names(&["first", "mixed"]), names(&["ribs"])));
    let expected = [
        ("ribs", "rib_*"),
        ("first", "\"1st rib\""),
        (
            "mixed",
            "rib_2 - \"1st rib\" & (\"1st rib\"  + \"1st rib\"/\"1st rib\") ^ grow(\"1st rib\", 1)",
        ),
        ("lung", "lobes/upper + lower - \"lobes\"/lower"),
    ];
    assert_eq!(kept(&path), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(voxels(&path, "first"), 1);

    let mut writer = open(&path);
    let renamed = groups::rename(&mut writer, "lobes", "lung/lobes").unwrap();
    writer.finish().unwrap();
    assert_eq!(renamed.rewritten, ["lung"]);
    let text = "\"lung/lobes\"/upper + lower - \"lung/lobes\"/lower";
    assert_eq!(kept(&path)[3].1, text);
    assert_eq!(voxels(&path, "lung"), 1);

    let mut writer = open(&path);
    let unchanged = groups::rename(&mut writer, "sternum", "breastbone").unwrap();
    assert_eq!(unchanged, Renamed::default());
    let refused = groups::rename(&mut writer, "rib_2", "ribs").unwrap_err().to_string();
    assert_eq!(refused, "\"ribs\" is the name of a group already");
}

#[test]
fn a_group_says_what_it_misses() {
    let (_folder, path) = archive();
    set(&path, &[("ribs", "rib_1 + rib_2"), ("cage", "ribs + sternum"), ("rest", "sternum")]);
    let mut writer = open(&path);
    writer.remove("rib_2").unwrap();
    writer.add("rest", &mask(&["rest"], 9)).unwrap();
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    let missing = "group \"ribs\": \"rib_1 + rib_2\", character 9: no entry or label is named \"rib_2\"; did you mean \"rib_1\"?";
    let found = groups::resolved(&archive).unwrap();
    let problems: Vec<Option<String>> =
        found.iter().map(|group| group.mask.as_ref().err().map(ToString::to_string)).collect();
    assert_eq!(problems, [Some(missing.to_owned()), Some(missing.to_owned()), None]);
    assert_eq!(found.iter().map(|group| group.is_hidden).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(select_one(&archive, "cage").unwrap_err().to_string(), missing);
    assert!(!select_one(&archive, "rest").unwrap().is_expression(), "an entry comes first");
}

#[test]
fn groups_outlive_compaction_repair_and_conversion() {
    let (folder, path) = archive();
    set(&path, &[("ribs", "rib_*")]);
    let expected = kept(&path);
    open(&path).compact().unwrap();
    assert_eq!(kept(&path), expected);
    let copy = folder.path().join("copy.mska");
    convert(&path, &copy, TargetVersion::Version2, None, WriterOptions::new(), |_, _| ()).unwrap();
    assert_eq!(kept(&copy), expected);
    // The front with both slots, and the start of the index behind it, are lost.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..200].fill(0);
    let broken = folder.path().join("broken.mska");
    std::fs::write(&broken, &bytes).unwrap();
    let mended = folder.path().join("mended.mska");
    repair(&broken, &mended, WriterOptions::new(), None).unwrap();
    assert_eq!(kept(&mended), expected);
    assert_eq!(voxels(&mended, "ribs"), 2);
}

/// The archive with something else where its groups are.
fn with_groups(path: &Path, groups: &Value) -> AnyArchive {
    let mut writer = open(path);
    writer.set_metadata(json!({ GROUPS_KEY: groups }).as_object().unwrap()).unwrap();
    writer.finish().unwrap();
    AnyArchive::open(path).unwrap()
}

#[test]
fn groups_that_other_software_wrote_are_not_trusted() {
    let (_folder, path) = archive();
    for odd in [json!(["a"]), json!({"a": 1}), json!("x")] {
        let archive = with_groups(&path, &odd);
        assert!(select_one(&archive, "rib_1").is_ok(), "entries need no groups");
        let error = select_one(&archive, "ribs").unwrap_err();
        assert!(matches!(error, SelectionError::Groups { .. }), "{error}");
        let refused = groups::set(&mut open(&path), "ribs", "rib_1").unwrap_err();
        assert!(matches!(refused, Error::Selection(SelectionError::Groups { .. })), "{refused}");
    }
    let archive = with_groups(&path, &json!({"a": "b - rib_1", "b": "c", "c": "largest(a)"}));
    let error = select_one(&archive, "sternum + b").unwrap_err().to_string();
    assert_eq!(error, "a group names itself: b -> c -> a -> b");
    // Each is twice the one before.
    let double = |level: usize| (format!("g{level}"), json!(format!("g{0} + g{0}", level - 1)));
    let mut many: serde_json::Map<_, _> = (1..90).map(double).collect();
    many.insert("g0".to_owned(), json!("rib_1 ^ rib_2"));
    let archive = with_groups(&path, &Value::from(many));
    assert_eq!(voxels(&path, "g10"), 2);
    let error = select_one(&archive, "g89").unwrap_err();
    assert_eq!(error.root(), &SelectionError::TooManyNames { limit: 1 << 18 });
    let next = |level: usize| (format!("g{level}"), json!(format!("g{}", level + 1)));
    let deep: serde_json::Map<_, _> = (0..5000).map(next).collect();
    let archive = with_groups(&path, &Value::from(deep));
    assert_eq!(
        select_one(&archive, "g0").unwrap_err().root(),
        &SelectionError::TooDeep { limit: 100 }
    );
    let wrapped = |level: usize| {
        let text = format!("{}g{}{}", "fill(".repeat(99), level + 1, ")".repeat(99));
        (format!("g{level}"), json!(text))
    };
    let deep: serde_json::Map<_, _> = (0..90).map(wrapped).collect();
    let archive = with_groups(&path, &Value::from(deep));
    assert_eq!(
        select_one(&archive, "g0").unwrap_err().root(),
        &SelectionError::TooDeep { limit: 400 }
    );
}
