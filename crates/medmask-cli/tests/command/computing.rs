//! Masks that are computed from names, wherever a name goes.

use ndarray::{Array3, Zip};
use serde_json::json;

use crate::files::{
    SHAPE, block, damage, fail, json, listing, packed, read, space, succeed, write,
};

/// The voxels of `liver`, `sub.01` and `lobes` in [`packed`].
fn masks() -> [Array3<u32>; 3] {
    let mut lobes = block([[0, 2], [0, 2], [0, 2]], 2);
    lobes += &block([[2, 4], [2, 4], [2, 4]], 7);
    lobes += &block([[4, 6], [4, 7], [4, 8]], 300);
    [block([[1, 4], [2, 6], [0, 5]], 1), block([[3, 5], [1, 3], [4, 8]], 5), lobes]
}

/// The voxels for which `wanted` holds of the labels in [`masks`].
fn naive(wanted: fn(u32, u32, u32) -> bool) -> Array3<u32> {
    let [liver, other, lobes] = masks();
    Zip::from(&liver).and(&other).and(&lobes).map_collect(|a, b, c| u32::from(wanted(*a, *b, *c)))
}

fn dense(path: &std::path::Path) -> Array3<u32> {
    let (runs, _) = read(path);
    Array3::from_shape_fn(SHAPE, |(z, y, x)| runs.at([z, y, x]).unwrap())
}

#[test]
fn an_expression_becomes_a_file_like_any_mask() {
    let (folder, masks) = packed();
    let at = folder.path();
    let text = "liver - lobes/label_7 + sub.01 & lobes";
    succeed(at, &["extract", "case.mska", text, "-o", "x.nii.gz"]);
    let expected =
        naive(|liver, other, lobes| (liver != 0 && lobes != 7) || (other != 0 && lobes != 0));
    assert_eq!(dense(&at.join("x.nii.gz")), expected);
    let (_, header) = read(&at.join("x.nii.gz"));
    assert_eq!(header.label_names().iter().collect::<Vec<_>>(), [(text, 1)]);
    assert_eq!(header.affine(), read(&masks.join("liver.nii.gz")).1.affine());

    succeed(at, &["extract", "case.mska", "l?b* ^ liver", "(Gap)", "liver", "-d", "out"]);
    let files = ["(Gap).nii.gz", "l%3Fb%2A ^ liver.nii.gz", "liver.nii.gz"];
    assert_eq!(listing(&at.join("out")), files);
    let expected = naive(|liver, _, lobes| (liver != 0) != (lobes != 0));
    assert_eq!(dense(&at.join("out/l%3Fb%2A ^ liver.nii.gz")), expected);

    succeed(at, &["extract", "case.mska", "liver & lobes", "-o", "x.msk"]);
    let listed = json(at, &["ls", "x.msk", "--json"]);
    assert_eq!(listed["entries"][0]["name"], "liver & lobes");
    assert_eq!(listed["entries"][0]["labels"][0]["voxels"], 8);

    let merged = ["lobes", "liver - lobes", "--merge", "-o", "merged.nii.gz"];
    succeed(at, &[&["extract", "case.mska"], &merged[..]].concat());
    let names = read(&at.join("merged.nii.gz")).1.label_names().clone();
    let mut found: Vec<(&str, u32)> = names.iter().collect();
    found.sort_by_key(|(_, number)| *number);
    let expected = [("liver - lobes", 1), ("label_2", 2), ("label_7", 7), ("label_300", 300)];
    assert_eq!(found, expected);
}

