//! One committed state of a version 2 file, as its index describes it (SPEC.md, "Opening").

use std::borrow::{Borrow, Cow};
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexSet;
use medmask_core::Space;
use medmask_format::front::{
    Front, KNOWN_READER_FEATURES, KNOWN_WRITER_FEATURES, Kind, LAYERS, SLOTS_END, Slot, Trailer,
};
use medmask_format::index::{Budget, CopyPlace, Document, EntryRow, RecordPlace, parse_index};
use medmask_format::{Corrupt, FormatError, GridSpace};

use crate::damage::Standing;
use crate::layers::share;
use crate::types::core_space;
use crate::{ArchiveError, Entry, ReadAt, Result};

/// What a reader keeps in memory: everything but voxels.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub kind: Kind,
    pub grid: GridSpace,
    pub space: Space,
    pub slot: Slot,
    /// The index records that count, oldest first.
    pub records: Vec<LiveRecord>,
    pub entries: IndexSet<LiveEntry>,
    /// Free metadata of the archive: the text of a JSON object.
    pub metadata: Option<Arc<str>>,
    /// Keys of the newest index document that this version does not know: the text of a JSON object.
    pub further: Option<Arc<str>>,
    /// What is wrong with the front, or with a newer state; `None` for a file in order.
    pub damage: Option<FormatError>,
    pub standing: Standing,
}

/// An entry and the commit that wrote its index row. In a set it is known by its name.
#[derive(Clone, Debug)]
pub(crate) struct LiveEntry {
    pub entry: Entry,
    pub generation: u64,
    /// Whether its blob is known to tell its names.
    pub is_told: bool,
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
    /// What its document takes of a [`Budget`] of rows.
    pub rows: u64,
    pub generation: u64,
    pub removed: Vec<String>,
    /// Where its copy stands.
    pub copy: Option<CopyPlace>,
}

impl Snapshot {
    /// The state of `slot`, which stands in the front or in a trailer at byte `at`, of a file of `size` bytes.
    pub(crate) fn read(
        storage: &impl ReadAt,
        path: &Path,
        size: u64,
        (kind, grid): (Kind, GridSpace),
        (slot, slot_at): (Slot, u64),
    ) -> Result<Self> {
        let format = |error| ArchiveError::format(path)(error);
        check_slot(&slot, slot_at, size).map_err(format)?;
        let space = core_space(&grid)
            .map_err(|_| format(corrupt("front", 8, "its geometry is not that of a voxel grid")))?;
        let newest = RecordPlace {
            offset: slot.index_offset,
            length: slot.index_length,
            checksum: slot.index_checksum,
            rows: 0,
        };
        let mut budget = Budget::of_file(slot.file_length);
        let length = usize::try_from(newest.length)
            .map_err(|_| format(corrupt("index", newest.offset, "it is too long")))?;
        let bytes =
            storage.read_at(newest.offset, length).map_err(ArchiveError::io("read", path))?;
        let document = parse_document(&bytes, newest, &mut budget).map_err(format)?;
        drop(bytes);
        let mut merge = Merge::default();
        let mut records = Vec::with_capacity(document.value.records.len() + 1);
        let older = older_records(storage, path, &slot, &document.value.records)?;
        let (metadata, further) = (document.value.metadata.clone(), document.value.further.clone());
        for (place, bytes) in document.value.records.iter().zip(older) {
            let older = parse_document(&bytes, *place, &mut budget).map_err(format)?;
            records.push(older.apply(*place, &mut merge).map_err(format)?);
        }
        records.push(document.apply(newest, &mut merge).map_err(format)?);
        if records.windows(2).any(|pair| pair[0].generation >= pair[1].generation)
            || records.last().is_none_or(|newest| newest.generation > slot.generation)
        {
            let reason = "its records are not in the order of their commits";
            return Err(format(corrupt("index", newest.offset, reason)));
        }
        let entries = live_entries(merge, &grid, &slot).map_err(format)?;
        Ok(Self {
            kind,
            grid,
            space,
            slot,
            records,
            entries,
            metadata,
            further,
            damage: None,
            standing: Standing::Newest,
        })
    }

    /// Bytes that the state needs: the front, its index records and its blobs, each once.
    pub(crate) fn live_bytes(&self) -> u64 {
        let mut seen = HashSet::new();
        let blobs = self.entries.iter().filter_map(|live| live.entry.blob());
        let blobs: u64 = blobs.filter(|blob| seen.insert(*blob)).map(|(_, length)| length).sum();
        let index: u64 = self.records.iter().map(LiveRecord::bytes).sum();
        self.front_and_trailer() + index + blobs
    }

    /// Bytes of the front and of the trailer.
    pub(crate) fn front_and_trailer(&self) -> u64 {
        let front = Front::new_bytes(self.kind, &self.grid).len();
        (front + Trailer::length_of(&self.grid)) as u64
    }

    /// Whether a writer of this version may change the file.
    pub(crate) fn check_writable(&self) -> Result<(), FormatError> {
        match self.slot.writer_features & !KNOWN_WRITER_FEATURES {
            0 => Ok(()),
            bits => Err(FormatError::UnsupportedFeature { bits: bits.into(), action: "change" }),
        }
    }
}

impl LiveRecord {
    /// Bytes of the record and of its copy.
    pub(crate) fn bytes(&self) -> u64 {
        self.place.length + self.copy.map_or(0, |copy| copy.length)
    }
}

