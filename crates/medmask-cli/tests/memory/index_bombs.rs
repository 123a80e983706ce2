//! Small files whose index asks for much memory, or much time.

use std::path::Path;

use medmask_format::front::{Front, Kind, SLOT_LENGTH, Slot, Trailer, slot_offset};
use medmask_format::index::{
    CopyPlace, Document, Effort, EntryRow, IndexRecord, LabelName, LabelRow, More, RecordPlace,
};
use medmask_format::{Dtype, GridSpace};

/// As many labels as few bytes may say: an index has 131,072 rows and one for each 24 bytes of the file.
const LABELS: u32 = 131_000;
/// An entry is two rows, and its label is another.
const ENTRIES: usize = 43_000;

/// An archive of one voxel whose older records are `older`, and whose newest is `newest`.
fn write(path: &Path, older: Vec<Document>, mut newest: Document) {
    let space = GridSpace {
        shape: [1; 3],
        spacing: [1.0; 3],
        origin: [0.0; 3],
        direction: [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    };
    let mut bytes = Front::new_bytes(Kind::Archive, &space);
    let front = bytes.len();
    let mut behind = Vec::new();
    for document in older {
        let record = IndexRecord::new(&document, Effort::Fast, 0).unwrap();
        let offset = (front + behind.len()) as u64;
        let (length, checksum) = (record.bytes.len() as u64, record.checksum);
        newest.records.push(RecordPlace { offset, length, checksum, rows: 0 });
        behind.extend_from_slice(&record.bytes);
    }
    newest.generation = newest.records.len() as u64 + 1;
    let copy = IndexRecord::new_copy(&newest, Effort::Fast).unwrap();
    let offset = (front + behind.len()) as u64;
    let (length, checksum) = (copy.bytes.len() as u64, copy.checksum);
    newest.copy = Some(CopyPlace { offset, length, checksum });
    behind.extend_from_slice(&copy.bytes);
    let record = IndexRecord::new(&newest, Effort::Fast, 0).unwrap();
    let index_offset = (front + behind.len()) as u64;
    behind.extend_from_slice(&record.bytes);
    let slot = Slot {
        generation: newest.generation,
        index_offset,
        index_length: record.bytes.len() as u64,
        index_checksum: record.checksum,
        file_length: (front + behind.len() + Trailer::length_of(&space)) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let place = slot_offset(0) as usize;
    bytes[place..place + SLOT_LENGTH].copy_from_slice(&slot.to_bytes());
    bytes.extend_from_slice(&behind);
    bytes.extend_from_slice(&Trailer { kind: Kind::Archive, space, slot }.to_bytes());
    std::fs::write(path, bytes).unwrap();
}

fn write_entries(path: &Path, entries: Vec<EntryRow>) {
    write(path, Vec::new(), Document { entries, ..Document::default() });
}

/// One entry of many labels, which are all that there is.
fn labels(path: &Path, name: impl Fn(u32) -> LabelName) {
    let mut row = EntryRow { dtype: Dtype::U32, ..EntryRow::new("a") };
    row.set_labels((1..=LABELS).map(|label| LabelRow::new(label, name(label))).collect());
    write_entries(path, vec![row]);
}

pub fn numbered_labels(path: &Path) {
    labels(path, |_| LabelName::Numbered);
}

pub fn named_labels(path: &Path) {
    labels(path, |label| LabelName::Own(format!("{label:x}").into()));
}

pub fn labels_with_keys(path: &Path) {
    let mut row = EntryRow { dtype: Dtype::U32, ..EntryRow::new("a") };
    let more = || Some(Box::new(More { code: None, further: Some(r#"{"":0}"#.into()) }));
    let label = |label| LabelRow { more: more(), ..LabelRow::new(label, LabelName::Absent) };
    // Each is three rows.
    row.set_labels((1..=LABELS / 3).map(label).collect());
    write_entries(path, vec![row]);
}

pub fn entries(path: &Path) {
    write_entries(path, (0..ENTRIES).map(|entry| EntryRow::new(format!("{entry:x}"))).collect());
}

/// Text of JSON that takes fifty times as much once it is read.
fn nested(bytes: usize) -> String {
    format!(r#"{{"a":[{}0]}}"#, "[],".repeat(bytes / 3))
}

pub fn metadata(path: &Path) {
    let text = nested(4 << 20);
    let row = EntryRow { metadata: Some(text.as_str().into()), ..EntryRow::new("a") };
    let document =
        Document { metadata: Some(text.into()), entries: vec![row], ..Document::default() };
    write(path, Vec::new(), document);
}

/// Many records, each of which takes names away and adds them again: 2 MB that once took minutes.
pub fn removals(path: &Path) {
    let names: Vec<String> = (0..40).map(|name| format!("{name}")).collect();
    let older = |generation: u64| Document {
        generation,
        removed: if generation > 1 { names.clone() } else { Vec::new() },
        entries: names.iter().map(EntryRow::new).collect(),
        ..Document::default()
    };
    let removed = (0..10_000).map(|name| format!("no entry {name}")).collect();
    let newest = Document { removed, ..Document::default() };
    write(path, (1..=500).map(older).collect(), newest);
}
