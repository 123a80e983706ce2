//! `stats`: edges, components, several archives, filters, sides.

use serde_json::{Value, json};

use crate::files::{block, json, medmask, packed, space, succeed, write};

/// The names of the entries and labels that `stats` gives.
fn measured(stats: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entries = stats["entries"].as_array().unwrap();
    let labels = entries.iter().flat_map(|entry| {
        let labels = entry["labels"].as_array().unwrap();
        labels.iter().map(|label| (text(&entry["name"]), text(&label["name"])))
    });
    labels.collect()
}

#[test]
fn faces_of_the_volume_are_named_for_the_body() {
    let (folder, _) = packed();
    let stats = json(folder.path(), &["stats", "case.mska", "--json"]);
    let of = |name: &str| {
        let entries = stats["entries"].as_array().unwrap();
        let labels = entries.iter().flat_map(|entry| entry["labels"].as_array().unwrap());
        labels.clone().find(|label| label["name"] == name).unwrap()["touches_edge"].clone()
    };
    // z runs to the head, y mostly to the back, x mostly to the left; liver begins at x = 0, label 300 ends at every end.
    assert_eq!(of("liver"), json!(["right"]));
    assert_eq!(of("label_2"), json!(["inferior", "anterior", "right"]));
    assert_eq!(of("label_300"), json!(["superior", "posterior", "left"]));
    assert_eq!(of("label_7"), json!([]));
    assert_eq!(of("Gap"), json!([]));

    let cut = json(folder.path(), &["stats", "case.mska", "--json", "--cut"]);
    let names = ["label_2", "label_300", "liver", "sub.01"];
    let mut found: Vec<_> = measured(&cut).into_iter().map(|(_, label)| label).collect();
    found.sort();
    assert_eq!(found, names);
    let whole = json(folder.path(), &["stats", "case.mska", "--json", "--whole"]);
    assert_eq!(measured(&whole), [("lobes".to_owned(), "label_7".to_owned())]);
    assert_eq!(medmask(folder.path(), &["stats", "case.mska", "--cut", "--whole"]).code, 2);
}

#[test]
fn listings_are_filtered_and_sorted() {
    let (folder, _) = packed();
    let stats = json(folder.path(), &["stats", "case.mska", "--json", "--non-empty"]);
    assert!(measured(&stats).iter().all(|(entry, _)| entry != "Gap"));
    assert_eq!(measured(&stats).len(), 5);
    // Voxels: liver 60, label 300 24, sub.01 16, labels 2 and 7 8 each; all lobes together 40.
    let sorted = json(folder.path(), &["stats", "case.mska", "--json", "--sort", "voxels"]);
    let labels: Vec<String> = measured(&sorted).into_iter().map(|(_, label)| label).collect();
    assert_eq!(labels, ["liver", "label_300", "label_2", "label_7", "sub.01", "Gap"]);
    let sorted = json(folder.path(), &["stats", "case.mska", "--json", "--sort", "name"]);
    assert_eq!(measured(&sorted)[0].0, "Gap");
}

#[test]
fn components_are_counted_by_the_neighbourhood_that_is_asked_for() {
    let (folder, masks) = packed();
    // Two blocks that meet at a corner, and one voxel apart.
    let mut voxels = block([[0, 2], [0, 2], [0, 2]], 1);
    voxels += &block([[2, 4], [2, 4], [2, 4]], 1);
    voxels += &block([[5, 6], [6, 7], [7, 8]], 1);
    write(&masks.join("parts.nii.gz"), voxels, &[], &space());
    let at = folder.path();
    succeed(at, &["pack", "masks/parts.nii.gz", "-o", "parts.mska"]);
    let of = |more: &[&str]| {
        let arguments = [&["stats", "parts.mska", "--json", "--components"], more].concat();
        json(at, &arguments)["entries"][0]["labels"][0]["components"].clone()
    };
    assert_eq!(of(&[]), json!({"count": 2, "voxels": [16, 1]}));
    assert_eq!(of(&["--connectivity", "18"]), json!({"count": 3, "voxels": [8, 8, 1]}));
    let csv = succeed(at, &["stats", "parts.mska", "--csv", "--components"]);
    let row = csv.lines().nth(1).unwrap();
    // 16 voxels of 3 mm^3; NIfTI holds the spacing in 32 bits.
    assert!(row.contains(",2,16,0.0480000"), "{row}");
    let wrong = medmask(at, &["stats", "parts.mska", "--components", "--connectivity", "7"]);
    assert!(wrong.code == 2 && wrong.err.contains("6, 18 or 26"), "{wrong:?}");
}

