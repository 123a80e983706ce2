//! Compaction: in one step with what was changed, and what it keeps of a file beside its bytes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, EntryOptions, Ownership,
    WriterOptions,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};

const SHAPE: [usize; 3] = [400, 60, 60];

/// Runs that no two seeds have in common.
fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 0..SHAPE[0] as u32 {
        for y in 0..SHAPE[1] as u32 {
            let start = (seed.wrapping_mul(z + 3) ^ y) % 30;
            builder.push(z, y, Run { start, end: start + 1 + (seed + y) % 9, label: 1 });
        }
    }
    builder.finish()
}

/// An entry of some 100 KB.
fn encoded(name: &str, seed: u32) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert(name, 1).unwrap();
    let options = EntryOptions::new().codec(Codec::Raw);
    EncodedEntry::new(name, &runs(seed), &labels, &options).unwrap()
}

fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    for (seed, name) in ["liver", "spleen", "rib"].into_iter().enumerate() {
        writer.add_encoded(encoded(name, seed as u32)).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn open(path: &Path) -> ArchiveWriter {
    ArchiveWriter::open(path, WriterOptions::default()).unwrap()
}

fn names(path: &Path) -> Vec<String> {
    Archive::open(path).unwrap().names().map(str::to_owned).collect()
}

#[test]
fn where_it_fails_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    // In the voxels of an entry that stays.
    let (offset, length) = Archive::open(&path).unwrap().entry("rib").unwrap().blob().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[(offset + length - 1) as usize] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut writer = open(&path);
    writer.remove("liver").unwrap();
    assert!(matches!(writer.compact(), Err(ArchiveError::Format { .. })));
    drop(writer);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(names(&path), ["liver", "spleen", "rib"]);
}

#[test]
fn names_of_one_file_never_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let other = folder.path().join("other.mska");
    fs::hard_link(&path, &other).unwrap();
    let before = fs::read(&path).unwrap();
    let mut writer = open(&path);
    writer.remove("liver").unwrap();
    let refused = writer.compact().unwrap_err();
    assert!(matches!(refused, ArchiveError::SeveralNames { names: 2, .. }), "{refused}");
    drop(writer);
    assert_eq!(fs::read(&path).unwrap(), before);
    // A commit leaves the dead bytes where they are, which it would give back else.
    let mut writer = open(&path);
    writer.remove("liver").unwrap();
    writer.remove("spleen").unwrap();
    writer.commit().unwrap();
    drop(writer);
    assert_eq!((names(&path), names(&other)), (vec!["rib".to_owned()], vec!["rib".to_owned()]));
    assert_eq!(path.metadata().unwrap().ino(), other.metadata().unwrap().ino());
    let archive = Archive::open(&path).unwrap();
    let live = archive.file_bytes() - archive.dead_bytes();
    assert!(archive.dead_bytes() > live + (64 << 10));
    // Once it has one name it is compacted.
    fs::remove_file(&other).unwrap();
    assert_eq!(open(&path).compact().unwrap(), Ownership::Kept);
    assert_eq!(Archive::open(&path).unwrap().dead_bytes(), 0);
}

#[test]
fn a_new_file_belongs_to_whom_the_old_one_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    if path.metadata().unwrap().uid() != 0 {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let inode = path.metadata().unwrap().ino();
    chown(&path, Some(12_345), Some(23_456)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(open(&path).compact().unwrap(), Ownership::Kept);
    let found = path.metadata().unwrap();
    assert_ne!(found.ino(), inode);
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (12_345, 23_456, 0o640));
}

/// Bytes of a file that got small masks one after the other, each with a commit of its own, and how many of them are dead.
fn one_by_one(folder: &Path, masks: u32, options: WriterOptions) -> (u64, u64) {
    let path = folder.join("small.mska");
    let shape = [4, 20, 20];
    let options = options.overwrite(true);
    ArchiveWriter::create(&path, &Space::of_shape(shape), options.clone())
        .unwrap()
        .finish()
        .unwrap();
    for seed in 0..masks {
        let mut builder = RunsBuilder::new(shape);
        builder.push(1, seed % 20, Run { start: seed % 7, end: 9 + seed % 11, label: 1 });
        let (name, mut labels) = (format!("mask {seed}"), LabelMap::new());
        labels.insert(&name, 1).unwrap();
        let entry = EncodedEntry::new(&name, &builder.finish(), &labels, &EntryOptions::new());
        let mut writer = ArchiveWriter::open(&path, options.clone()).unwrap();
        writer.add_encoded(entry.unwrap()).unwrap();
        writer.finish().unwrap();
    }
    let archive = Archive::open(&path).unwrap();
    assert!(archive.names().eq((0..masks).map(|seed| format!("mask {seed}"))));
    (archive.file_bytes(), archive.dead_bytes())
}

#[test]
fn small_archives_stay_small_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for masks in [4, 12, 30] {
        let (_, dead) = one_by_one(folder.path(), masks, WriterOptions::new());
        let (all, kept) = one_by_one(folder.path(), masks, WriterOptions::new().keep_small(true));
        assert!(kept * 3 <= all, "{masks} masks: {kept} of {all} bytes are dead");
        assert!(kept < dead, "{masks} masks: {kept} and {dead} bytes are dead");
    }
}
