//! Commits whose slot is damaged.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, EncodedEntry, EntryOptions, TargetVersion, WriterOptions,
    convert, verify,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::front::{SLOT_LENGTH, SLOTS_END, slot_offset};

use common::trailer_of;

const SHAPE: [usize; 3] = [4, 9, 10];

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

/// `colon` and `hip`, compacted, then `sacrum` in a commit of its own, whose slot is slot 1.
fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    writer.add_encoded(encoded("colon", 0)).unwrap();
    writer.add_encoded(encoded("hip", 1)).unwrap();
    writer.finish().unwrap();
    add(&path, "sacrum", 2).unwrap();
    path
}

fn add(path: &Path, name: &str, seed: u32) -> Result<(), ArchiveError> {
    let mut writer = ArchiveWriter::open(path, WriterOptions::default())?;
    writer.add_encoded(encoded(name, seed))?;
    writer.finish()
}

fn names(path: &Path) -> Vec<String> {
    Archive::open(path).unwrap().names().map(str::to_owned).collect()
}

/// All that can be wrong with a slot, one thing at a time: each of its bits flipped, and all of it erased.
fn damaged(whole: &[u8], slot: usize) -> impl Iterator<Item = Vec<u8>> {
    let start = slot_offset(slot) as usize;
    let flipped = (0..SLOT_LENGTH * 8).map(move |bit| {
        let mut bytes = whole.to_vec();
        bytes[start + bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    let mut erased = whole.to_vec();
    erased[start..start + SLOT_LENGTH].fill(0);
    flipped.chain([erased])
}

#[test]
fn a_reader_takes_the_commit_whose_slot_is_damaged_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(case(folder.path())).unwrap();
    for bytes in damaged(&whole, 1) {
        let archive = Archive::from_storage(bytes, "case.mska").unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), ["colon", "hip", "sacrum"]);
        assert!(archive.damage().unwrap().to_string().contains("commit slot at byte 56"));
        assert_eq!(archive.get("sacrum").unwrap().to_runs().unwrap(), runs(2));
    }
}

#[test]
fn no_change_loses_the_commit_whose_slot_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let whole = fs::read(&path).unwrap();
    for bytes in damaged(&whole, 1).step_by(19).chain(damaged(&whole, 1).last()) {
        fs::write(&path, &bytes).unwrap();
        add(&path, "liver", 3).unwrap();
        assert_eq!(names(&path), ["colon", "hip", "sacrum", "liver"]);
        assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());

        fs::write(&path, &bytes).unwrap();
        let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
        assert!(writer.archive().damage().is_some());
        writer.remove("hip").unwrap();
        writer.finish().unwrap();
        assert_eq!(names(&path), ["colon", "sacrum"]);

        fs::write(&path, &bytes).unwrap();
        let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
        writer.compact().unwrap();
        assert_eq!(names(&path), ["colon", "hip", "sacrum"]);

        fs::write(&path, &bytes).unwrap();
        let other = folder.path().join("other.mska");
        let options = WriterOptions::default().overwrite(true);
        convert(&path, &other, TargetVersion::Version2, None, options, |_, _| ()).unwrap();
        assert_eq!(names(&other), ["colon", "hip", "sacrum"]);
    }
}

#[test]
fn a_front_that_is_damaged_is_read_by_the_trailer_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let whole = fs::read(&path).unwrap();
    let front = usize::from(whole[6]);
    for (byte, bit) in
        (0..8).chain(SLOTS_END..front).flat_map(|byte| (0..8).map(move |bit| (byte, bit)))
    {
        let mut bytes = whole.clone();
        bytes[byte] ^= 1 << bit;
        let archive = Archive::from_storage(bytes, "case.mska").unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), ["colon", "hip", "sacrum"], "{byte}");
        assert!(archive.damage().unwrap().to_string().contains("front at byte"));
    }
    let mut bytes = whole;
    bytes[..front].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(names(&path), ["colon", "hip", "sacrum"]);
    let refused = add(&path, "liver", 3).unwrap_err();
    assert!(matches!(refused, ArchiveError::NewestDamaged { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn what_was_never_committed_does_not_count_whatever_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let before = fs::read(&path).unwrap();
    add(&path, "liver", 3).unwrap();
    let after = fs::read(&path).unwrap();
    // An add that was stopped before its slot was written: blob, copy and record are there.
    let mut stopped = before.clone();
    stopped.extend_from_slice(&after[before.len()..trailer_of(&after)]);
    for bytes in [stopped.clone()].into_iter().chain(damaged(&stopped, 0)) {
        let archive = Archive::from_storage(bytes, "case.mska").unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), ["colon", "hip", "sacrum"]);
    }
    // The next writer cuts it off.
    fs::write(&path, &stopped).unwrap();
    add(&path, "liver", 3).unwrap();
    assert_eq!(fs::read(&path).unwrap(), after);
}

#[test]
fn a_trailer_of_another_archive_or_an_older_commit_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let whole = fs::read(&path).unwrap();
    let trailer = whole[trailer_of(&whole)..].to_vec();
    // Behind the file, it says that the file ends elsewhere.
    let mut bytes = whole.clone();
    bytes.extend_from_slice(&trailer);
    bytes[slot_offset(1) as usize] ^= 1;
    let archive = Archive::from_storage(bytes, "case.mska").unwrap();
    assert_eq!(archive.entries().len(), 3);
    // Without its own trailer nothing tells the commit from one that was not completed.
    let mut bytes = whole.clone();
    bytes[slot_offset(1) as usize] ^= 1;
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    let archive = Archive::from_storage(bytes, "case.mska").unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["colon", "hip"]);
    assert!(archive.damage().is_some());
    // A damaged trailer alone is found by a check.
    let mut bytes = whole;
    bytes[end] ^= 1;
    fs::write(&path, bytes).unwrap();
    let problems = verify(&path, false, |_, _| ()).unwrap().problems;
    assert!(problems[0].error.to_string().contains("trailer at byte"), "{}", problems[0].error);
}
