//! `stats --shape`, `stats --per-slice` and `distance`, against counts by hand.

use serde_json::{Value, json};

use crate::files::{SHAPE, block, fail, json, medmask, packed, space, succeed, write};

/// World position of a voxel, as the space of the tests has it.
fn world(voxel: [usize; 3]) -> [f64; 3] {
    space().index_to_world(voxel.map(|n| n as f64))
}

fn close(found: &Value, wanted: f64) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    // Files hold spacing and direction in 32 bits.
    assert!((found - wanted).abs() <= 1e-5 * (1.0 + wanted.abs()), "{found} is not {wanted}");
}

#[test]
fn the_shape_of_a_block_is_what_its_sides_say() {
    let (folder, _) = packed();
    let at = folder.path();
    let stats = json(at, &["stats", "case.mska", "liver", "Gap", "--shape", "--json"]);
    let shape = &stats["entries"][0]["labels"][0]["shape"];
    // liver is 3 x 4 x 5 voxels of 2, 1.5 and 1 mm, on a grid that is turned about the patient's long axis.
    close(&shape["diameter_mm"], (4.0_f64.powi(2) + 4.5_f64.powi(2) + 4.0_f64.powi(2)).sqrt());
    for (place, length) in [6.0, 6.0, 5.0].into_iter().enumerate() {
        close(&shape["oriented_box"]["lengths_mm"][place], length);
    }
    close(&shape["face_area_mm2"], 2.0 * (6.0 * 6.0 + 6.0 * 5.0 + 6.0 * 5.0));
    let (first, last) = (world([1, 2, 0]), world([3, 5, 4]));
    for axis in 0..3 {
        close(&shape["oriented_box"]["centre_lps_mm"][axis], (first[axis] + last[axis]) / 2.0);
    }
    let axial = &shape["axial"];
    assert_eq!((&axial["axis"], &axial["slice"]), (&json!("z"), &json!(1)));
    close(&axial["area_mm2"], 20.0 * 1.5);
    close(&axial["long_mm"], 4.5_f64.hypot(4.0));
    // Across a diagonal of a rectangle a x b reaches from corner to corner: 2 a b / diagonal.
    close(&axial["across_mm"], 2.0 * 4.5 * 4.0 / 4.5_f64.hypot(4.0));
    // What has no voxels has no shape, and no number that is none.
    assert_eq!(stats["entries"][1]["labels"][0]["shape"], Value::Null);

    let csv = succeed(at, &["stats", "case.mska", "liver", "Gap", "--shape", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(
        lines[0].ends_with(",axial_axis,axial_slice,axial_area_mm2,axial_long_mm,axial_across_mm")
    );
    assert!(lines[1].contains(",z,1,30.0"), "{csv}");
    assert!(lines[2].ends_with(",,,,,,,,,,"), "{csv}");
    let text = succeed(at, &["stats", "case.mska", "liver", "--shape"]);
    assert!(text.contains("6.00 x 6.00 x 5.00") && text.contains("6.02 x 5.98"), "{text}");
    // Of an expression, and in the other axes of the world.
    let text = ["stats", "case.mska", "liver & sub.01 + liver", "--shape", "--json", "--ras"];
    let stats = json(at, &text);
    let of_ras = &stats["entries"][0]["labels"][0]["shape"]["oriented_box"];
    close(&of_ras["centre_ras_mm"][0], -(first[0] + last[0]) / 2.0);
}

#[test]
fn each_axial_slice_has_its_area() {
    let (folder, _) = packed();
    let at = folder.path();
    let stats = json(at, &["stats", "case.mska", "lobes/label_7", "Gap", "--per-slice", "--json"]);
    let slices = &stats["entries"][0]["labels"][0]["slices"];
    assert_eq!((&slices["axis"], &slices["first"]), (&json!("z"), &json!(2)));
    assert_eq!(slices["voxels"], json!([4, 4]));
    close(&slices["area_mm2"][1], 6.0);
    assert_eq!(stats["entries"][1]["labels"][0]["slices"], Value::Null);
    let csv = succeed(at, &["stats", "case.mska", "liver", "Gap", "--per-slice", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "entry,label_name,label,axis,slice,slice_voxels,area_mm2");
    assert!(
        lines[1].starts_with("liver,liver,1,z,1,20,30.0")
            || lines[1].starts_with("liver,liver,1,z,1,20,29.9"),
        "{csv}"
    );
    assert_eq!(lines.len(), 4, "{csv}");
    let text = succeed(at, &["stats", "case.mska", "liver", "--per-slice"]);
    assert_eq!(text.lines().count(), 4, "{text}");
    assert_eq!(medmask(at, &["stats", "case.mska", "--per-slice", "--shape"]).code, 2);
}

#[test]
fn distances_are_those_of_the_blocks() {
    let (folder, masks) = packed();
    let at = folder.path();
    // liver: z 1..4, y 2..6, x 0..5; needle: z 5, y 2..4, x 7. Voxels of 2, 1.5 and 1 mm.
    write(&masks.join("needle.nii.gz"), block([[5, 6], [2, 4], [7, 8]], 1), &[], &space());
    write(&masks.join("all.nii.gz"), block([[0, SHAPE[0]], [0, 7], [0, 8]], 1), &[], &space());
    succeed(at, &["add", "case.mska", "masks/needle.nii.gz", "masks/all.nii.gz"]);
    let found =
        json(at, &["distance", "case.mska", "liver", "needle", "--within", "5,9", "--json"]);
    assert_eq!((&found["first"], &found["first_voxels"]), (&json!("liver"), &json!(60)));
    close(&found["smallest_mm"], 5.0);
    assert_eq!(found["nearest"][0]["voxel"], json!([3, 2, 4]));
    assert_eq!(found["nearest"][1]["voxel"], json!([5, 2, 7]));
    for axis in 0..3 {
        close(&found["nearest"][1]["lps_mm"][axis], world([5, 2, 7])[axis]);
    }
    close(
        &found["first_to_second_mm"],
        (8.0_f64.powi(2) + 3.0_f64.powi(2) + 7.0_f64.powi(2)).sqrt(),
    );
    close(&found["second_to_first_mm"], 5.0);
    // Within 5 mm lie the two nearest voxels.
    assert_eq!(
        (&found["within"][0]["mm"], &found["within"][0]["voxels"]),
        (&json!(5.0), &json!(2))
    );
    close(&found["within"][0]["share"], 2.0 / 60.0);

    // One in the other: how near the liver comes to what is not of `all`, which ends with the volume at x = 0.
    let found = json(at, &["distance", "case.mska", "liver", "all", "--json"]);
    close(&found["smallest_mm"], 0.0);
    close(&found["first_to_second_mm"], -1.0);
    assert!(found["second_to_first_mm"].as_f64().unwrap() > 0.0);
    let text = succeed(at, &["distance", "case.mska", "needle", "all - liver", "--within", "0"]);
    assert!(text.contains("of X within 0 mm of Y") && text.contains("100.0 %"), "{text}");

    let csv =
        succeed(at, &["distance", "case.mska", "liver", "needle", "--within", "5,9", "--csv"]);
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.lines().nth(1).unwrap().starts_with("liver,needle,60,2,5"), "{csv}");
}

#[test]
fn nothing_is_near_nothing() {
    let (folder, _) = packed();
    let at = folder.path();
    let found = json(at, &["distance", "case.mska", "Gap", "liver", "--within", "5", "--json"]);
    assert_eq!((&found["smallest_mm"], &found["first_to_second_mm"]), (&Value::Null, &Value::Null));
    assert_eq!(found["nearest"][0], json!({"voxel": null, "lps_mm": null}));
    assert_eq!(found["within"], json!([{"mm": 5.0, "voxels": 0, "share": null}]));
    let csv = succeed(at, &["distance", "case.mska", "Gap", "liver", "--csv"]);
    assert_eq!(csv.lines().nth(1), Some("Gap,liver,0,60,,,,,,"));
    assert!(succeed(at, &["distance", "case.mska", "Gap", "liver"]).contains(" -\n"));
    fail(at, &["distance", "case.mska", "liver", "livre"], 1, &["livre"]);
    fail(at, &["distance", "case.mska", "liver", "l*"], 1, &["l*"]);
    assert_eq!(medmask(at, &["distance", "case.mska", "liver", "Gap", "--within=-1"]).code, 2);
}
