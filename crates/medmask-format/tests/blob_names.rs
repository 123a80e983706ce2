//! The copy of the names in a blob.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask_format::Dtype;
use medmask_format::blob::{BLOB_PREFIX_LENGTH, BlobHeader, Chunk, parse_names, replace_names};
use medmask_format::index::{Budget, EntryRow, LabelName, LabelRow};

fn names(name: &str, labels: &[(u32, &str)]) -> EntryRow {
    let mut row = EntryRow::new(name);
    let label =
        |(label, own): &(u32, &str)| LabelRow::new(*label, LabelName::of(own, *label, name));
    row.set_labels(labels.iter().map(label).collect());
    row
}

fn read(bytes: &[u8], offset: u64) -> EntryRow {
    parse_names(bytes, offset, &mut Budget::of_file(bytes.len() as u64)).unwrap()
}

fn header() -> BlobHeader {
    BlobHeader {
        dtype: Dtype::U8,
        shape: [300, 20, 30],
        box_start: [200, 1, 2],
        box_shape: [7, 5, 6],
        slab_height: 4,
        chunks: vec![
            Chunk { codec: 3, length: 1000, checksum: 0x0123_4567 },
            Chunk { codec: 3, length: 9, checksum: 0x89ab_cdef },
        ],
    }
}

#[test]
fn names_are_replaced_as_if_the_header_had_been_written_with_them() {
    let short = names("liver", &[(1, "liver")]);
    let long = names(&"lobe ".repeat(40), &[(1, "left"), (2, "right"), (250, "both")]);
    for (before, after) in [(&short, &long), (&long, &short), (&short, &short)] {
        let mut bytes = header().to_bytes(before).unwrap();
        bytes.extend_from_slice(b"the first chunk");
        let replaced = replace_names(&bytes, 77, after).unwrap();
        assert_eq!(replaced, header().to_bytes(after).unwrap());
        assert_eq!(read(&replaced, 77), *after);
    }
}

#[test]
fn what_a_later_version_put_behind_the_names_stays() {
    let mut bytes = header().to_bytes(&names("liver", &[(1, "liver")])).unwrap();
    bytes.extend_from_slice(b"later");
    let length = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[..8]);
    crc.update(&bytes[BLOB_PREFIX_LENGTH..]);
    bytes[8..BLOB_PREFIX_LENGTH].copy_from_slice(&crc.finalize().to_le_bytes());
    let other = names("spleen", &[(1, "spleen")]);
    let replaced = replace_names(&bytes, 0, &other).unwrap();
    assert_eq!(BlobHeader::parse(&replaced, 0).unwrap(), (header(), replaced.len()));
    assert_eq!(read(&replaced, 0), other);
    assert!(replaced.ends_with(b"later"));
    bytes[20] ^= 1;
    assert!(replace_names(&bytes, 0, &other).is_err());
}
