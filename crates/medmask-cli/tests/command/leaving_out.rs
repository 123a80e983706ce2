//! `pack`: what of a folder is not packed, and that the user is told.

use std::path::Path;

use serde_json::Value;

use crate::files::{block, fail, json, medmask, space, succeed, write};

fn mask(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write(path, block([[0, 2]; 3], 1), &[], &space());
}

fn paths(skipped: &Value) -> Vec<&str> {
    skipped.as_array().unwrap().iter().map(|left| left["path"].as_str().unwrap()).collect()
}

fn names(at: &Path) -> Vec<String> {
    let listed = json(at, &["ls", "a.mska", "--json"]);
    let entries = listed["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_may_hold_masks_and_is_not_packed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(&at.join("case/liver.nii.gz"));
    mask(&at.join("case/sub/heart.nii.gz"));
    for file in
        ["aseg.mgz", "kidney.nii.xz", "old.mska", "seg.DCM", "spleen.seg.nrrd", "notes.txt", ".x"]
    {
        std::fs::write(at.join("case").join(file), "x").unwrap();
    }
    let left = [
        "case/aseg.mgz",
        "case/kidney.nii.xz",
        "case/notes.txt",
        "case/old.mska",
        "case/seg.DCM",
        "case/spleen.seg.nrrd",
        "case/sub",
    ];
    let outcome = medmask(at, &["pack", "case", "-o", "a.mska", "--json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(paths(&report["skipped"]), left);
    assert_eq!(report["skipped"][0]["reason"], "files that end in .mgz are not read");
    let notes: Vec<String> =
        outcome.err.lines().map(|line| line.split(": ").nth(2).unwrap().to_owned()).collect();
    assert_eq!(notes, left.map(|path| format!("left out {path}")));
    assert!(outcome.err.contains("--recursive"), "{outcome:?}");
    assert_eq!(names(at), ["liver"]);
    // What is left out for one reason is one note.
    for slice in ["1.dcm", "2.dcm"] {
        std::fs::write(at.join("case").join(slice), "x").unwrap();
    }
    let outcome = medmask(at, &["pack", "case", "-o", "b.mska"]);
    let notes: Vec<&str> = outcome.err.lines().filter(|line| line.contains("dcm")).collect();
    let note =
        "medmask: note: left out case/1.dcm (and 2 more): files that end in .dcm are not read";
    assert_eq!(notes, [note]);
}

#[test]
fn twins_are_left_out_where_bad_inputs_are() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for file in ["liver.nii", "liver.nii.gz", "spleen.nii.gz"] {
        mask(&at.join("n").join(file));
    }
    let pack = ["pack", "n", "-o", "a.mska"];
    let twins = "n/liver.nii and n/liver.nii.gz would both become the entry";
    fail(at, &pack, 1, &[twins]);
    let report = json(at, &[&pack[..], &["--skip-bad", "--json"]].concat());
    assert_eq!(paths(&report["skipped"]), ["n/liver.nii.gz"]);
    assert_eq!((&report["entries"], names(at)), (&2.into(), vec!["liver".into(), "spleen".into()]));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_left_out_where_bad_inputs_are() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(&at.join("m/ok.nii.gz"));
    mask(&at.join("other.nii.gz"));
    let odd = at.join("m").join(std::ffi::OsStr::from_bytes(b"\xfc.nii.gz"));
    std::fs::rename(at.join("other.nii.gz"), odd).unwrap();
    let pack = ["pack", "m", "-o", "a.mska"];
    fail(at, &pack, 1, &["not valid Unicode"]);
    let report = json(at, &[&pack[..], &["--skip-bad", "--json"]].concat());
    assert_eq!(report["skipped"].as_array().unwrap().len(), 1);
    assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("not valid Unicode"));
    assert_eq!(names(at), ["ok"]);
    // Also where the files are named themselves, as a shell names them; they count as inputs that were left out.
    let all = "medmask=$1; shift; exec \"$medmask\" pack m/* notes.txt -o b.mska --skip-bad --json";
    std::fs::write(at.join("notes.txt"), "text").unwrap();
    let shell = std::process::Command::new("sh")
        .args(["-c", all, "sh", env!("CARGO_BIN_EXE_medmask")])
        .current_dir(at)
        .output()
        .unwrap();
    assert_eq!(shell.status.code(), Some(0), "{shell:?}");
    let report: Value = serde_json::from_slice(&shell.stdout).unwrap();
    assert_eq!((&report["entries"], report["skipped"].as_array().unwrap().len()), (&1.into(), 2));
}

#[test]
fn where_most_is_left_out_the_exit_status_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for file in ["a.nii", "b.nii", "c.nii", "d.nii", "e.nii"] {
        mask(&at.join("m").join(file));
    }
    let pack = ["pack", "m", "-o", "a.mska", "--force", "--skip-bad"];
    for bad in ["b.nii", "c.nii"] {
        std::fs::write(at.join("m").join(bad), "no mask").unwrap();
    }
    succeed(at, &pack);
    std::fs::write(at.join("m/d.nii"), "no mask").unwrap();
    let outcome = medmask(at, &pack);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert_eq!(outcome.err.lines().last().unwrap(), "medmask: most was left out: 3 of 5 inputs");
    assert!(outcome.out.contains("2 entries"), "{outcome:?}");
    assert_eq!(names(at), ["a", "e"]);
}
