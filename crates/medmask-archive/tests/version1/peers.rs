//! Files of this crate in the hands of the real library. Runs where `MEDMASK_PYTHON` names a Python with medmask 0.1.3.

use std::path::Path;
use std::process::Command;

use medmask_archive::version1::{Reader, Writer, write_mask};

use crate::expected::{Expected, parse};
use crate::golden::folder;
use crate::oblique;
use crate::write::every_type;

/// Runs the script; `None`, saying so, where there is no Python to run it.
fn library(arguments: &[&str]) -> Option<Vec<u8>> {
    let Some(python) = std::env::var_os("MEDMASK_PYTHON") else {
        eprintln!("skipped: MEDMASK_PYTHON does not name a Python with medmask 0.1.3");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/version1_check.py");
    let output = Command::new(python).arg(script).args(arguments).output().expect("Python runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    Some(output.stdout)
}

fn describe(path: &Path) -> Option<Expected> {
    Some(parse(&library(&["describe", path.to_str()?])?))
}

/// The library's view of a file is ours.
fn assert_read_alike(path: &Path) -> Option<()> {
    let described = describe(path)?;
    let reader = Reader::open(path).unwrap();
    let (_, masks) = described.first_key_value()?;
    assert_eq!(reader.names().len(), masks.len());
    for (name, expected) in reader.names().zip(masks) {
        let mask = reader.get(name).unwrap().to_mask().unwrap();
        expected.assert_same(&mask, name);
        assert_eq!(mask.voxels().dtype().name(), expected.dtype, "{name}");
        let mapping: Vec<_> = reader.mapping(name).unwrap().iter().collect();
        let expected: Vec<_> = expected.mapping.iter().map(|(n, l)| (n.as_str(), *l)).collect();
        assert_eq!(mapping, expected, "{name}");
    }
    Some(())
}

#[test]
fn the_library_reads_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    let space = oblique([5, 6, 13]);
    let archive = folder.path().join("all.mska");
    let mut writer = Writer::create(&archive, &space).unwrap();
    for (name, mask) in every_type(&space) {
        writer.add(name, &mask).unwrap();
        let single = folder.path().join(format!("{name}.msk"));
        write_mask(&single, &mask).unwrap();
        assert_read_alike(&single);
    }
    writer.finish().unwrap();
    assert_read_alike(&archive);
}

#[test]
fn the_library_and_we_append_in_turns() {
    let folder_of_copy = tempfile::tempdir().unwrap();
    let path = folder_of_copy.path().join("turns.mska");
    std::fs::copy(folder().join("appended.mska"), &path).unwrap();
    for turn in 0..6 {
        let space = Reader::open(&path).unwrap().space().clone();
        let mut writer = Writer::append(&path).unwrap();
        for (name, mask) in every_type(&space) {
            writer.add(&format!("{name} {turn}"), &mask).unwrap();
        }
        writer.finish().unwrap();
        let theirs = [format!("theirs {turn}"), format!("theirs too {turn}")];
        let arguments = ["append", path.to_str().unwrap(), &theirs[0], &theirs[1]];
        if library(&arguments).is_none() {
            return;
        }
        assert_read_alike(&path);
    }
    assert_eq!(Reader::open(&path).unwrap().names().len(), 60 + 6 * 7);
}
