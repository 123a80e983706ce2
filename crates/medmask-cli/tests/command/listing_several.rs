//! `ls` in its forms, and `ls`, `info` and `verify` of several archives.

use std::path::Path;

use medmask::Space;
use serde_json::{Value, json};

use crate::files::{block, damage, json, medmask, packed, space, succeed, write};

/// Two archives: the case, and `small.mska` with a lesion of one voxel of 0.5 x 0.5 x 0.5 mm.
fn two() -> tempfile::TempDir {
    let (folder, _) = packed();
    let grid = Space::new([6, 7, 8], [0.5; 3], [0.0; 3], space().direction()).unwrap();
    write(&folder.path().join("lesion.nii.gz"), block([[1, 2]; 3], 1), &[], &grid);
    succeed(folder.path(), &["pack", "lesion.nii.gz", "-o", "small.mska"]);
    folder
}

fn names(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let listed = json(folder, &[&["ls", "case.mska", "--json"], arguments].concat());
    let entries = listed["entries"].as_array().unwrap().clone();
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn small_lesions_have_a_volume_and_a_column_that_repeats_is_left_out() {
    let folder = two();
    let at = folder.path();
    // 0.125 mm3 are 0.000125 mL.
    let listed = succeed(at, &["ls", "small.mska"]);
    assert!(listed.lines().nth(1).unwrap().contains(" 0.000125 "), "{listed}");
    assert!(!listed.contains("LABEL"), "{listed}");
    let listed = succeed(at, &["ls", "case.mska", "liver", "Gap"]);
    assert!(!listed.contains("LABEL"), "{listed}");
    // 60 voxels of 3 mm3.
    assert!(
        listed.lines().nth(1).unwrap().starts_with("liver       1      60  0.180  "),
        "{listed}"
    );
    let listed = succeed(at, &["ls", "case.mska", "liver", "lobes"]);
    assert!(listed.starts_with("ENTRY  LABEL "), "{listed}");
}

#[test]
fn entries_are_filtered_and_sorted() {
    let folder = two();
    let at = folder.path();
    assert_eq!(names(at, &["--non-empty"]), ["liver", "lobes", "sub.01"]);
    assert_eq!(names(at, &["--sort", "name"]), ["Gap", "liver", "lobes", "sub.01"]);
    // 2 * 3 * 4 + 8 + 8 voxels of the lobes, 60 of the liver, 2 * 2 * 4 of the other.
    assert_eq!(names(at, &["--sort", "voxels"]), ["liver", "lobes", "sub.01", "Gap"]);
    let by_bytes = json(at, &["ls", "case.mska", "--json", "--sort", "bytes"]);
    let bytes = by_bytes["entries"].as_array().unwrap().iter();
    let bytes: Vec<u64> = bytes.map(|entry| entry["stored_bytes"].as_u64().unwrap()).collect();
    assert!(bytes.is_sorted_by(|a, b| a >= b) && bytes[0] > 0, "{bytes:?}");
    // A label without voxels goes, and its entry stays with the others.
    let lobes = block([[0, 2], [0, 2], [0, 2]], 2);
    write(&at.join("lobes.nii"), lobes, &[("upper", 2), ("lower", 3)], &space());
    succeed(at, &["pack", "lobes.nii", "-o", "lobes.mska"]);
    let listed = json(at, &["ls", "lobes.mska", "--json"]);
    assert_eq!(listed["entries"][0]["labels"].as_array().unwrap().len(), 2);
    let listed = json(at, &["ls", "lobes.mska", "--json", "--non-empty"]);
    assert_eq!(listed["entries"][0]["labels"].as_array().unwrap().len(), 1);
    assert_eq!(listed["entries"][0]["labels"][0]["name"], "upper");
}

#[test]
fn names_alone_are_for_shells() {
    let folder = two();
    let at = folder.path();
    assert_eq!(succeed(at, &["ls", "-1", "case.mska"]), "Gap\nliver\nlobes\nsub.01\n");
    assert_eq!(succeed(at, &["list", "--names", "case.mska", "l*"]), "liver\nlobes\n");
    // A name that several archives have comes once.
    succeed(at, &["pack", "masks", "lesion.nii.gz", "-o", "third.mska", "--tolerance-mm", "100"]);
    let all = succeed(at, &["ls", "-1", "small.mska", "third.mska", "case.mska"]);
    assert_eq!(all, "lesion\nGap\nliver\nlobes\nsub.01\n");
}

#[test]
fn csv_has_a_row_for_each_label() {
    let folder = two();
    let at = folder.path();
    let csv = succeed(at, &["ls", "case.mska", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    let heading =
        "entry,label_name,label,voxels,volume_ml,z0,z1,y0,y1,x0,x1,dtype,codec,stored_bytes";
    assert_eq!((lines.len(), lines[0]), (1 + 6, heading));
    assert!(lines[1].starts_with("Gap,Gap,1,0,0,,,,,,,bool,,0"), "{csv}");
    assert!(lines[2].starts_with("liver,liver,1,60,0.18"), "{csv}");
    assert!(lines[2].contains(",1,4,2,6,0,5,bool,transitions,"), "{csv}");
    let csv = succeed(at, &["ls", "case.mska", "small.mska", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], format!("subject,archive,{heading}"));
    assert_eq!(lines.len(), 1 + 6 + 1);
    assert!(lines[7].starts_with("small,small.mska,lesion,lesion,1,1,0.000125"), "{csv}");
    assert!(lines[7].contains(",1,2,1,2,1,2,bool,"), "{csv}");
    assert!(lines.iter().all(|line| line.split(',').count() == 16), "{csv}");
}

/// Runs with three archives, of which the second is none; gives the JSON.
fn with_a_bad_one(folder: &Path, verb: &str, what: &str) -> Vec<Value> {
    std::fs::write(folder.join("bad.mska"), "no archive").unwrap();
    let archives = ["case.mska", "bad.mska", "small.mska"];
    let outcome = medmask(folder, &[&[verb, "--json"], &archives[..]].concat());
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.err.ends_with(&format!("medmask: 1 of 3 archives could not be {what}\n")),
        "{outcome:?}"
    );
    let found: Value = serde_json::from_str(&outcome.out).unwrap();
    found["archives"].as_array().unwrap().clone()
}

#[test]
fn several_archives_are_listed_and_told_of() {
    let folder = two();
    let at = folder.path();
    let text = succeed(at, &["ls", "case.mska", "small.mska", "l*"]);
    assert!(
        text.starts_with("case.mska:\nENTRY ") && text.contains("\n\nsmall.mska:\nENTRY "),
        "{text}"
    );
    let listed = with_a_bad_one(at, "ls", "listed");
    assert_eq!(listed.len(), 3);
    assert_eq!(
        (&listed[0]["subject"], &listed[0]["archive"]),
        (&json!("case"), &json!("case.mska"))
    );
    assert_eq!(listed[0]["entries"].as_array().unwrap().len(), 4);
    assert!(listed[1]["error"].as_str().unwrap().contains("not a medmask file"), "{}", listed[1]);
    assert_eq!(listed[2]["entries"][0]["name"], "lesion");

    let told = with_a_bad_one(at, "info", "read");
    assert_eq!(told[0], json(at, &["info", "case.mska", "--json"]));
    assert_eq!(told[2]["entry_count"], 1);
    let text = succeed(at, &["info", "case.mska", "small.mska"]);
    let both = [succeed(at, &["info", "case.mska"]), succeed(at, &["info", "small.mska"])];
    assert_eq!(text, both.join("\n"));
}

fn verified(folder: &Path) -> Vec<Value> {
    let archives = ["case.mska", "none.mska", "small.mska"];
    let outcome = medmask(folder, &[&["verify", "--json"], &archives[..]].concat());
    let found: Value = serde_json::from_str(&outcome.out).unwrap();
    found["archives"].as_array().unwrap().clone()
}

#[test]
fn verify_goes_on_after_a_bad_one() {
    let folder = two();
    let at = folder.path();
    damage(&at.join("case.mska"), "sub.01");
    let outcome = medmask(at, &["verify", "case.mska", "none.mska", "small.mska"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.out.contains("sub.01"), "{outcome:?}");
    assert!(outcome.out.contains("small.mska: whole; 1 entry"), "{outcome:?}");
    let errors: Vec<&str> = outcome.err.lines().collect();
    assert_eq!(errors.len(), 3, "{outcome:?}");
    assert!(
        errors[0].contains("case.mska: 1 problem found") && errors[0].contains("`medmask repair`")
    );
    assert!(errors[1].contains("none.mska"));
    assert_eq!(errors[2], "medmask: 2 of 3 archives could not be found whole");
    let found = verified(at);
    let whole: Vec<_> = found.iter().map(|archive| &archive["whole"]).collect();
    assert_eq!(whole, [&json!(false), &Value::Null, &json!(true)]);
}
