//! `stats --image`: values beneath masks, and images that are refused.

use std::path::Path;

use medmask::medmask_nifti::{WriteOptions, write_mask};
use medmask::{LabelMap, Space, Voxels};
use ndarray::Array3;
use serde_json::{Value, json};

use crate::files::{SHAPE, fail, json, medmask, packed, space, succeed};

/// The number that the images of these tests store at a voxel.
pub fn number(z: usize, y: usize, x: usize) -> i16 {
    (z * 300 + y * 10 + x) as i16
}

/// Writes an image of 16-bit numbers: a file of unsigned ones with its type and scaling changed.
pub fn write_image(path: &Path, space: &Space, slope: f32, intercept: f32) {
    let [depth, height, width] = space.shape();
    let numbers = Array3::from_shape_fn((depth, height, width), |(z, y, x)| number(z, y, x) as u16);
    let options = WriteOptions::default();
    write_mask(path, &Voxels::from(numbers), &LabelMap::new(), space, &options).unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[70..72].copy_from_slice(&4_i16.to_le_bytes());
    bytes[112..116].copy_from_slice(&slope.to_le_bytes());
    bytes[116..120].copy_from_slice(&intercept.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
}

/// The values beneath liver, z 1..4, y 2..6 and x 0..5, as a CT scales them.
fn beneath_liver() -> Vec<f64> {
    let voxels =
        (1..4).flat_map(|z| (2..6).flat_map(move |y| (0..5).map(move |x| number(z, y, x))));
    let mut values: Vec<f64> = voxels.map(|n| f64::from(n) - 1024.0).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn close(found: &Value, wanted: f64) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn values_are_those_beneath_the_voxels() {
    let (folder, _) = packed();
    let at = folder.path();
    write_image(&at.join("ct.nii"), &space(), 1.0, -1024.0);
    let stats = json(at, &["stats", "case.mska", "liver", "Gap", "--image", "ct.nii", "--json"]);
    let values = beneath_liver();
    let image = &stats["entries"][0]["labels"][0]["image"];
    let mean = values.iter().sum::<f64>() / 60.0;
    close(&image["mean"], mean);
    close(&image["sd"], (values.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 60.0).sqrt());
    close(&image["min"], values[0]);
    close(&image["max"], values[59]);
    // Of 60 values the 5th percentile has rank 2.95, the median 29.5, the 90th 53.1.
    close(&image["p5"], values[2] + 0.95 * (values[3] - values[2]));
    close(&image["median"], (values[29] + values[30]) / 2.0);
    close(&image["p90"], values[53] + 0.1 * (values[54] - values[53]));
    assert_eq!((&image["voxels"], &image["not_finite"]), (&json!(60), &json!(0)));
    let empty = &stats["entries"][1]["labels"][0]["image"];
    assert_eq!(
        (&empty["mean"], &empty["p95"], &empty["voxels"]),
        (&Value::Null, &Value::Null, &json!(0))
    );

    let csv = succeed(at, &["stats", "case.mska", "liver", "Gap", "--image", "ct.nii", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(
        lines[0]
            .ends_with(",image_median,image_min,image_max,image_p5,image_p10,image_p90,image_p95")
    );
    assert!(lines[1].contains(&format!(",60,0,0,{mean},")), "{csv}");
    assert!(lines[2].ends_with(",0,0,0,,,,,,,,,"), "{csv}");
    // An expression, a label, and the table.
    let text = ["stats", "case.mska", "liver + lobes", "lobes/label_7", "--image", "ct.nii"];
    let text = succeed(at, &text);
    assert!(text.contains("MEDIAN"), "{text}");
    let label = json(at, &["stats", "case.mska", "label_7", "--image", "ct.nii", "--json"]);
    // z, y and x from 2 to 3.
    close(&label["entries"][0]["labels"][0]["image"]["mean"], 777.5 - 1024.0);
}

#[test]
fn an_image_elsewhere_is_refused_or_interpolated() {
    let (folder, _) = packed();
    let at = folder.path();
    let own = space();
    let moved = own.index_to_world([1.0, 0.5, 0.0]);
    let elsewhere = Space::new(SHAPE, own.spacing(), moved, own.direction()).unwrap();
    write_image(&at.join("moved.nii"), &elsewhere, 1.0, 0.0);
    let plain = ["stats", "case.mska", "liver", "--image", "moved.nii", "--json"];
    fail(at, &plain, 1, &["moved.nii", "origin differs by", "--resample-image"]);
    let stats = json(at, &[&plain[..], &["--resample-image"]].concat());
    let image = &stats["entries"][0]["labels"][0]["image"];
    // One slice and half a row on; nothing of liver lies outside, and numbers grow evenly: z 2, y 3.5 and x 2 in the middle.
    let mean = image["mean"].as_f64().unwrap();
    assert!((mean - (300.0 + 30.0 + 2.0)).abs() < 1e-3, "{image}");
    assert_eq!((&image["voxels"], &image["outside"]), (&json!(60), &json!(0)));
    // An image on the masks' own grid is not interpolated.
    write_image(&at.join("ct.nii"), &own, 1.0, -1024.0);
    let both = |more: &[&str]| {
        json(at, &[&["stats", "case.mska", "--image", "ct.nii", "--json"][..], more].concat())
    };
    assert_eq!(both(&[]), both(&["--resample-image"]));
    let smaller = Space::new([2, 7, 8], own.spacing(), own.origin(), own.direction()).unwrap();
    write_image(&at.join("low.nii"), &smaller, 1.0, 0.0);
    let low = ["stats", "case.mska", "liver", "--image", "low.nii", "--json"];
    fail(at, &low, 1, &["low.nii", "shapes [6, 7, 8] and [2, 7, 8] (z, y, x) differ"]);
    let stats = json(at, &[&low[..], &["--resample-image"]].concat());
    let image = &stats["entries"][0]["labels"][0]["image"];
    assert_eq!((&image["voxels"], &image["outside"]), (&json!(20), &json!(40)));
}

#[test]
fn values_that_are_no_number_are_counted_and_never_printed() {
    let (folder, _) = packed();
    let at = folder.path();
    let path = at.join("pet.nii");
    write_image(&path, &space(), 1.0, 0.0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(352);
    bytes[70..72].copy_from_slice(&16_i16.to_le_bytes());
    bytes[72..74].copy_from_slice(&32_i16.to_le_bytes());
    for z in 0..SHAPE[0] {
        let value = if z < 3 { f32::NAN } else { 7.5 };
        bytes.extend((0..56).flat_map(|_| value.to_le_bytes()));
    }
    std::fs::write(&path, bytes).unwrap();
    let stats = succeed(at, &["stats", "case.mska", "--image", "pet.nii", "--json"]);
    assert!(!stats.contains("NaN"), "{stats}");
    let stats: Value = serde_json::from_str(&stats).unwrap();
    let of = |name: &str| {
        let entries = stats["entries"].as_array().unwrap();
        let found = entries.iter().find(|entry| entry["name"] == name).unwrap();
        found["labels"][0]["image"].clone()
    };
    // liver has a third of its 60 voxels at z = 3, and lobes' first label none.
    let liver = of("liver");
    assert_eq!((&liver["voxels"], &liver["not_finite"]), (&json!(20), &json!(40)));
    assert_eq!((&liver["mean"], &liver["sd"]), (&json!(7.5), &json!(0.0)));
    assert_eq!((&of("lobes")["mean"], &of("lobes")["not_finite"]), (&Value::Null, &json!(8)));
}

#[test]
fn what_is_no_image_is_refused_and_several_archives_have_each_its_own() {
    let (folder, _) = packed();
    let at = folder.path();
    let with = |image| ["stats", "case.mska", "--image", image];
    std::fs::write(at.join("notes.txt"), "no image").unwrap();
    fail(at, &with("notes.txt"), 1, &["notes.txt", "not an image"]);
    fail(at, &with("case.mska"), 1, &["case.mska", "not an image"]);
    fail(at, &with("none.nii"), 1, &["none.nii"]);
    write_image(&at.join("ct.nii"), &space(), 1.0, 0.0);
    let mut four = std::fs::read(at.join("ct.nii")).unwrap();
    four[40..42].copy_from_slice(&4_i16.to_le_bytes());
    four[48..50].copy_from_slice(&2_i16.to_le_bytes());
    let volume = four[352..].to_vec();
    four.extend(volume);
    std::fs::write(at.join("four.nii"), four).unwrap();
    fail(at, &with("four.nii"), 1, &["four.nii", "holds 2 volumes", "--volume"]);
    succeed(at, &[&with("four.nii")[..], &["--volume", "1"]].concat());
    assert_eq!(medmask(at, &["stats", "case.mska", "--resample-image"]).code, 2);

    for (subject, intercept) in [("s1", 0.0), ("s2", 1000.0)] {
        std::fs::create_dir(at.join(subject)).unwrap();
        std::fs::copy(at.join("case.mska"), at.join(subject).join("case.mska")).unwrap();
        write_image(&at.join(subject).join("image.nii"), &space(), 1.0, intercept);
    }
    let arguments =
        ["stats", "s1/case.mska", "s2/case.mska", "label_7", "--image", "image.nii", "--json"];
    let both = json(at, &arguments);
    for (subject, mean) in [(0, 777.5), (1, 1777.5)] {
        close(&both["archives"][subject]["entries"][0]["labels"][0]["image"]["mean"], mean);
    }
}
