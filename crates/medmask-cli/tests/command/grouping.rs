//! Expressions that an archive keeps under a name.

use std::path::Path;

use serde_json::{Value, json};

use crate::files::{fail, json, listing, medmask, packed, succeed};

/// The case with the groups `soft` and `hard`, of which one names the other.
fn grouped() -> tempfile::TempDir {
    let (folder, _) = packed();
    let made = succeed(folder.path(), &["group", "case.mska", "soft", "=", "liver + lobes"]);
    assert_eq!(made, "soft = liver + lobes\n");
    // The shell makes words of what stands in no quotes.
    succeed(folder.path(), &["group", "case.mska", "hard", "=", "sub.01", "-", "soft"]);
    folder
}

fn groups(folder: &Path) -> Value {
    json(folder, &["group", "case.mska", "--json"])["groups"].clone()
}

#[test]
fn groups_are_made_shown_used_and_removed() {
    let (empty, _) = packed();
    assert_eq!(succeed(empty.path(), &["group", "case.mska"]), "no groups\n");
    assert_eq!(json(empty.path(), &["ls", "case.mska", "--json"])["groups"], json!([]));

    let folder = grouped();
    let at = folder.path();
    let bytes = |folder: &Path| folder.join("case.mska").metadata().unwrap().len();
    assert!(bytes(at) - bytes(empty.path()) < 2000, "a group costs no voxels");
    let stats = json(at, &["stats", "case.mska", "hard", "--json"]);
    assert_eq!(stats["entries"][0]["name"], "hard");
    // Of 2 * 2 * 4 voxels the one at (3, 2, 4) is the liver's.
    assert_eq!(stats["entries"][0]["labels"][0]["voxels"], 15);
    succeed(at, &["extract", "case.mska", "hard", "soft & hard", "-d", "out"]);
    assert_eq!(listing(&at.join("out")), ["hard.nii.gz", "soft & hard.nii.gz"]);

    let expected = json!([
        {"name": "soft", "expression": "liver + lobes", "problem": null},
        {"name": "hard", "expression": "sub.01 - soft", "problem": null},
    ]);
    assert_eq!(groups(at), expected);
    assert_eq!(json(at, &["ls", "case.mska", "--json"])["groups"], expected);
    let listed = succeed(at, &["ls", "case.mska"]);
    assert!(listed.contains("\nhard   sub.01 - soft"), "{listed}");

    assert_eq!(succeed(at, &["group", "case.mska", "soft", "--delete"]), "soft removed\n");
    assert_eq!(groups(at).as_array().unwrap().len(), 1);
    succeed(at, &["convert", "case.mska", "old.mska", "--format-version", "1"]);
    assert_eq!(succeed(at, &["group", "old.mska"]), "no groups\n");
}

#[test]
fn groups_follow_new_names_and_say_what_is_missing() {
    let folder = grouped();
    let at = folder.path();
    let moved = medmask(at, &["mv", "case.mska", "liver", "the liver"]);
    assert!(moved.err.contains("the group \"soft\" has the new name"), "{moved:?}");
    assert_eq!(groups(at)[0]["expression"], "\"the liver\" + lobes");
    succeed(at, &["group", "case.mska", "some", "=", "sub*"]);
    let moved = medmask(at, &["mv", "case.mska", "sub.01", "bone"]);
    assert!(moved.err.contains("no pattern of the group \"some\" matches"), "{moved:?}");
    assert_eq!(groups(at)[1]["expression"], "bone - soft");
    succeed(at, &["compact", "case.mska"]);
    succeed(at, &["rm", "case.mska", "lobes"]);
    let missing =
        "\"\\\"the liver\\\" + lobes\", character 15: no entry or label is named \"lobes\"";
    fail(at, &["stats", "case.mska", "hard"], 1, &["group \"soft\": ", missing]);
    assert!(succeed(at, &["ls", "case.mska"]).contains(missing));
    assert_eq!(groups(at)[2]["problem"], "group \"some\": no entry and no label matches \"sub*\"");
}

#[test]
fn what_cannot_be_a_group_is_refused() {
    let folder = grouped();
    let at = folder.path();
    let before = std::fs::read(at.join("case.mska")).unwrap();
    for (arguments, code, part) in [
        (&["soft", "=", "hard"][..], 1, "a group names itself: soft -> hard -> soft"),
        (&["Gap", "=", "lobes"], 1, "\"Gap\" is the name of an entry already"),
        (&["label_7", "=", "lobes"], 1, "\"label_7\" is the name of a label already"),
        (&["a/b", "=", "lobes"], 1, "\"a/b\" cannot be the name of a group"),
        (&["x", "=", "liver +"], 1, "character 8: a mask is missing here"),
        (&["hart", "--delete"], 1, "no group \"hart\"; did you mean \"hard\"?"),
        (&["zzzzz"], 1, "no group \"zzzzz\"; `medmask group` lists them"),
        (&["x", "Gap"], 2, "NAME = EXPRESSION"),
        (&["x", "="], 2, "NAME = EXPRESSION"),
    ] {
        fail(at, &[&["group", "case.mska"], arguments].concat(), code, &[part]);
    }
    assert_eq!(std::fs::read(at.join("case.mska")).unwrap(), before);
    succeed(at, &["convert", "case.mska", "old.mska", "--format-version", "1"]);
    fail(at, &["group", "old.mska", "x", "=", "Gap"], 1, &["old.mska"]);
}
