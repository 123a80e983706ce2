//! `repair`.

use serde_json::json;

use crate::files::{block, damage, fail, json, medmask, packed, space, succeed, write};

#[test]
fn what_is_whole_is_saved_and_what_is_lost_named() {
    let (folder, _) = packed();
    let path = folder.path().join("case.mska");
    let names = |archive: &str| -> Vec<String> {
        let listed = json(folder.path(), &["ls", archive, "--json"]);
        let entries = listed["entries"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    let before = names("case.mska");
    damage(&path, "sub.01");
    let bytes = std::fs::read(&path).unwrap();
    let repaired = medmask(folder.path(), &["repair", "case.mska", "-o", "saved.mska", "--json"]);
    assert_eq!(repaired.code, 1, "{repaired:?}");
    let report: serde_json::Value = serde_json::from_str(&repaired.out).unwrap();
    assert_eq!(report["lost"].as_array().unwrap().len(), 1);
    assert!(report["lost"][0]["reason"].as_str().unwrap().contains("chunk at byte"));
    let lost = report["lost"][0]["name"].as_str().unwrap();
    let saved: Vec<_> = before.iter().filter(|name| *name != lost).cloned().collect();
    assert_eq!(report["saved"], json!(saved));
    assert_eq!(names("saved.mska"), saved);
    succeed(folder.path(), &["verify", "saved.mska", "--deep"]);
    fail(
        folder.path(),
        &["repair", "case.mska", "-o", "saved.mska"],
        1,
        &["saved.mska", "--force"],
    );
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn every_verb_tells_of_a_damaged_slot_and_none_loses_its_commit() {
    let (folder, _) = packed();
    let at = folder.path();
    let names = || -> Vec<String> {
        let listed = json(at, &["ls", "case.mska", "--json"]);
        let entries = listed["entries"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    let voxels = block([[0, 1], [0, 2], [0, 3]], 1);
    for name in ["sacrum", "hip"] {
        write(&at.join(format!("{name}.nii.gz")), voxels.clone(), &[], &space());
    }
    // The commit of the sacrum is the second of the file: its slot begins at byte 56.
    succeed(at, &["add", "case.mska", "sacrum.nii.gz"]);
    let committed = names();
    assert_eq!(committed.last().unwrap(), "sacrum");
    let mut damaged = std::fs::read(at.join("case.mska")).unwrap();
    damaged[76] ^= 1;
    let told = |arguments: &[&str]| {
        std::fs::write(at.join("case.mska"), &damaged).unwrap();
        let outcome = medmask(at, arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:?}");
        let expected = "commit slot at byte 56 is damaged";
        assert!(outcome.err.contains(expected), "{arguments:?}: {outcome:?}");
        names()
    };
    let with = |name: &str| committed.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
    assert_eq!(told(&["add", "case.mska", "hip.nii.gz"]), with("hip"));
    assert_eq!(told(&["rm", "case.mska", "sacrum"]), committed[..committed.len() - 1]);
    assert_eq!(told(&["mv", "case.mska", "sacrum", "os"]).last().unwrap(), "os");
    assert_eq!(told(&["compact", "case.mska"]), committed);
    assert_eq!(told(&["ls", "case.mska"]), committed);
    assert_eq!(told(&["info", "case.mska"]), committed);
    assert_eq!(told(&["stats", "case.mska"]), committed);
    told(&["labels", "case.mska", "sacrum", "--format", "itksnap"]);
    told(&["extract", "case.mska", "sacrum", "-o", "again.nii.gz"]);
    told(&["pack", "case.mska", "-o", "joined.mska"]);
    told(&["convert", "case.mska", "converted.mska"]);
    for copy in ["joined.mska", "converted.mska"] {
        succeed(at, &["verify", copy, "--deep"]);
        assert!(succeed(at, &["ls", copy]).contains("sacrum"));
    }
    std::fs::write(at.join("case.mska"), &damaged).unwrap();
    let checked = medmask(at, &["verify", "case.mska"]);
    assert!(checked.code == 1 && checked.out.contains("commit slot at byte 56"), "{checked:?}");
}
