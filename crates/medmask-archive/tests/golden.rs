//! The committed files of format 2.0, forever readable: what nibabel's voxels were is what is found in them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{Archive, Entry, verify};
use medmask_core::{Dtype, Voxels};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/version2")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "mska"));
    files.sort();
    assert_eq!(files.len(), 9);
    files
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

#[test]
fn voxels_statistics_and_geometry_are_those_that_were_packed() {
    let expected: Value =
        serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    for path in files() {
        let archive = Archive::open(&path).unwrap();
        assert_eq!(archive.space().shape(), [20, 26, 33]);
        let affine = archive.space().to_nifti_affine();
        for (row, known) in affine.iter().zip(expected["affine_ras_xyz"].as_array().unwrap()) {
            for (found, known) in row.iter().zip(known.as_array().unwrap()) {
                assert!((found - number(known)).abs() < 1e-5, "{}", path.display());
            }
        }
        let entries = expected["entries"].as_array().unwrap();
        assert_eq!(archive.entries().len(), entries.len());
        for known in entries {
            let name = known["name"].as_str().unwrap();
            let what = format!("{name} in {}", path.display());
            let mask = archive.get(name).unwrap().to_mask().unwrap();
            assert_eq!(
                digest(mask.voxels()),
                known["sha256_of_uint32_zyx"].as_str().unwrap(),
                "{what}"
            );
            let found: Vec<Value> = archive.entry(name).unwrap().labels().filter_map(|label| label.statistics).map(|known| {
                let bounds: Vec<_> = (0..3).map(|axis| [known.bounds.start[axis], known.bounds.end[axis]]).collect();
                serde_json::json!({"label": known.label, "voxels": known.voxels, "bounds": bounds, "sums": known.sums})
            }).collect();
            assert_eq!(Value::from(found), known["labels"], "{what}");
            let source = archive.entry(name).unwrap().metadata().unwrap()["nifti"].clone();
            let affine = source["affine"].as_array().unwrap().iter();
            for (row, known) in affine.zip(expected["affine_ras_xyz"].as_array().unwrap()) {
                for (found, known) in row.as_array().unwrap().iter().zip(known.as_array().unwrap())
                {
                    assert!((number(found) - number(known)).abs() < 1e-5, "{what}");
                }
            }
            assert_eq!(source["sform_code"], 1, "{what}");
        }
        assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
    }
}

#[test]
fn types_are_the_narrowest() {
    let archive = Archive::open(folder().join("runs.mska")).unwrap();
    let types: Vec<_> = archive.entries().filter_map(Entry::dtype).collect();
    assert_eq!(
        types,
        [Dtype::Bool, Dtype::U8, Dtype::U16, Dtype::Bool, Dtype::Bool, Dtype::U8, Dtype::Bool]
    );
}

#[test]
fn committed_files_never_change() {
    let sums = fs::read_to_string(folder().join("SHA256SUMS")).unwrap();
    for path in files() {
        let sum = hex(&Sha256::digest(fs::read(&path).unwrap()));
        let line = format!("{sum}  {}", path.file_name().unwrap().to_str().unwrap());
        assert!(sums.lines().any(|known| known == line), "{line}");
    }
}
