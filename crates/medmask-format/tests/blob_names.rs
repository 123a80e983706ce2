//! The copy of the names in a blob.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZeroU32;

use medmask_format::Dtype;
use medmask_format::blob::{BLOB_PREFIX_LENGTH, BlobHeader, Chunk, parse_names, replace_names};
use medmask_format::index::{Budget, EntryRow, LabelName, LabelRow, Presence};

fn names(name: &str, labels: &[(u32, &str)]) -> EntryRow {
    let mut row = EntryRow::new(name);
    let label =
        |(label, own): &(u32, &str)| LabelRow::new(*label, LabelName::of(own, *label, name));
    row.set_labels(labels.iter().map(label).collect());
    row
}

fn read(bytes: &[u8], offset: u64) -> EntryRow {
    let names = parse_names(bytes, offset, &mut Budget::of_file(bytes.len() as u64)).unwrap();
    <[EntryRow; 1]>::try_from(names).unwrap().into_iter().next().unwrap()
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
        let mut bytes = header().to_bytes(std::slice::from_ref(before)).unwrap();
        bytes.extend_from_slice(b"the first chunk");
        let replaced = replace_names(&bytes, 77, after).unwrap();
        assert_eq!(replaced, header().to_bytes(std::slice::from_ref(after)).unwrap());
        assert_eq!(read(&replaced, 77), *after);
    }
}

#[test]
fn a_blob_names_the_entries_of_its_layers_and_which_label_each_has() {
    let layer = |row: EntryRow, layer| EntryRow { layer: NonZeroU32::new(layer), ..row };
    let mut lobe = names("lobe", &[(4, "left"), (9, "right")]);
    lobe.dtype = Dtype::U16;
    let mut labels = lobe.label_rows().to_vec();
    labels[1].presence = Presence::Uncounted;
    lobe.set_labels(labels);
    let entries = [layer(names("liver", &[(1, "liver")]), 2), layer(lobe, 1)];
    let bytes = header().to_bytes(&entries).unwrap();
    let read = |bytes: &[u8]| parse_names(bytes, 7, &mut Budget::of_file(1000));
    assert_eq!(read(&bytes).unwrap(), entries);
    // Of several entries each has a layer.
    let one = names("rib", &[(1, "rib")]);
    for refused in [&[one.clone(), one.clone()][..], &[entries[0].clone(), one], &[]] {
        assert!(read(&header().to_bytes(refused).unwrap()).is_err());
    }
}

#[test]
fn what_a_later_version_put_behind_the_names_stays() {
    let mut bytes = header().to_bytes(&[names("liver", &[(1, "liver")])]).unwrap();
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
