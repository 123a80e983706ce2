//! What is left of the index of a damaged file (SPEC.md, "Repair").

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexSet;
use medmask_core::Space;
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot, Trailer};
use medmask_format::index::{
    Budget, COPY_MAGIC, Document, EntryRow, INDEX_MAGIC, MAX_INDEX_HEADER, parse_copy, parse_index,
    peek_index,
};
use medmask_format::{FormatError, GridSpace};

use crate::damage::Standing;
use crate::newest::trailers;
use crate::scan::find;
use crate::snapshot::{LiveEntry, Merge, Merged, Snapshot, corrupt};
use crate::types::{core_space, grid_space};
use crate::{Archive, ArchiveError, EncodedEntry, Entry, FileStorage, IndexFound, ReadAt, Result};

/// A search reads no more than this many times the file's bytes.
pub(crate) const SCAN_PASSES: u64 = 16;

/// What is left of a damaged file.
pub(crate) struct Salvage {
    /// The entries that an index names and that may be whole.
    pub archive: Archive,
    /// Entries of which a copy of the index has the name, and the blob the rest.
    pub told: Vec<EntryRow>,
    /// Names of entries that cannot be what an index says of them, and why.
    pub unfit: Vec<(String, FormatError)>,
    pub index: IndexFound,
    /// Blobs before this byte that no entry names were taken away on purpose.
    pub unnamed_from: u64,
}

impl Salvage {
    /// Of a file whose index is whole.
    pub(crate) fn whole(archive: Archive) -> Self {
        let (told, unfit) = (Vec::new(), Vec::new());
        Self { archive, told, unfit, index: IndexFound::Whole, unnamed_from: u64::MAX }
    }

    /// Searches a file for index records and their copies.
    pub(crate) fn search(file: FileStorage, path: &Path, like: Option<&Space>) -> Result<Self> {
        let size = file.size().map_err(ArchiveError::io("read", path))?;
        let ends = Ends::read(&file, path, size)?;
        let found = Found::search(&file, path, size, ends.newest_certain())?;
        let (index, unnamed_from) = found.state(ends.newest_generation());
        let space = ends.space().or_else(|| like.map(grid_space));
        let Some((grid, space)) = space.and_then(|grid| Some((grid, core_space(&grid).ok()?)))
        else {
            let reason = "no whole copy of the space is left";
            return Err(ArchiveError::format(path)(corrupt("front", 0, reason)));
        };
        let newest = found.0.last().map(|newest| &newest.document);
        let metadata: Option<Arc<str>> = newest.and_then(|newest| newest.metadata.clone());
        let further = newest.and_then(|newest| newest.further.clone());
        let mut entries = IndexSet::new();
        let (mut told, mut unfit) = (Vec::new(), Vec::new());
        for Merged { row, generation, .. } in found.merge().rows() {
            if row.is_told_by_blob() {
                told.push(row);
                continue;
            }
            let name = row.name.clone();
            match Entry::new(row, grid.shape, size) {
                Ok(entry) => {
                    entries.insert(LiveEntry { entry, generation, is_told: false });
                }
                Err(error) => unfit.push((name, error)),
            }
        }
        let slot = Slot {
            generation: 0,
            index_offset: 0,
            index_length: 0,
            index_checksum: 0,
            file_length: size,
            reader_features: 0,
            writer_features: 0,
        };
        let snapshot = Snapshot {
            kind: ends.kind(),
            grid,
            space,
            slot,
            records: Vec::new(),
            entries,
            metadata,
            further,
            damage: None,
            standing: Standing::NewerLost,
        };
        let archive = Archive::new(file, path.to_owned(), snapshot);
        Ok(Self { archive, told, unfit, index, unnamed_from })
    }
}

/// What the front and the trailers of a file say, as far as they are whole.
struct Ends {
    front: Option<Front>,
    /// Ascending by generation.
    trailers: Vec<Trailer>,
}

impl Ends {
    fn read(file: &FileStorage, path: &Path, size: u64) -> Result<Self> {
        let front = file
            .read_at(0, size.min(FRONT_LENGTH as u64) as usize)
            .map_err(ArchiveError::io("read", path))?;
        let front = Front::parse(&front).ok();
        let mut found = Vec::new();
        for kind in [Kind::Archive, Kind::SingleMask] {
            found.extend(trailers(file, path, kind, FRONT_LENGTH as u64)?);
        }
        found.sort_by_key(|trailer| trailer.slot.generation);
        Ok(Self { front, trailers: found })
    }

    fn slots(&self) -> impl Iterator<Item = Slot> {
        let slots = self.front.iter().flat_map(|front| &front.slots);
        slots.filter_map(|slot| slot.as_ref().ok().copied().flatten())
    }

    /// The newest commit of which anything is known.
    fn newest_generation(&self) -> Option<u64> {
        let trailers = self.trailers.iter().map(|trailer| trailer.slot);
        self.slots().chain(trailers).map(|slot| slot.generation).max()
    }

