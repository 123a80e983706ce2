//! `repair`.

use serde_json::json;

use crate::files::{damage, fail, json, medmask, packed, succeed};

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
