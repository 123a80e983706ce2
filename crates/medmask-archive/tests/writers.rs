//! What a writer must not do to files that others rely on.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, EncodedEntry, EntryOptions, Kind, WriterOptions, repair,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::front::{IDENTITY_LENGTH, SLOT_LENGTH, SLOTS_END};
use serde_json::{Map, Value};

use common::trailer_of;

const SHAPE: [usize; 3] = [3, 4, 5];

fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    builder.push(1, seed % 4, Run { start: 1, end: 3 + seed % 3, label: 1 });
    builder.finish()
}

fn labels(name: &str) -> LabelMap {
    let mut labels = LabelMap::new();
    labels.insert(name, 1).unwrap();
    labels
}

fn encoded(name: &str, seed: u32) -> EncodedEntry {
    EncodedEntry::new(name, &runs(seed), &labels(name), &EntryOptions::default()).unwrap()
}

fn create(path: &Path, names: &[&str]) {
    let options = WriterOptions::default();
    let mut writer = ArchiveWriter::create(path, &Space::of_shape(SHAPE), options).unwrap();
    for (seed, name) in names.iter().enumerate() {
        writer.add_encoded(encoded(name, seed as u32)).unwrap();
    }
    writer.finish().unwrap();
}

fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    create(&path, &["liver", "spleen"]);
    path
}

/// A process has the open files of the one that starts it, until it begins its own program.
#[cfg(unix)]
#[test]
fn a_lock_ends_with_its_writer_also_where_processes_start() {
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    Command::new("true").status().unwrap();
                }
            });
        }
        let outcome = (0..60).try_for_each(|_| {
            let options = WriterOptions::default().overwrite(true);
            let space = Space::of_shape(SHAPE);
            let mut writer = ArchiveWriter::create(&path, &space, options.clone())?;
            writer.add_encoded(encoded("liver", 1))?;
            writer.finish()?;
            for name in ["spleen", "heart"] {
                let mut writer = ArchiveWriter::open(&path, WriterOptions::default())?;
                writer.add_encoded(encoded(name, 2))?;
                writer.commit()?;
            }
            let mut writer = ArchiveWriter::open(&path, options)?;
            writer.compact()?;
            Ok::<_, ArchiveError>(())
        });
        done.store(true, Ordering::Relaxed);
        outcome.unwrap();
    });
}

#[cfg(unix)]
#[test]
fn changes_through_a_link_reach_the_file_and_keep_its_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let link = folder.path().join("link.mska");
    symlink(&path, &link).unwrap();
    let mut writer = ArchiveWriter::open(&link, WriterOptions::default()).unwrap();
    writer.remove("liver").unwrap();
    writer.compact().unwrap();
    assert!(matches!(
        ArchiveWriter::open(&path, WriterOptions::default()),
        Err(ArchiveError::Locked { .. })
    ));
    writer.add_encoded(encoded("rib", 2)).unwrap();
    writer.finish().unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Archive::open(&path).unwrap().names().collect::<Vec<_>>(), ["spleen", "rib"]);
}

#[test]
fn a_single_mask_file_keeps_exactly_one_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("liver.msk");
    create(&path, &["liver"]);
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.add_encoded(encoded("spleen", 1)).unwrap();
    assert!(matches!(writer.commit(), Err(ArchiveError::NotSingle { entries: 2 })));
    writer.remove("liver").unwrap();
    writer.finish().unwrap();
    assert_eq!(Archive::open(&path).unwrap().names().collect::<Vec<_>>(), ["spleen"]);
}

#[test]
fn the_kind_of_a_new_file_goes_by_its_name_unless_it_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, expected) in [
        ("a.msk", None, Kind::SingleMask),
        ("a.mska", None, Kind::Archive),
        ("b.msk", Some(Kind::Archive), Kind::Archive),
        ("b.bin", Some(Kind::SingleMask), Kind::SingleMask),
    ] {
        let path = folder.path().join(name);
        let options = WriterOptions::new().kind(kind);
        let space = Space::of_shape(runs(1).shape());
        let mut writer = ArchiveWriter::create(&path, &space, options).unwrap();
        writer.add_encoded(encoded("liver", 1)).unwrap();
        writer.finish().unwrap();
        assert_eq!(Archive::open(&path).unwrap().kind(), expected, "{name}");
    }
}

#[test]
fn what_a_repair_can_save_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.add_encoded(encoded("rib", 2)).unwrap();
    writer.finish().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The last byte of the newest index record.
    let record = trailer_of(&bytes) - 1;
    bytes[record] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let refused = ArchiveWriter::open(&path, WriterOptions::default());
    assert!(matches!(refused, Err(ArchiveError::NewestDamaged { .. })));
    let saved = folder.path().join("saved.mska");
    let report = repair(&path, &saved, WriterOptions::default(), None).unwrap();
    assert_eq!(report.saved, ["liver", "spleen", "rib"]);
}

