//! One committed state of a version 2 file, as its index describes it (SPEC.md, "Opening").

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::path::Path;

use indexmap::IndexSet;
use medmask_core::Space;
use medmask_format::front::{
    FRONT_LENGTH, Front, KNOWN_READER_FEATURES, KNOWN_WRITER_FEATURES, Kind, Slot, slot_offset,
};
use medmask_format::index::{
    Document, RecordPlace, allowed_expansion, document_length, parse_index,
};
use medmask_format::{Corrupt, FormatError, GridSpace};
use serde_json::{Map, Value};

use crate::types::core_space;
use crate::{ArchiveError, Entry, ReadAt, Result};

/// What a reader keeps in memory: everything but voxels.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub kind: Kind,
    pub grid: GridSpace,
    pub space: Space,
    pub slot: Slot,
    /// Which of the two slots holds this state.
    pub slot_number: usize,
    /// The index records that count, oldest first.
    pub records: Vec<LiveRecord>,
    pub entries: IndexSet<LiveEntry>,
    pub metadata: Map<String, Value>,
    /// Keys of the newest index document that this version does not know.
    pub unknown: Map<String, Value>,
    /// Why the other slot, or a newer state, did not serve.
    pub damage: Option<FormatError>,
    /// Whether there is a newer commit, whose index is damaged. (A damaged slot alone may be a commit that was cut off.)
    pub newer_lost: bool,
}

/// An entry and the commit that wrote its index row. In a set it is known by its name.
#[derive(Clone, Debug)]
pub(crate) struct LiveEntry {
    pub entry: Entry,
    pub generation: u64,
}

impl Borrow<str> for LiveEntry {
    fn borrow(&self) -> &str {
        self.entry.name()
    }
}

impl Hash for LiveEntry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entry.name().hash(state);
    }
}

impl PartialEq for LiveEntry {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name() == other.entry.name()
    }
}

impl Eq for LiveEntry {}

/// An index record that counts.
#[derive(Clone, Debug)]
pub(crate) struct LiveRecord {
    pub place: RecordPlace,
    /// Bytes of its document before compression.
    pub plain_length: u64,
    pub generation: u64,
    pub removed: Vec<String>,
}

impl Snapshot {
    /// Reads the newest state that is whole.
    pub(crate) fn read(storage: &impl ReadAt, path: &Path) -> Result<Self> {
        let size = storage.size().map_err(ArchiveError::io("read", path))?;
        let length = size.min(FRONT_LENGTH as u64) as usize;
        let front = storage.read_at(0, length).map_err(ArchiveError::io("read", path))?;
        let Front { kind, space, slots } =
            Front::parse(&front).map_err(ArchiveError::format(path))?;

        let mut damage = None;
        let mut newer_lost = false;
        let mut states = Vec::new();
        for (number, slot) in slots.into_iter().enumerate() {
            match slot {
                Ok(Some(slot)) => states.push((number, slot)),
                Ok(None) => {}
                Err(error) => damage = Some(error),
            }
        }
        states.sort_by_key(|(_, slot)| std::cmp::Reverse(slot.generation));
        for (number, slot) in states {
            match Self::read_slot(storage, path, size, (kind, space), (number, slot)) {
                Ok(snapshot) => return Ok(Self { damage, newer_lost, ..snapshot }),
                // An older state is the answer to damage, not to a failing disk or to features of the future.
                Err(ArchiveError::Format { source: source @ FormatError::Corrupt(_), .. }) => {
                    damage.get_or_insert(source);
                    newer_lost = true;
                }
                Err(error) => return Err(error),
            }
        }
        let none = corrupt("commit slot", slot_offset(0), "neither slot was ever written");
        Err(ArchiveError::format(path)(damage.unwrap_or(none)))
    }

    fn read_slot(
        storage: &impl ReadAt,
        path: &Path,
        size: u64,
        (kind, grid): (Kind, GridSpace),
        (slot_number, slot): (usize, Slot),
    ) -> Result<Self> {
        let format = |error| ArchiveError::format(path)(error);
        let unknown = slot.reader_features & !KNOWN_READER_FEATURES;
        if unknown != 0 {
            return Err(format(FormatError::UnsupportedFeature { bits: unknown, action: "read" }));
        }
        if slot.file_length > size {
            let reason = "the file is shorter than its last commit says; it was cut off";
            return Err(format(corrupt("commit slot", slot_offset(slot_number), reason)));
        }
        let space = core_space(&grid)
            .map_err(|_| format(corrupt("front", 8, "its geometry is not that of a voxel grid")))?;
        let newest = RecordPlace {
            offset: slot.index_offset,
            length: slot.index_length,
            checksum: slot.index_checksum,
            rows: 0,
        };
        let mut budget = allowed_expansion(slot.file_length);
        let length = usize::try_from(newest.length)
            .map_err(|_| format(corrupt("index", newest.offset, "it is too long")))?;
        let bytes =
            storage.read_at(newest.offset, length).map_err(ArchiveError::io("read", path))?;
        let (document, plain_length) =
            parse_document(&bytes, newest, &mut budget).map_err(format)?;
        let mut snapshot = Self {
            kind,
            grid,
            space,
            slot,
            slot_number,
            records: Vec::new(),
            entries: IndexSet::new(),
            metadata: document.metadata.clone(),
            unknown: document.unknown.clone(),
            damage: None,
            newer_lost: false,
        };
        snapshot.apply_older(storage, path, &document.records, &mut budget)?;
        snapshot.apply(newest, document, plain_length).map_err(format)?;
        Ok(snapshot)
    }

