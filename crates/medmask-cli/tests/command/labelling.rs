//! `pack`: what labels are called by tables of other programs, and without any.

use std::path::{Path, PathBuf};

use medmask::medmask_nifti::{WriteOptions, write_mask};
use medmask::{LabelMap, Voxels};
use ndarray::Array3;
use serde_json::{Value, json};

use crate::files::{SHAPE, block, fail, json, medmask, space, succeed, write};

/// A folder with a mask of these labels, a voxel each.
fn mask(labels: &[u32]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seg.nii.gz");
    voxels(&path, labels);
    (folder, path)
}

fn voxels(path: &Path, labels: &[u32]) {
    let mut voxels = Array3::zeros(SHAPE);
    voxels.iter_mut().zip(labels).for_each(|(voxel, label)| *voxel = *label);
    // One that is there from before makes way.
    drop(std::fs::remove_file(path));
    write(path, voxels, &[], &space());
}

/// The names that a mask of these labels gets from a table, and the notes of `pack`.
fn named(labels: &[u32], table: &str, text: &str, more: &[&str]) -> (Value, String) {
    let (folder, _) = mask(labels);
    let at = folder.path();
    std::fs::write(at.join(table), text).unwrap();
    let pack = ["pack", "seg.nii.gz", "-o", "a.mska", "--labels", table];
    let outcome = medmask(at, &[&pack[..], more].concat());
    assert_eq!(outcome.code, 0, "{outcome:?}");
    (json(at, &["labels", "a.mska", "seg"]), outcome.err)
}

#[test]
fn the_format_that_a_table_was_read_as_is_told() {
    let aal = "0    ???         Unknown                 0   0   0   0\n\
               1    PREL        Precentral_L            243 231 117 255\n\
               2    F1L         Frontal_Sup_L           212 91  65  255\n";
    let (names, notes) = named(&[1, 2], "aal.txt", aal, &[]);
    assert_eq!(names, json!({"Precentral_L": 1, "Frontal_Sup_L": 2}));
    assert_eq!(notes, "medmask: note: aal.txt: read as a table of the format mrtrix, 2 names\n");

    let (folder, _) = mask(&[1, 2]);
    let at = folder.path();
    std::fs::write(at.join("aal.txt"), aal).unwrap();
    let report = json(at, &["pack", "seg.nii.gz", "-o", "a.mska", "--labels", "aal.txt", "--json"]);
    let expected = json!({"path": "aal.txt", "format": "mrtrix", "names": 2});
    assert_eq!(report["labels"], expected);
    let note = json!({"path": "aal.txt", "note": "read as a table of the format mrtrix, 2 names"});
    assert_eq!(report["notes"], json!([note]));
    let without = json(at, &["pack", "seg.nii.gz", "-o", "b.mska", "--json"]);
    assert_eq!((&without["labels"], &without["notes"]), (&Value::Null, &json!([])));
}

#[test]
fn the_format_of_a_table_can_be_given() {
    let table = "1 liver 221 130 101 255\n2 spleen 157 108 162 255\n";
    for (format, opacity) in [("freesurfer", "0.0000"), ("slicer", "1.0000"), ("mrtrix", "1.0000")]
    {
        let (folder, _) = mask(&[1, 2]);
        let at = folder.path();
        std::fs::write(at.join("t.txt"), table).unwrap();
        let pack = ["pack", "seg.nii.gz", "-o", "a.mska", "--labels", "t.txt", "--labels-format"];
        let outcome = medmask(at, &[&pack[..], &[format]].concat());
        assert!(outcome.err.contains(&format!("of the format {format}, 2 names")), "{outcome:?}");
        let itk = succeed(at, &["labels", "a.mska", "seg", "--format", "itksnap"]);
        assert!(itk.contains(&format!("1 221 130 101 {opacity} 1 1 \"liver\"")), "{itk}");
    }
    let (folder, _) = mask(&[1, 2]);
    std::fs::write(folder.path().join("t.txt"), table).unwrap();
    let pack =
        ["pack", "seg.nii.gz", "-o", "a.mska", "--labels", "t.txt", "--labels-format", "bids"];
    fail(folder.path(), &pack, 1, &["t.txt: line 1: expected columns of labels and names"]);
    let pack = ["pack", "seg.nii.gz", "-o", "a.mska", "--labels-format", "bids"];
    assert_eq!(medmask(folder.path(), &pack).code, 2);
}