    /// The newest commit, where both slots are whole: what is newer was never committed.
    fn newest_certain(&self) -> Option<u64> {
        let slots = &self.front.as_ref()?.slots;
        slots.iter().all(Result::is_ok).then(|| self.slots().map(|slot| slot.generation).max())?
    }

    fn space(&self) -> Option<GridSpace> {
        let trailer = || self.trailers.last().map(|trailer| trailer.space);
        self.front.as_ref().map(|front| front.space).or_else(trailer)
    }

    fn kind(&self) -> Kind {
        let trailer = || self.trailers.last().map(|trailer| trailer.kind);
        self.front.as_ref().map(|front| front.kind).or_else(trailer).unwrap_or(Kind::Archive)
    }
}

/// An index record, or a copy of one, that is whole.
struct FoundDocument {
    offset: u64,
    length: u64,
    is_copy: bool,
    document: Document,
}

impl FoundDocument {
    /// Where the index record stood: behind its copy, or, in a compacted file, behind the front.
    fn place(&self) -> u64 {
        match self {
            Self { is_copy: false, offset, .. } => *offset,
            Self { document: Document { generation: 1, .. }, offset, .. }
                if *offset > FRONT_LENGTH as u64 =>
            {
                FRONT_LENGTH as u64
            }
            Self { offset, length, .. } => offset + length,
        }
    }
}

/// One document of each commit, oldest first: its index record, or else the copy of that.
struct Found(Vec<FoundDocument>);

impl Found {
    fn search(
        file: &FileStorage,
        path: &Path,
        size: u64,
        newest_certain: Option<u64>,
    ) -> Result<Self> {
        let mut found = Vec::new();
        let mut passes = size.saturating_mul(SCAN_PASSES);
        let mut budget = Budget::of_file(size);
        for (magic, is_copy) in [(INDEX_MAGIC, false), (COPY_MAGIC, true)] {
            for offset in find(file, path, magic, 0)? {
                let read = |length: u64| {
                    file.read_at(offset, length as usize).map_err(ArchiveError::io("read", path))
                };
                let header = read((MAX_INDEX_HEADER as u64).min(size - offset))?;
                let Ok((length, checksum)) = peek_index(&header, offset) else { continue };
                // Whoever plants many headers could make each claim the whole file.
                if length > size - offset || length > passes {
                    continue;
                }
                passes -= length;
                let bytes = read(length)?;
                // Only what is kept counts: the header of a damaged record may claim anything.
                let mut left = budget;
                let parse = if is_copy { parse_copy } else { parse_index };
                if let Ok(document) = parse(&bytes, offset, checksum, &mut left) {
                    budget = left;
                    found.push(FoundDocument { offset, length, is_copy, document });
                }
            }
        }
        found.retain(|found| {
            newest_certain.is_none_or(|newest| found.document.generation <= newest)
        });
        // Of one commit the record comes first, and of several records the last in the file.
        found.sort_by_key(|found| {
            (found.document.generation, found.is_copy, std::cmp::Reverse(found.offset))
        });
        found.dedup_by_key(|found| found.document.generation);
        Ok(Self(found))
    }

    /// How much of the index of commit `newest` they are, and from which byte on blobs that none of them names are of use.
    fn state(&self, newest: Option<u64>) -> (IndexFound, u64) {
        let Some(last) = self.0.last() else { return (IndexFound::Lost, 0) };
        let places: HashMap<u64, &FoundDocument> =
            self.0.iter().rev().map(|found| (found.place(), found)).collect();
        let older = last.document.records.iter().map(|place| places.get(&place.offset).copied());
        let older: Vec<_> = older.collect();
        if older.iter().any(Option::is_none) {
            return (IndexFound::Lost, 0);
        }
        if newest.is_none_or(|newest| newest > last.document.generation) {
            return (IndexFound::Lost, last.offset);
        }
        let copied = older.into_iter().flatten().chain([last]).any(|found| found.is_copy);
        let index = if copied { IndexFound::Copied } else { IndexFound::Whole };
        (index, u64::MAX)
    }

    /// Applies the documents oldest first; a row that an outdated one contradicts wins by being newer.
    fn merge(self) -> Merge {
        let mut merge = Merge::default();
        for FoundDocument { offset, document, .. } in self.0 {
            if document.records.is_empty() {
                // It has everything, and need not say what was removed.
                merge = Merge::default();
            }
            merge.apply(offset, document.generation, &document.removed, document.entries);
        }
        merge
    }
}

impl EncodedEntry {
    /// The entry with what a copy of the index says of it besides its blob.
    pub(crate) fn as_told(mut self, row: &EntryRow) -> Result<Self> {
        if self.row.name != row.name {
            self = self.renamed(&row.name)?;
        }
        self.row.metadata.clone_from(&row.metadata);
        self.row.further.clone_from(&row.further);
        Ok(self)
    }
}
