//! `pack`: voxels that are labels by the user's word only, and files beyond the usual limits.

use std::path::Path;

use ndarray::Array3;
use serde_json::json;

use crate::files::{SHAPE, fail, json, medmask, space, succeed, write};

/// The voxels of a mask, in the order of the file; the last label asks for 32 bits.
fn labels() -> Vec<u32> {
    let [z, y, x] = SHAPE;
    (0..z * y * x).map(|n| [0, 0, 3, 7, 70_000][n % 5]).collect()
}

/// Writes `file`, a NIfTI file of real numbers, whose n-th voxel holds `value(n, label)`.
fn write_floats(file: &Path, value: impl Fn(usize, u32) -> f32) {
    let labels = labels();
    let voxels = Array3::from_shape_vec(SHAPE, labels.clone()).unwrap();
    write(file, voxels, &[], &space());
    let mut bytes = std::fs::read(file).unwrap();
    assert_eq!(bytes[70..72], 768_i16.to_le_bytes());
    bytes[70..72].copy_from_slice(&16_i16.to_le_bytes());
    let first_voxel = bytes.len() - 4 * labels.len();
    for (n, label) in labels.into_iter().enumerate() {
        let place = first_voxel + 4 * n;
        bytes[place..place + 4].copy_from_slice(&value(n, label).to_le_bytes());
    }
    std::fs::write(file, bytes).unwrap();
}

/// How many voxels each label of the only entry has.
fn counts(at: &Path) -> serde_json::Value {
    let listed = json(at, &["ls", "a.mska", "--json"]);
    let labels = listed["entries"][0]["labels"].as_array().unwrap();
    labels.iter().map(|label| json!([label["label"], label["voxels"]])).collect()
}

/// What the voxels above hold.
fn expected() -> serde_json::Value {
    let count = |label: u32| labels().into_iter().filter(|other| *other == label).count();
    [3, 7, 70_000].into_iter().map(|label| json!([label, count(label)])).collect()
}

#[test]
fn values_that_are_background_are_for_the_user_to_say() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_floats(&at.join("nan.nii"), |_, label| if label == 0 { f32::NAN } else { label as f32 });
    let pack = ["pack", "nan.nii", "-o", "a.mska", "--force"];
    fail(at, &pack, 1, &["voxel (x, y, z) = (0, 0, 0) holds NaN", "--background nan"]);
    succeed(at, &[&pack[..], &["--background", "nan"]].concat());
    assert_eq!(counts(at), expected());

    let ct = |n: usize, label: u32| match (label, n % 2) {
        (0, 0) => -1024.0,
        (0, _) => -3000.0,
        _ => label as f32,
    };
    write_floats(&at.join("ct.nii"), ct);
    let pack = ["pack", "ct.nii", "-o", "a.mska", "--force"];
    let parts = ["holds -1024: labels cannot be negative", "looks like an image", "--background"];
    fail(at, &pack, 1, &parts);
    fail(at, &[&pack[..], &["--background", "nan,-1024"]].concat(), 1, &["holds -3000"]);
    succeed(at, &[&pack[..], &["--background", "-3000,-1024"]].concat());
    assert_eq!(counts(at), expected());
    // What was a label is background, too, where the user says so.
    succeed(at, &[&pack[..], &["--background", "-3000,-1024,7"]].concat());
    let all = expected();
    assert_eq!(counts(at), json!([all[0], all[2]]));
}

#[test]
fn what_an_index_does_not_count_is_counted_for_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // 84 labels of four voxels each, along x, of eight voxels a row.
    write_floats(&at.join("x.nii"), |n, _| (n / 4 + 1) as f32);
    succeed(at, &["pack", "x.nii", "-o", "a.mska"]);
    let archive = medmask::Archive::open(at.join("a.mska")).unwrap();
    assert_eq!(archive.entry("x").unwrap().voxels(), None);
    assert_eq!(counts(at), (1..=84).map(|label| json!([label, 4])).collect::<serde_json::Value>());
    let listed = json(at, &["ls", "a.mska", "label_84", "--json"]);
    assert_eq!(listed["entries"][0]["labels"][0]["bounds"], json!([[5, 6], [6, 7], [4, 8]]));
    assert!(succeed(at, &["ls", "a.mska", "label_84"]).contains("5:6 6:7 4:8"));
    let stats = json(at, &["stats", "a.mska", "label_84", "--json"]);
    let label = &stats["entries"][0]["labels"][0];
    assert_eq!((&label["voxels"], &label["centroid_voxel"]), (&json!(4), &json!([5.0, 6.0, 5.5])));
    let point = json(at, &["at", "a.mska", "--voxel", "5", "6", "4", "--json"]);
    assert!(point.to_string().contains("label_84"), "{point}");
    let overlap = succeed(at, &["overlap", "a.mska", "label_84", "label_83 + label_84"]);
    assert!(overlap.contains("label_83 + label_84"), "{overlap}");
}

