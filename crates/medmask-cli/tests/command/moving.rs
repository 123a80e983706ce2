//! Entries that move as they are: joined archives, `.msk` files, new names, and codecs that stay.

use std::path::Path;

use serde_json::json;

use crate::files::{fail, json, listing, medmask, packed, read, succeed};

/// Name, codec and stored bytes of each entry.
fn entries(folder: &Path, archive: &str) -> Vec<(String, String, u64)> {
    let listed = json(folder, &["ls", archive, "--json"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("none").to_owned();
    let entries = listed["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let bytes = entry["stored_bytes"].as_u64().unwrap();
            (text(&entry["name"]), text(&entry["codec"]), bytes)
        })
        .collect()
}

#[test]
fn a_codec_is_changed_only_where_that_is_asked_for() {
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["pack", "masks", "-o", "small.mska", "--codec", "context"]);
    let small = entries(at, "small.mska");
    assert!(small.iter().all(|(_, codec, _)| matches!(codec.as_str(), "context" | "none")));
    succeed(at, &["extract", "small.mska", "lobes", "-o", "lobes.msk"]);
    assert_eq!(entries(at, "lobes.msk")[..], small[2..3]);
    succeed(at, &["pack", "lobes.msk", "-o", "again.mska"]);
    assert_eq!(entries(at, "again.mska")[..], small[2..3]);
    succeed(at, &["convert", "small.mska", "copy.mska"]);
    assert_eq!(entries(at, "copy.mska"), small);
    succeed(at, &["convert", "small.mska", "usual.mska", "--codec", "default"]);
    assert_eq!(entries(at, "usual.mska"), entries(at, "case.mska"));
    succeed(at, &["pack", "small.mska", "-o", "raw.mska", "--codec", "raw"]);
    assert!(entries(at, "raw.mska").iter().all(|(_, codec, _)| codec != "context"));
}

#[test]
fn archives_are_joined_and_prefixes_tell_their_entries_apart() {
    let (folder, masks) = packed();
    let at = folder.path();
    succeed(at, &["pack", "masks/liver.nii.gz", "-o", "other.mska", "--codec", "context"]);
    fail(
        at,
        &["pack", "case.mska", "other.mska", "-o", "both.mska"],
        1,
        &["case.mska and other.mska would both become the entry \"liver\"", "--prefix"],
    );
    let prefixes = ["--prefix", "", "--prefix", "other_"];
    let both = ["pack", "case.mska", "other.mska", "-o", "both.mska"];
    let printed = succeed(at, &[&both[..], &prefixes].concat());
    assert!(printed.starts_with("both.mska: 5 entries, 4 not empty; "), "{printed}");
    let found = entries(at, "both.mska");
    assert_eq!(found[..4], entries(at, "case.mska")[..]);
    assert_eq!((found[4].0.as_str(), found[4].1.as_str()), ("other_liver", "context"));
    succeed(at, &["extract", "both.mska", "other_liver", "-o", "liver.nii"]);
    assert_eq!(read(&at.join("liver.nii")).0, read(&masks.join("liver.nii.gz")).0);
    succeed(at, &["verify", "both.mska", "--deep"]);

    // With files and folders, one prefix for all.
    succeed(at, &["pack", "other.mska", "masks", "-o", "x.mska", "--prefix", "a_", "--prefix", ""]);
    succeed(at, &["add", "case.mska", "other.mska", "masks/lobes.nii.gz", "--prefix", "b/"]);
    let names: Vec<String> = entries(at, "case.mska").into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["Gap", "liver", "lobes", "sub.01", "b/liver", "b/lobes"]);
    assert_eq!(json(at, &["labels", "case.mska", "b/liver"]), json!({"b/liver": 1}));
    fail(
        at,
        &["add", "case.mska", "other.mska"],
        1,
        &["already has an entry \"liver\"", "--prefix"],
    );
    for count in [2, 4] {
        let prefixes = ["--prefix", "a"].repeat(count);
        let three = ["pack", "case.mska", "other.mska", "masks", "-o", "y.mska"];
        let outcome = medmask(at, &[&three[..], &prefixes].concat());
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(outcome.err.contains("for 3 inputs"), "{outcome:?}");
    }
    assert!(!at.join("y.mska").exists());
}

#[test]
fn metadata_of_archives_are_joined() {
    let (folder, _) = packed();
    let at = folder.path();
    let with = |file: &str, mask: &str, metadata: [&str; 2]| {
        let mask = format!("masks/{mask}");
        let [one, other] = metadata;
        succeed(at, &["pack", &mask, "-o", file, "--metadata", one, "--metadata", other]);
    };
    with("a.mska", "liver.nii.gz", ["site=north", "by=a"]);
    with("b.mska", "lobes.nii.gz", ["site=south", "when=1999"]);
    let join = ["pack", "a.mska", "b.mska", "-o", "c.mska", "--metadata", "by=hand"];
    let outcome = medmask(at, &join);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.err.contains("note: a.mska: its metadata \"by\" are left out"), "{outcome:?}");
    assert!(
        outcome.err.contains("note: b.mska: its metadata \"site\" are left out"),
        "{outcome:?}"
    );
    let info = json(at, &["info", "c.mska", "--json"]);
    assert_eq!(info["metadata"], json!({"by": "hand", "site": "north", "when": "1999"}));
}

#[test]
fn an_entry_gets_another_name() {
    let (folder, masks) = packed();
    let at = folder.path();
    let before = entries(at, "case.mska");
    succeed(at, &["mv", "case.mska", "liver", "hepar"]);
    let after = entries(at, "case.mska");
    let names: Vec<&str> = after.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["Gap", "lobes", "sub.01", "hepar"]);
    assert_eq!((&after[3].1, after[3].2), (&before[1].1, before[1].2));
    assert_eq!(json(at, &["labels", "case.mska", "hepar"]), json!({"hepar": 1}));
    succeed(at, &["extract", "case.mska", "hepar", "-o", "hepar.nii"]);
    assert_eq!(read(&at.join("hepar.nii")).0, read(&masks.join("liver.nii.gz")).0);
    let bytes = std::fs::read(at.join("case.mska")).unwrap();
    for (old, new, part) in [
        ("hepra", "x", "did you mean \"hepar\"?"),
        ("hepar", "lobes", "an entry named \"lobes\" is already in the archive"),
        ("hepar", "", "\"\" cannot be a name"),
    ] {
        fail(at, &["mv", "case.mska", old, new], 1, &[part]);
    }
    assert_eq!(std::fs::read(at.join("case.mska")).unwrap(), bytes);
    succeed(at, &["verify", "case.mska", "--deep"]);
    assert_eq!(listing(at), ["case.mska", "hepar.nii", "masks"]);
}
