//! What an index document says, leaves out, and refuses (SPEC.md, "Index document").
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::{NonZeroU32, NonZeroU64};

use medmask_format::index::{
    Budget, CopyPlace, Counted, Document, Effort, EntryRow, IndexRecord, LabelName, LabelRow, More,
    Presence, RecordPlace, check_nesting, parse_copy, parse_index,
};
use medmask_format::{Dtype, FormatError};
use proptest::prelude::*;

fn of_entries(entries: Vec<EntryRow>) -> Document {
    Document { generation: 1, entries, ..Document::default() }
}

/// What is written of `document` before compression.
fn plain(document: &Document) -> Vec<u8> {
    let record = IndexRecord::new(document, Effort::Small, 0).unwrap();
    // Lengths below 128 take a byte.
    let payload = &record.bytes[12..];
    match record.bytes[8] {
        0 => payload.to_vec(),
        _ => zstd::bulk::decompress(payload, record.plain_length as usize).unwrap(),
    }
}

fn read_back(document: &Document) -> Result<Document, FormatError> {
    let record = IndexRecord::new(document, Effort::Small, 0).unwrap();
    parse_index(&record.bytes, 0, record.checksum, &mut Budget::of_file(1000))
}

/// Reads `columns` behind generation 1 as the document of a record that is not compressed, with what a small file may take.
fn read_columns(columns: &[(u8, &[u8])]) -> Result<Document, FormatError> {
    let mut document = vec![0, 1, 1];
    for (id, column) in columns {
        document.extend_from_slice(&[*id, column.len() as u8]);
        document.extend_from_slice(column);
    }
    let (record, checksum) = record(&document, document.len() as u64);
    parse_index(&record, 0, checksum, &mut Budget::of_file(1000))
}

/// An index record that is not compressed and says that its document has `plain` bytes.
fn record(document: &[u8], plain: u64) -> (Vec<u8>, u32) {
    let mut fields = vec![0];
    for mut number in [plain, document.len() as u64] {
        while number >= 128 {
            fields.push(number as u8 | 128);
            number >>= 7;
        }
        fields.push(number as u8);
    }
    fields.push(0);
    fields.extend_from_slice(document);
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"MSKI");
    hasher.update(&fields);
    let checksum = hasher.finalize();
    let record = [&b"MSKI"[..], &checksum.to_le_bytes(), &fields].concat();
    (record, checksum)
}

#[test]
fn what_goes_without_saying_is_not_written() {
    let mut brain = EntryRow::new("brain");
    brain.set_labels(vec![LabelRow::new(1, LabelName::of("brain", 1, "brain"))]);
    assert_eq!(brain, EntryRow::new("brain"));
    // Generation 1, and one name.
    assert_eq!(plain(&of_entries(vec![brain])), b"\x00\x01\x01\x10\x06brain\0");

    let mut vertebrae = EntryRow { dtype: Dtype::U8, ..EntryRow::new("vertebrae") };
    let names = ["C1", "label_2", "vertebrae", "label_04", "T1"];
    let row = |(place, name): (usize, &&str)| {
        let label = [1, 2, 3, 4, 8][place];
        LabelRow::new(label, LabelName::of(name, label, "vertebrae"))
    };
    vertebrae.set_labels(names.iter().enumerate().map(row).collect());
    let mut expected = b"\x00\x01\x01\x10\x0avertebrae\0".to_vec();
    expected.extend_from_slice(b"\x11\x01\x01"); // its type
    expected.extend_from_slice(b"\x15\x01\x05"); // five labels
    expected.extend_from_slice(b"\x20\x05\x00\x00\x00\x00\x06"); // three numbers left out before the last
    expected.extend_from_slice(b"\x21\x05\x01\x02\x00\x01\x01"); // whose names are their own, numbered, the entry's
    expected.extend_from_slice(b"\x22\x0fC1\0label_04\0T1\0");
    assert_eq!(plain(&of_entries(vec![vertebrae])), expected);
}

#[test]
fn statistics_are_differences() {
    let counted = Counted {
        voxels: NonZeroU64::new(3).unwrap(),
        bounds: [[5, 7], [2, 3], [0, 4]],
        sums: [16, 6, 4],
    };
    let label =
        LabelRow { presence: Presence::Counted(counted), ..LabelRow::new(1, LabelName::Entry) };
    let row = EntryRow {
        blob: Some((300, 20)),
        codec: Some(3),
        labels: Some([label].into()),
        ..EntryRow::new("a")
    };
    let mut expected = b"\x00\x01\x01\x10\x02a\0\x12\x01\x04\x13\x01\x14\x14\x02\xd8\x04".to_vec();
    expected.extend_from_slice(b"\x25\x01\x03"); // voxels
    expected.extend_from_slice(b"\x26\x01\x0a\x27\x01\x04"); // starts 5 and 2, doubled; 0 goes without saying
    expected.extend_from_slice(b"\x29\x01\x01\x2b\x01\x03"); // extents 2, 1 and 4, less 1
    // Voxels in the middle of their box would sum to 3·(5+6)/2 = 16, 6 and 4.
    assert_eq!(plain(&of_entries(vec![row])), expected);
}

