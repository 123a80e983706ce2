//! Inputs for the command, and running it.

use std::path::{Path, PathBuf};
use std::process::Command;

use medmask::medmask_nifti::{Reader, WriteOptions, write_mask};
use medmask::{LabelMap, Runs, Space, Voxels};
use ndarray::Array3;
use serde_json::Value;

pub const SHAPE: [usize; 3] = [6, 7, 8];
pub const PACK: [&str; 4] = ["pack", "masks", "-o", "case.mska"];

/// What the command printed, and its exit code.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `medmask` in `folder`.
pub fn medmask(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_medmask"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `medmask`, which must succeed, and gives what it printed.
pub fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let outcome = medmask(folder, arguments);
    assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:?}");
    outcome.out
}

/// As [`succeed`], for JSON.
pub fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&succeed(folder, arguments)).unwrap()
}

/// Runs `medmask`, which must fail with `code` and one line that holds all of `parts`.
pub fn fail(folder: &Path, arguments: &[&str], code: i32, parts: &[&str]) {
    let outcome = medmask(folder, arguments);
    assert_eq!(outcome.code, code, "{arguments:?}: {outcome:?}");
    assert_eq!(outcome.out, "", "{arguments:?}");
    let errors: Vec<&str> =
        outcome.err.lines().filter(|line| !line.starts_with("medmask: note: ")).collect();
    let [line] = errors[..] else { panic!("{arguments:?}: not one line: {outcome:?}") };
    assert!(line.starts_with("medmask: "), "{line}");
    for part in parts {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }
}

/// A turned grid with voxels of 2, 1.5 and 1 mm.
pub fn space() -> Space {
    let direction = [[0.0, 0.0, 1.0], [-0.6, 0.8, 0.0], [0.8, 0.6, 0.0]];
    Space::new(SHAPE, [2.0, 1.5, 1.0], [10.0, -20.0, 30.0], direction).unwrap()
}

/// A box of `label`: half-open, (z, y, x).
pub fn block(bounds: [[usize; 2]; 3], label: u32) -> Array3<u32> {
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let inside = [z, y, x].iter().zip(bounds).all(|(n, [start, end])| (start..end).contains(n));
        if inside { label } else { 0 }
    })
}

pub fn write(path: &Path, voxels: Array3<u32>, labels: &[(&str, u32)], space: &Space) {
    let mut map = LabelMap::new();
    for (name, label) in labels {
        map.insert(*name, *label).unwrap();
    }
    write_mask(path, &Voxels::from(voxels), &map, space, &WriteOptions::default()).unwrap();
}

pub fn read(path: &Path) -> (Runs, medmask::medmask_nifti::Header) {
    let mut reader = Reader::new(Default::default());
    let volume = reader.read(path).unwrap();
    (volume.runs().unwrap(), volume.into_header())
}

/// A folder `masks` with `liver` (1), `Gap` (empty), `sub.01` (5) and `lobes` (2, 7 and 300), and files that are none.
pub fn case() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let masks = folder.path().join("masks");
    std::fs::create_dir(&masks).unwrap();
    write(&masks.join("liver.nii.gz"), block([[1, 4], [2, 6], [0, 5]], 1), &[], &space());
    write(&masks.join("Gap.nii.gz"), block([[0, 0], [0, 0], [0, 0]], 0), &[], &space());
    write(&masks.join("sub.01.nii"), block([[3, 5], [1, 3], [4, 8]], 5), &[], &space());
    let mut lobes = block([[0, 2], [0, 2], [0, 2]], 2);
    lobes += &block([[2, 4], [2, 4], [2, 4]], 7);
    lobes += &block([[4, 6], [4, 7], [4, 8]], 300);
    write(&masks.join("lobes.nii.gz"), lobes, &[], &space());
    std::fs::write(masks.join("notes.txt"), "not a mask").unwrap();
    std::fs::write(masks.join("._liver.nii.gz"), "what some systems leave behind").unwrap();
    (folder, masks)
}

/// The case as `case.mska`.
pub fn packed() -> (tempfile::TempDir, PathBuf) {
    let (folder, masks) = case();
    succeed(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    (folder, masks)
}

/// What lies in a folder, sorted.
pub fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Makes a named pipe, which nobody writes into: who opens it to read waits for ever.
#[cfg(unix)]
pub fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Changes a bit in the voxels of an entry.
pub fn damage(archive: &Path, entry: &str) {
    let (offset, length) =
        medmask::Archive::open(archive).unwrap().entry(entry).unwrap().blob().unwrap();
    let mut bytes = std::fs::read(archive).unwrap();
    bytes[(offset + length - 1) as usize] ^= 1;
    std::fs::write(archive, &bytes).unwrap();
}
