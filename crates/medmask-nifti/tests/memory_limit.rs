//! A limit of memory: reading and writing are an error that says so, or give what they give without.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;

use medmask_core::{LabelMap, MemoryError, Space, Voxels};
use medmask_nifti::{NiftiError, Problem, ReadOptions, Reader, WriteOptions, write_mask};
use ndarray::Array3;

const SHAPE: [usize; 3] = [30, 40, 50];

/// A block of `label` in a volume of 60,000 voxels.
fn voxels(label: u32) -> Voxels {
    let inside = |n: usize| (10..20).contains(&n);
    let block = |(z, y, x)| if inside(z) && inside(y) && inside(x) { label } else { 0 };
    Array3::from_shape_fn(SHAPE, block).into()
}

fn write(path: &Path, label: u32, max_memory: Option<u64>) -> Result<(), NiftiError> {
    let mut options = WriteOptions::default();
    options.max_memory = max_memory;
    options.overwrite = true;
    write_mask(path, &voxels(label), &LabelMap::new(), &Space::of_shape(SHAPE), &options)
}

fn memory(problem: &Problem) -> MemoryError {
    match problem {
        Problem::Memory(error) => *error,
        other => unreachable!("{other}"),
    }
}

/// What reading gives within a limit, as text: runs and dense voxels.
fn read(path: &Path, max_memory: Option<u64>) -> [Result<String, Problem>; 2] {
    let mut options = ReadOptions::default();
    options.max_memory = max_memory;
    let mut reader = Reader::new(options);
    match reader.read(path) {
        Ok(volume) => [
            volume.runs().map(|runs| format!("{runs:?}")),
            volume.voxels().map(|voxels| format!("{voxels:?}")),
        ],
        Err(NiftiError { problem, .. }) => [Err(Problem::Memory(memory(&problem))), Err(problem)],
    }
}

/// As the name says.
fn compressed(name: &str, bytes: &[u8]) -> Vec<u8> {
    match name.rsplit_once('.') {
        Some((_, "zst")) => zstd::encode_all(bytes, 3).unwrap(),
        Some((_, "bz2")) => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            std::io::Write::write_all(&mut encoder, bytes).unwrap();
            encoder.finish().unwrap()
        }
        _ => bytes.to_owned(),
    }
}

#[test]
fn a_read_fails_for_its_limit_or_gives_what_it_gives_without() {
    let folder = tempfile::tempdir().unwrap();
    // As bytes, and as numbers of four bytes.
    let endings = ["nii", "nii.gz", "nii.zst", "nii.bz2"];
    for (name, label) in [("a", 1), ("b", 70_000)]
        .into_iter()
        .flat_map(|(name, label)| endings.map(|ending| (format!("{name}.{ending}"), label)))
    {
        let path = folder.path().join(&name);
        let plain = folder.path().join("plain.nii");
        write(&plain, label, None).unwrap();
        if name.ends_with("gz") {
            write(&path, label, None).unwrap();
        } else {
            fs::write(&path, compressed(&name, &fs::read(plain).unwrap())).unwrap();
        }
        let all = read(&path, None).map(Result::unwrap);
        let stored = 60_000 * if label == 1 { 1 } else { 4 };
        let (mut refused, mut given) = (0, 0);
        for limit in [0, 100, stored - 1, stored, stored + 10_000, stored + 400_000, 4_000_000] {
            for (read, expected) in read(&path, Some(limit)).into_iter().zip(&all) {
                match read {
                    Ok(read) => {
                        assert!(&read == expected && limit >= stored, "{name} within {limit}");
                        given += 1;
                    }
                    Err(problem) => {
                        assert_eq!(memory(&problem).limit(), Some(limit));
                        refused += 1;
                    }
                }
            }
        }
        // The window of Zstandard's third level is larger than the volume.
        let least = if name.ends_with("zst") { 2 } else { 4 };
        assert!(refused >= 6 && given >= least, "{name}: {refused} and {given}");
    }
}

#[test]
fn a_bomb_is_judged_by_its_header() {
    let bomb = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/nifti/bomb.nii.gz");
    let mut options = ReadOptions::default();
    options.max_memory = Some(fs::metadata(&bomb).unwrap().len());
    let error = Reader::new(options).read(&bomb).map(|_| ()).unwrap_err();
    assert!(matches!(error.problem, Problem::Memory(_) | Problem::Truncated { .. }), "{error}");
}

#[test]
fn a_volume_is_judged_before_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii");
    // Header, padding and a byte for each voxel.
    assert_eq!(memory(&write(&path, 1, Some(60_351)).unwrap_err().problem).asked(), 60_352);
    assert!(!path.exists());
    write(&path, 1, Some(60_352)).unwrap();
    let path = folder.path().join("a.nii.gz");
    assert_eq!(memory(&write(&path, 1, Some(60_352)).unwrap_err().problem).limit(), Some(60_352));
    write(&path, 1, Some(130_000)).unwrap();
}
