//! What an index document leaves out, and what it says once for many entries (SPEC.md, "Index document" and "Entries").
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask_format::FormatError;
use medmask_format::index::{Document, Effort, EntryRow, IndexRecord, LabelRow, parse_index};
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
fn equal_metadata_are_written_once_and_every_entry_has_them() {
    let (scan, other) = (json!({"nifti": {"affine": [[1.5, 0.25]]}}), json!({"by": "hand"}));
    let mut document = of_entries(vec![
        with_metadata("liver", &scan),
        row(json!({"name": "nothing"})),
        with_metadata("lesion", &other),
        with_metadata("spleen", &scan),
    ]);
    let read = read_back(&mut document).unwrap();
    let written = json!({
        "generation": 1,
        "shared_metadata": [scan],
        "entries": [
            {"name": "liver", "shared_metadata": 0},
            {"name": "nothing"},
            {"name": "lesion", "metadata": other},
            {"name": "spleen", "shared_metadata": 0},
        ],
    });
    assert_eq!(serde_json::to_value(&document).unwrap(), written);

    let metadata = read.entries.iter().map(|row| {
        assert_eq!(row.shared_metadata, None);
        row.metadata.as_ref().map(|text| serde_json::from_str::<Value>(text.get()).unwrap())
    });
    assert_eq!(metadata.collect::<Vec<_>>(), [Some(scan.clone()), None, Some(other), Some(scan)]);
    assert!(read.shared_metadata.is_empty());
}

#[test]
fn shared_metadata_that_are_not_there_are_damage() {
    let shared = || vec![to_raw_value(&json!({"by": "hand"})).unwrap().into()];
    let beyond = row(json!({"name": "liver", "shared_metadata": 1}));
    let both = row(json!({"name": "liver", "shared_metadata": 0, "metadata": {}}));
    for entry in [beyond, both] {
        let mut document = of_entries(vec![entry]);
        document.shared_metadata = shared();
        let error = read_back(&mut document).unwrap_err();
        assert!(matches!(error, FormatError::Corrupt(_)), "{error}");
        assert!(error.to_string().contains("shared metadata"), "{error}");
    }
}

#[test]
fn metadata_count_as_often_as_entries_have_them() {
    let long = json!({"text": "x".repeat(1 << 20)});
    let text = with_metadata("", &long).metadata;
    let rows = (0..1024).map(|number| {
        let mut row = row(json!({"name": number.to_string()}));
        row.metadata.clone_from(&text);
        row
    });
    let error = IndexRecord::new(&mut of_entries(rows.collect()), Effort::Fast, 0).unwrap_err();
    assert!(matches!(error, FormatError::LimitExceeded { .. }), "{error}");

    let rows =
        (0..1024).map(|number| row(json!({"name": number.to_string(), "shared_metadata": 0})));
    let mut document = of_entries(rows.collect());
    document.shared_metadata = vec![text.unwrap()];
    let error = read_back(&mut document).unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
}
