//! Entries that move as they are: to another archive, and to another name.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, EntryOptions, TargetVersion,
    WriterOptions, convert, repair, verify,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::blob::{BlobHeader, parse_names};
use medmask_format::index::{Budget, EntryRow, LabelName};

use common::{SHAPE, blob, file, later_blob, later_row, of_entries, rows, without_place};

fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 1..8 {
        let start = (seed + z) % 4;
        builder.push(z, seed % 7, Run { start, end: start + 1 + seed % 3, label: 1 + z % 2 });
    }
    builder.finish()
}

fn encoded(name: &str, seed: u32, codec: Codec) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert("left", 1).unwrap();
    labels.insert("right", 2).unwrap();
    let options = EntryOptions::new().codec(codec);
    EncodedEntry::new(name, &runs(seed), &labels, &options).unwrap()
}

fn create(path: &Path) -> ArchiveWriter {
    ArchiveWriter::create(path, &Space::of_shape(SHAPE), WriterOptions::default()).unwrap()
}

/// The names in a blob, and its chunks.
fn names_and_chunks(blob: &[u8]) -> (EntryRow, &[u8]) {
    let (_, start) = BlobHeader::parse(blob, 0).unwrap();
    let mut budget = Budget::of_file(blob.len() as u64);
    (parse_names(blob, 0, &mut budget).unwrap().remove(0), &blob[start..])
}

fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let mut writer = create(&path);
    for (seed, codec) in
        [Codec::Raw, Codec::Lz4, Codec::Zstd { level: 9 }, Codec::Transitions, Codec::Context]
            .into_iter()
            .enumerate()
    {
        writer.add_encoded(encoded(&format!("part {seed}"), seed as u32, codec)).unwrap();
    }
    writer.add_encoded(encoded("twin", 2, Codec::Zstd { level: 9 })).unwrap();
    let none = Runs::empty(SHAPE);
    let empty = EncodedEntry::new("none", &none, &LabelMap::new(), &EntryOptions::default());
    writer.add_encoded(empty.unwrap()).unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn entries_and_whole_archives_are_copied_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let archive = Archive::open(&path).unwrap();
    let [copied, converted] = ["copied.mska", "kept.mska"].map(|name| folder.path().join(name));
    let mut writer = create(&copied);
    for name in archive.names() {
        writer.add_encoded(archive.encoded(name).unwrap()).unwrap();
    }
    writer.finish().unwrap();
    let options = WriterOptions::default();
    convert(&path, &converted, TargetVersion::Version2, None, options, |_, _| ()).unwrap();
    for copy in [&copied, &converted] {
        assert_eq!(rows(copy), rows(&path));
        for entry in archive.entries().filter(|entry| entry.blob().is_some()) {
            assert_eq!(blob(copy, entry.name()), blob(&path, entry.name()), "{}", entry.name());
        }
        // Equal voxels share a blob there, too.
        let copy = Archive::open(copy).unwrap();
        assert_eq!(copy.shared_bytes(), archive.shared_bytes());
        assert_eq!(copy.file_bytes(), archive.file_bytes());
    }
}

#[test]
fn what_this_version_does_not_know_is_copied_and_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let [from, copied, named, moved] = ["from.mska", "copied.mska", "named.mska", "moved.mska"]
        .map(|name| folder.path().join(name));
    fs::write(&from, file(SHAPE, &later_blob(), of_entries(vec![later_row()]))).unwrap();
    fs::copy(&from, &moved).unwrap();
    let archive = Archive::open(&from).unwrap();
    assert!(archive.get("lung").unwrap().to_runs().is_err(), "its codec is not known");
    let entry = archive.encoded("lung").unwrap();
    for (path, entry) in [(&copied, entry.clone()), (&named, entry.renamed("thorax").unwrap())] {
        let mut writer = create(path);
        writer.add_encoded(entry).unwrap();
        writer.finish().unwrap();
    }
    assert_eq!(blob(&copied, "lung"), later_blob());
    assert_eq!(rows(&copied), [without_place(later_row())]);
    // Label 2 had its entry's name, and is not alone: it keeps it.
    let mut renamed = EntryRow { name: "thorax".to_owned(), ..without_place(later_row()) };
    let mut labels = renamed.label_rows().to_vec();
    labels[1].name = LabelName::Own("lung".into());
    renamed.set_labels(labels);
    assert_eq!(rows(&named), [renamed.clone()]);
    let (blob_named, blob_from) = (blob(&named, "thorax"), later_blob());
    let (names, chunks) = names_and_chunks(&blob_named);
    assert_eq!(names, renamed.names());
    assert_eq!(chunks, names_and_chunks(&blob_from).1);

    let mut writer = ArchiveWriter::open(&moved, WriterOptions::default()).unwrap();
    writer.rename("lung", "thorax").unwrap();
    writer.compact().unwrap();
    assert_eq!(rows(&moved), rows(&named));
    assert_eq!(blob(&moved, "thorax"), later_blob());
}