#[test]
fn labels_that_slicer_wrote_stay_opaque() {
    let (folder, _) = mask(&[1, 2]);
    let at = folder.path();
    let table = "# Color table file C:/x/Colors.txt\n# 3 values\n0 Background 0 0 0 0\n\
                 1 liver 221 130 101 255\n2 spleen 157 108 162 255\n";
    std::fs::write(at.join("Colors.txt"), table).unwrap();
    succeed(at, &["pack", "seg.nii.gz", "-o", "a.mska", "--labels", "Colors.txt"]);
    let expected = succeed(at, &["labels", "a.mska", "seg", "--format", "itksnap"]);
    assert!(expected.contains("1 221 130 101 1.0000 1 1 \"liver\""), "{expected}");
    // And through each of our own tables, whatever its name is.
    for format in ["slicer", "freesurfer", "mrtrix", "csv", "itksnap"] {
        succeed(at, &["labels", "a.mska", "seg", "--format", format, "-o", "t.txt", "--force"]);
        succeed(at, &["pack", "seg.nii.gz", "-o", "b.mska", "--force", "--labels", "t.txt"]);
        let again = succeed(at, &["labels", "b.mska", "seg", "--format", "itksnap"]);
        assert_eq!(again, expected, "{format}");
    }
}

#[test]
fn what_is_not_clear_in_a_table_is_left_out_with_a_note() {
    let (names, notes) =
        named(&[1, 2, 3], "x_dseg.tsv", "index\tname\n1\tCrus II\n2\tCrus II\n3\tc\n", &[]);
    assert_eq!(names, json!({"Crus II": 1, "c": 3, "label_2": 2}));
    assert!(notes.contains("line 3: name \"Crus II\" already stands for label 1"), "{notes}");
    assert!(
        notes.contains("seg.nii.gz: the table that was given does not name these of its labels: 2"),
        "{notes}"
    );

    let regions =
        r#"{"labels":{"background":0,"whole_tumor":[1,2,3],"tumor_core":[2,3],"enhancing":[3]}}"#;
    let (names, notes) = named(&[1, 2, 3], "dataset.json", regions, &[]);
    assert_eq!(names, json!({"enhancing": 3, "label_1": 1, "label_2": 2}));
    assert!(notes.contains("left out: \"whole_tumor\": [1,2,3] is not one label"), "{notes}");
    assert!(notes.contains("left out: \"tumor_core\": [2,3] is not one label"), "{notes}");
}

#[test]
fn a_table_that_names_no_label_of_a_mask_is_told() {
    let (names, notes) = named(&[5, 6], "t.csv", "label,name\n1,liver\n2,spleen\n", &[]);
    assert_eq!(names, json!({"liver": 1, "spleen": 2, "label_5": 5, "label_6": 6}));
    let note = "seg.nii.gz: the table that was given names none of its labels: 5, 6";
    assert!(notes.contains(note), "{notes}");
    for (table, text) in [("t.txt", ""), ("t.tsv", "index\tname\n"), ("t.json", "{}")] {
        let (names, notes) = named(&[5, 6], table, text, &[]);
        assert_eq!(names, json!({"label_5": 5, "label_6": 6}));
        assert!(notes.contains(&format!("{table}: the table names no label")), "{notes}");
    }
}

#[test]
fn a_table_names_masks_alike_whatever_labels_are_present() {
    let table = r#"{"labels":{"background":0,"body_trunc":1,"body_extremities":2}}"#;
    for labels in [&[1, 2][..], &[2], &[1], &[]] {
        let (names, _) = named(labels, "dataset.json", table, &[]);
        assert_eq!(names, json!({"body_trunc": 1, "body_extremities": 2}), "{labels:?}");
    }
    let (folder, _) = mask(&[]);
    succeed(folder.path(), &["pack", "seg.nii.gz", "-o", "a.mska"]);
    assert_eq!(json(folder.path(), &["labels", "a.mska"]), json!({"seg": {"seg": 1}}));
}

