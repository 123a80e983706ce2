//! Checking and saving damaged archives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, EncodedEntry, EntryOptions, WriterOptions, repair, verify,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::index::allowed_expansion;

const SHAPE: [usize; 3] = [4, 9, 10];
const NAMES: [&str; 4] = ["aorta", "liver", "rib", "spleen"];

fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for y in 0..6 {
        builder.push(1, y, Run { start: (seed * y) % 5, end: 6 + seed % 4, label: 1 });
    }
    builder.finish()
}

fn encoded(name: &str, seed: u32) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert(name, 1).unwrap();
    EncodedEntry::new(name, &runs(seed), &labels, &EntryOptions::default()).unwrap()
}

fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    for (seed, name) in NAMES.iter().enumerate() {
        writer.add_encoded(encoded(name, seed as u32)).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn damage(path: &Path, offset: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[offset as usize] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn assert_holds(path: &Path, names: &[&str]) {
    let archive = Archive::open(path).unwrap();
    let mut found: Vec<_> = archive.names().collect();
    found.sort_unstable();
    assert_eq!(found, names);
    for name in names {
        let seed = NAMES.iter().position(|known| known == name).unwrap() as u32;
        assert_eq!(archive.get(name).unwrap().to_runs().unwrap(), runs(seed));
        assert_eq!(archive.entry(name).unwrap().label_map().unwrap().name(1), Some(*name));
    }
    assert!(verify(path, true, |_, _| ()).unwrap().problems.is_empty());
}

#[test]
fn a_file_is_not_repaired_over_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let before = fs::read(&path).unwrap();
    let other_name = folder.path().join(".").join("case.mska");
    let options = WriterOptions::new().overwrite(true);
    let refused = repair(&path, &other_name, options);
    assert!(matches!(refused, Err(ArchiveError::SameFile { .. })), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_entry_is_named_and_the_others_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let (offset, length) = Archive::open(&path).unwrap().entry("rib").unwrap().blob().unwrap();
    damage(&path, offset + length - 1);
    let found = verify(&path, false, |_, _| ()).unwrap();
    assert_eq!(found.entries, 4);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].entry.as_deref(), Some("rib"));
    assert!(
        found.problems[0].error.to_string().contains("chunk at byte"),
        "{}",
        found.problems[0].error
    );
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default()).unwrap();
    assert_eq!(report.saved, ["aorta", "liver", "spleen"]);
    assert_eq!(report.lost.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["rib"]);
    assert_holds(&output, &["aorta", "liver", "spleen"]);
}

#[test]
fn entries_are_saved_when_slots_or_index_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    // Byte 170 lies in slot 0, the only one; byte 300 in the index record behind the slots.
    for (offset, from_index) in [(170, true), (300, false), (20, true)] {
        let path = case(folder.path());
        damage(&path, offset);
        assert_eq!(verify(&path, false, |_, _| ()).unwrap().problems.len(), 1);
        let output = folder.path().join("saved.mska");
        let report = repair(&path, &output, WriterOptions::default()).unwrap();
        assert_eq!(report.found_without_index.is_empty(), from_index, "byte {offset}");
        assert!(report.lost.is_empty() && report.problems.len() == 1);
        assert_holds(&output, &NAMES);
        fs::remove_file(output).unwrap();
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_newer_state_is_saved_when_its_index_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("aorta").unwrap();
    writer.commit().unwrap();
    writer.remove("liver").unwrap();
    writer.add_encoded(encoded("trachea", 7)).unwrap();
    writer.finish().unwrap();
    damage(&path, fs::metadata(&path).unwrap().len() - 1);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default()).unwrap();
    // Aorta was removed before; that liver was, only the lost index knew.
    assert_eq!(report.saved, ["liver", "rib", "spleen", "trachea"]);
    assert_eq!(report.found_without_index, ["trachea"]);
}

#[test]
fn a_file_in_order_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let found = verify(&path, true, |_, _| ()).unwrap();
    assert!(found.problems.is_empty());
    let stored: u64 =
        Archive::open(&path).unwrap().entries().map(medmask_archive::Entry::stored_bytes).sum();
    assert_eq!((found.entries, found.bytes), (4, stored));
    assert!(verify(&folder.path().join("absent.mska"), false, |_, _| ()).is_err());
}

#[test]
fn what_a_damaged_record_claims_costs_no_other_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let output = folder.path().join("saved.mska");
    let mut labels = LabelMap::new();
    labels.insert("skin", 1).unwrap();
    let options = EntryOptions::default();
    let empty = EncodedEntry::new("skin", &Runs::empty(SHAPE), &labels, &options).unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.add_encoded(empty).unwrap();
    writer.commit().unwrap();
    drop(writer);
    // The first record claims to expand to all that a file of this length may; both slots are damaged.
    let mut bytes = fs::read(&path).unwrap();
    let all = allowed_expansion(bytes.len() as u64);
    bytes[288 + 24..288 + 32].copy_from_slice(&all.to_le_bytes());
    bytes[170] ^= 1;
    bytes[234] ^= 1;
    fs::write(&path, bytes).unwrap();
    repair(&path, &output, WriterOptions::default()).unwrap();
    let saved = Archive::open(&output).unwrap();
    let mut names: Vec<_> = saved.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["aorta", "liver", "rib", "skin", "spleen"]);
}
