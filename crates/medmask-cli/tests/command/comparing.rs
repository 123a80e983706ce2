//! `diff`, against counts of dense voxels and figures of published tools.

use std::path::Path;

use ndarray::Array3;
use serde_json::{Value, json};

use crate::files::{Outcome, block, damage, fail, medmask, space, succeed, write};

/// Runs `diff --json`, which must exit with `code`.
fn diff(at: &Path, arguments: &[&str], code: i32) -> Value {
    let outcome = medmask(at, &[&["diff", "--json"][..], arguments].concat());
    assert_eq!(outcome.code, code, "{arguments:?}: {outcome:?}");
    serde_json::from_str(&outcome.out).unwrap()
}

/// Name, voxels, and names of labels.
type MaskFile<'a> = (&'a str, Array3<u32>, &'a [(&'a str, u32)]);

fn folder_of(at: &Path, name: &str, masks: &[MaskFile<'_>]) {
    let folder = at.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for (mask, voxels, labels) in masks {
        write(&folder.join(format!("{mask}.nii.gz")), voxels.clone(), labels, &space());
    }
}

fn pack(at: &Path, name: &str) {
    succeed(at, &["pack", name, "-o", &format!("{name}.mska")]);
}

/// Two segmentations, as folders `a` and `b` and as archives.
fn two(at: &Path) {
    let lobes = |upper: Array3<u32>, lower: Array3<u32>| upper + lower;
    let liver = block([[1, 4], [2, 6], [0, 5]], 1);
    let gap = block([[0, 0]; 3], 0);
    let names: &[(&str, u32)] = &[("upper", 2), ("lower", 7)];
    let other: &[(&str, u32)] = &[("lower", 1), ("upper", 3)];
    let upper = block([[0, 2]; 3], 2);
    folder_of(
        at,
        "a",
        &[
            ("liver", liver.clone(), &[]),
            ("gap", gap.clone(), &[]),
            ("cyst", block([[5, 6], [6, 7], [7, 8]], 1), &[]),
            ("lobes", lobes(upper, block([[2, 4]; 3], 7)), names),
            ("old", liver, &[]),
        ],
    );
    folder_of(
        at,
        "b",
        &[
            // One voxel further along x, of 1 mm.
            ("liver", block([[1, 4], [2, 6], [1, 6]], 4), &[("hepar", 4)]),
            ("gap", gap.clone(), &[]),
            ("cyst", gap, &[]),
            ("lobes", lobes(block([[0, 2]; 3], 3), block([[2, 4], [2, 4], [2, 5]], 1)), other),
            ("new", block([[0, 1]; 3], 1), &[]),
        ],
    );
    pack(at, "a");
    pack(at, "b");
}

fn named<'a>(found: &'a Value, name: &str) -> &'a Value {
    let all = found["names"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {found}"))
}

#[test]
fn structures_agree_as_their_voxels_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    two(at);
    for (first, second) in [("a.mska", "b.mska"), ("a", "b"), ("a.mska", "b"), ("a", "b.mska")] {
        let found = diff(at, &[first, second, "--surface-tolerance-mm", "0.5,1"], 1);
        let names: Vec<_> =
            found["names"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["cyst", "gap", "liver", "lobes/upper", "lobes/lower"]);
        assert_eq!(
            (&found["only_in_first"], &found["only_in_second"]),
            (&json!(["old"]), &json!(["new"]))
        );
        // 3 x 4 x 5 voxels against as many, 3 x 4 x 4 of them shared.
        let liver = named(&found, "liver");
        let counts = ["first_voxels", "second_voxels", "tp", "fp", "fn"].map(|key| &liver[key]);
        assert_eq!(counts, [60, 60, 48, 12, 12]);
        assert_eq!((&liver["dice"], &liver["iou"]), (&json!(0.8), &json!(48.0 / 72.0)));
        assert_eq!(liver["volume_difference_ml"], 0.0);
        // Files keep the spacing in 32 bits.
        assert!((liver["hd_mm"].as_f64().unwrap() - 1.0).abs() < 1e-7, "{liver}");
        assert_eq!((&liver["one_empty"], &liver["both_empty"]), (&json!(false), &json!(false)));
        assert_eq!(liver["nsd"][1], json!({"tolerance_mm": 1.0, "value": 1.0}));
        let upper = named(&found, "lobes/upper");
        assert_eq!(
            (&upper["dice"], &upper["hd_mm"], &upper["assd_mm"]),
            (&json!(1.0), &json!(0.0), &json!(0.0))
        );
        let lower = named(&found, "lobes/lower");
        assert_eq!((&lower["tp"], &lower["fp"]), (&json!(8), &json!(4)));
        // 4 voxels of 2 x 1.5 x 1 mm.
        assert!((lower["volume_difference_ml"].as_f64().unwrap() - 0.012).abs() < 1e-9);
        assert_eq!(lower["volume_difference_relative"], 0.5);
    }
}

