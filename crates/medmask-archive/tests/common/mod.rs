//! Files with what this version does not know, and the bytes of files as they are.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use medmask_archive::Archive;
use medmask_format::blob::{BlobHeader, Chunk};
use medmask_format::front::{Front, Kind, SLOT_LENGTH, SLOTS_END, Slot, Trailer, slot_offset};
use medmask_format::index::{
    Budget, CopyPlace, Counted, Document, Effort, EntryRow, IndexRecord, LabelName, LabelRow, More,
    Presence, parse_index,
};
use medmask_format::{Dtype, GridSpace};

pub const SHAPE: [usize; 3] = [9, 7, 8];

/// Where [`file`] puts its blob: not far behind the front.
const BLOB_AT: u64 = 2 * SLOTS_END as u64;

/// Where the trailer begins of a file whose newest commit it ends with.
pub fn trailer_of(bytes: &[u8]) -> usize {
    bytes.len() - usize::from(*bytes.last().unwrap())
}

/// The bytes of the blob of the entry `name` of the file at `path`.
pub fn blob(path: &Path, name: &str) -> Vec<u8> {
    let (offset, length) = Archive::open(path).unwrap().entry(name).unwrap().blob().unwrap();
    fs::read(path).unwrap()[offset as usize..][..length as usize].to_vec()
}

/// The document of a file that was written at once.
pub fn document_of(bytes: &[u8]) -> Document {
    let slot = Front::parse(bytes).unwrap().slots[0].as_ref().unwrap().unwrap();
    let record = &bytes[slot.index_offset as usize..][..slot.index_length as usize];
    let mut budget = Budget::of_file(bytes.len() as u64);
    parse_index(record, slot.index_offset, slot.index_checksum, &mut budget).unwrap()
}

/// The index rows of a file, without the places of blobs.
pub fn rows(path: &Path) -> Vec<EntryRow> {
    document_of(&fs::read(path).unwrap()).entries.into_iter().map(without_place).collect()
}

/// `row` without the place of its blob, if it has one.
pub fn without_place(row: EntryRow) -> EntryRow {
    EntryRow { blob: row.blob.map(|_| (0, 0)), ..row }
}

/// A file of `shape` with `blob`, then the copy of `document`, then that itself.
pub fn file(shape: [usize; 3], blob: &[u8], mut document: Document) -> Vec<u8> {
    let space = GridSpace {
        shape: shape.map(|axis| axis as u64),
        spacing: [1.0; 3],
        origin: [0.0; 3],
        direction: [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    };
    let copy = IndexRecord::new_copy(&document, Effort::Fast).unwrap();
    let mut bytes = Front::new_bytes(Kind::Archive, &space);
    bytes.resize(BLOB_AT as usize, 0);
    let (offset, length) = (BLOB_AT + blob.len() as u64, copy.bytes.len() as u64);
    document.copy = Some(CopyPlace { offset, length, checksum: copy.checksum });
    let record = IndexRecord::new(&document, Effort::Fast, 0).unwrap();
    let (index_offset, index_length) = (offset + length, record.bytes.len() as u64);
    let slot = Slot {
        generation: 1,
        index_offset,
        index_length,
        index_checksum: record.checksum,
        file_length: index_offset + index_length + Trailer::length_of(&space) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let place = slot_offset(0) as usize;
    bytes[place..place + SLOT_LENGTH].copy_from_slice(&slot.to_bytes());
    bytes.extend_from_slice(blob);
    bytes.extend_from_slice(&copy.bytes);
    bytes.extend_from_slice(&record.bytes);
    bytes.extend_from_slice(&Trailer { kind: Kind::Archive, space, slot }.to_bytes());
    bytes
}

/// A document of `entries`, with keys of a later version.
pub fn of_entries(entries: Vec<EntryRow>) -> Document {
    Document {
        generation: 1,
        entries,
        further: Some(r#"{"later":1}"#.into()),
        ..Document::default()
    }
}

/// A row with keys of later versions and metadata that cannot be held as numbers; label 1 has three voxels of slice 0.
/// Its blob is [`later_blob`].
pub fn later_row() -> EntryRow {
    let code = Some(["SCT".to_owned(), "1".to_owned(), "Left".to_owned()]);
    let further = Some(r#"{"later":4}"#.into());
    let counted = Counted {
        voxels: NonZeroU64::new(3).unwrap(),
        bounds: [[0, 1], [2, 3], [4, 7]],
        sums: [0, 6, 15],
    };
    let left = LabelRow {
        presence: Presence::Counted(counted),
        more: Some(Box::new(More { code, further })),
        ..LabelRow::new(1, LabelName::Own("left".into()))
    };
    let own = LabelRow { colour: Some([1, 2, 3, 4]), ..LabelRow::new(2, LabelName::Entry) };
    EntryRow {
        name: "lung".to_owned(),
        dtype: Dtype::U8,
        codec: Some(77),
        blob: Some((BLOB_AT, later_blob().len() as u64)),
        layer: None,
        labels: Some([left, own].into()),
        metadata: Some(r#"{"big":1e400,"half":"\ud800"}"#.into()),
        further: Some(r#"{"later":{"a":[2]}}"#.into()),
    }
}

/// The blob of [`later_row`], in a codec that nobody knows, with bytes of a later version in its header.
pub fn later_blob() -> Vec<u8> {
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
    let mut names = EntryRow::new("lung");
    names.set_labels(vec![
        LabelRow::new(1, LabelName::Own("left".into())),
        LabelRow::new(2, LabelName::Entry),
    ]);
    let mut bytes = header.to_bytes(&[names]).unwrap();
    bytes.extend_from_slice(chunk);
    bytes
}