#[test]
fn damage_does_not_travel() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let (offset, length) = Archive::open(&path).unwrap().entry("part 3").unwrap().blob().unwrap();
    let whole = fs::read(&path).unwrap();
    for place in offset..offset + length {
        let mut bytes = whole.clone();
        bytes[place as usize] ^= 0x20;
        let archive = Archive::from_storage(bytes, &path).unwrap();
        let error = archive.encoded("part 3").unwrap_err();
        assert!(matches!(error, ArchiveError::Format { .. }), "byte {place}: {error}");
        assert!(archive.encoded("part 1").is_ok());
    }
}

#[test]
fn a_label_follows_its_entry_where_it_is_alone_and_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, labels, expected) in [
        ("liver", &[("liver", 1)][..], &["hepar"][..]),
        ("liver", &[("tissue", 1)], &["tissue"]),
        ("liver", &[("hepar", 1)], &["hepar"]),
        ("liver", &[("liver", 1), ("cyst", 2)], &["liver", "cyst"]),
        // Two labels never get one name.
        ("liver", &[("liver", 1), ("hepar", 2)], &["liver", "hepar"]),
        ("liver", &[], &[]),
    ] {
        let mut map = LabelMap::new();
        labels.iter().for_each(|(name, label)| map.insert(*name, *label).unwrap());
        for runs in [Runs::empty(SHAPE), runs(3).relabel(|_| u32::from(!labels.is_empty()))] {
            let entry = EncodedEntry::new(name, &runs, &map, &EntryOptions::default()).unwrap();
            let [one, other] = ["one.mska", "other.mska"].map(|name| folder.path().join(name));
            let mut writer = create(&one);
            writer.add_encoded(entry.clone()).unwrap();
            writer.rename(name, "hepar").unwrap();
            writer.finish().unwrap();
            let mut writer = create(&other);
            writer.add_encoded(entry.renamed("hepar").unwrap()).unwrap();
            writer.finish().unwrap();
            for path in [&one, &other] {
                let archive = Archive::open(path).unwrap();
                let found =
                    archive.entry("hepar").unwrap().labels().map(|label| label.name.unwrap());
                assert_eq!(found.collect::<Vec<_>>(), expected, "{labels:?}");
                assert!(verify(path, true, |_, _| ()).unwrap().problems.is_empty());
                assert_eq!(archive.get("hepar").unwrap().to_runs().unwrap(), runs);
            }
            fs::remove_file(one).unwrap();
            fs::remove_file(other).unwrap();
        }
    }
}

#[test]
fn a_new_name_costs_no_copy_of_the_voxels() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let before = Archive::open(&path).unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    for (old, new) in [("part 9", "x"), ("part 1", "part 2"), ("part 1", "part 1"), ("part 1", "")]
    {
        let error = writer.rename(old, new).unwrap_err();
        match new {
            "x" => assert!(matches!(error, ArchiveError::EntryNotFound { .. }), "{error}"),
            "" => assert!(matches!(error, ArchiveError::InvalidName { .. }), "{error}"),
            _ => assert!(matches!(error, ArchiveError::EntryExists { .. }), "{error}"),
        }
    }
    writer.rename("part 1", "liver").unwrap();
    // Names swap, and one comes back, within one commit.
    for (old, new) in [("part 2", "x"), ("part 3", "part 2"), ("x", "part 3")] {
        writer.rename(old, new).unwrap();
    }
    writer.rename("part 4", "x").unwrap();
    writer.rename("x", "part 4").unwrap();
    writer.finish().unwrap();
    let after = Archive::open(&path).unwrap();
    let names: Vec<_> = after.names().collect();
    assert_eq!(names, ["part 0", "twin", "none", "liver", "part 2", "part 3", "part 4"]);
    for (old, new) in [("part 1", "liver"), ("part 2", "part 3"), ("part 3", "part 2")] {
        let [old, new] = [before.entry(old).unwrap(), after.entry(new).unwrap()];
        assert_eq!((old.blob(), old.codec()), (new.blob(), new.codec()));
        assert_eq!(old.labels().collect::<Vec<_>>(), new.labels().collect::<Vec<_>>());
    }
    assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
}

#[test]
fn a_repair_keeps_codecs_and_the_names_that_the_index_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let saved = folder.path().join("saved.mska");
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.rename("part 4", "lobes").unwrap();
    writer.finish().unwrap();
    let blobs = ["part 0", "lobes"].map(|name| blob(&path, name));
    let mut bytes = fs::read(&path).unwrap();
    // Both slots are lost; the index records are found.
    bytes[20] ^= 1;
    bytes[70] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let report = repair(&path, &saved, WriterOptions::default(), None).unwrap();
    assert_eq!(report.saved.last().unwrap(), "lobes");
    assert_eq!((report.lost.len(), report.found_without_index.len()), (0, 0));
    assert_eq!(["part 0", "lobes"].map(|name| blob(&saved, name)), blobs);
    assert_eq!(Archive::open(&saved).unwrap().entry("lobes").unwrap().codec(), Some("context"));
}
