//! Entries that move as they are: to another archive, and to another name.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, Entropy, EntryOptions,
    TargetVersion, WriterOptions, convert, repair, verify,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::blob::{BlobHeader, BlobNames, Chunk};
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot};
use medmask_format::index::{Document, EntryRow, INDEX_HEADER_LENGTH, parse_index};
use medmask_format::{Dtype, GridSpace};

const SHAPE: [usize; 3] = [9, 7, 8];

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
    let options = EntryOptions { codec, ..EntryOptions::default() };
    EncodedEntry::new(name, &runs(seed), &labels, &options).unwrap()
}

fn create(path: &Path) -> ArchiveWriter {
    ArchiveWriter::create(path, &Space::of_shape(SHAPE), WriterOptions::default()).unwrap()
}

/// The bytes of the blob of the entry `name` of the file at `path`.
fn blob(path: &Path, name: &str) -> Vec<u8> {
    let (offset, length) = Archive::open(path).unwrap().entry(name).unwrap().blob().unwrap();
    fs::read(path).unwrap()[offset as usize..][..length as usize].to_vec()
}

/// The names in a blob, and its chunks.
fn names_and_chunks(blob: &[u8]) -> (BlobNames, &[u8]) {
    let (_, start) = BlobHeader::parse(blob, 0).unwrap();
    (BlobNames::parse(blob, 0).unwrap(), &blob[start..])
}

/// The document of a file that was written at once.
fn document_of(path: &Path) -> Document {
    let bytes = fs::read(path).unwrap();
    let slot = Front::parse(&bytes[..FRONT_LENGTH]).unwrap().slots[0].as_ref().unwrap().unwrap();
    let record = &bytes[slot.index_offset as usize..][..slot.index_length as usize];
    parse_index(record, slot.index_offset, slot.index_checksum).unwrap()
}

/// The index rows of a file as text, without the places of blobs.
fn rows(path: &Path) -> Vec<String> {
    document_of(path).entries.into_iter().map(without_place).collect()
}

fn without_place(row: EntryRow) -> String {
    serde_json::to_string(&EntryRow { blob: None, ..row }).unwrap()
}

/// A file of `blob` and an index of one entry, `row`, whose blob it is.
fn write_file(path: &Path, blob: &[u8], row: &str) {
    let place = format!("[{FRONT_LENGTH},{}]", blob.len());
    let row = row.replace("PLACE", &place);
    let document = format!(r#"{{"generation":1,"entries":[{row}]}}"#);
    let mut record = b"MSKI\0\0\0\0".to_vec();
    for number in [INDEX_HEADER_LENGTH + document.len(), document.len(), document.len()] {
        record.extend_from_slice(&(number as u64).to_le_bytes());
    }
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&record);
    hasher.update(document.as_bytes());
    let index_checksum = hasher.finalize();
    record.extend_from_slice(&index_checksum.to_le_bytes());
    record.extend_from_slice(document.as_bytes());
    let space = GridSpace {
        shape: SHAPE.map(|axis| axis as u64),
        spacing: [1.0; 3],
        origin: [0.0; 3],
        direction: [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    };
    let slot = Slot {
        generation: 1,
        index_offset: (FRONT_LENGTH + blob.len()) as u64,
        index_length: record.len() as u64,
        index_checksum,
        file_length: (FRONT_LENGTH + blob.len() + record.len()) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let mut bytes = Front::preamble(Kind::Archive, &space).to_vec();
    bytes.extend_from_slice(&slot.to_bytes());
    bytes.resize(FRONT_LENGTH, 0);
    bytes.extend_from_slice(blob);
    bytes.extend_from_slice(&record);
    fs::write(path, bytes).unwrap();
}

/// A row with keys of later versions and metadata that cannot be held as numbers; label 1 has three voxels of slice 0.
const ROW: &str = r#"{"name":"lung","dtype":"uint8","codec":"later","blob":PLACE,"labels":[{"name":"left","voxels":3,
    "bounds":[[0,1],[2,3],[4,7]],"sums":[0,6,15],"later":4,"code":["SCT","1","Left"]},{"label":2,"colour":[1,2,3,4]}],
    "metadata":{"big":1e400,"half":"\ud800"},"later":{"a":[2]}}"#;

/// The blob of [`ROW`], in a codec that nobody knows, with bytes of a later version in its header.
fn later_blob() -> Vec<u8> {
    let chunk = b"who knows";
    let chunks =
        vec![Chunk { codec: 77, length: chunk.len() as u64, checksum: crc32fast::hash(chunk) }];
    let header = BlobHeader {
        dtype: Dtype::U8,
        shape: SHAPE.map(|axis| axis as u64),
        box_start: [0, 2, 4],
        box_shape: [1, 1, 3],
        slab_height: 1,
        chunks,
    };
    let names = BlobNames {
        name: "lung".to_owned(),
        labels: vec![(1, "left".to_owned()), (2, "lung".to_owned())],
    };
    let mut bytes = header.to_bytes(&names).unwrap();
    bytes.extend_from_slice(chunk);
    bytes
}

fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let mut writer = create(&path);
    for (seed, codec) in [
        Codec::Raw,
        Codec::Lz4,
        Codec::Zstd { level: 9 },
        Codec::Runs { entropy: Entropy::Adaptive },
        Codec::Context,
    ]
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
    write_file(&from, &later_blob(), ROW);
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
    assert_eq!(rows(&copied), [row(ROW)]);
    // Label 2 had its entry's name, and is not alone: it keeps it.
    let renamed = ROW.replace(r#""name":"lung""#, r#""name":"thorax""#);
    let renamed = renamed.replace(r#""label":2"#, r#""name":"lung","label":2"#);
    assert_eq!(rows(&named), [row(&renamed)]);
    let (blob_named, blob_from) = (blob(&named, "thorax"), later_blob());
    let (names, chunks) = names_and_chunks(&blob_named);
    assert_eq!(names.name, "thorax");
    assert_eq!(names.labels, [(1, "left".to_owned()), (2, "lung".to_owned())]);
    assert_eq!(chunks, names_and_chunks(&blob_from).1);

    let mut writer = ArchiveWriter::open(&moved, WriterOptions::default()).unwrap();
    writer.rename("lung", "thorax").unwrap();
    writer.compact().unwrap();
    assert_eq!(rows(&moved), rows(&named));
    assert_eq!(blob(&moved, "thorax"), later_blob());
}

/// `row` as it is read, without the place of its blob.
fn row(row: &str) -> String {
    without_place(serde_json::from_str(&row.replace("PLACE", "[0,0]")).unwrap())
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
                let found = archive.entry("hepar").unwrap().labels().map(|label| label.name);
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
    bytes[170] ^= 1;
    bytes[230] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let report = repair(&path, &saved, WriterOptions::default()).unwrap();
    assert_eq!(report.saved.last().unwrap(), "lobes");
    assert_eq!((report.lost.len(), report.found_without_index.len()), (0, 0));
    assert_eq!(["part 0", "lobes"].map(|name| blob(&saved, name)), blobs);
    assert_eq!(Archive::open(&saved).unwrap().entry("lobes").unwrap().codec(), Some("context"));
}
