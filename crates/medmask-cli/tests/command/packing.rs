//! `pack`: which entries there are, and what their labels are called.

use medmask::medmask_archive::version1;
use medmask::{Archive, LabelMap, Mask, Voxels};
use ndarray::Array3;
use serde_json::json;

use crate::files::{block, case, json, medmask, read, space, succeed, write};

#[test]
fn a_folder_becomes_entries_named_for_their_files() {
    let (folder, _) = case();
    let printed = succeed(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    assert!(printed.starts_with("case.mska: 4 entries, 3 not empty; "), "{printed}");
    let listed = json(folder.path(), &["ls", "case.mska", "--json"]);
    let entries = listed["entries"].as_array().unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Gap", "liver", "lobes", "sub.01"]);
    assert_eq!(
        entries[0],
        json!({
            "name": "Gap", "dtype": "bool", "codec": null, "stored_bytes": 0, "layer": null,
            "labels": [{"name": "Gap", "label": 1, "voxels": 0, "volume_ml": 0.0, "bounds": null}],
        })
    );
    let liver = &entries[1]["labels"][0];
    assert_eq!(
        (&liver["name"], &liver["label"], &liver["voxels"]),
        (&json!("liver"), &json!(1), &json!(60))
    );
    assert_eq!(liver["bounds"], json!([[1, 4], [2, 6], [0, 5]]));
    // 60 voxels of 3 cubic millimetres, to the precision of the header's numbers.
    assert!((liver["volume_ml"].as_f64().unwrap() - 0.18).abs() < 1e-6);
    assert_eq!(
        (&entries[1]["dtype"], &entries[1]["codec"]),
        (&json!("bool"), &json!("transitions"))
    );
    assert_eq!(entries[2]["dtype"], "uint16");
    let lobes: Vec<_> =
        entries[2]["labels"].as_array().unwrap().iter().map(|label| &label["name"]).collect();
    assert_eq!(lobes, ["label_2", "label_7", "label_300"]);
    assert_eq!(entries[3]["dtype"], "uint8");
    assert_eq!(
        (&entries[3]["labels"][0]["name"], &entries[3]["labels"][0]["label"]),
        (&json!("sub.01"), &json!(5))
    );
}

#[test]
fn several_labels_take_their_names_from_the_file_then_from_the_flag() {
    let (folder, masks) = case();
    let mut voxels = block([[0, 1], [0, 1], [0, 1]], 1);
    voxels += &block([[1, 2], [1, 2], [1, 2]], 2);
    voxels += &block([[2, 3], [2, 3], [2, 3]], 3);
    write(&masks.join("named.nii.gz"), voxels, &[("own one", 1), ("unused", 9)], &space());
    let labels = r#"{"labels": {"background": 0, "flag one": 1, "flag two": 2, "flag seven": 7}}"#;
    std::fs::write(folder.path().join("dataset.json"), labels).unwrap();
    succeed(folder.path(), &["pack", "masks", "-o", "case.mska", "--labels", "dataset.json"]);
    let names = |entry: &str| json(folder.path(), &["labels", "case.mska", entry]);
    // Names of the table are kept for labels that are absent, too.
    let own = json!({"own one": 1, "unused": 9, "flag two": 2, "flag seven": 7, "label_3": 3});
    assert_eq!(names("named"), own);
    let table = json!({"flag one": 1, "flag two": 2, "flag seven": 7});
    let lobes = json!({"flag one": 1, "flag two": 2, "flag seven": 7, "label_300": 300});
    assert_eq!(names("lobes"), lobes);
    assert_eq!([names("liver"), names("Gap")], [table.clone(), table]);
}

#[test]
fn every_codec_and_number_of_threads_gives_the_same_masks() {
    let (folder, masks) = case();
    for codec in [
        "raw",
        "lz4",
        "zstd",
        "zstd:19",
        "runs",
        "runs:zstd:3",
        "runs:lz4",
        "runs:none",
        "transitions",
        "context",
    ] {
        for jobs in ["1", "3"] {
            let archive =
                ["pack", "masks", "-o", "case.mska", "--force", "--codec", codec, "--jobs", jobs];
            succeed(folder.path(), &archive);
            let archive = Archive::open(folder.path().join("case.mska")).unwrap();
            for (entry, file) in
                [("liver", "liver.nii.gz"), ("lobes", "lobes.nii.gz"), ("sub.01", "sub.01.nii")]
            {
                assert_eq!(
                    archive.get(entry).unwrap().to_runs().unwrap(),
                    read(&masks.join(file)).0,
                    "{codec} {entry}"
                );
            }
            assert_eq!(archive.names().collect::<Vec<_>>(), ["Gap", "liver", "lobes", "sub.01"]);
        }
    }
}

#[test]
fn pairs_and_single_masks_of_both_versions_are_taken_too() {
    let (folder, masks) = case();
    // A pair is a single file cut in two: magic "ni1", voxels at 0.
    let mut bytes = std::fs::read(masks.join("sub.01.nii")).unwrap();
    let first_voxel = f32::from_le_bytes(bytes[108..112].try_into().unwrap()) as usize;
    let voxels = bytes.split_off(first_voxel);
    bytes.truncate(348);
    bytes[344..348].copy_from_slice(b"ni1\0");
    bytes[108..112].copy_from_slice(&0_f32.to_le_bytes());
    let pair = folder.path().join("pair");
    std::fs::create_dir(&pair).unwrap();
    std::fs::write(pair.join("pair.hdr"), bytes).unwrap();
    std::fs::write(pair.join("pair.img"), voxels).unwrap();

    let mut labels = LabelMap::new();
    labels.insert("inside", 1).unwrap();
    let mask =
        Mask::new(Voxels::from(Array3::from_elem(crate::files::SHAPE, true)), labels, space())
            .unwrap();
    version1::write_mask(pair.join("old.msk"), &mask).unwrap();
    succeed(folder.path(), &["pack", "masks/liver.nii.gz", "-o", "pair/new.msk"]);

    succeed(folder.path(), &["pack", "pair", "-o", "case.mska"]);
    let archive = Archive::open(folder.path().join("case.mska")).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["new", "old", "pair"]);
    assert_eq!(archive.get("new").unwrap().to_runs().unwrap(), read(&masks.join("liver.nii.gz")).0);
    assert_eq!(archive.get("old").unwrap().to_mask().unwrap().labels(), mask.labels());
    assert_eq!(archive.get("old").unwrap().to_mask().unwrap().voxels(), mask.voxels());
    assert_eq!(archive.get("pair").unwrap().to_runs().unwrap(), read(&masks.join("sub.01.nii")).0);
    // Either file of a pair may be named.
    succeed(folder.path(), &["pack", "pair/pair.img", "-o", "image.mska"]);
}