#[test]
fn what_is_empty_is_null_and_in_no_mean() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    two(at);
    let found = diff(at, &["a.mska", "b.mska", "--surface-tolerance-mm", "1"], 1);
    let cyst = named(&found, "cyst");
    assert_eq!(
        (&cyst["dice"], &cyst["iou"], &cyst["one_empty"]),
        (&json!(0.0), &json!(0.0), &json!(true))
    );
    assert_eq!(
        (&cyst["hd_mm"], &cyst["hd95_mm"], &cyst["assd_mm"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(cyst["nsd"][0]["value"], 0.0);
    let gap = named(&found, "gap");
    assert_eq!(
        (&gap["dice"], &gap["iou"], &gap["both_empty"]),
        (&Value::Null, &Value::Null, &json!(true))
    );
    assert_eq!((&gap["hd_mm"], &gap["nsd"][0]["value"]), (&Value::Null, &Value::Null));
    let dice = &found["means"]["dice"];
    assert_eq!((&dice["n"], &dice["null"]), (&json!(4), &json!(1)));
    let of_four = (0.0 + 0.8 + 1.0 + 16.0 / 20.0) / 4.0;
    assert!((dice["mean"].as_f64().unwrap() - of_four).abs() < 1e-12, "{dice}");
    let hd = &found["means"]["hd_mm"];
    assert_eq!((&hd["n"], &hd["null"]), (&json!(3), &json!(2)));
}

#[test]
fn the_exit_status_is_that_of_diff() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    two(at);
    succeed(at, &["pack", "a", "-o", "raw.mska", "--codec", "raw"]);
    let quiet = |arguments: &[&str]| {
        let Outcome { code, out, err } = medmask(at, &[&["diff", "-q"][..], arguments].concat());
        assert_eq!(out, "", "{arguments:?}");
        (code, err)
    };
    assert_eq!(quiet(&["a.mska", "raw.mska"]), (0, String::new()));
    assert_eq!(quiet(&["a.mska", "b.mska", "lobes/upper", "gap"]), (0, String::new()));
    assert_eq!(quiet(&["a.mska", "b.mska", "liver"]), (1, String::new()));
    assert_eq!(quiet(&["a.mska", "b.mska", "old"]), (1, String::new()));
    assert_eq!(
        quiet(&[
            "a.mska", "b.mska", "--ignore", "old", "--ignore", "new", "--ignore", "l*", "--ignore",
            "cyst"
        ])
        .0,
        0
    );
    fail(at, &["diff", "a.mska", "nowhere.mska"], 2, &["nowhere.mska"]);
    fail(
        at,
        &["diff", "a.mska", "b.mska", "spleen"],
        2,
        &["no entry or label is named \"spleen\""],
    );
    let wrong = medmask(at, &["diff", "a.mska", "b.mska", "--match", "iou:2"]);
    assert!(wrong.code == 2 && wrong.err.contains("iou:SHARE"), "{wrong:?}");
    damage(&at.join("raw.mska"), "liver");
    fail(at, &["diff", "a.mska", "raw.mska"], 2, &["raw.mska", "damaged"]);
}

#[test]
fn expressions_and_patterns_are_compared_by_their_text() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    two(at);
    let found = diff(at, &["a.mska", "b.mska", "liver + lobes", "lobes/*", "old"], 1);
    let names: Vec<_> = found["names"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["liver + lobes", "lobes/upper", "lobes/lower"]);
    assert_eq!(found["only_in_first"], json!(["old"]));
    let union = |liver: [usize; 2], lower: [usize; 2]| {
        let all = block([[1, 4], [2, 6], liver], 1)
            + block([[0, 2]; 3], 1)
            + block([[2, 4], [2, 4], lower], 1);
        all.mapv(|voxel| voxel > 0)
    };
    let (first, second) = (union([0, 5], [2, 4]), union([1, 6], [2, 5]));
    let count = |voxels: &Array3<bool>| voxels.iter().filter(|voxel| **voxel).count();
    let both = first.iter().zip(&second).filter(|(a, b)| **a && **b).count();
    let one = named(&found, "liver + lobes");
    assert_eq!(
        (&one["first_voxels"], &one["second_voxels"]),
        (&json!(count(&first)), &json!(count(&second)))
    );
    assert_eq!(one["tp"], json!(both));
}