#[test]
fn world_coordinates_are_ras_where_asked() {
    let (folder, _) = packed();
    let lps = json(folder.path(), &["stats", "case.mska", "liver", "--json"]);
    let ras = json(folder.path(), &["stats", "case.mska", "liver", "--json", "--ras"]);
    let [lps, ras] = [lps, ras].map(|stats| stats["entries"][0]["labels"][0].clone());
    let number = |value: &Value| value.as_f64().unwrap();
    assert_eq!(ras["centroid_lps_mm"], Value::Null);
    for (axis, sign) in [(0, -1.0), (1, -1.0), (2, 1.0)] {
        let (lps, ras) = (&lps["centroid_lps_mm"][axis], &ras["centroid_ras_mm"][axis]);
        assert_eq!(number(ras), sign * number(lps));
    }
    let csv = succeed(folder.path(), &["stats", "case.mska", "--csv", "--ras"]);
    assert!(csv.lines().next().unwrap().contains(",centroid_ras_x_mm,"), "{csv}");
}

#[test]
fn several_archives_have_a_row_for_each_subject_and_structure() {
    let (folder, _) = packed();
    let at = folder.path();
    for subject in ["s1", "s2"] {
        std::fs::create_dir(at.join(subject)).unwrap();
        std::fs::copy(at.join("case.mska"), at.join(subject).join("case.mska")).unwrap();
    }
    succeed(at, &["rm", "s2/case.mska", "liver"]);
    let two = ["stats", "s1/case.mska", "s2/case.mska"];
    let csv = succeed(at, &[&two[..], &["lobes", "--csv"]].concat());
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * 3, "{csv}");
    assert!(lines[0].starts_with("subject,archive,entry,label_name,"), "{csv}");
    assert!(lines[1].starts_with("s1,s1/case.mska,lobes,label_2,2,8,"), "{csv}");
    assert!(lines[4].starts_with("s2,s2/case.mska,lobes,label_2,2,8,"), "{csv}");

    // What one of them lacks is told, and the others are measured.
    let outcome = medmask(at, &[&two[..], &["liver", "--json"]].concat());
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let stats: Value = serde_json::from_str(&outcome.out).unwrap();
    let archives = stats["archives"].as_array().unwrap();
    assert_eq!((&archives[0]["subject"], &archives[1]["subject"]), (&json!("s1"), &json!("s2")));
    assert_eq!(archives[0]["entries"][0]["labels"][0]["voxels"], 60);
    assert!(archives[1]["error"].as_str().unwrap().contains("liver"), "{stats}");
    let reason = "medmask: s2/case.mska: no entry or label is named \"liver\"";
    for arguments in [&["liver"][..], &["liver", "-q"]] {
        let outcome = medmask(at, &[&two[..], arguments].concat());
        assert!(outcome.err.starts_with(reason), "{outcome:?}");
        assert!(outcome.err.ends_with("1 of 2 archives could not be measured\n"), "{outcome:?}");
    }
}

#[test]
fn a_left_structure_right_of_its_twin_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let masks = at.join("masks");
    std::fs::create_dir(&masks).unwrap();
    // World x grows to the left, and the array's x with it: small x is on the patient's right.
    for (name, x) in [("hip_left", 0), ("hip_right", 5), ("rib_left", 5), ("rib_right", 0)] {
        let voxels = block([[1, 3], [1, 3], [x, x + 3]], 1);
        write(&masks.join(format!("{name}.nii.gz")), voxels, &[], &space());
    }
    succeed(at, &["pack", "masks", "-o", "case.mska"]);
    let outcome = medmask(at, &["stats", "case.mska", "--json"]);
    assert!(outcome.err.contains("hip_left lies right of hip_right"), "{outcome:?}");
    assert!(!outcome.err.contains("rib_left"), "{outcome:?}");
}
