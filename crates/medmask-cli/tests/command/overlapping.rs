//! `overlap`, against counts of dense voxels.

use std::path::Path;

use ndarray::Array3;
use serde_json::{Value, json};

use crate::files::{block, damage, fail, json, medmask, packed, space, succeed, write};
use crate::lung;

/// The structures of masks (name and voxels) that share voxels, as `overlap` should report them; those of one mask share none.
fn naive_pairs(masks: &[Vec<(String, Array3<bool>)>]) -> Vec<Value> {
    let count = |voxels: &Array3<bool>| voxels.iter().filter(|inside| **inside).count();
    let mut pairs = Vec::new();
    for (place, first_mask) in masks.iter().enumerate() {
        for (first, a) in first_mask {
            for (second, b) in masks[place + 1..].iter().flatten() {
                let voxels = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
                if voxels > 0 {
                    pairs.push(json!({
                        "first": first,
                        "second": second,
                        "voxels": voxels,
                        "share_of_first": voxels as f64 / count(a) as f64,
                        "share_of_second": voxels as f64 / count(b) as f64,
                    }));
                }
            }
        }
    }
    pairs
}

/// The pairs that `overlap` reports, without their volumes: those are of voxels of `ml`, as exactly as files have it.
fn pairs(at: &Path, arguments: &[&str], ml: f64) -> Vec<Value> {
    let mut found = json(at, &[&["overlap", "--json"][..], arguments].concat());
    for pair in found["pairs"].as_array_mut().unwrap() {
        let volume_ml = pair.as_object_mut().unwrap().remove("volume_ml").unwrap();
        let expected = pair["voxels"].as_f64().unwrap() * ml;
        assert!((volume_ml.as_f64().unwrap() / expected - 1.0).abs() < 1e-6, "{pair}: {volume_ml}");
    }
    assert_eq!(found.as_object().unwrap().len(), 1);
    found["pairs"].as_array().unwrap().clone()
}

fn structures(mask: &lung::LungMask) -> Vec<(String, Array3<bool>)> {
    let structure = |(name, label): &(&str, u32)| {
        (mask.full_name(name), mask.voxels.map(|voxel| voxel == label))
    };
    mask.labels.iter().map(structure).collect()
}

#[test]
fn pairs_are_those_of_the_voxels() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let masks: Vec<_> = lung::pack(at).iter().map(structures).collect();
    let expected = naive_pairs(&masks);
    assert_eq!(pairs(at, &["lung.mska"], 0.001), expected);
    succeed(at, &["convert", "lung.mska", "old.mska", "--format-version", "1"]);
    assert_eq!(pairs(at, &["old.mska"], 0.001), expected);
    // In the order of the names, each structure once.
    let chosen = [
        structures(&lung::masks()[3]),
        structures(&lung::masks()[1])[..1].to_vec(),
        structures(&lung::masks()[0]),
    ];
    let names = ["whole_lung", "left_upper_lobe", "lesions", "lobes/left_upper_lobe"];
    let arguments = [&["lung.mska"][..], &names].concat();
    assert_eq!(pairs(at, &arguments, 0.001), naive_pairs(&chosen));

    let csv = succeed(at, &["overlap", "lung.mska", "lobes", "lesions", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "first,second,voxels,volume_ml,share_of_first,share_of_second");
    // 25 of 300 and of 25 voxels.
    assert_eq!(
        lines[1],
        format!("lobes/left_upper_lobe,lesions/nodule_1,25,0.025,{},1", 25.0 / 300.0)
    );
    assert_eq!(lines.len(), 3);
    let text = succeed(at, &["overlap", "lung.mska", "lobes", "lesions"]);
    let words: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
    let expected =
        ["lobes/left_upper_lobe", "lesions/nodule_1", "25", "0.0250", "8.3", "%", "100.0", "%"];
    assert_eq!(words, expected);
}

#[test]
fn volumes_are_those_of_the_space_and_nothing_is_read_in_vain() {
    let (folder, _) = packed();
    let at = folder.path();
    let boxed = |bounds, name: &str| (name.to_owned(), block(bounds, 1).map(|voxel| *voxel == 1));
    let masks = [
        vec![boxed([[1, 4], [2, 6], [0, 5]], "liver")],
        vec![
            boxed([[0, 2], [0, 2], [0, 2]], "lobes/label_2"),
            boxed([[2, 4], [2, 4], [2, 4]], "lobes/label_7"),
            boxed([[4, 6], [4, 7], [4, 8]], "lobes/label_300"),
        ],
        vec![boxed([[3, 5], [1, 3], [4, 8]], "sub.01")],
    ];
    let expected = naive_pairs(&masks);
    assert_eq!(expected.len(), 2);
    assert_eq!(pairs(at, &["case.mska"], 0.003), expected);
    // No box of a label of `lobes` meets `sub.01`, though that of all of them does.
    damage(&at.join("case.mska"), "sub.01");
    assert_eq!(pairs(at, &["case.mska", "lobes", "sub.01"], 0.003), [json!(null); 0]);
    fail(
        at,
        &["overlap", "case.mska", "liver", "sub.01"],
        1,
        &["case.mska: entry \"sub.01\": chunk at byte "],
    );
}