#[test]
fn spaces_that_differ_are_refused_or_resampled() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    two(at);
    // Each voxel twice along x, half as wide: the same mask.
    let wide = space().with_shape([6, 7, 16], medmask::medmask_core::GridAlignment::Faces).unwrap();
    let liver = Array3::from_shape_fn([6, 7, 16], |(z, y, x)| {
        u32::from((1..4).contains(&z) && (2..6).contains(&y) && x < 10)
    });
    std::fs::create_dir(at.join("fine")).unwrap();
    write(&at.join("fine/liver.nii.gz"), liver, &[], &wide);
    fail(at, &["diff", "a.mska", "fine", "liver"], 2, &["fine", "a.mska", "shapes", "--resample"]);
    std::fs::copy(at.join("a/cyst.nii.gz"), at.join("fine/cyst.nii.gz")).unwrap();
    fail(at, &["diff", "fine", "fine"], 2, &["liver.nii.gz", "cyst.nii.gz", "--cases"]);
    std::fs::remove_file(at.join("fine/cyst.nii.gz")).unwrap();
    let found = diff(at, &["a.mska", "fine", "liver", "--resample"], 0);
    assert_eq!((&found["resampled"], &named(&found, "liver")["dice"]), (&json!(true), &json!(1.0)));
    assert_eq!(diff(at, &["a.mska", "fine", "liver", "--resample=linear"], 0)["resampled"], true);
}