    /// Adds what the older `records` say, oldest first.
    fn apply_older(
        &mut self,
        storage: &impl ReadAt,
        path: &Path,
        records: &[RecordPlace],
        budget: &mut u64,
    ) -> Result<()> {
        let format = |error| ArchiveError::format(path)(error);
        let mut end = FRONT_LENGTH as u64;
        let mut ranges = Vec::with_capacity(records.len());
        for record in records {
            // Ascending and disjoint, so that no file makes a reader read more than its own length.
            let next = record.offset.checked_add(record.length);
            let Some(next) =
                next.filter(|next| record.offset >= end && *next <= self.slot.file_length)
            else {
                return Err(format(corrupt(
                    "index",
                    self.slot.index_offset,
                    "its older records overlap",
                )));
            };
            ranges.push(record.offset..next);
            end = next;
        }
        let older = storage.read_ranges(&ranges).map_err(ArchiveError::io("read", path))?;
        for (record, bytes) in records.iter().zip(older) {
            let (older, plain_length) = parse_document(&bytes, *record, budget).map_err(format)?;
            self.apply(*record, older, plain_length).map_err(format)?;
        }
        Ok(())
    }

    /// Adds what one index record says.
    fn apply(
        &mut self,
        mut place: RecordPlace,
        document: Document,
        plain_length: u64,
    ) -> Result<(), FormatError> {
        let generation = document.generation;
        if self.records.last().is_some_and(|older| older.generation >= generation)
            || generation > self.slot.generation
        {
            return Err(corrupt(
                "index",
                place.offset,
                "its records are not in the order of their commits",
            ));
        }
        if document.space.is_some_and(|copy| copy != self.grid) {
            return Err(corrupt(
                "index",
                place.offset,
                "its copy of the space is not that of the front",
            ));
        }
        place.rows = (document.entries.len() + document.removed.len()) as u64;
        if !document.removed.is_empty() {
            let removed: HashSet<&str> = document.removed.iter().map(String::as_str).collect();
            self.entries.retain(|live| !removed.contains(live.entry.name()));
        }
        self.entries.reserve(document.entries.len());
        for row in document.entries {
            let entry = Entry::new(row, self.grid.shape, self.slot.file_length)
                .map_err(|error| at(error, place.offset))?;
            if !self.entries.insert(LiveEntry { entry, generation }) {
                return Err(corrupt("index", place.offset, "two entries have the same name"));
            }
        }
        self.records.push(LiveRecord {
            place,
            plain_length,
            generation,
            removed: document.removed,
        });
        Ok(())
    }

    /// Bytes that the state needs: the front, its index records and its blobs, each once.
    pub(crate) fn live_bytes(&self) -> u64 {
        let mut seen = HashSet::new();
        let blobs = self.entries.iter().filter_map(|live| live.entry.blob());
        let blobs: u64 = blobs.filter(|blob| seen.insert(*blob)).map(|(_, length)| length).sum();
        let index: u64 = self.records.iter().map(|record| record.place.length).sum();
        FRONT_LENGTH as u64 + index + blobs
    }

    /// Whether a writer of this version may change the file.
    pub(crate) fn check_writable(&self) -> Result<(), FormatError> {
        match self.slot.writer_features & !KNOWN_WRITER_FEATURES {
            0 => Ok(()),
            bits => Err(FormatError::UnsupportedFeature { bits, action: "change" }),
        }
    }
}

/// The document of the index record whose `bytes` stand at `place`, and the bytes of that before compression, which are taken
/// off `budget`, what all documents may have together.
fn parse_document(
    bytes: &[u8],
    place: RecordPlace,
    budget: &mut u64,
) -> Result<(Document, u64), FormatError> {
    let expands_to = document_length(bytes, place.offset)?;
    *budget = budget
        .checked_sub(expands_to)
        .ok_or_else(|| corrupt("index", place.offset, "its documents expand beyond the limit"))?;
    Ok((parse_index(bytes, place.offset, place.checksum)?, expands_to))
}

fn corrupt(section: &'static str, offset: u64, reason: &'static str) -> FormatError {
    Corrupt { section, offset, reason }.into()
}

/// The same damage, at the place of the index record that it was found in.
fn at(error: FormatError, offset: u64) -> FormatError {
    match error {
        FormatError::Corrupt(damage) => Corrupt { offset, ..damage }.into(),
        other => other,
    }
}