/// Refuses a slot of features that are not known, or of a file that was longer.
fn check_slot(slot: &Slot, slot_at: u64, size: u64) -> Result<(), FormatError> {
    let unknown = slot.reader_features & !KNOWN_READER_FEATURES;
    if unknown != 0 {
        return Err(FormatError::UnsupportedFeature { bits: unknown.into(), action: "read" });
    }
    if slot.file_length > size {
        let reason = "the file is shorter than its last commit says; it was cut off";
        return Err(corrupt("commit slot", slot_at, reason));
    }
    Ok(())
}

/// The entries that count in the state of `slot`.
fn live_entries(
    merge: Merge,
    grid: &GridSpace,
    slot: &Slot,
) -> Result<IndexSet<LiveEntry>, FormatError> {
    let entry = |Merged { row, generation, record }: Merged| {
        let entry = Entry::new(row, grid.shape, slot.file_length);
        let entry = entry.map_err(|error| at(error, record))?;
        Ok(LiveEntry { entry, generation, is_told: false })
    };
    let mut entries: Vec<LiveEntry> =
        merge.rows().map(entry).collect::<Result<_, FormatError>>()?;
    let is_layered = entries.iter().any(|live| live.entry.layer().is_some());
    if is_layered && slot.reader_features & LAYERS == 0 {
        let reason = "an entry is in a layer, which its commit does not say";
        return Err(corrupt("index", slot.index_offset, reason));
    }
    share(entries.iter_mut().map(|live| &mut live.entry));
    Ok(entries.into_iter().collect())
}

/// The bytes of the older records that count in the state of `slot`.
fn older_records<'s>(
    storage: &'s impl ReadAt,
    path: &Path,
    slot: &Slot,
    records: &[RecordPlace],
) -> Result<Vec<Cow<'s, [u8]>>> {
    let mut end = SLOTS_END as u64;
    let mut ranges = Vec::with_capacity(records.len());
    for record in records {
        // Ascending and disjoint, so that no file makes a reader read more than its own length.
        let next = record.offset.checked_add(record.length);
        let next = next.filter(|next| record.offset >= end && *next <= slot.file_length);
        let overlap = || corrupt("index", slot.index_offset, "its older records overlap");
        let next = next.ok_or_else(overlap).map_err(ArchiveError::format(path))?;
        ranges.push(record.offset..next);
        end = next;
    }
    storage.read_ranges(&ranges).map_err(ArchiveError::io("read", path))
}

/// A document and what it takes.
struct Parsed {
    value: Document,
    plain_length: u64,
    rows: u64,
}

/// The document of the index record whose `bytes` stand at `place`. What it takes is taken off `budget`.
fn parse_document(
    bytes: &[u8],
    place: RecordPlace,
    budget: &mut Budget,
) -> Result<Parsed, FormatError> {
    let before = *budget;
    let value = parse_index(bytes, place.offset, place.checksum, budget)?;
    let (plain_length, rows) = before.less(budget);
    Ok(Parsed { value, plain_length, rows })
}

impl Parsed {
    fn apply(self, mut place: RecordPlace, merge: &mut Merge) -> Result<LiveRecord, FormatError> {
        let Self { value: Document { generation, copy, removed, entries, .. }, .. } = self;
        place.rows = (entries.len() + removed.len()) as u64;
        if merge.apply(place.offset, generation, &removed, entries) {
            return Err(corrupt("index", place.offset, "two entries have the same name"));
        }
        let (plain_length, rows) = (self.plain_length, self.rows);
        Ok(LiveRecord { place, plain_length, rows, generation, removed, copy })
    }
}

/// Entries as records add and remove them, oldest record first. Takes time in proportion to the records, however many
/// entries there are.
#[derive(Default)]
pub(crate) struct Merge {
    /// In the order in which they were added; `None` where one was removed since.
    rows: Vec<Option<Merged>>,
    /// Where each name stands.
    places: HashMap<String, usize>,
}

/// A row of an index with the record that has it.
pub(crate) struct Merged {
    pub row: EntryRow,
    pub generation: u64,
    /// Where the record stands.
    pub record: u64,
}

impl Merge {
    /// Adds what one record says. Whether a name was there that it does not remove, which then counts no more.
    pub(crate) fn apply(
        &mut self,
        record: u64,
        generation: u64,
        removed: &[String],
        rows: Vec<EntryRow>,
    ) -> bool {
        for name in removed {
            if let Some(place) = self.places.remove(name) {
                self.rows[place] = None;
            }
        }
        let mut is_twice = false;
        for row in rows {
            if let Some(place) = self.places.insert(row.name.clone(), self.rows.len()) {
                self.rows[place] = None;
                is_twice = true;
            }
            self.rows.push(Some(Merged { row, generation, record }));
        }
        is_twice
    }

    /// The entries that count.
    pub(crate) fn rows(self) -> impl Iterator<Item = Merged> {
        self.rows.into_iter().flatten()
    }
}

pub(crate) fn corrupt(section: &'static str, offset: u64, reason: &'static str) -> FormatError {
    Corrupt { section, offset, reason }.into()
}

/// The same damage, at the place of the index record that it was found in.
fn at(error: FormatError, offset: u64) -> FormatError {
    match error {
        FormatError::Corrupt(damage) => Corrupt { offset, ..damage }.into(),
        other => other,
    }
}
