//! `at`, against dense voxels.

use serde_json::{Value, json};

use crate::files::{SHAPE, block, damage, fail, json, medmask, packed, space, succeed};
use crate::lung;

/// What `at` says of one point: its voxel and the names there.
fn asked(at: &std::path::Path, arguments: &[&str]) -> (Value, Value) {
    let found = json(at, &[&["at", "case.mska", "--json"][..], arguments].concat());
    let [point] = &found["points"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!(point["inside"], json!(!point["voxel"].is_null()));
    (point["voxel"].clone(), point["names"].clone())
}

#[test]
fn points_are_given_in_three_ways() {
    let (folder, _) = packed();
    let at = folder.path();
    // In liver and label 7.
    let [x, y, z] = space().index_to_world([3.0, 3.0, 2.0]);
    let text = |number: f64| number.to_string();
    let here = (json!([3, 3, 2]), json!(["liver", "lobes/label_7"]));
    assert!(y < 0.0, "a negative number is typed as it is");
    assert_eq!(asked(at, &[&text(x), &text(y), &text(z)]), here);
    assert_eq!(asked(at, &["--lps", &text(x), &text(y), &text(z)]), here);
    assert_eq!(asked(at, &["--ras", &text(-x), &text(-y), &text(z)]), here);
    assert_eq!(asked(at, &["--voxel", "3", "3", "2"]), here);
    let found = json(at, &["at", "case.mska", "--voxel", "3", "3", "2", "--json"]);
    for (axis, mm) in [x, y, z].into_iter().enumerate() {
        assert!((found["points"][0]["lps_mm"][axis].as_f64().unwrap() - mm).abs() < 1e-5);
    }
    succeed(at, &["convert", "case.mska", "new.mska", "--format-version", "1"]);
    std::fs::rename(at.join("new.mska"), at.join("case.mska")).unwrap();
    assert_eq!(asked(at, &["--voxel", "3", "3", "2"]), here);
}

#[test]
fn the_nearest_voxel_counts_and_half_way_the_higher() {
    let (folder, _) = packed();
    let at = folder.path();
    let outside = (json!(null), json!([]));
    // Label 2 ends after voxel 1 of each axis, and liver begins at voxel 1 of z and 2 of y.
    for (point, expected) in [
        (["1.49", "1.49", "1.49"], (json!([1, 1, 1]), json!(["lobes/label_2"]))),
        (["1.49", "1.49", "1.5"], (json!([1, 1, 2]), json!([]))),
        (["1.5", "1.5", "1.5"], (json!([2, 2, 2]), json!(["liver", "lobes/label_7"]))),
        (["-0.5", "-0.5", "-0.5"], (json!([0, 0, 0]), json!(["lobes/label_2"]))),
        (["-0.51", "0", "0"], outside.clone()),
        (["5.49", "6.49", "7.49"], (json!([5, 6, 7]), json!(["lobes/label_300"]))),
        (["5.5", "6", "7"], outside.clone()),
        (["5", "6", "-1e300"], outside),
    ] {
        assert_eq!(asked(at, &[&["--voxel"][..], &point].concat()), expected, "{point:?}");
    }
    let text = succeed(at, &["at", "case.mska", "--voxel", "1.5", "1.5", "1.5"]);
    assert!(
        text.lines().nth(1).unwrap().ends_with("2 2 2            liver, lobes/label_7"),
        "{text}"
    );
    let text = succeed(at, &["at", "case.mska", "0", "0", "-1000"]);
    assert!(text.ends_with("0.00 0.00 -1000.00  -                outside the volume\n"), "{text}");
}

#[test]
fn every_voxel_of_a_file_of_points_is_named_as_the_arrays_say() {
    let (folder, _) = packed();
    let at = folder.path();
    let boxes = [
        ("liver", block([[1, 4], [2, 6], [0, 5]], 1)),
        ("lobes/label_2", block([[0, 2], [0, 2], [0, 2]], 1)),
        ("lobes/label_7", block([[2, 4], [2, 4], [2, 4]], 1)),
        ("lobes/label_300", block([[4, 6], [4, 7], [4, 8]], 1)),
        ("sub.01", block([[3, 5], [1, 3], [4, 8]], 1)),
    ];
    let [depth, height, width] = SHAPE;
    let (mut lines, mut expected) = ("x,y,z\n".to_owned(), Vec::new());
    for (z, y, x) in ndarray::indices((depth, height, width)) {
        let [left, posterior, superior] = space().index_to_world([z as f64, y as f64, x as f64]);
        lines.push_str(&format!("{left},{posterior},{superior}\n"));
        let inside = boxes.iter().filter(|(_, voxels)| voxels[[z, y, x]] == 1);
        expected.push((json!([z, y, x]), inside.map(|(name, _)| json!(name)).collect::<Value>()));
    }
    std::fs::write(at.join("points.csv"), lines).unwrap();
    let found = json(at, &["at", "case.mska", "--points", "points.csv", "--json"]);
    let found = found["points"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|at| (at["voxel"].clone(), at["names"].clone())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_lesion_is_in_its_lobe_and_segment() {
    let folder = tempfile::tempdir().unwrap();
    lung::pack(folder.path());
    std::fs::rename(folder.path().join("lung.mska"), folder.path().join("case.mska")).unwrap();
    let names =
        json!(["lesions/nodule_1", "lobes/left_upper_lobe", "segments/LUL_S1", "whole_lung"]);
    assert_eq!(asked(folder.path(), &["17", "17", "0"]), (json!([0, 17, 17]), names));
}

#[test]
fn entries_whose_box_is_elsewhere_are_not_read() {
    let (folder, _) = packed();
    let at = folder.path();
    damage(&at.join("case.mska"), "sub.01");
    assert_eq!(
        asked(at, &["--voxel", "0", "0", "0"]),
        (json!([0, 0, 0]), json!(["lobes/label_2"]))
    );
    fail(
        at,
        &["at", "case.mska", "--voxel", "3", "1", "4"],
        1,
        &["case.mska: entry \"sub.01\": chunk at byte "],
    );
}

#[test]
fn what_is_no_point_is_refused() {
    let (folder, _) = packed();
    let at = folder.path();
    let not_finite = "coordinates are finite numbers";
    fail(at, &["at", "case.mska", "1", "nan", "3"], 1, &["point 1 is 1 NaN 3", not_finite]);
    std::fs::write(at.join("points.txt"), "1 2 3\n\n4 inf 6\n").unwrap();
    fail(
        at,
        &["at", "case.mska", "--points", "points.txt"],
        1,
        &["point 2 is 4 inf 6", not_finite],
    );
    std::fs::write(at.join("points.txt"), "1 2 3\n\n4 5\n").unwrap();
    fail(
        at,
        &["at", "case.mska", "--points", "points.txt"],
        1,
        &["points.txt, line 3: 2 columns, and a point has 3"],
    );
    fail(at, &["at", "case.mska", "--points", "no.txt"], 1, &["cannot read no.txt"]);
    for wrong in [
        &["1", "2"][..],
        &["1", "2", "3", "4"],
        &["1", "2", "three"],
        &[],
        &["1", "2", "3", "--points", "points.txt"],
        &["1", "2", "3", "--ras", "--voxel"],
    ] {
        let outcome = medmask(at, &[&["at", "case.mska"][..], wrong].concat());
        assert_eq!(outcome.code, 2, "{wrong:?}: {outcome:?}");
    }
}