#[test]
fn spaces_within_the_tolerance_are_noted() {
    let (folder, masks) = case();
    let moved = medmask::Space::new(
        space().shape(),
        space().spacing(),
        space().origin().map(|mm| mm + 0.02),
        space().direction(),
    );
    write(&masks.join("moved.nii.gz"), block([[0, 1], [0, 1], [0, 1]], 1), &[], &moved.unwrap());
    let outcome = medmask(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    // The square root of 3 x 0.02 x 0.02.
    let note = "note: 2 geometries, up to 0.035 mm apart, within tolerance 0.1 mm";
    assert!(outcome.code == 0 && outcome.err.contains(note), "{outcome:?}");
}

#[test]
fn metadata_and_the_result_can_be_had_as_json() {
    let (folder, _) = case();
    let packed = json(
        folder.path(),
        &[
            "pack",
            "masks",
            "-o",
            "case.mska",
            "--json",
            "--metadata",
            "scanner=A=1",
            "--metadata",
            "site=north",
        ],
    );
    let notes =
        json!([{"path": "masks/notes.txt", "reason": "it has not the name of a mask file"}]);
    assert_eq!(
        (&packed["entries"], &packed["non_empty"], &packed["skipped"]),
        (&json!(4), &json!(3), &notes)
    );
    let bytes = folder.path().join("case.mska").metadata().unwrap().len();
    assert_eq!(packed["archive_bytes"], bytes);
    let info = json(folder.path(), &["info", "case.mska", "--json"]);
    assert_eq!(info["metadata"], json!({"scanner": "A=1", "site": "north"}));
}

#[test]
fn a_single_mask_file_holds_one_mask() {
    let (folder, _) = case();
    succeed(folder.path(), &["pack", "masks/liver.nii.gz", "-o", "liver.msk", "--codec", "zstd:9"]);
    let archive = Archive::open(folder.path().join("liver.msk")).unwrap();
    assert_eq!(archive.entry("liver").unwrap().codec(), Some("zstd"));
}