#[test]
fn how_exact_labels_are_is_for_the_user_to_say() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let off = |n: usize, label: u32| label as f32 + [0.02, -0.02][n % 2];
    write_floats(&at.join("off.nii"), off);
    let pack = ["pack", "off.nii", "-o", "a.mska", "--force"];
    fail(at, &pack, 1, &["labels must be integers", "--label-tolerance"]);
    fail(at, &[&pack[..], &["--label-tolerance", "0.01"]].concat(), 1, &["must be integers"]);
    succeed(at, &[&pack[..], &["--label-tolerance", "0.03"]].concat());
    assert_eq!(counts(at), expected());
    let far = medmask(at, &[&pack[..], &["--label-tolerance", "0.5"]].concat());
    assert!(far.code == 2 && far.err.contains("less than 0.5"), "{far:?}");
}

#[test]
fn limits_can_be_raised() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_floats(&at.join("x.nii"), |_, label| label as f32);
    let mut bytes = std::fs::read(at.join("x.nii")).unwrap();
    std::fs::copy(at.join("x.nii"), at.join("few.nii")).unwrap();
    let first_voxel = f32::from_le_bytes(bytes[108..112].try_into().unwrap()) as usize;
    // An extension of 17 MiB that holds a header of DICOM.
    let length = 17 << 20;
    let mut extension = vec![0; length];
    extension[..4].copy_from_slice(&(length as u32).to_le_bytes());
    extension[4..8].copy_from_slice(&2_u32.to_le_bytes());
    bytes.splice(352..first_voxel, extension);
    bytes[108..112].copy_from_slice(&((352 + length) as f32).to_le_bytes());
    bytes[348] = 1;
    std::fs::write(at.join("x.nii"), bytes).unwrap();
    let few = ["pack", "few.nii", "-o", "b.mska", "--max-voxels", "335"];
    fail(at, &few, 1, &["the number of voxels is 336", "--max-voxels allows more"]);
    let pack = ["pack", "x.nii", "-o", "a.mska"];
    let least = &[&pack[..], &["--max-extension-bytes", "17000000"]].concat();
    fail(at, least, 1, &["header's extensions", "--max-extension-bytes allows more"]);
    succeed(at, &pack);
    assert_eq!(counts(at), expected());
}

#[test]
fn what_we_write_of_very_many_labels_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let shape = [42, 42, 42];
    let voxels = Array3::from_shape_vec(shape, (1..=42 * 42 * 42).collect()).unwrap();
    let space = medmask::Space::of_shape(shape);
    write(&at.join("made.nii.gz"), voxels.clone(), &[], &space);
    // Names that are as long as those of atlases are.
    let names: Vec<(String, u32)> = (1..=42 * 42 * 42)
        .map(|label| (format!("7Networks_LH_Default_PFC_{label}"), label))
        .collect();
    let names: Vec<(&str, u32)> = names.iter().map(|(name, label)| (&**name, *label)).collect();
    write(&at.join("named.nii.gz"), voxels, &names, &space);
    for (file, name) in [("made", "label_70000"), ("named", "7Networks_LH_Default_PFC_70000")] {
        let nifti = format!("{file}.nii.gz");
        succeed(at, &["pack", &nifti, "-o", "a.mska", "--force"]);
        succeed(at, &["extract", "a.mska", "-d", "out", "--force"]);
        let again = format!("out/{nifti}");
        succeed(at, &["pack", &again, "-o", "b.mska", "--force"]);
        let [first, second] = ["a.mska", "b.mska"].map(|archive| json(at, &["labels", archive]));
        assert_eq!(first, second);
        assert_eq!(first[file].as_object().unwrap().len(), 42 * 42 * 42);
        assert_eq!(first[file][name], 70_000);
    }
}

#[test]
fn names_that_were_made_need_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_floats(&at.join("x.nii"), |_, label| label as f32);
    succeed(at, &["pack", "x.nii", "-o", "a.mska"]);
    let names = json(at, &["labels", "a.mska"]);
    assert_eq!(names, json!({"x": {"label_3": 3, "label_7": 7, "label_70000": 70_000}}));
    succeed(at, &["extract", "a.mska", "x", "-o", "x.nii", "--force"]);
    // Header and voxels, and nothing between.
    assert_eq!(at.join("x.nii").metadata().unwrap().len(), 352 + 4 * labels().len() as u64);
    succeed(at, &["pack", "x.nii", "-o", "a.mska", "--force"]);
    assert_eq!(json(at, &["labels", "a.mska"]), names);
    // A single one is kept: without a table it would be called as its file.
    let one = labels().into_iter().map(|label| if label == 7 { 7 } else { 0 }).collect();
    let one = Array3::from_shape_vec(SHAPE, one).unwrap();
    write(&at.join("one.nii"), one, &[("label_7", 7)], &space());
    succeed(at, &["pack", "one.nii", "-o", "a.mska", "--force"]);
    assert_eq!(json(at, &["labels", "a.mska"]), json!({"one": {"label_7": 7}}));
}
