//! Appending to a file and committing: the only code that changes archives in place (SPEC.md, "Committing").

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexSet;
use indexmap::set::MutableValues;
use medmask_format::FormatError;
use medmask_format::blob::BlobHeader;
use medmask_format::front::{Front, Kind, SLOT_LENGTH, Slot, Trailer, slot_offset};
use medmask_format::index::{
    Budget, CopyPlace, Document, Effort, EntryRow, IndexRecord, RecordPlace,
};

use crate::blob_use::{BlobUse, Place};
use crate::copy::rename_row;
use crate::damage::Standing;
use crate::newest::number_of;
use crate::slots::{sync, write_slot, write_slot_and_trailer};
use crate::snapshot::{LiveEntry, LiveRecord, Snapshot};
use crate::types::grid_space;
use crate::{Archive, ArchiveError, Durability, EncodedEntry, Entry, Result, WriteAt};

/// Index records of one size class that stand side by side before they are merged. Each row is rewritten once a
/// class, so about appender(entries) / appender(4) times, and a reader meets a few records a class.
const MERGE_AT: u32 = 4;

/// An archive in a storage that it may append to.
#[derive(Debug)]
pub(crate) struct Appender<S: WriteAt> {
    pub archive: Archive<S>,
    durability: Durability,
    /// Where the next bytes go.
    end: u64,
    /// Whether bytes that count for nothing may lie beyond the end.
    leftovers: bool,
    /// Whether a slot may lead to a commit that failed, so that nothing is cut off.
    in_doubt: bool,
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
        path: &Path,
        kind: Kind,
        space: &medmask_core::Space,
        durability: Durability,
    ) -> Result<Self> {
        let grid = grid_space(space);
        let bytes = Front::new_bytes(kind, &grid);
        storage.write_at(0, &bytes).map_err(ArchiveError::io("write", path))?;
        let slot = Slot {
            generation: 0,
            index_offset: 0,
            index_length: 0,
            index_checksum: 0,
            file_length: bytes.len() as u64,
            reader_features: 0,
            writer_features: 0,
        };
        let nothing = Snapshot {
            kind,
            grid,
            space: space.clone(),
            slot,
            records: Vec::new(),
            entries: IndexSet::new(),
            metadata: None,
            further: None,
            damage: None,
            standing: Standing::Newest,
        };
        let mut appender = Self::new(Archive::new(storage, path.to_owned(), nothing), durability)?;
        appender.changed = true;
        appender.commit()?;
        Ok(appender)
    }

    /// Goes on with an archive that exists. Where the slot of its newest commit is damaged, it is written anew.
    ///
    /// # Errors
    /// [`ArchiveError::NewestDamaged`] where a commit would overwrite what a repair can still save.
    pub(crate) fn open(mut archive: Archive<S>, durability: Durability) -> Result<Self> {
        archive.snapshot.check_writable().map_err(ArchiveError::format(&archive.path))?;
        match archive.snapshot.standing {
            Standing::Newest => {}
            Standing::SlotLost => {
                let write = |error| ArchiveError::io("write", &archive.path)(error);
                let slot = archive.snapshot.slot;
                write_slot(&mut archive.storage, &slot).map_err(write)?;
                sync(&mut archive.storage, durability).map_err(write)?;
            }
            Standing::FrontLost | Standing::NewerLost => {
                let path = archive.path.clone();
                let source = archive.snapshot.damage.clone().unwrap_or(FormatError::NotMedmask);
                return Err(ArchiveError::NewestDamaged { path, source });
            }
        }
        Self::new(archive, durability)
    }

    fn new(archive: Archive<S>, durability: Durability) -> Result<Self> {
        let size = archive.storage.size().map_err(ArchiveError::io("read", &archive.path))?;
        // What lies beyond the last commit is left over from a writer that stopped, and is cut off. With a damaged slot
        // there may have been a later commit, whose bytes `repair` could still want.
        let (end, leftovers) = match archive.damage() {
            None => (archive.file_bytes(), size > archive.file_bytes()),
            Some(_) => (size, false),
        };
        let mut blobs = BlobUse::default();
        for entry in archive.entries() {
            blobs.add(&entry.row);
        }
        let removed = Vec::new();
        let (in_doubt, changed) = (false, false);
        Ok(Self { archive, durability, end, leftovers, in_doubt, removed, changed, blobs })
    }

    /// Writes `bytes` to the end of the file. Gives their place.
    fn append(&mut self, bytes: &[u8]) -> Result<Place> {
        let Archive { storage, path, .. } = &mut self.archive;
        let io = |error| ArchiveError::io("write", path)(error);
        if self.leftovers && storage.cut(self.end).is_err() {
            // A system may refuse while somebody has the file mapped.
            self.end = self.end.max(storage.size().map_err(io)?);
        }
        // Should the write fail, what it has written is left over.
        self.leftovers = true;
        storage.write_at(self.end, bytes).map_err(io)?;
        self.leftovers = false;
        let place = (self.end, bytes.len() as u64);
        self.end += place.1;
        Ok(place)
    }

    /// Writes the blob of `entry` to the end of the file, or finds an equal one. Nothing counts before the commit.
    pub(crate) fn add(&mut self, entry: EncodedEntry) -> Result<()> {
        let EncodedEntry { mut row, shape, blob, chunks } = entry;
        if self.archive.snapshot.entries.contains(row.name.as_str()) {
            return Err(ArchiveError::EntryExists { name: row.name });
        }
        if shape != self.archive.space().shape() {
            let own = self.archive.space().shape();
            return Err(ArchiveError::ShapeMismatch { name: row.name, shape, archive: own });
        }
        let mut is_told = false;
        if !blob.is_empty() {
            row.blob = self.equal_blob(&row, &blob, chunks);
            if row.blob.is_none() {
                row.blob = Some(self.append(&blob)?);
                is_told = true;
            }
        }
        self.insert(row, is_told)
    }

    /// Puts a row among the entries, to be committed.
    fn insert(&mut self, row: EntryRow, is_told: bool) -> Result<()> {
        let shape = self.archive.snapshot.grid.shape;
        let entry =
            Entry::new(row, shape, self.end).map_err(ArchiveError::format(&self.archive.path))?;
        let generation = self.next_generation();
        self.blobs.add(&entry.row);
        self.archive.snapshot.entries.insert(LiveEntry { entry, generation, is_told });
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
        self.insert(row, false)
    }

    /// Replaces the archive's metadata, from the next commit on.
    pub(crate) fn set_metadata(&mut self, metadata: Option<Arc<str>>) {
        self.archive.snapshot.metadata = metadata;
        self.changed = true;
    }

    /// Makes all that was added and removed since the last commit the file's state: all of it, or nothing.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let end = self.end;
        let committed = self.append_commit();
        if committed.is_err() {
            (self.end, self.leftovers) = (end, true);
        }
        committed
    }

    fn append_commit(&mut self) -> Result<()> {
        let generation = self.next_generation();
        let path = self.archive.path.clone();
        let format = |error| ArchiveError::format(&path)(error);
        let mut document = self.next_document(generation);
        let copy = IndexRecord::new_copy(&self.copy_of(&document), Effort::Fast).map_err(format)?;
        let (offset, length) = self.append(&copy.bytes)?;
        document.copy = Some(CopyPlace { offset, length, checksum: copy.checksum });
        let record = IndexRecord::new(&document, Effort::Fast, 0).map_err(format)?;
        let trailer = Trailer::length_of(&self.archive.snapshot.grid);
        let file_length = self.end + (record.bytes.len() + trailer) as u64;
        self.check_budget(&document, (record.plain_length, record.rows), file_length)?;
        let (plain_length, rows_of_record) = (record.plain_length, record.rows);
        let (length, checksum) = (record.bytes.len() as u64, record.checksum);
        // With room for the trailer: between the writes of slot and trailer the file is as long as the slot says.
        let mut bytes = record.bytes;
        bytes.resize(bytes.len() + trailer, 0);
        let (offset, _) = self.append(&bytes)?;
        let rows = (document.entries.len() + document.removed.len()) as u64;
        let place = RecordPlace { offset, length, checksum, rows };
        let storage = &mut self.archive.storage;
        sync(storage, self.durability).map_err(ArchiveError::io("write", &path))?;
        let slot = Slot {
            generation,
            index_offset: offset,
            index_length: length,
            index_checksum: checksum,
            file_length,
            reader_features: self.blobs.reader_features(self.archive.snapshot.slot.reader_features),
            ..self.archive.snapshot.slot
        };
        self.publish(&slot)?;
        let snapshot = &mut self.archive.snapshot;
        snapshot.slot = slot;
        snapshot.records.truncate(document.records.len());
        snapshot.records.push(LiveRecord {
            place,
            plain_length,
            rows: rows_of_record,
            generation,
            removed: document.removed,
            copy: document.copy,
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

    /// Writes the slot, which makes its state the current one, and the trailer. Where that fails the slot is as it was.
    fn publish(&mut self, slot: &Slot) -> Result<()> {
        let Archive { storage, path, snapshot, .. } = &mut self.archive;
        let io = |error| ArchiveError::io("write", path)(error);
        let place = slot_offset(number_of(slot));
        let before = storage.read_at(place, SLOT_LENGTH).map_err(io)?.into_owned();
        if let Err(error) =
            write_slot_and_trailer(storage, (snapshot.kind, snapshot.grid), slot, self.durability)
        {
            let undone =
                storage.write_at(place, &before).and_then(|()| sync(storage, self.durability));
            self.in_doubt = undone.is_err();
            return Err(io(error));
        }
        Ok(())
    }

    /// Whether readers may expand `record` and the older ones that `document` names, in a file of `file_length` bytes.
    fn check_budget(
        &self,
        document: &Document,
        record: (u64, u64),
        file_length: u64,
    ) -> Result<()> {
        let mut budget = Budget::of_file(file_length);
        let older = self.archive.snapshot.records[..document.records.len()].iter();
        let mut all = older.map(|known| (known.plain_length, known.rows)).chain([record]);
        all.try_for_each(|(bytes, rows)| budget.take_bytes(bytes).and(budget.take_rows(rows)))
            .map_err(ArchiveError::format(&self.archive.path))
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
            copy: None,
            metadata: snapshot.metadata.clone(),
            removed,
            entries,
            further: snapshot.further.clone(),
        }
    }

    /// The copy of `document`, the next that is committed (SPEC.md, "Copy of the index").
    fn copy_of(&self, document: &Document) -> Document {
        let entries = &self.archive.snapshot.entries;
        let row_of = |row: &EntryRow| match entries.get(row.name.as_str()) {
            Some(live) if live.is_told => row.told_by_blob(),
            _ => row.clone(),
        };
        let entries = document.entries.iter().map(row_of).collect();
        Document { entries, copy: None, ..document.clone() }
    }

    fn next_generation(&self) -> u64 {
        self.archive.generation() + 1
    }

    /// Bytes that the last commit and what was added since need: the front, index records and blobs, each once.
    pub(crate) fn live_bytes(&self) -> u64 {
        let index = self.archive.snapshot.records.iter().map(LiveRecord::bytes);
        let front_and_trailer = self.archive.snapshot.front_and_trailer();
        front_and_trailer + index.sum::<u64>() + self.blobs.live_bytes()
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

impl<S: WriteAt> Drop for Appender<S> {
    /// Cuts off what was added and not committed: an append that failed leaves the file as it was.
    fn drop(&mut self) {
        let committed = self.archive.file_bytes();
        if !self.in_doubt && self.archive.damage().is_none() {
            // Where that fails too, the bytes count for nothing, and the next writer cuts them off.
            let _ = self.archive.storage.cut(committed);
        }
    }
}
