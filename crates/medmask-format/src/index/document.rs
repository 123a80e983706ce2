//! What an index document says (SPEC.md, "Index document").

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::label_row::{LabelName, LabelRow, Presence};
use crate::{Dtype, FormatError};

/// Levels of objects and arrays in metadata. Parsers of JSON have such limits, so what has more may not be readable.
pub const MAX_NESTING: u64 = 100;

/// The document of an index record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The commit that wrote it.
    pub generation: u64,
    /// The older index records that still count, oldest first.
    pub records: Vec<RecordPlace>,
    /// Where the copy of this document stands, for repair.
    pub copy: Option<CopyPlace>,
    /// Free metadata of the archive: the text of a JSON object. The newest record's count.
    pub metadata: Option<Arc<str>>,
    /// Names of entries in older records that no longer count.
    pub removed: Vec<String>,
    /// Entries that this commit adds.
    pub entries: Vec<EntryRow>,
    /// Keys of later versions: the text of a JSON object.
    pub further: Option<Arc<str>>,
}

/// Where an older index record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordPlace {
    /// First byte of the record in the file.
    pub offset: u64,
    /// Its bytes, padding included.
    pub length: u64,
    /// Its checksum.
    pub checksum: u32,
    /// Entries and removals that it holds: a hint for writers.
    pub rows: u64,
}

/// Where the copy of an index document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyPlace {
    /// First byte of the copy in the file.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// Its checksum.
    pub checksum: u32,
}

/// One entry of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// The entry's name, unique in the archive.
    pub name: String,
    /// The voxel type.
    pub dtype: Dtype,
    /// The number of the codec that its writer was asked for; for people, since each chunk names its own. Without a blob it is
    /// not stored.
    pub codec: Option<u8>,
    /// Offset and length of the blob; absent where no voxel is labelled.
    pub blob: Option<(u64, u64)>,
    /// The label that its voxels have in the blob, which holds those of other entries as other labels; `None` where the blob is
    /// its own.
    pub layer: Option<NonZeroU32>,
    /// The labels with their names and statistics; `None` stands for one label, 1, with the entry's name, no voxels and
    /// nothing else. [`label_rows`](Self::label_rows) gives that one, too. Rows that are copied share them.
    pub labels: Option<Arc<[LabelRow]>>,
    /// Free metadata of the entry: the text of a JSON object. Entries that have the same may share it.
    pub metadata: Option<Arc<str>>,
    /// Keys of later versions: the text of a JSON object.
    pub further: Option<Box<str>>,
}

/// What an entry without `labels` has: all that is to say of most structures of a scan is that they are not in it.
static EMPTY_LABEL: LabelRow = LabelRow {
    name: LabelName::Entry,
    label: 1,
    presence: Presence::Absent,
    colour: None,
    more: None,
};

impl Document {
    /// What the document takes of a [`Budget`](super::Budget) of rows.
    pub(super) fn rows(&self) -> u64 {
        let labels =
            self.entries.iter().flat_map(EntryRow::label_rows).map(LabelRow::rows).sum::<u64>();
        // Of equal texts one is written, so that there are no more than these.
        let texts = self.entries.iter().filter_map(|row| row.metadata.as_ref());
        let texts: HashSet<_> = texts.map(|text| Arc::as_ptr(text).cast::<()>()).collect();
        let others = self.entries.len() + self.removed.len() + self.records.len() + texts.len();
        labels + 2 * others as u64
    }
}

impl EntryRow {
    /// An entry of one label, 1, with its name, of which no voxel is labelled.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            dtype: Dtype::Bool,
            codec: None,
            blob: None,
            layer: None,
            labels: None,
            metadata: None,
            further: None,
        }
    }

    /// The labels.
    #[must_use]
    pub fn label_rows(&self) -> &[LabelRow] {
        self.labels.as_deref().unwrap_or(std::slice::from_ref(&EMPTY_LABEL))
    }

    /// Sets the labels, and leaves out what need not be said.
    pub fn set_labels(&mut self, rows: Vec<LabelRow>) {
        let one_empty = matches!(&rows[..], [row] if *row == EMPTY_LABEL);
        self.labels = (!one_empty).then(|| rows.into());
    }

    /// The entry with the names of its labels and nothing else, as its blob tells them; of one in a layer also its type, and
    /// which of several labels has voxels.
    #[must_use]
    pub fn names(&self) -> Self {
        let mut row = Self::new(self.name.clone());
        let is_layer = self.layer.is_some();
        if is_layer {
            (row.dtype, row.layer) = (self.dtype, self.layer);
        }
        let rows = self.label_rows();
        let tells_which = is_layer && rows.len() > 1;
        let name = |known: &LabelRow| {
            let marked = tells_which && known.presence != Presence::Absent;
            let presence = if marked { Presence::Uncounted } else { Presence::Absent };
            LabelRow { presence, ..LabelRow::new(known.label, known.name.clone()) }
        };
        row.set_labels(rows.iter().map(name).collect());
        row
    }

    /// The entry as a copy of the index has it where its blob tells its type and its labels (SPEC.md, "Copy of the index").
    #[must_use]
    pub fn told_by_blob(&self) -> Self {
        Self {
            name: self.name.clone(),
            dtype: Dtype::Bool,
            codec: None,
            blob: self.blob,
            layer: self.layer,
            labels: Some(Arc::default()),
            metadata: self.metadata.clone(),
            further: self.further.clone(),
        }
    }

    /// Whether a copy of the index says of the entry that its blob tells the rest.
    #[must_use]
    pub fn is_told_by_blob(&self) -> bool {
        self.blob.is_some() && self.label_rows().is_empty()
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
