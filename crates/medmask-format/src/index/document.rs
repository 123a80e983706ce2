//! What an index document says (SPEC.md, "Index document" and "Entries").

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::fields::{bool_name, is_bool, optional_word, present, unknown_keys, word};
use super::label_row::{LabelRow, few};
use crate::{FormatError, GridSpace};

/// Levels of objects and arrays in metadata. Parsers of JSON have such limits, so what has more may not be readable.
pub const MAX_NESTING: u64 = 100;

/// The JSON document of an index record.
///
/// Keys that this crate does not know are kept in `unknown` and written back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Document {
    /// The commit that wrote it.
    pub generation: u64,
    /// The older index records that still count, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordPlace>,
    /// A copy of the front's space, for repair; in the oldest record at least.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub space: Option<GridSpace>,
    /// Free metadata of the archive; the newest record's counts.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Names of entries in older records that no longer count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Metadata that `entries` name by their place. [`IndexRecord::new`](super::IndexRecord::new) puts here what several of
    /// them have, and [`parse_index`](super::parse_index) gives it back to them, so that it is empty in between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_metadata: Vec<Arc<RawValue>>,
    /// Entries that this commit adds.
    pub entries: Vec<EntryRow>,
    /// Keys of later versions.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Document {
    /// Moves metadata that several entries have to `shared_metadata`. Masks of one scan mostly come with the same.
    pub(super) fn share_metadata(&mut self) {
        let texts: Vec<_> = self.entries.iter().map(|row| row.metadata.clone()).collect();
        let mut by_text = HashMap::<&str, usize>::new();
        // Entries that were read share texts in memory, too, and long ones are not to be hashed for each of them.
        let mut by_address = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text else { continue };
            let group = *by_address.entry(Arc::as_ptr(text).cast::<()>()).or_insert_with(|| {
                *by_text.entry(text.get()).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                })
            });
            groups[group].push(row);
        }
        for rows in groups.iter().filter(|rows| rows.len() > 1) {
            let place = self.shared_metadata.len() as u32;
            self.shared_metadata.extend(self.entries[rows[0]].metadata.clone());
            for row in rows {
                let row = &mut self.entries[*row];
                (row.metadata, row.shared_metadata) = (None, Some(place));
            }
        }
    }

    /// Gives each entry the shared metadata that it names.
    pub(super) fn give_metadata(&mut self) -> Result<(), &'static str> {
        let shared = std::mem::take(&mut self.shared_metadata);
        if shared.iter().any(|text| !text.get().starts_with('{')) {
            return Err("its shared metadata are not objects");
        }
        for row in &mut self.entries {
            if let Some(place) = row.shared_metadata.take() {
                let text = shared.get(place as usize);
                let text = text.ok_or("an entry's shared metadata are not there")?.clone();
                if row.metadata.replace(text).is_some() {
                    return Err("an entry has both metadata of its own and shared ones");
                }
            }
        }
        Ok(())
    }
}

/// Where an older index record stands: `[offset, length, checksum, entries]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u32, u64)", into = "(u64, u64, u32, u64)")]
pub struct RecordPlace {
    /// First byte of the record in the file.
    pub offset: u64,
    /// Its bytes, padding included.
    pub length: u64,
    /// Its checksum.
    pub checksum: u32,
    /// Entries and removals that it holds.
    pub rows: u64,
}

impl From<(u64, u64, u32, u64)> for RecordPlace {
    fn from((offset, length, checksum, rows): (u64, u64, u32, u64)) -> Self {
        Self { offset, length, checksum, rows }
    }
}

impl From<RecordPlace> for (u64, u64, u32, u64) {
    fn from(record: RecordPlace) -> Self {
        (record.offset, record.length, record.checksum, record.rows)
    }
}

/// One entry of the archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EntryRow {
    /// The entry's name, unique in the archive.
    pub name: String,
    /// `bool`, `uint8`, `uint16` or `uint32`; absent means `bool`.
    #[serde(default = "bool_name", deserialize_with = "word", skip_serializing_if = "is_bool")]
    pub dtype: Cow<'static, str>,
    /// The codec's name; for people, since each chunk names its own.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_word")]
    pub codec: Option<Cow<'static, str>>,
    /// Offset and length of the blob; absent where no voxel is labelled.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub blob: Option<(u64, u64)>,
    /// The labels with their names and statistics; absent means one label, 1, with the entry's name, no voxels and nothing
    /// else. [`label_rows`](Self::label_rows) gives that one, too.
    #[serde(default, deserialize_with = "few", skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<LabelRow>>,
    /// Free metadata of the entry, an object. Kept as text: of thousands of entries few are looked at.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Arc<RawValue>>,
    /// Where they are shared: their place in [`Document::shared_metadata`], and `metadata` is absent.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub shared_metadata: Option<u32>,
    /// Keys of later versions.
    #[serde(flatten, deserialize_with = "unknown_keys")]
    pub unknown: Option<Box<Map<String, Value>>>,
}

/// What an entry without `labels` has: all that is to say of most structures of a scan is that they are not in it.
static EMPTY_LABEL: LabelRow = LabelRow {
    name: None,
    label: 1,
    voxels: 0,
    bounds: None,
    sums: None,
    colour: None,
    code: None,
    unknown: None,
};

impl EntryRow {
    /// The labels with their names.
    pub fn label_rows(&self) -> impl ExactSizeIterator<Item = (&str, &LabelRow)> {
        let rows = self.labels.as_deref().unwrap_or(std::slice::from_ref(&EMPTY_LABEL));
        rows.iter().map(|row| (row.name.as_deref().unwrap_or(&self.name), row))
    }

    /// Sets the labels, and leaves out what need not be said.
    pub fn set_labels(&mut self, mut rows: Vec<LabelRow>) {
        for row in &mut rows {
            row.name.take_if(|name| *name == self.name);
        }
        let one_empty = matches!(&rows[..], [row] if *row == EMPTY_LABEL);
        self.labels = (!one_empty).then_some(rows);
    }
}

/// Counts the levels of objects and arrays in `metadata`, which are valid JSON.
///
/// # Errors
/// [`FormatError::LimitExceeded`] where there are more than [`MAX_NESTING`].
pub fn check_nesting(metadata: &str) -> Result<(), FormatError> {
    let (mut level, mut asked, mut in_text, mut escaped) = (0_u64, 0, false, false);
    for byte in metadata.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                level += 1;
                asked = asked.max(level);
            }
            b'}' | b']' if !in_text => level = level.saturating_sub(1),
            _ => {}
        }
    }
    let (what, limit) = ("the nesting of metadata", MAX_NESTING);
    if asked > limit { Err(FormatError::LimitExceeded { what, asked, limit }) } else { Ok(()) }
}