#[test]
fn a_layer_is_a_number_of_its_entry() {
    let layered = |name, layer| EntryRow { layer: NonZeroU32::new(layer), ..EntryRow::new(name) };
    let document = of_entries(vec![layered("a", 0), layered("b", 300), layered("c", 1)]);
    let expected = b"\x00\x01\x01\x10\x06a\0b\0c\0\x18\x04\x00\xac\x02\x01";
    assert_eq!(plain(&document), expected);
    let names: (u8, &[u8]) = (16, b"a\0");
    assert!(read_columns(&[names, (24, &[0xff, 0xff, 0xff, 0xff, 0x0f])]).is_ok());
    for beyond in [&[0x80, 0x80, 0x80, 0x80, 0x10][..], &[1, 1]] {
        assert!(read_columns(&[names, (24, beyond)]).is_err(), "{beyond:?}");
    }
}

#[test]
fn equal_metadata_are_written_once_and_every_entry_has_them() {
    let with =
        |name: &str, text: &str| EntryRow { metadata: Some(text.into()), ..EntryRow::new(name) };
    let document = of_entries(vec![
        with("liver", r#"{"by":"hand"}"#),
        EntryRow::new("nothing"),
        with("spleen", r#"{"by":"net"}"#),
        with("rib", r#"{"by":"hand"}"#),
    ]);
    let mut expected = b"\x00\x01\x01\x06\x1b{\"by\":\"hand\"}\0{\"by\":\"net\"}\0".to_vec();
    expected.extend_from_slice(b"\x10\x19liver\0nothing\0spleen\0rib\0\x16\x04\x01\x00\x02\x01");
    assert_eq!(plain(&document), expected);
    assert_eq!(read_back(&document).unwrap(), document);
}

#[test]
fn columns_that_contradict_each_other_are_damage() {
    let name: (u8, &[u8]) = (16, b"a\0");
    assert!(read_columns(&[name]).is_ok());
    // Columns of later versions are passed over.
    assert_eq!(read_columns(&[name, (99, b"later")]).unwrap(), read_columns(&[name]).unwrap());
    for (columns, reason) in [
        (&[(16, &b"a"[..])][..], "no end"),
        (&[(16, b"\xff\0")], "not UTF-8"),
        (&[name, name], "not in order"),
        (&[name, (6, b"{}\0")], "not in order"),
        (&[(6, b"{}\0"), name, (22, b"\x02")], "not among those there"),
        (&[(6, b"[1]\0"), name, (22, b"\x01")], "not a JSON object"),
        (&[(6, b"{\"a\":}\0"), name, (22, b"\x01")], "not a JSON object"),
        (&[(3, b"{} {}"), name], "not a JSON object"),
        (&[name, (17, b"\x04")], "voxel type"),
        (&[name, (17, b"\x01\x01")], "more items"),
        (&[name, (19, b"\x01\x01"), (20, b"\x00")], "more items"),
        (&[name, (23, b"\x05{}\0")], "beyond all rows"),
        (&[name, (32, b"\x03")], "exceeds 32 bits"),
        (&[name, (33, b"\x20")], "flags that are not known"),
        (&[name, (33, b"\x01")], "is missing"),
        (&[name, (33, b"\x04")], "colour is missing"),
        (&[name, (37, b"\x01"), (38, b"\x01")], "exceeds 32 bits"),
        (&[name, (47, b"\x00[]\0")], "not a JSON object"),
    ] {
        let error = read_columns(columns).unwrap_err();
        assert!(error.to_string().contains(reason), "{columns:?}: {error}");
    }
}

#[test]
fn few_bytes_make_no_more_rows_than_the_file_justifies() {
    // Two billion labels of one entry, which no column says more of.
    let refused = read_columns(&[(16, b"a\0"), (17, b"\x03"), (21, b"\x80\x80\x80\x80\x08")]);
    assert!(matches!(refused, Err(FormatError::LimitExceeded { .. })), "{refused:?}");
    // A record whose header promises a gigabyte.
    let (record, checksum) = record(&[0], 1 << 30);
    let refused = parse_index(&record, 0, checksum, &mut Budget::of_file(1000));
    assert!(matches!(refused, Err(FormatError::LimitExceeded { .. })), "{refused:?}");
}

#[test]
fn a_copy_is_no_index() {
    let document = of_entries(vec![EntryRow::new("a")]);
    let copy = IndexRecord::new_copy(&document, Effort::Fast).unwrap();
    let budget = || Budget::of_file(1000);
    assert_eq!(parse_copy(&copy.bytes, 0, copy.checksum, &mut budget()).unwrap(), document);
    assert!(parse_index(&copy.bytes, 0, copy.checksum, &mut budget()).is_err());
    let index = IndexRecord::new(&document, Effort::Fast, 0).unwrap();
    assert!(parse_copy(&index.bytes, 0, index.checksum, &mut budget()).is_err());
}

#[test]
fn a_code_with_a_zero_cannot_be_written() {
    let code = Some(["SCT".to_owned(), "1\0".to_owned(), "Left".to_owned()]);
    let more = Some(Box::new(More { code, further: None }));
    let mut row = EntryRow::new("a");
    row.set_labels(vec![LabelRow { more, ..LabelRow::new(1, LabelName::Entry) }]);
    let refused = IndexRecord::new(&of_entries(vec![row]), Effort::Fast, 0);
    assert!(matches!(refused, Err(FormatError::Unwritable { .. })), "{refused:?}");
}

#[test]
fn metadata_are_not_nested_beyond_what_parsers_take() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let with = |levels: usize| format!(r#"{{"a":{},"b":"\"[[[{{\\"}}"#, nested(levels));
    assert!(check_nesting(&with(99)).is_ok());
    let error = check_nesting(&with(100)).unwrap_err();
    assert!(matches!(error, FormatError::LimitExceeded { asked: 101, limit: 100, .. }), "{error}");
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_0-9é肝]{1,9}"
}

fn object() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a-z]{1,4}".prop_map(|key| format!(r#"{{"{key}":[1e400]}}"#)))
}

