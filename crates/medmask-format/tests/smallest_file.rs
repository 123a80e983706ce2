//! The hex dump in SPEC.md is that of a file which this crate writes and reads.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write;

use medmask_format::GridSpace;
use medmask_format::front::{Front, Kind, SLOT_LENGTH, SLOTS_END, Slot, Trailer, slot_offset};
use medmask_format::index::{Budget, CopyPlace, Document, Effort, IndexRecord, parse_index};

/// One voxel of 1 mm at the origin, no entries.
fn smallest_file() -> Vec<u8> {
    let space = GridSpace {
        shape: [1; 3],
        spacing: [1.0; 3],
        origin: [0.0; 3],
        direction: [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    };
    let mut bytes = Front::new_bytes(Kind::Archive, &space);
    let front = bytes.len() as u64;
    let mut document = Document { generation: 1, ..Document::default() };
    let copy = IndexRecord::new_copy(&document, Effort::Small).unwrap();
    let checksum = copy.checksum;
    // The copy's place takes as many bytes whatever it is.
    let length = copy.bytes.len() as u64;
    document.copy = Some(CopyPlace { offset: front, length, checksum });
    let record_length = IndexRecord::new(&document, Effort::Small, 0).unwrap().bytes.len();
    let offset = front + record_length as u64;
    document.copy = Some(CopyPlace { offset, length, checksum });
    let record = IndexRecord::new(&document, Effort::Small, 0).unwrap();
    let slot = Slot {
        generation: 1,
        index_offset: front,
        index_length: record.bytes.len() as u64,
        index_checksum: record.checksum,
        file_length: offset + length + Trailer::length_of(&space) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let place = slot_offset(0) as usize;
    bytes[place..place + SLOT_LENGTH].copy_from_slice(&slot.to_bytes());
    bytes.extend_from_slice(&record.bytes);
    bytes.extend_from_slice(&copy.bytes);
    bytes.extend_from_slice(&Trailer { kind: Kind::Archive, space, slot }.to_bytes());
    bytes
}

/// Sixteen bytes a line, as `hexdump -C` prints them, with repeated lines left out.
fn hex_dump(bytes: &[u8]) -> String {
    let mut dump = String::new();
    let mut before: Option<&[u8]> = None;
    let mut skipped = false;
    for (number, line) in bytes.chunks(16).enumerate() {
        if before == Some(line) {
            if !skipped {
                dump.push_str("*\n");
            }
            skipped = true;
            continue;
        }
        (before, skipped) = (Some(line), false);
        let byte = |at: usize| line.get(at).map_or("  ".to_owned(), |byte| format!("{byte:02x}"));
        let [left, right] =
            [0, 8].map(|start| (start..start + 8).map(byte).collect::<Vec<_>>().join(" "));
        let text =
            line.iter().map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' });
        let text: String = text.collect();
        let _ = writeln!(dump, "{:08x}  {left}  {right}  |{text}|", number * 16);
    }
    let _ = writeln!(dump, "{:08x}", bytes.len());
    dump
}

#[test]
fn the_dump_in_the_spec_is_true() {
    let bytes = smallest_file();
    let front = Front::parse(&bytes).unwrap();
    let slot = front.slots[0].as_ref().unwrap().unwrap();
    let record = &bytes[slot.index_offset as usize..][..slot.index_length as usize];
    let mut budget = Budget::of_file(bytes.len() as u64);
    let document = parse_index(record, slot.index_offset, slot.index_checksum, &mut budget);
    assert!(document.unwrap().entries.is_empty());
    let trailer = bytes.len() - Trailer::length_of(&front.space);
    assert_eq!(Trailer::parse(&bytes[trailer..], trailer as u64).unwrap().slot, slot);
    let dump = hex_dump(&bytes);
    let spec = include_str!("../SPEC.md");
    assert!(spec.contains(&dump), "SPEC.md lacks this dump:\n{dump}");
}

/// The front with other bytes for its space, and with length and checksum that fit these.
fn with_space(front: &[u8], space: &[u8]) -> Vec<u8> {
    let mut bytes = front[..SLOTS_END].to_vec();
    bytes[6..8].copy_from_slice(&((SLOTS_END + space.len() + 4) as u16).to_le_bytes());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..8]);
    hasher.update(space);
    bytes.extend_from_slice(space);
    bytes.extend_from_slice(&hasher.finalize().to_le_bytes());
    bytes
}

#[test]
fn a_space_has_its_shortest_form() {
    let file = smallest_file();
    let length = usize::from(u16::from_le_bytes([file[6], file[7]]));
    let (front, space) = (&file[..length], &file[SLOTS_END..length - 4]);
    assert_eq!(with_space(front, space), front);
    assert!(Front::parse(front).is_ok());
    // A byte behind it; a 1 of three bytes; a varint of two for one.
    let behind = [space, &[0]].concat();
    let one = [2, 0x3f, 0xf0];
    let at = space.windows(3).position(|bytes| bytes == one).unwrap();
    let long_number = [&space[..at], &[3, 0x3f, 0xf0, 0], &space[at + 3..]].concat();
    let long_varint = [&[0x81, 0][..], &space[1..]].concat();
    for other in [behind, long_number, long_varint] {
        let error = Front::parse(&with_space(front, &other)).unwrap_err();
        assert!(error.to_string().contains("shortest form"), "{error}");
    }
}