#[test]
fn several_binary_masks_are_not_called_alike() {
    let (folder, _) = mask(&[1]);
    let at = folder.path();
    for name in ["a.nii.gz", "b.nii.gz"] {
        voxels(&at.join(name), &[1, 1]);
    }
    std::fs::write(at.join("t.json"), r#"{"spleen": 1, "kidney_right": 2}"#).unwrap();
    let pack = ["pack", "a.nii.gz", "b.nii.gz", "-o", "x.mska", "--labels", "t.json"];
    for more in [&[][..], &["--skip-bad"]] {
        let parts = [
            "a.nii.gz and b.nii.gz hold no label but 1",
            "calls \"spleen\" in all of them",
            "without --labels each takes the name of its file",
        ];
        fail(at, &[&pack[..], more].concat(), 1, &parts);
        assert!(!at.join("x.mska").exists());
    }
    // One is no doubt called so, and so are several of another label.
    succeed(at, &["pack", "a.nii.gz", "-o", "x.mska", "--labels", "t.json"]);
    for name in ["a.nii.gz", "b.nii.gz"] {
        voxels(&at.join(name), &[2, 2]);
    }
    succeed(at, &["pack", "a.nii.gz", "b.nii.gz", "-o", "y.mska", "--labels", "t.json"]);
    let names = json(at, &["labels", "y.mska"]);
    assert_eq!(names["b"], json!({"spleen": 1, "kidney_right": 2}));
}

#[test]
fn an_image_is_no_mask() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let image = Array3::from_shape_fn([12, 10, 10], |(z, y, x)| (z * 100 + y * 10 + x) as u32);
    let (grid, path) = (medmask::Space::of_shape([12, 10, 10]), at.join("mr.nii"));
    let writing = WriteOptions::default();
    write_mask(&path, &Voxels::from(image), &LabelMap::new(), &grid, &writing).unwrap();
    // Said to hold labels, it is taken.
    succeed(at, &["pack", "mr.nii", "-o", "a.mska"]);
    let mut bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes[68..70], 1002_i16.to_le_bytes());
    bytes[68..70].copy_from_slice(&[0, 0]);
    // Neither may it have a table of names: the extensions are left out.
    let first_voxel = f32::from_le_bytes(bytes[108..112].try_into().unwrap()) as usize;
    bytes.drain(352..first_voxel);
    bytes[108..112].copy_from_slice(&352_f32.to_le_bytes());
    bytes[348] = 0;
    std::fs::write(&path, bytes).unwrap();
    let parts = [
        "mr.nii: 1199 labels have no names, more than 1000",
        "looks like an image",
        "--max-made-names",
    ];
    fail(at, &["pack", "mr.nii", "-o", "b.mska"], 1, &parts);
    succeed(at, &["pack", "mr.nii", "-o", "b.mska", "--max-made-names", "1199"]);
    fail(at, &["pack", "mr.nii", "-o", "c.mska", "--max-made-names", "1198"], 1, &parts[1..]);
}

#[test]
fn names_come_back_as_they_were_however_often() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("m")).unwrap();
    let names = ["fat_50%", "a%20b", "q", "z"];
    for name in names {
        write(&at.join("m").join(format!("{name}.nii.gz")), block([[0, 1]; 3], 1), &[], &space());
    }
    succeed(at, &["pack", "m", "-o", "a.mska"]);
    succeed(at, &["mv", "a.mska", "q", "12:30?"]);
    succeed(at, &["mv", "a.mska", "z", "../a b "]);
    for (from, to) in [("a.mska", "b.mska"), ("b.mska", "c.mska"), ("c.mska", "d.mska")] {
        succeed(at, &["extract", from, "-d", "out", "--force"]);
        succeed(at, &["pack", "out", "-o", to]);
        let listed = json(at, &["ls", to, "--json"]);
        let mut found: Vec<&str> = listed["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, ["../a b ", "12:30?", "a%20b", "fat_50%"], "{to}");
    }
}