#[test]
fn listings_compute_expressions() {
    let (folder, _) = packed();
    let at = folder.path();
    let text = "liver + sub.01";
    let expected = naive(|liver, other, _| liver != 0 || other != 0).sum();
    let stats = json(at, &["stats", "case.mska", text, "liver", "--json"]);
    let entries = stats["entries"].as_array().unwrap();
    assert_eq!((&entries[0]["name"], &entries[1]["name"]), (&json!(text), &json!("liver")));
    let labels = entries[0]["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 1);
    assert_eq!((&labels[0]["name"], &labels[0]["label"]), (&json!(text), &json!(1)));
    assert_eq!(labels[0]["voxels"], expected);
    assert_eq!(labels[0]["bounds"], json!([[1, 5], [1, 6], [0, 8]]));
    let csv = succeed(at, &["stats", "case.mska", "Gap - liver", "--csv"]);
    assert!(csv.lines().nth(1).unwrap().starts_with("Gap - liver,Gap - liver,1,0,0,,"), "{csv}");

    let listed = json(at, &["ls", "case.mska", text, "--json"]);
    let entry = &listed["entries"][0];
    assert_eq!((&entry["name"], &entry["labels"][0]["voxels"]), (&json!(text), &json!(expected)));
    assert_eq!((&entry["dtype"], &entry["codec"]), (&json!("bool"), &json!(null)));
    let table = succeed(at, &["ls", "case.mska", text]);
    assert!(table.contains("1:5 1:6 0:8") && table.contains("bool"), "{table}");
    assert_eq!(json(at, &["labels", "case.mska", text]), json!({text: 1}));
    let all = json(at, &["labels", "case.mska", text, "liver"]);
    assert_eq!(all, json!({text: {text: 1}, "liver": {"liver": 1}}));

    // Of a file of version 1 nothing is known before it is decoded.
    succeed(at, &["convert", "case.mska", "old.mska", "--format-version", "1"]);
    let old = json(at, &["stats", "old.mska", text, "--json"]);
    assert_eq!(old["entries"][0]["labels"][0], *labels.first().unwrap());
}

#[test]
fn margins_are_measured_in_the_space_of_the_archive() {
    let (folder, _) = packed();
    let at = folder.path();
    // Voxels of 2, 1.5 and 1 mm (z, y, x): 1.5 mm reach one voxel along y and x.
    let stats = json(at, &["stats", "case.mska", "grow(sub.01, 1.5)", "--json"]);
    assert_eq!(stats["entries"][0]["labels"][0]["bounds"], json!([[3, 5], [0, 4], [3, 8]]));
    let ml = json(at, &["stats", "case.mska", "min_ml(lobes, 0.1)", "largest(lobes)", "--json"]);
    // Parts of 8, 8 and 24 voxels of 0.003 mL, of which the first two touch at a corner, and the last two.
    assert_eq!(ml["entries"][0]["labels"][0]["voxels"], 40);
    assert_eq!(ml["entries"][1]["labels"][0]["voxels"], 40);
}

#[test]
fn what_only_entries_have_is_refused_for_expressions() {
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["group", "case.mska", "both", "=", "liver + lobes"]);
    let before = std::fs::read(at.join("case.mska")).unwrap();
    let only = "name a whole entry";
    fail(
        at,
        &["rm", "case.mska", "liver - lobes"],
        2,
        &["\"liver - lobes\" is an expression", only],
    );
    fail(at, &["rm", "case.mska", "both"], 2, &["\"both\" is a group", "medmask group", only]);
    fail(at, &["mv", "case.mska", "fill(liver)", "x"], 2, &["is an expression", only]);
    fail(at, &["mv", "case.mska", "both", "x"], 2, &["\"both\" is a group", only]);
    fail(
        at,
        &["mv", "case.mska", "liver", "both"],
        1,
        &["\"both\" is the name of a group already"],
    );
    assert_eq!(std::fs::read(at.join("case.mska")).unwrap(), before);
}

#[test]
fn bad_expressions_are_told_with_the_character() {
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["pack", "masks", "-o", "a.mska"]);
    succeed(at, &["pack", "masks/lobes.nii.gz", "-o", "b.mska"]);
    succeed(at, &["pack", "a.mska", "b.mska", "-o", "both.mska", "--prefix", "", "--prefix", "b_"]);
    for (text, parts) in [
        ("liver + livr", &["\"liver + livr\", character 9: ", "did you mean \"liver\"?"][..]),
        ("liver - x", &["character 9: no entry or label is named \"x\"; `medmask ls` lists"]),
        (
            "liver & label_7",
            &[
                "character 9: \"label_7\" is a label of several entries: lobes/label_7, b_lobes/label_7",
            ],
        ),
        ("(liver - (lobes)", &["character 1: this parenthesis is not closed"]),
        ("liver) - lobes", &["character 6: this parenthesis closes none"]),
        (
            "liver+lobes",
            &["no entry or label is named \"liver+lobes\"; operators stand between blanks"],
        ),
        ("liver - ", &["character 8: a mask is missing here"]),
        ("larges(liver)", &["there is no function \"larges\"; did you mean largest?"]),
        ("grow(liver)", &["this function is called as grow(x, mm)"]),
        (
            "grow(liver, -5)",
            &[
                "character 13: \"-5\" is not the number of grow(x, mm), where mm is a number from 0 on",
            ],
        ),
        ("shell(liver, nan)", &["character 14: \"nan\" is not the number"]),
    ] {
        fail(at, &["extract", "both.mska", text, "-o", "x.nii"], 1, parts);
        for verb in ["stats", "ls", "labels"] {
            fail(at, &[verb, "both.mska", text], 1, parts);
        }
    }
    assert!(!at.join("x.nii").exists());
    // Damage is told, and only where it matters.
    damage(&at.join("case.mska"), "lobes");
    fail(at, &["stats", "case.mska", "liver + lobes"], 1, &["damaged"]);
    succeed(at, &["stats", "case.mska", "sub.01 & lobes/label_2"]);
}

#[test]
fn names_that_look_like_expressions_are_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, x) in [("a - b", 0), ("fill(a)", 2), ("a", 4)] {
        let voxels = block([[0, 1], [0, 1], [x, x + 2]], 1);
        write(&at.join(format!("{name}.nii.gz")), voxels, &[], &space());
    }
    succeed(at, &["pack", ".", "-o", "odd.mska"]);
    for (text, bounds) in [
        ("a - b", [0, 2]),
        ("fill(a)", [2, 4]),
        ("\"a - b\" - a", [0, 2]),
        ("\"fill(a)\" + \"a - b\"", [0, 4]),
        ("* - \"a - b\"", [2, 6]),
    ] {
        let stats = json(at, &["stats", "odd.mska", text, "--json"]);
        assert_eq!(stats["entries"][0]["labels"][0]["bounds"][2], json!(bounds), "{text}");
    }
    succeed(at, &["rm", "odd.mska", "a - b"]);
}
