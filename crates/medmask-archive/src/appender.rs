//! Appending to a file and committing: the only code that changes archives in place (SPEC.md, "Committing").

use indexmap::set::MutableValues;
use medmask_format::FormatError;
use medmask_format::blob::BlobHeader;
use medmask_format::front::{FRONT_LENGTH, Front, Kind, SLOT_LENGTH, Slot, slot_offset};
use medmask_format::index::{
    Document, Effort, EntryRow, IndexRecord, RecordPlace, allowed_expansion,
};
use serde_json::{Map, Value};

use crate::blob_use::{BlobUse, Place};
use crate::copy::rename_row;
use crate::snapshot::{LiveEntry, LiveRecord};
use crate::types::grid_space;
use crate::{Archive, ArchiveError, Durability, EncodedEntry, Entry, Result, WriteAt};

/// Index records of one size class that stand side by side before they are merged. Each row is rewritten once a
/// class, so about appender(entries) / appender(4) times, and a reader meets a few records a class.
const MERGE_AT: u32 = 4;

/// An archive in a storage that it may append to.
#[derive(Debug)]
pub(crate) struct Appender<S> {
    pub archive: Archive<S>,
    durability: Durability,
    /// Where the next bytes go.
    end: u64,
    /// Names of committed entries that the next commit takes away.
    removed: Vec<String>,
    /// Whether anything is to be committed.
    changed: bool,
    blobs: BlobUse,
}

impl<S: WriteAt> Appender<S> {
    /// Starts an empty archive in an empty storage, and commits it.
    pub(crate) fn create(
        mut storage: S,
        path: &std::path::Path,
        kind: Kind,
        space: &medmask_core::Space,
        durability: Durability,
    ) -> Result<Self> {
        let grid = grid_space(space);
        let mut document = Document { generation: 1, space: Some(grid), ..Document::default() };
        let record = IndexRecord::new(&mut document, Effort::Small, 0)
            .map_err(ArchiveError::format(path))?;
        let mut bytes = Front::preamble(kind, &grid).to_vec();
        bytes.resize(FRONT_LENGTH, 0);
        bytes.extend_from_slice(&record.bytes);
        let write = |error| ArchiveError::io("write", path)(error);
        storage.write_at(0, &bytes).map_err(write)?;
        let slot = Slot {
            generation: 1,
            index_offset: FRONT_LENGTH as u64,
            index_length: record.bytes.len() as u64,
            index_checksum: record.checksum,
            file_length: bytes.len() as u64,
            reader_features: 0,
            writer_features: 0,
        };
        write_slot(&mut storage, 0, &slot, durability).map_err(write)?;
        Self::open(Archive::from_storage(storage, path)?, durability)
    }

    /// Goes on with an archive that exists.
    pub(crate) fn open(archive: Archive<S>, durability: Durability) -> Result<Self> {
        archive.snapshot.check_writable().map_err(ArchiveError::format(&archive.path))?;
        let size = archive.storage.size().map_err(ArchiveError::io("read", &archive.path))?;
        // What lies beyond the last commit is left over from a writer that stopped, and may be overwritten. With a damaged
        // slot there may have been a later commit, whose bytes `repair` could still want.
        let end = if archive.damage().is_none() { archive.file_bytes() } else { size };
        let mut blobs = BlobUse::default();
        for entry in archive.entries() {
            blobs.add(&entry.row);
        }
        Ok(Self { archive, durability, end, removed: Vec::new(), changed: false, blobs })
    }

    /// Writes the blob of `entry` to the end of the file, or finds an equal one. Nothing counts before the commit.
    pub(crate) fn add(&mut self, entry: EncodedEntry) -> Result<()> {
        let EncodedEntry { mut row, shape, blob, chunks } = entry;
        if self.archive.snapshot.entries.contains(row.name.as_str()) {
            return Err(ArchiveError::EntryExists { name: row.name });
        }
        let path = &self.archive.path;
        if shape != self.archive.space().shape() {
            let own = self.archive.space().shape();
            return Err(ArchiveError::ShapeMismatch { name: row.name, shape, archive: own });
        }
        if !blob.is_empty() {
            row.blob = self.equal_blob(&row, &blob, chunks);
            if row.blob.is_none() {
                let length = blob.len() as u64;
                self.archive
                    .storage
                    .write_at(self.end, &blob)
                    .map_err(ArchiveError::io("write", path))?;
                row.blob = Some((self.end, length));
                self.end += length;
            }
        }
        self.insert(row)
    }

