//! `pack`: the space that most inputs share counts, whatever file comes first.

use std::path::Path;

use medmask::Space;
use ndarray::Array3;

use crate::files::{block, fail, json, medmask, space, succeed, write};

/// Writes `file`, whose grid is `mm` further along x.
fn mask(at: &Path, file: &str, mm: f64) {
    std::fs::create_dir_all(at.join("m")).unwrap();
    let [x, y, z] = space().origin();
    let own = space();
    let moved = Space::new(own.shape(), own.spacing(), [x + mm, y, z], own.direction()).unwrap();
    write(&at.join("m").join(file), block([[0, 2]; 3], 1), &[], &moved);
}

/// Writes `file`, of another shape.
fn small(at: &Path, file: &str) {
    let voxels = Array3::from_elem([3, 3, 3], 1);
    write(&at.join("m").join(file), voxels, &[], &Space::of_shape([3, 3, 3]));
}

fn names(at: &Path) -> Vec<String> {
    let listed = json(at, &["ls", "a.mska", "--json"]);
    let entries = listed["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

const PACK: [&str; 5] = ["pack", "m", "-o", "a.mska", "--force"];

#[test]
fn an_odd_first_file_does_not_decide_for_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for file in ["b.nii", "c.nii.gz", "d.nii"] {
        mask(at, file, 0.0);
    }
    small(at, "a.nii");
    mask(at, "e.nii", 50.0);
    let words = [
        "m/a.nii: does not lie in the space of m/b.nii, which 3 of the inputs share",
        "--space-of",
    ];
    fail(at, &PACK, 1, &words);
    assert!(!medmask(at, &PACK).err.contains("tolerance"), "a shape is not off by mm");
    let report = json(at, &[&PACK[..], &["--skip-bad", "--json"]].concat());
    assert_eq!(
        (names(at), &report["space_of"]),
        (vec!["b".into(), "c".into(), "d".into()], &"m/b.nii".into())
    );
    let skipped: Vec<&str> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| left["path"].as_str().unwrap())
        .collect();
    assert_eq!(skipped, ["m/a.nii", "m/e.nii"]);
    assert!(
        report["skipped"][1]["reason"].as_str().unwrap().contains("--tolerance-mm"),
        "{report}"
    );

    // The user may say otherwise, also with a file that is not packed; then most is left out.
    for given in
        [vec!["--space-of", "m/e.nii"], vec!["--space-of", "m/e.nii", "--exclude", "e.nii"]]
    {
        let outcome = medmask(at, &[&PACK[..], &["--skip-bad", "--json"], &given].concat());
        assert_eq!(outcome.code, 1, "{outcome:?}");
        let report: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
        let left = report["skipped"].as_array().unwrap();
        let reasons =
            left.iter().filter(|left| left["reason"].as_str().unwrap().contains("m/e.nii"));
        assert_eq!(reasons.count(), 4, "{report}");
    }
}

#[test]
fn of_spaces_that_as_many_share_the_first_counts() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (file, mm) in [("a.nii", 50.0), ("b.nii", 0.0), ("c.nii", 0.0), ("d.nii", 50.0)] {
        mask(at, file, mm);
    }
    succeed(at, &[&PACK[..], &["--skip-bad"]].concat());
    assert_eq!(names(at), ["a", "d"]);
    // What lies within the tolerance is one space.
    mask(at, "e.nii", 0.05);
    succeed(at, &[&PACK[..], &["--skip-bad"]].concat());
    assert_eq!(names(at), ["b", "c", "e"]);
    // Files that cannot be read have no say, however many there are.
    for file in ["f.nii", "g.nii", "h.nii", "i.nii"] {
        std::fs::write(at.join("m").join(file), "no mask").unwrap();
    }
    let outcome = medmask(at, &[&PACK[..], &["--skip-bad"]].concat());
    assert_eq!(outcome.err.lines().last().unwrap(), "medmask: most was left out: 6 of 9 inputs");
    assert_eq!((outcome.code, names(at)), (1, vec!["b".into(), "c".into(), "e".into()]));
}

#[test]
fn an_archive_has_a_say_as_a_file_has() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(at, "a.nii", 50.0);
    mask(at, "b.nii", 0.0);
    succeed(at, &["pack", "m/b.nii", "-o", "b.mska"]);
    mask(at, "c.nii", 0.0);
    let pack = ["pack", "m/a.nii", "b.mska", "m/c.nii", "-o", "a.mska", "--skip-bad"];
    succeed(at, &pack);
    assert_eq!(names(at), ["b", "c"]);
}

#[test]
fn where_nothing_is_left_the_reasons_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(at, "a.nii", 0.0);
    std::fs::write(at.join("m/a.nii"), "no mask").unwrap();
    let outcome = medmask(at, &[&PACK[..], &["--skip-bad", "--json"]].concat());
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let report: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(report["skipped"][0]["path"], "m/a.nii");
    let reason = report["skipped"][0]["reason"].as_str().unwrap();
    let lines: Vec<&str> = outcome.err.lines().collect();
    assert!(!reason.contains("m/a.nii"), "{reason}");
    assert_eq!(lines[0], format!("medmask: note: left out m/a.nii: {reason}"));
    assert_eq!(lines[1], "medmask: none of the inputs could be packed");
    assert!(!at.join("a.mska").exists());
}
