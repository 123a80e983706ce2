//! Files with what this version does not know, and the bytes of files as they are.

use std::fs;
use std::path::Path;

use medmask_archive::Archive;
use medmask_format::blob::{BlobHeader, BlobNames, Chunk};
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot};
use medmask_format::index::{Document, EntryRow, INDEX_HEADER_LENGTH, parse_index};
use medmask_format::{Dtype, GridSpace};

pub const SHAPE: [usize; 3] = [9, 7, 8];

/// The bytes of the blob of the entry `name` of the file at `path`.
pub fn blob(path: &Path, name: &str) -> Vec<u8> {
    let (offset, length) = Archive::open(path).unwrap().entry(name).unwrap().blob().unwrap();
    fs::read(path).unwrap()[offset as usize..][..length as usize].to_vec()
}

/// The document of a file that was written at once.
fn document_of(path: &Path) -> Document {
    let bytes = fs::read(path).unwrap();
    let slot = Front::parse(&bytes[..FRONT_LENGTH]).unwrap().slots[0].as_ref().unwrap().unwrap();
    let record = &bytes[slot.index_offset as usize..][..slot.index_length as usize];
    parse_index(record, slot.index_offset, slot.index_checksum).unwrap()
}

/// The index rows of a file as text, without the places of blobs.
pub fn rows(path: &Path) -> Vec<String> {
    document_of(path).entries.into_iter().map(without_place).collect()
}

fn without_place(row: EntryRow) -> String {
    serde_json::to_string(&EntryRow { blob: None, ..row }).unwrap()
}

/// `row` as it is read, without the place of its blob.
pub fn row(row: &str) -> String {
    without_place(serde_json::from_str(&row.replace("PLACE", "[0,0]")).unwrap())
}

/// A file of `blob` and an index of one entry, `row`, whose blob it is.
pub fn write_file(path: &Path, blob: &[u8], row: &str) {
    let place = format!("[{FRONT_LENGTH},{}]", blob.len());
    let row = row.replace("PLACE", &place);
    let document = format!(r#"{{"generation":1,"later":1,"entries":[{row}]}}"#);
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
pub const LATER_ROW: &str = r#"{"name":"lung","dtype":"uint8","codec":"later","blob":PLACE,"labels":[{"name":"left","voxels":3,
    "bounds":[[0,1],[2,3],[4,7]],"sums":[0,6,15],"later":4,"code":["SCT","1","Left"]},{"label":2,"colour":[1,2,3,4]}],
    "metadata":{"big":1e400,"half":"\ud800"},"later":{"a":[2]}}"#;

/// The blob of [`LATER_ROW`], in a codec that nobody knows, with bytes of a later version in its header.
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
    let names = BlobNames {
        name: "lung".to_owned(),
        labels: vec![(1, "left".to_owned()), (2, "lung".to_owned())],
    };
    let mut bytes = header.to_bytes(&names).unwrap();
    bytes.extend_from_slice(chunk);
    bytes
}