    /// Puts a row among the entries, to be committed.
    fn insert(&mut self, row: EntryRow) -> Result<()> {
        let shape = self.archive.snapshot.grid.shape;
        let entry =
            Entry::new(row, shape, self.end).map_err(ArchiveError::format(&self.archive.path))?;
        let generation = self.next_generation();
        self.blobs.add(&entry.row);
        self.archive.snapshot.entries.insert(LiveEntry { entry, generation });
        self.changed = true;
        Ok(())
    }

    /// Takes an entry away, from the next commit on.
    pub(crate) fn remove(&mut self, name: &str) -> Result<()> {
        self.archive.entry(name)?;
        let next = self.next_generation();
        if let Some(live) = self.archive.snapshot.entries.shift_take(name) {
            self.blobs.remove(&live.entry.row);
            if live.generation != next {
                self.removed.push(name.to_owned());
            }
        }
        self.changed = true;
        Ok(())
    }

    /// Gives an entry another name, from the next commit on. Its blob stays where it is, with the name that it was written with.
    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        let mut row = self.archive.entry(old)?.row.clone();
        if self.archive.snapshot.entries.contains(new) {
            return Err(ArchiveError::EntryExists { name: new.to_owned() });
        }
        rename_row(&mut row, new)?;
        self.remove(old)?;
        self.insert(row)
    }

    /// Replaces the archive's metadata, from the next commit on.
    pub(crate) fn set_metadata(&mut self, metadata: Map<String, Value>) {
        self.archive.snapshot.metadata = metadata;
        self.changed = true;
    }

    /// Makes all that was added and removed since the last commit the file's state: all of it, or nothing.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let generation = self.next_generation();
        let mut document = self.next_document(generation);
        let path = self.archive.path.clone();
        let record = IndexRecord::new(&mut document, Effort::Fast, 0)
            .map_err(ArchiveError::format(&path))?;
        let place = RecordPlace {
            offset: self.end,
            length: record.bytes.len() as u64,
            checksum: record.checksum,
            rows: (document.entries.len() + document.removed.len()) as u64,
        };
        self.check_expansion(&document, &record, place.offset + place.length)?;
        let write = |error| ArchiveError::io("write", &path)(error);
        let storage = &mut self.archive.storage;
        storage.write_at(place.offset, &record.bytes).map_err(write)?;
        if self.durability == Durability::Full {
            storage.sync().map_err(write)?;
        }
        let snapshot = &mut self.archive.snapshot;
        let slot = Slot {
            generation,
            index_offset: place.offset,
            index_length: place.length,
            index_checksum: place.checksum,
            file_length: place.offset + place.length,
            ..snapshot.slot
        };
        let number = 1 - snapshot.slot_number;
        write_slot(storage, number, &slot, self.durability).map_err(write)?;
        (snapshot.slot, snapshot.slot_number) = (slot, number);
        snapshot.records.truncate(document.records.len());
        snapshot.records.push(LiveRecord {
            place,
            plain_length: record.plain_length,
            generation,
            removed: document.removed,
        });
        for place in snapshot.entries.len() - document.entries.len()..snapshot.entries.len() {
            if let Some(live) = snapshot.entries.get_index_mut2(place) {
                live.generation = generation;
            }
        }
        self.end = slot.file_length;
        self.removed.clear();
        self.changed = false;
        Ok(())
    }

    /// Whether readers may expand `record` and the older ones that `document` names, in a file of `file_length` bytes.
    fn check_expansion(
        &self,
        document: &Document,
        record: &IndexRecord,
        file_length: u64,
    ) -> Result<()> {
        let older = &self.archive.snapshot.records[..document.records.len()];
        let asked = record.plain_length + older.iter().map(|known| known.plain_length).sum::<u64>();
        let limit = allowed_expansion(file_length);
        if asked <= limit {
            return Ok(());
        }
        let what = "the index in bytes before compression";
        let error = FormatError::LimitExceeded { what, asked, limit };
        Err(ArchiveError::format(&self.archive.path)(error))
    }

    /// What the next commit writes: the new rows, and those of older records that it merges with them.
    fn next_document(&self, generation: u64) -> Document {
        let snapshot = &self.archive.snapshot;
        let added =
            snapshot.entries.iter().rev().take_while(|live| live.generation == generation).count();
        let kept = kept_records(&snapshot.records, (added + self.removed.len()) as u64);
        let merged_from = snapshot.records.get(kept).map_or(generation, |record| record.generation);
        let rows = snapshot.entries.iter().rev().take_while(|live| live.generation >= merged_from);
        let mut entries: Vec<EntryRow> = rows.map(|live| live.entry.row.clone()).collect();
        entries.reverse();
        let mut removed = Vec::new();
        if kept > 0 {
            removed.extend(
                snapshot.records[kept..].iter().flat_map(|record| record.removed.iter().cloned()),
            );
            removed.extend(self.removed.iter().cloned());
            removed.sort_unstable();
            removed.dedup();
        }
        Document {
            generation,
            records: snapshot.records[..kept].iter().map(|record| record.place).collect(),
            space: (kept == 0).then_some(snapshot.grid),
            metadata: snapshot.metadata.clone(),
            removed,
            entries,
            unknown: snapshot.unknown.clone(),
            ..Document::default()
        }
    }

    fn next_generation(&self) -> u64 {
        self.archive.generation() + 1
    }

    /// Bytes that the last commit and what was added since need: the front, index records and blobs, each once.
    pub(crate) fn live_bytes(&self) -> u64 {
        let index = self.archive.snapshot.records.iter().map(|record| record.place.length);
        FRONT_LENGTH as u64 + index.sum::<u64>() + self.blobs.live_bytes()
    }

    /// Bytes of the file that nothing needs.
    pub(crate) fn dead_bytes(&self) -> u64 {
        self.end.saturating_sub(self.live_bytes())
    }

    /// A blob in the file with the same voxels, coded the same way.
    fn equal_blob(&self, row: &EntryRow, blob: &[u8], chunks: usize) -> Option<Place> {
        let (header, _) = BlobHeader::parse(blob, 0).ok()?;
        self.blobs.candidates(row).iter().copied().find(|&(offset, length)| {
            let Ok(other) = self.archive.read(offset, length) else { return false };
            BlobHeader::parse(&other, offset)
                .is_ok_and(|(known, start)| known == header && other[start..] == blob[chunks..])
        })
    }
}

/// How many of the oldest index records stay as they are when `rows` more are committed.
fn kept_records(records: &[LiveRecord], mut rows: u64) -> usize {
    let class = |rows: u64| rows.max(1).ilog(MERGE_AT.into());
    let mut kept = records.len();
    loop {
        let same =
            records[..kept].iter().rev().take_while(|known| class(known.place.rows) <= class(rows));
        let (count, sum) =
            same.fold((0, 0), |(count, sum), known| (count + 1, sum + known.place.rows));
        if count + 1 < MERGE_AT as usize {
            return kept;
        }
        kept -= count;
        rows += sum;
    }
}

/// Writes a slot, which makes its state the current one, between two barriers.
pub(crate) fn write_slot<S: WriteAt>(
    storage: &mut S,
    number: usize,
    slot: &Slot,
    durability: Durability,
) -> std::io::Result<()> {
    let bytes: [u8; SLOT_LENGTH] = slot.to_bytes();
    storage.write_at(slot_offset(number), &bytes)?;
    match durability {
        Durability::Full => storage.sync(),
        Durability::Buffered => Ok(()),
    }
}