#[test]
fn expressions_are_structures_too() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let masks = lung::pack(at);
    let [lesions, lobes, segments, lung] = &masks[..] else { panic!("four masks") };
    let mut bare = lobes.voxels.map(|voxel| *voxel > 0);
    bare.zip_mut_with(&segments.voxels, |inside, segment| *inside &= *segment == 0);
    let chosen =
        [vec![("lobes - segments".to_owned(), bare)], structures(lung), structures(lesions)];
    let expected = naive_pairs(&chosen);
    assert_eq!(expected.len(), 1 + 2 + 3, "nodules lie in lobes, and segments do not cover them");
    let names = ["lung.mska", "lobes - segments", "whole_lung", "lesions"];
    assert_eq!(pairs(at, &names, 0.001), expected);
    let names = ["--within", "lesions - nodule_2", "--of", "lobes + mass_1", "--components"];
    let asked = json(at, &[&["overlap", "lung.mska", "--json"][..], &names].concat());
    let found: Vec<_> = asked["pieces"].as_array().unwrap().iter().map(shares).collect();
    assert_eq!(found, vec![vec![("lobes + mass_1", 1.0)]; 2]);
}

/// The shares of a piece by name, `none` included where there are such voxels.
fn shares(piece: &Value) -> Vec<(&str, f64)> {
    let share = |share: &'_ Value| share["share"].as_f64().unwrap();
    let of = piece["shares"].as_array().unwrap().iter();
    let mut all: Vec<_> = of.map(|of| (of["name"].as_str().unwrap(), share(of))).collect();
    all.extend([("none", share(&piece["none"]))].into_iter().filter(|(_, share)| *share > 0.0));
    all
}

