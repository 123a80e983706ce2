//! What several tests need.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

use medmask_core::LabelMap;
use medmask_labels::{ParsedLabels, read};

/// Name, label and colour.
pub type Named = (String, u32, Option<[u8; 4]>);

pub fn pairs(labels: &LabelMap) -> Vec<Named> {
    labels.entries().map(|entry| (entry.name().to_owned(), entry.label(), entry.colour())).collect()
}

/// What a file of that name and text holds.
pub fn table(name: &str, text: impl AsRef<[u8]>) -> ParsedLabels {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    read(&path, None).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn named(name: &str, label: u32, colour: [u8; 4]) -> Named {
    (name.to_owned(), label, Some(colour))
}

pub fn plain(name: &str, label: u32) -> Named {
    (name.to_owned(), label, None)
}

/// The notes, in words.
pub fn notes(table: &ParsedLabels) -> Vec<String> {
    table.notes.iter().map(ToString::to_string).collect()
}
