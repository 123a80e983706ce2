//! What an index document leaves out, and what it says once for many entries (SPEC.md, "Index document" and "Entries").
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask_format::FormatError;
use medmask_format::index::{
    Document, Effort, EntryRow, INDEX_HEADER_LENGTH, IndexRecord, LabelRow, check_nesting,
    parse_index,
};
use serde_json::value::to_raw_value;
use serde_json::{Value, from_value, json};

fn row(json: Value) -> EntryRow {
    from_value(json).unwrap()
}

fn label_row(json: Value) -> LabelRow {
    from_value(json).unwrap()
}

fn with_metadata(name: &str, metadata: &Value) -> EntryRow {
    let mut row = row(json!({"name": name}));
    row.metadata = Some(to_raw_value(metadata).unwrap().into());
    row
}

fn of_entries(entries: Vec<EntryRow>) -> Document {
    Document { generation: 1, entries, ..Document::default() }
}

fn read_back(document: &mut Document) -> Result<Document, FormatError> {
    let record = IndexRecord::new(document, Effort::Small, 0).unwrap();
    parse_index(&record.bytes, 0, record.checksum)
}

#[test]
fn what_goes_without_saying_is_not_written() {
    let mut brain =
        row(json!({"name": "brain", "dtype": "bool", "labels": [{"name": "brain", "label": 1}]}));
    brain.set_labels(brain.labels.clone().unwrap());
    assert_eq!(serde_json::to_string(&brain).unwrap(), r#"{"name":"brain"}"#);

    let tumour =
        json!({"name": "tumour", "dtype": "uint8", "labels": [{"label": 2}, {"name": "edema"}]});
    let mut row = row(tumour.clone());
    row.set_labels(vec![
        label_row(json!({"name": "tumour", "label": 2})),
        label_row(json!({"name": "edema", "label": 1})),
    ]);
    assert_eq!(serde_json::to_value(&row).unwrap(), tumour);

    row.set_labels(Vec::new());
    let without = json!({"name": "tumour", "dtype": "uint8", "labels": []});
    assert_eq!(serde_json::to_value(&row).unwrap(), without);
}

#[test]
fn a_key_of_a_later_version_keeps_its_label_written() {
    let mut row = row(json!({"name": "brain"}));
    row.set_labels(vec![label_row(json!({"name": "brain", "label": 1, "later": 3}))]);
    let kept = json!({"name": "brain", "labels": [{"later": 3}]});
    assert_eq!(serde_json::to_value(&row).unwrap(), kept);
}

#[test]
fn rows_say_the_same_with_and_without_it() {
    let short = row(json!({"name": "brain"}));
    let long =
        row(json!({"name": "brain", "dtype": "bool", "labels": [{"name": "brain", "label": 1}]}));
    for row in [&short, &long] {
        assert_eq!(row.dtype, "bool");
        let labels: Vec<_> = row.label_rows().map(|(name, row)| (name, row.label)).collect();
        assert_eq!(labels, [("brain", 1)]);
    }
    assert_eq!(row(json!({"name": "brain", "labels": []})).label_rows().len(), 0);
}

#[test]
fn long_rows_become_short_when_they_are_written_anew() {
    let long = json!({"name": "brain", "dtype": "bool", "labels": [{"name": "brain", "label": 1}]});
    let mut document = of_entries(vec![row(long)]);
    read_back(&mut document).unwrap();
    assert_eq!(serde_json::to_string(&document.entries[0]).unwrap(), r#"{"name":"brain"}"#);
}

#[test]
fn equal_metadata_are_written_once_and_every_entry_has_them() {
    let [scan, hand] = [json!({"nifti": {"affine": [[1.5, 0.25]]}}), json!({"by": "hand"})];
    let alone = json!({"by": "nobody"});
    let mut document = of_entries(vec![
        with_metadata("liver", &scan),
        with_metadata("lesion", &hand),
        row(json!({"name": "nothing"})),
        with_metadata("spleen", &scan),
        with_metadata("rib", &alone),
        with_metadata("node", &hand),
    ]);
    let read = read_back(&mut document).unwrap();
    let written = json!({
        "generation": 1,
        "shared_metadata": [scan, hand],
        "entries": [
            {"name": "liver", "shared_metadata": 0},
            {"name": "lesion", "shared_metadata": 1},
            {"name": "nothing"},
            {"name": "spleen", "shared_metadata": 0},
            {"name": "rib", "metadata": alone},
            {"name": "node", "shared_metadata": 1},
        ],
    });
    assert_eq!(serde_json::to_value(&document).unwrap(), written);

    let metadata = read.entries.iter().map(|row| {
        assert_eq!(row.shared_metadata, None);
        row.metadata.as_ref().map(|text| serde_json::from_str::<Value>(text.get()).unwrap())
    });
    let (scan, hand) = (Some(scan), Some(hand));
    assert_eq!(
        metadata.collect::<Vec<_>>(),
        [scan.clone(), hand.clone(), None, scan, Some(alone), hand]
    );
    assert!(read.shared_metadata.is_empty());
}

/// Reads `document`, which lacks its generation, as the document of a record that is not compressed.
fn read_text(document: &str) -> Result<Document, FormatError> {
    let document = document.replacen('{', r#"{"generation":1,"#, 1);
    let mut record = b"MSKI\0\0\0\0".to_vec();
    for number in [INDEX_HEADER_LENGTH + document.len(), document.len(), document.len()] {
        record.extend_from_slice(&(number as u64).to_le_bytes());
    }
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&record);
    hasher.update(document.as_bytes());
    let checksum = hasher.finalize();
    record.extend_from_slice(&checksum.to_le_bytes());
    record.extend_from_slice(document.as_bytes());
    parse_index(&record, 0, checksum)
}

#[test]
fn shared_metadata_that_are_not_there_are_damage() {
    let of_row = |keys: &str| {
        let shared = r#""shared_metadata":[{"by":"hand"}]"#;
        read_text(&format!(r#"{{{shared},"entries":[{{"name":"liver",{keys}}}]}}"#))
    };
    assert!(of_row(r#""shared_metadata":0"#).unwrap().entries[0].metadata.is_some());
    for (keys, reason) in [
        (r#""shared_metadata":1"#, "are not there"),
        (r#""shared_metadata":0,"metadata":{}"#, "both"),
        (r#""shared_metadata":-1"#, "not the JSON"),
        (r#""shared_metadata":0.0"#, "not the JSON"),
        (r#""shared_metadata":4294967296"#, "not the JSON"),
    ] {
        let error = of_row(keys).unwrap_err();
        assert!(error.to_string().contains(reason), "{keys}: {error}");
    }
    let error = read_text(r#"{"shared_metadata":[5],"entries":[]}"#).unwrap_err();
    assert!(error.to_string().contains("not objects"), "{error}");
}

#[test]
fn null_is_no_absent_key() {
    let known = [r#"{"name":"a","KEY":null}"#, r#"{"name":"a","labels":[{"KEY":null}]}"#];
    let keys: [&[&str]; 2] = [
        &["dtype", "codec", "blob", "labels", "metadata", "shared_metadata"],
        &["name", "label", "voxels", "bounds", "sums", "colour", "code"],
    ];
    for (row, keys) in known.into_iter().zip(keys) {
        assert!(read_text(&format!(r#"{{"entries":[{row}]}}"#)).is_ok(), "of a later version");
        for key in keys {
            let row = row.replace("KEY", key);
            let read = read_text(&format!(r#"{{"entries":[{row}]}}"#)).map(|read| read.entries);
            // Text that is no object is refused with the entry.
            let refused = read.map_or(true, |rows| {
                rows[0].metadata.as_ref().is_some_and(|text| text.get() == "null")
            });
            assert!(refused, "{row}");
        }
    }
    assert!(read_text(r#"{"later":null,"entries":[]}"#).is_ok());
    for key in ["records", "space", "metadata", "removed", "shared_metadata"] {
        assert!(read_text(&format!(r#"{{"{key}":null,"entries":[]}}"#)).is_err(), "{key}");
    }
    assert!(read_text(r#"{"entries":null}"#).is_err() && read_text(r#"{"later":1}"#).is_err());
}

#[test]
fn no_label_is_read_behind_one_that_is_there_twice() {
    let of_labels = |labels: &str| {
        let row = format!(r#"{{"name":"a","dtype":"uint8","labels":{labels}}}"#);
        let read = read_text(&format!(r#"{{"entries":[{row}]}}"#)).unwrap();
        read.entries[0].label_rows().map(|(_, row)| row.label).collect::<Vec<_>>()
    };
    assert_eq!(of_labels(r#"[{},{"label":2},{"label":7}]"#), [1, 2, 7]);
    assert_eq!(of_labels("[{},{},{},{}]"), [1, 1]);
    assert_eq!(of_labels(r#"[{"label":3},{},{"label":3},{"label":4}]"#), [3, 1, 3]);
}

#[test]
fn metadata_are_not_nested_beyond_what_parsers_take() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let with = |levels: usize| format!(r#"{{"a":{},"b":"\"[[[{{\\"}}"#, nested(levels));
    assert!(check_nesting(&with(99)).is_ok());
    let error = check_nesting(&with(100)).unwrap_err();
    assert!(matches!(error, FormatError::LimitExceeded { asked: 101, limit: 100, .. }), "{error}");
}