#[test]
fn lesions_are_matched_one_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let lesions = |stretches: &[[usize; 2]]| {
        stretches.iter().fold(block([[0, 0]; 3], 0), |all, x| all + block([[0, 1], [0, 1], *x], 1))
    };
    folder_of(at, "before", &[("lesions", lesions(&[[0, 3], [4, 6], [7, 8]]), &[])]);
    folder_of(at, "after", &[("lesions", lesions(&[[0, 2], [5, 7]]), &[])]);
    let found = diff(at, &["before", "after", "--components"], 1);
    let components = &named(&found, "lesions")["components"];
    // 0:3 and 0:2 share 2 of 3 voxels; 4:6 and 5:7 share 1 of 3.
    assert_eq!(["tp", "fp", "fn"].map(|key| &components[key]), [1, 1, 2]);
    assert_eq!((&components["f1"], &components["sq"]), (&json!(0.4), &json!(2.0 / 3.0)));
    assert!((components["pq"].as_f64().unwrap() - 0.4 * 2.0 / 3.0).abs() < 1e-15);
    let rule = components["rule"].as_str().unwrap();
    assert!(rule.contains("IoU at least 0.5") && rule.contains("26 neighbours"), "{rule}");
    let rows = components["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!((&rows[0]["first"]["voxels"], &rows[0]["second"]["voxels"]), (&json!(3), &json!(2)));
    assert_eq!(
        (&rows[0]["match"], &rows[1]["match"], &rows[0]["change"]),
        (&json!(true), &json!(false), &Value::Null)
    );
    // Voxel (0, 0, 1) of the turned grid.
    let world = space().index_to_world([0.0, 0.0, 1.0]);
    for (found, wanted) in rows[0]["first"]["centroid_lps_mm"].as_array().unwrap().iter().zip(world)
    {
        assert!((found.as_f64().unwrap() - wanted).abs() < 1e-6, "{found} is not {wanted}");
    }
    assert!((rows[0]["first"]["volume_ml"].as_f64().unwrap() - 0.009).abs() < 1e-9);

    let changes = |arguments: &[&str]| {
        let found = diff(at, &[&["before", "after"][..], arguments].concat(), 1);
        let rows = named(&found, "lesions")["components"]["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["change"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(changes(&["--match", "any"]), ["smaller", "stable", "gone"]);
    assert_eq!(changes(&["--match", "any", "--change", "40%"]), ["stable", "stable", "gone"]);
    assert_eq!(changes(&["--match", "voxels:2"]), ["smaller", "gone", "gone", "new"]);
    assert_eq!(changes(&["--match", "any", "--min-voxels", "2"]), ["smaller", "stable"]);
    let text = medmask(at, &["diff", "before", "after", "--match", "any"]);
    assert_eq!(text.code, 1);
    assert!(
        text.out.contains("any shared voxel; 26 neighbours") && text.out.contains("gone"),
        "{}",
        text.out
    );
}

#[test]
fn cases_go_together_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let labels: &[(&str, u32)] = &[("liver", 1), ("tumour", 2)];
    for (side, tumour) in [("ref", [3, 4]), ("pred", [3, 5])] {
        for (case, liver) in [("s1", [0, 3]), ("s2", [0, 2])] {
            let liver = block([[0, 2], [0, 2], liver], 1);
            let voxels =
                if case == "s1" { liver + block([[0, 2], [0, 2], tumour], 2) } else { liver };
            folder_of(at, &format!("{side}/folders/{case}"), &[("organs", voxels.clone(), labels)]);
            folder_of(at, &format!("{side}/files"), &[(case, voxels, labels)]);
            std::fs::create_dir_all(at.join(format!("{side}/archives"))).unwrap();
            succeed(
                at,
                &[
                    "pack",
                    &format!("{side}/folders/{case}"),
                    "-o",
                    &format!("{side}/archives/{case}.mska"),
                ],
            );
        }
    }
    folder_of(at, "ref/folders/s3", &[("organs", block([[0, 1]; 3], 1), labels)]);
    let of_folders = diff(at, &["ref/folders", "pred/folders"], 1);
    assert_eq!(of_folders["only_in_first"], json!(["s3"]));
    for (arguments, prefix) in [
        (&["ref/archives", "pred/archives"][..], "organs/"),
        (&["ref/folders", "pred/folders"], "organs/"),
        (&["ref/files", "pred/files", "--cases"], ""),
    ] {
        let found = diff(at, arguments, 1);
        let cases = found["cases"].as_array().unwrap();
        assert_eq!(cases.iter().map(|case| &case["case"]).collect::<Vec<_>>(), ["s1", "s2"]);
        let tumour = named(&cases[0], &format!("{prefix}tumour"));
        assert_eq!((&tumour["tp"], &tumour["fp"]), (&json!(4), &json!(4)));
        assert_eq!(named(&cases[1], &format!("{prefix}tumour"))["both_empty"], true);
        let means = found["means"].as_array().unwrap();
        assert_eq!(means[1]["name"], format!("{prefix}tumour"));
        let dice = &means[1]["measures"]["dice"];
        assert_eq!(
            (&dice["n"], &dice["null"], &dice["mean"]),
            (&json!(1), &json!(1), &json!(2.0 / 3.0))
        );
    }
    let csv = medmask(at, &["diff", "ref/folders", "pred/folders", "--csv"]).out;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let headings = rows.headers().unwrap().clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let find = |case: &str, name: &str, status: &str| {
        rows.iter().find(|row| (&row[0], &row[1], &row[2]) == (case, name, status)).unwrap()
    };
    assert_eq!(&find("s1", "organs/tumour", "compared")[column("tp")], "4");
    assert_eq!(&find("s2", "organs/tumour", "compared")[column("dice")], "");
    assert_eq!(&find("", "organs/tumour", "n")[column("dice")], "1");
    assert_eq!(&find("", "organs/tumour", "null")[column("hd_mm")], "1");
    assert_eq!(&find("", "organs/liver", "mean")[column("dice")], "1");
    find("s3", "", "only_in_first");
}

#[test]
fn a_broken_case_is_a_row_and_the_others_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    two(at);
    for side in ["ref", "pred"] {
        std::fs::create_dir(at.join(side)).unwrap();
        for case in ["s1", "s2"] {
            std::fs::copy(at.join("a.mska"), at.join(format!("{side}/{case}.mska"))).unwrap();
        }
    }
    std::fs::write(at.join("pred/s1.mska"), "no archive").unwrap();
    let outcome = medmask(at, &["diff", "ref", "pred", "--csv"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(
        outcome.out.lines().any(|line| line.starts_with("s1,,error,") && line.contains("s1.mska"))
    );
    assert!(outcome.out.lines().any(|line| {
        line.starts_with("s2,liver,compared,60,60,60,0,0,false,false,1,1,0,0,0,0,0,0,0")
    }));
    assert!(
        outcome.err.ends_with("medmask: 1 of 2 cases could not be compared\n"),
        "{}",
        outcome.err
    );
    std::fs::create_dir(at.join("others")).unwrap();
    std::fs::copy(at.join("a.mska"), at.join("others/t9.mska")).unwrap();
    fail(at, &["diff", "ref", "others"], 2, &["ref", "others", "no case in common"]);
}

#[test]
fn labels_without_names_count_as_empty_where_they_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (one, two) = (block([[0, 2]; 3], 1), block([[3, 5]; 3], 2));
    write(&at.join("first.nii.gz"), one.clone() + two, &[], &space());
    write(&at.join("second.nii.gz"), one, &[], &space());
    let found = diff(at, &["first.nii.gz", "second.nii.gz"], 1);
    assert_eq!((&found["only_in_first"], &found["only_in_second"]), (&json!([]), &json!([])));
    assert_eq!(named(&found, "label_1")["dice"], 1.0);
    assert_eq!(
        (&named(&found, "label_2")["dice"], &named(&found, "label_2")["one_empty"]),
        (&json!(0.0), &json!(true))
    );
}