#[test]
fn a_file_that_is_being_written_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let held = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    let options = WriterOptions::new().overwrite(true);
    let space = Space::of_shape(SHAPE);
    let writer = ArchiveWriter::create(&path, &space, options.clone()).unwrap();
    assert!(matches!(writer.finish(), Err(ArchiveError::Locked { .. })));
    drop(held);
    ArchiveWriter::create(&path, &space, options).unwrap().finish().unwrap();
    assert_eq!(Archive::open(&path).unwrap().names().len(), 0);
}

#[test]
fn entries_removed_before_are_not_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    create(&path, &["liver"]);
    for (seed, name) in [(1, "spleen"), (2, "rib")] {
        let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
        writer.add_encoded(encoded(name, seed)).unwrap();
        writer.finish().unwrap();
    }
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("liver").unwrap();
    writer.finish().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // Both slots are lost.
    bytes[20] ^= 1;
    bytes[70] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let saved = folder.path().join("saved.mska");
    let report = repair(&path, &saved, WriterOptions::default(), None).unwrap();
    // The blob of the liver is still whole, but the trailer leads to an index that does not name it.
    assert_eq!(report.saved, ["spleen", "rib"]);
    assert_eq!(report.found_without_index, [""; 0]);
}

#[test]
fn files_of_the_future_are_not_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    let (trailer, end) = (trailer_of(&bytes), bytes.len() - 1);
    let front = usize::from(bytes[6]);
    for (start, space, end) in
        [(0, SLOTS_END, front), (trailer, trailer + IDENTITY_LENGTH + SLOT_LENGTH, end)]
    {
        bytes[start + 4] = 3;
        let checked = [&bytes[start..start + IDENTITY_LENGTH], &bytes[space..end - 4]].concat();
        bytes[end - 4..end].copy_from_slice(&crc32fast::hash(&checked).to_le_bytes());
    }
    fs::write(&path, &bytes).unwrap();
    let refused = repair(&path, &folder.path().join("saved.mska"), WriterOptions::default(), None);
    assert!(refused.unwrap_err().to_string().contains("version 3.0 cannot be used here"));
}

#[test]
fn long_names_of_labels_are_refused() {
    let mut labels = LabelMap::new();
    labels.insert("a".repeat(4097), 1).unwrap();
    let refused = EncodedEntry::new("liver", &runs(1), &labels, &EntryOptions::default());
    assert!(matches!(refused, Err(ArchiveError::InvalidName { .. })));
}

fn with_metadata(name: &str, metadata: &Map<String, Value>) -> EncodedEntry {
    let options = EntryOptions::new().metadata(metadata.clone());
    EncodedEntry::new(name, &runs(0), &labels(name), &options).unwrap()
}

#[test]
fn metadata_that_each_record_shares_stay_with_their_entries() {
    let folder = tempfile::tempdir().unwrap();
    let [path, saved] = ["case.mska", "saved.mska"].map(|name| folder.path().join(name));
    let metadata = |name: &str| Map::from_iter([("of".to_owned(), name[..1].into())]);
    create(&path, &[]);
    // Every record has places of its own, until the fourth merges them.
    for letter in ["a", "b", "c", "d", "e"] {
        let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
        for number in 0..2 {
            let name = format!("{letter}{number}");
            writer.add_encoded(with_metadata(&name, &metadata(&name))).unwrap();
        }
        if letter == "c" {
            writer.remove("a0").unwrap();
        }
        writer.commit().unwrap();
    }
    let names = ["a1", "b0", "b1", "c0", "c1", "d0", "d1", "e0", "e1"];
    let assert_holds = |path: &Path| {
        let archive = Archive::open(path).unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), names);
        for entry in archive.entries() {
            assert_eq!(entry.metadata().unwrap(), metadata(entry.name()), "{}", entry.name());
        }
    };
    assert_holds(&path);
    repair(&path, &saved, WriterOptions::default(), None).unwrap();
    assert_holds(&saved);
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.compact().unwrap();
    drop(writer);
    assert_holds(&path);
}

#[test]
fn metadata_that_might_not_be_read_again_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let nested = (0..100).fold(Value::from(1), |inside, _| Value::from(vec![inside]));
    let metadata = Map::from_iter([("nested".to_owned(), nested)]);
    let options = EntryOptions::new().metadata(metadata.clone());
    let error = EncodedEntry::new("rib", &runs(0), &labels("rib"), &options).unwrap_err();
    assert!(error.to_string().contains("101, more than the limit of 100"), "{error}");
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    let error = writer.set_metadata(&metadata).unwrap_err();
    assert!(error.to_string().contains("101, more than the limit of 100"), "{error}");
}

#[test]
fn records_that_compress_well_are_within_the_limit_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    create(&path, &[]);
    let metadata = Map::from_iter([("text".to_owned(), "x".repeat(60_000).into())]);
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] {
        let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
        writer.add_encoded(with_metadata(name, &metadata)).unwrap();
        writer.commit().unwrap();
    }
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.entries().len(), 11);
    assert_eq!(archive.entry("k").unwrap().metadata().unwrap(), metadata);
}