prop_compose! {
    fn counted()(
        voxels in 1_u64..,
        starts: [u32; 3],
        extents: [u16; 3],
        sums: [u64; 3],
    ) -> Counted {
        let bounds = std::array::from_fn(|axis| {
            let start = starts[axis] >> 1;
            [start, start + 1 + u32::from(extents[axis])]
        });
        Counted { voxels: NonZeroU64::new(voxels).unwrap(), bounds, sums }
    }
}

fn presence() -> impl Strategy<Value = Presence> {
    let counted = counted().prop_map(Presence::Counted);
    prop_oneof![Just(Presence::Absent), Just(Presence::Uncounted), counted]
}

prop_compose! {
    fn label()(
        label: u32,
        kind in 0..4_u8,
        own in name(),
        presence in presence(),
        colour: Option<[u8; 4]>,
        code in prop::option::of([name(), name(), name()]),
        further in object(),
    ) -> LabelRow {
        let name = match kind {
            0 => LabelName::Entry,
            1 => LabelName::Own(own.into()),
            2 => LabelName::Numbered,
            _ => LabelName::Absent,
        };
        let more = More { code, further: further.map(Into::into) };
        let more = (more != More::default()).then(|| Box::new(more));
        LabelRow { name, label, presence, colour, more }
    }
}

prop_compose! {
    fn entry()(
        name in name(),
        dtype in 0..4_u8,
        codec in prop::option::of(0..255_u8),
        blob in prop::option::of((any::<u64>(), 1_u64..)),
        layer: Option<NonZeroU32>,
        labels in prop::collection::vec(label(), 0..5),
        metadata in object(),
        further in object(),
    ) -> EntryRow {
        let codec = codec.filter(|_| blob.is_some());
        let mut row = EntryRow { dtype: Dtype::from_code(dtype).unwrap(), codec, blob, layer, ..EntryRow::new(name) };
        row.set_labels(labels);
        EntryRow { metadata: metadata.map(Into::into), further: further.map(Into::into), ..row }
    }
}

prop_compose! {
    fn document()(
        generation: u64,
        places in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>(), any::<u64>()), 0..4),
        copy: Option<(u64, u64, u32)>,
        metadata in object(),
        removed in prop::collection::vec(name(), 0..4),
        entries in prop::collection::vec(entry(), 0..6),
        further in object(),
    ) -> Document {
        let mut end = 0;
        let place = |(distance, length, checksum, rows): (u32, u32, u32, u64)| {
            let offset = end + u64::from(distance);
            end = offset + u64::from(length);
            RecordPlace { offset, length: length.into(), checksum, rows }
        };
        Document {
            generation,
            records: places.into_iter().map(place).collect(),
            copy: copy.map(|(offset, length, checksum)| CopyPlace { offset, length, checksum }),
            metadata: metadata.map(Into::into),
            removed,
            entries,
            further: further.map(Into::into),
        }
    }
}

proptest! {
    #[test]
    fn documents_come_back(document in document()) {
        prop_assert_eq!(read_back(&document).unwrap(), document);
    }

    #[test]
    fn odd_columns_are_refused_or_read(columns in prop::collection::vec((0..50_u8, prop::collection::vec(0..6_u8, 0..8)), 0..12)) {
        let columns: Vec<(u8, &[u8])> = columns.iter().map(|(id, column)| (*id, &column[..])).collect();
        if let Ok(document) = read_columns(&columns) {
            // What was read is written and read again as the same.
            prop_assert_eq!(read_back(&document).unwrap(), document);
        }
    }
}