#[test]
fn the_lung_question_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    lung::pack(at);
    let asked =
        json(at, &["overlap", "lung.mska", "--within", "lesions", "--of", "lobes", "--json"]);
    let pieces = asked["pieces"].as_array().unwrap();
    let found: Vec<_> =
        pieces.iter().map(|piece| (piece["name"].as_str().unwrap(), shares(piece))).collect();
    let expected = [
        ("lesions/nodule_1", vec![("lobes/left_upper_lobe", 1.0)]),
        ("lesions/nodule_2", vec![("lobes/left_lower_lobe", 1.0)]),
        ("lesions/mass_1", vec![("none", 1.0)]),
    ];
    assert_eq!(found, expected);
    assert_eq!(pieces[0]["component"], json!(null));
    assert_eq!(pieces[0]["centroid_lps_mm"], json!([17.0, 17.0, 0.0]));
    let text = succeed(at, &["overlap", "lung.mska", "--within", "lesions", "--of", "lobes"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 3, "{text}");
    for (line, parts) in lines[1..].iter().zip([
        ["lesions/nodule_1", "lobes/left_upper_lobe", "100.0 %"],
        ["lesions/nodule_2", "lobes/left_lower_lobe", "100.0 %"],
        ["lesions/mass_1", "none", "100.0 %"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
}

#[test]
fn shares_of_what_overlaps_do_not_add_up_to_what_lies_in_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let masks = lung::pack(at);
    // The lobes lie in segments in part, and wholly in the lung.
    let of = ["--of", "segments", "whole_lung", "left_upper_lobe"];
    let arguments = [&["overlap", "lung.mska", "--within", "lobes", "--json"][..], &of].concat();
    let outcome = medmask(at, &arguments);
    assert_eq!(outcome.err, "medmask: note: lobes/left_upper_lobe is not looked for in itself\n");
    let asked: Value = serde_json::from_str(&outcome.out).unwrap();
    let [_, lobes, segments, _] = &masks[..] else { panic!("four masks") };
    for ((lobe, label), piece) in lobes.labels.iter().zip(asked["pieces"].as_array().unwrap()) {
        let inside = |segment: u32| {
            let pairs = lobes.voxels.iter().zip(&segments.voxels);
            pairs.filter(|(a, b)| **a == *label && **b == segment).count() as f64
        };
        let all = lobes.voxels.iter().filter(|voxel| *voxel == label).count() as f64;
        let mut expected: Vec<(String, f64)> = vec![("whole_lung".to_owned(), 1.0)];
        let counted = segments
            .labels
            .iter()
            .map(|(name, segment)| (segments.full_name(name), inside(*segment) / all));
        let mut counted: Vec<_> = counted.filter(|(_, share)| *share > 0.0).collect();
        counted.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        expected.extend(counted);
        let found: Vec<_> =
            shares(piece).into_iter().map(|(name, share)| (name.to_owned(), share)).collect();
        assert_eq!(found, expected, "{lobe}");
        assert_eq!(piece["voxels"], json!(all as u64));
    }
    // Without the lung a part of each lobe lies in none.
    let asked = json(
        at,
        &["overlap", "lung.mska", "--within", "left_upper_lobe", "--of", "segments", "--json"],
    );
    let covered =
        masks[1].voxels.iter().zip(&masks[2].voxels).filter(|(a, b)| **a == 1 && **b > 0).count();
    assert_eq!(asked["pieces"][0]["none"]["voxels"], json!(300 - covered));
}

/// The number of a component, its voxels, and its shares.
type Found = (u64, u64, Vec<(String, f64)>);

/// Packs `lesions`, of three components or two, and `lobes` as `case.mska`.
fn pack_lesions(at: &Path) {
    // Two blocks that touch at a corner, and a single voxel.
    let mut lesions = block([[0, 2], [0, 2], [0, 2]], 1);
    lesions += &block([[2, 3], [2, 3], [2, 5]], 1);
    lesions += &block([[5, 6], [6, 7], [7, 8]], 1);
    write(&at.join("lesions.nii"), lesions, &[], &space());
    let mut lobes = block([[0, 1], [0, 7], [0, 8]], 1);
    lobes += &block([[1, 4], [0, 7], [0, 3]], 2);
    write(&at.join("lobes.nii"), lobes, &[("upper", 1), ("lower", 2)], &space());
    succeed(at, &["pack", "lesions.nii", "lobes.nii", "-o", "case.mska"]);
}

#[test]
fn components_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    pack_lesions(at);
    let asked = |connectivity: &str| {
        let flags = ["--within", "lesions", "--of", "lobes", "--components", "--connectivity"];
        json(at, &[&["overlap", "case.mska", "--json"][..], &flags, &[connectivity]].concat())
    };
    let found = |asked: &Value| -> Vec<Found> {
        let piece = |piece: &Value| {
            let shares = shares(piece).into_iter().map(|(name, share)| (name.to_owned(), share));
            let [component, voxels] =
                ["component", "voxels"].map(|key| piece[key].as_u64().unwrap());
            (component, voxels, shares.collect())
        };
        asked["pieces"].as_array().unwrap().iter().map(piece).collect()
    };
    let share = |name: &str, voxels: f64, of: f64| (name.to_owned(), voxels / of);
    let six = asked("6");
    // Counted by hand.
    let expected = [
        (1, 8, vec![share("lobes/upper", 4.0, 8.0), share("lobes/lower", 4.0, 8.0)]),
        (2, 3, vec![share("lobes/lower", 1.0, 3.0), share("none", 2.0, 3.0)]),
        (3, 1, vec![share("none", 1.0, 1.0)]),
    ];
    assert_eq!(found(&six), expected);
    let centroid = space().index_to_world([2.0, 2.0, 3.0]);
    for axis in 0..3 {
        let found = six["pieces"][1]["centroid_lps_mm"][axis].as_f64().unwrap();
        assert!((found - centroid[axis]).abs() < 1e-5, "{six}");
    }
    let expected = [
        (
            1,
            11,
            vec![
                share("lobes/lower", 5.0, 11.0),
                share("lobes/upper", 4.0, 11.0),
                share("none", 2.0, 11.0),
            ],
        ),
        (2, 1, vec![share("none", 1.0, 1.0)]),
    ];
    assert_eq!(found(&asked("26")), expected);
}

#[test]
fn components_are_listed_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    pack_lesions(at);
    let csv = succeed(
        at,
        &["overlap", "case.mska", "--within", "lesions", "--of", "lobes", "--components", "--csv"],
    );
    let cells: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(
        (&cells[..3], &cells[7..9]),
        (&["lesions", "1", "11"][..], &["lobes/lower", "5"][..])
    );
    assert_eq!(csv.lines().count(), 1 + 4);
    for connectivity in ["8", "x"] {
        let flags = [
            "--within",
            "lesions",
            "--of",
            "lobes",
            "--components",
            "--connectivity",
            connectivity,
        ];
        let outcome = medmask(at, &[&["overlap", "case.mska"][..], &flags].concat());
        assert!(outcome.code == 2 && outcome.err.contains("6, 18 or 26"), "{outcome:?}");
    }
}
