//! Masks chosen by name: entries, labels of entries, and patterns.

use medmask::medmask_core::Runs;
use serde_json::json;

use crate::files::{block, case, fail, json, listing, packed, read, space, succeed, write};

/// An archive `ml.mska` of one entry `ml` with the labels liver 1, spleen 2 and rib/left 7.
fn several_labels() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut voxels = block([[0, 2], [0, 2], [0, 2]], 1);
    voxels += &block([[2, 4], [2, 4], [2, 4]], 2);
    voxels += &block([[4, 6], [4, 7], [4, 8]], 7);
    let labels = [("liver", 1), ("spleen", 2), ("rib/left", 7)];
    write(&folder.path().join("ml.nii.gz"), voxels, &labels, &space());
    succeed(folder.path(), &["pack", "ml.nii.gz", "-o", "ml.mska"]);
    folder
}

/// The voxels of `label`, as NumPy's `data == label` gives them.
fn only(path: &std::path::Path, label: u32) -> Runs {
    read(path).0.binary_of(label)
}

#[test]
fn a_label_becomes_a_binary_file() {
    let folder = several_labels();
    let at = folder.path();
    let source = at.join("ml.nii.gz");
    succeed(at, &["extract", "ml.mska", "spleen", "-o", "spleen.nii.gz"]);
    let (voxels, header) = read(&at.join("spleen.nii.gz"));
    assert_eq!(voxels, only(&source, 2));
    assert_eq!(header.label_names().iter().collect::<Vec<_>>(), [("spleen", 1)]);
    assert_eq!(header.affine(), read(&source).1.affine());

    succeed(at, &["extract", "ml.mska", "ml/*", "-d", "parts"]);
    assert_eq!(listing(&at.join("parts")), ["liver.nii.gz", "rib%2Fleft.nii.gz", "spleen.nii.gz"]);
    assert_eq!(read(&at.join("parts/liver.nii.gz")).0, only(&source, 1));
    assert_eq!(read(&at.join("parts/rib%2Fleft.nii.gz")).0, only(&source, 7));

    // Labels that are merged keep their numbers.
    succeed(at, &["extract", "ml.mska", "ml/rib/left", "liver", "--merge", "-o", "two.nii.gz"]);
    let two = read(&source).0.relabel(|label| if label == 2 { 0 } else { label });
    assert_eq!(read(&at.join("two.nii.gz")).0, two);

    // A label goes to a `.msk`, too, and is an entry there.
    succeed(at, &["extract", "ml.mska", "spleen", "-o", "s.msk"]);
    let info = json(at, &["stats", "s.msk", "--json"]);
    assert_eq!(info["entries"][0]["labels"][0]["voxels"], 8);
}

#[test]
fn every_verb_takes_the_same_names() {
    let folder = several_labels();
    let at = folder.path();
    let listed = json(at, &["ls", "ml.mska", "spleen", "ml/rib/left", "--json"]);
    let entries = listed["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "labels of one entry stand together");
    let labels = entries[0]["labels"].as_array().unwrap();
    let names: Vec<_> = labels.iter().map(|label| (&label["name"], &label["voxels"])).collect();
    assert_eq!(names, [(&json!("spleen"), &json!(8)), (&json!("rib/left"), &json!(24))]);
    let measured = json(at, &["stats", "ml.mska", "spleen", "--json"]);
    assert_eq!(measured["entries"][0]["labels"].as_array().unwrap().len(), 1);
    assert_eq!(measured["entries"][0]["labels"][0]["centroid_voxel"], json!([2.5, 2.5, 2.5]));
    let table = succeed(at, &["labels", "ml.mska", "spleen", "ml/liver"]);
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    assert_eq!(table, json!({"liver": 1, "spleen": 2}));
    fail(at, &["rm", "ml.mska", "spleen"], 2, &["\"spleen\" is a label of the entry \"ml\""]);
    fail(at, &["extract", "ml.mska", "splen", "-o", "x.nii"], 1, &["did you mean \"spleen\"?"]);
}

#[test]
fn a_label_of_several_entries_is_no_name() {
    let (folder, _) = case();
    let at = folder.path();
    succeed(at, &["pack", "masks", "-o", "a.mska"]);
    succeed(at, &["pack", "masks/lobes.nii.gz", "-o", "b.mska"]);
    succeed(at, &["pack", "a.mska", "b.mska", "-o", "both.mska", "--prefix", "", "--prefix", "b_"]);
    let both = "\"label_7\" is a label of several entries: lobes/label_7, b_lobes/label_7";
    fail(at, &["extract", "both.mska", "label_7", "-o", "x.nii"], 1, &[both]);
    succeed(at, &["extract", "both.mska", "*lobes/label_7", "-d", "out"]);
    let files = ["b_lobes%2Flabel_7.nii.gz", "lobes%2Flabel_7.nii.gz"];
    assert_eq!(listing(&at.join("out")), files, "full names where short ones would be one");
}

#[test]
fn a_file_of_version_1_is_listed_from_its_index() {
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["convert", "case.mska", "old.mska", "--format-version", "1"]);
    let listed = json(at, &["ls", "old.mska", "lobes", "--json"]);
    let labels = listed["entries"][0]["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 3);
    for label in labels {
        let unknown = (&label["voxels"], &label["volume_ml"], &label["bounds"]);
        assert_eq!(unknown, (&json!(null), &json!(null), &json!(null)));
    }
    assert_eq!(listed["entries"][0]["dtype"], "uint16");
    let text = succeed(at, &["info", "old.mska"]);
    assert!(text.contains("1.0, archive: without checksums and statistics"), "{text}");
    // Whatever else is asked is answered from the voxels.
    let measured = json(at, &["stats", "old.mska", "lobes/label_7", "--json"]);
    assert_eq!(measured["entries"][0]["labels"][0]["voxels"], 8);
    succeed(at, &["extract", "old.mska", "lobes/label_7", "-o", "one.nii.gz"]);
    assert_eq!(read(&at.join("one.nii.gz")).0.voxel_count(), 8);
}
