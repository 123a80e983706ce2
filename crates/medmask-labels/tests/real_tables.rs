//! Label tables that other packages bring, against what a reader in plain Python finds in them (`peers/real_tables.py`).
//!
//! Runs where `MEDMASK_PYTHON` names a Python that has those packages. Nothing of them is committed.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{Named, pairs};
use medmask_labels::read;
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    file: String,
    format: String,
    /// Label, name and colour.
    labels: Vec<(u32, String, Option<[u8; 4]>)>,
}

#[test]
fn real_tables_are_read_as_an_independent_reader_reads_them() {
    let Some(python) = std::env::var_os("MEDMASK_PYTHON") else {
        eprintln!("skipped: MEDMASK_PYTHON not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/real_tables.py");
    let status = Command::new(python).arg(script).arg(folder.path()).status().unwrap();
    assert!(status.success(), "the peer script failed");
    let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
    let tables: Vec<Table> = serde_json::from_slice(&expected).unwrap();
    let mut formats: Vec<&str> = tables.iter().map(|table| table.format.as_str()).collect();
    formats.dedup();
    println!("{} tables: {}", tables.len(), formats.join(", "));
    assert!(!tables.is_empty());
    for Table { file, format, labels } in &tables {
        let read = read(&folder.path().join(file), None).unwrap();
        assert_eq!(read.format.name(), format, "{file}");
        let wanted: Vec<Named> =
            labels.iter().map(|(label, name, colour)| (name.clone(), *label, *colour)).collect();
        assert_eq!(pairs(&read.labels), wanted, "{file}: {:?}", read.notes);
    }
}
