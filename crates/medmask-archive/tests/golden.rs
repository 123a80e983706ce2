//! The committed files of format 2.0, forever readable: what nibabel's voxels were is what is found in them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{Archive, Entry, verify};
use medmask_core::{Dtype, Voxels};
use medmask_format::blob::BlobHeader;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/version2")
}

/// What make.py says that a reader must find: for each file its entries and the masks that they are, and the masks.
fn expected() -> Value {
    serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(voxels: &Voxels) -> String {
    let mut hasher = Sha256::new();
    medmask_core::with_voxels!(voxels, array => {
        for voxel in array {
            hasher.update(medmask_core::Voxel::to_label(*voxel).to_le_bytes());
        }
    });
    hex(&hasher.finalize())
}

/// The affine `found` is that of the masks, as near as 32 bits allow.
fn assert_affine(found: &[Vec<f64>], what: &str) {
    let known = expected();
    for (row, known) in found.iter().zip(known["affine_ras_xyz"].as_array().unwrap()) {
        for (found, known) in row.iter().zip(known.as_array().unwrap()) {
            assert!((found - known.as_f64().unwrap()).abs() < 1e-5, "{what}");
        }
    }
}

#[test]
fn voxels_statistics_and_geometry_are_those_that_were_packed() {
    let expected = expected();
    for (file, entries) in expected["files"].as_object().unwrap() {
        let path = folder().join(file);
        let archive = Archive::open(&path).unwrap();
        assert_affine(&archive.space().to_nifti_affine().map(|row| row.to_vec()), file);
        let entries = entries.as_object().unwrap();
        assert_eq!(archive.entries().len(), entries.len());
        for (entry, (name, mask)) in archive.entries().zip(entries) {
            let what = format!("{name} in {file}");
            assert_eq!(entry.name(), name);
            let known = &expected["masks"][mask.as_str().unwrap()];
            assert_eq!(serde_json::json!(archive.space().shape()), known["shape"], "{what}");
            let view = archive.get(name).unwrap();
            let mask = view.to_mask().unwrap();
            assert_eq!(digest(mask.voxels()), known["sha256_of_uint32_zyx"], "{what}");
            let counted = view.counted_labels().unwrap();
            let mut counted: Vec<_> = counted.iter().filter_map(|label| label.statistics).collect();
            counted.sort_by_key(|known| known.label);
            let found: Vec<Value> = counted.into_iter().map(|known| {
                let bounds: Vec<_> = (0..3).map(|axis| [known.bounds.start[axis], known.bounds.end[axis]]).collect();
                serde_json::json!({"label": known.label, "voxels": known.voxels, "bounds": bounds, "sums": known.sums})
            }).collect();
            assert_eq!(Value::from(found), known["labels"], "{what}");
            let source = entry.metadata().unwrap()["nifti"].clone();
            let affine: Vec<Vec<f64>> = serde_json::from_value(source["affine"].clone()).unwrap();
            assert_affine(&affine, &what);
            assert_eq!(source["sform_code"], 1, "{what}");
        }
        assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
    }
}

#[test]
fn names_colours_codes_and_metadata_are_those_that_were_given() {
    let archive = Archive::open(folder().join("labels.mska")).unwrap();
    let labels = archive.entry("lobes").unwrap().label_map().unwrap();
    let named: Vec<_> = labels.iter().map(|(name, label)| (label, name)).collect();
    assert_eq!(named, [(3, "lobe one"), (4, "lobe two"), (5, "label_5")]);
    let colours = [3, 4, 5].map(|label| labels.entry(label).unwrap().colour());
    assert_eq!(colours, [Some([200, 40, 30, 255]), Some([30, 180, 60, 128]), None]);
    let code = labels.entry(3).unwrap().code().unwrap();
    let code = (&*code.scheme, &*code.value, &*code.meaning);
    assert_eq!(code, ("SCT", "34635009", "Left upper lobe"));
    assert!(labels.entry(4).unwrap().code().is_none());
    let metadata = archive.metadata().unwrap();
    assert_eq!(metadata["site"], "K\u{f6}ln");
    assert_eq!(metadata["medmask_groups"]["both"], "lobes + liver");
}

#[test]
fn types_are_the_narrowest() {
    let archive = Archive::open(folder().join("runs.mska")).unwrap();
    let types: Vec<_> = archive.entries().filter_map(Entry::dtype).collect();
    assert_eq!(
        types,
        [
            Dtype::Bool,
            Dtype::U8,
            Dtype::U16,
            Dtype::Bool,
            Dtype::Bool,
            Dtype::U8,
            Dtype::Bool,
            Dtype::Bool,
            Dtype::U16
        ]
    );
}

/// Format 2.0 is frozen: so many files there were, and this is the SHA-256 of the lines of SHA256SUMS that name them. Lines are
/// added for new files; neither these nor the files ever change.
const FROZEN: (usize, &str) =
    (13, "5586b6ff5e842044a4b8ef15c2338038ecfca3528e1599b1fc60228e04ec3a88");

#[test]
fn a_file_with_layers_is_among_them() {
    let archive = Archive::open(folder().join("layers.mska")).unwrap();
    let layers: Vec<_> =
        archive.entries().filter_map(|one| Some((one.name(), one.layer()?.get()))).collect();
    assert_eq!(layers, [("liver", 1), ("corner", 2)]);
}

#[test]
fn a_file_with_tiles_is_among_them() {
    let path = folder().join("tiles.mska");
    let (offset, _) = Archive::open(&path).unwrap().entry("blocks").unwrap().blob().unwrap();
    let blob = &fs::read(path).unwrap()[offset as usize..];
    let (header, _) = BlobHeader::parse(blob, offset).unwrap();
    assert_eq!(header.chunks.iter().map(|chunk| chunk.codec).collect::<Vec<_>>(), [7]);
}

#[test]
fn committed_files_never_change() {
    let sums = fs::read_to_string(folder().join("SHA256SUMS")).unwrap();
    let (lines, digest) = FROZEN;
    let frozen: String = sums.split_inclusive('\n').take(lines).collect();
    assert_eq!(hex(&Sha256::digest(frozen)), digest);
    let expected = expected();
    let files = expected["files"].as_object().unwrap();
    assert_eq!(sums.lines().count(), files.len());
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").unwrap();
        assert!(files.contains_key(file), "{file}");
        assert_eq!(hex(&Sha256::digest(fs::read(folder().join(file)).unwrap())), sum, "{file}");
    }
}
