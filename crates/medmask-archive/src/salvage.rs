//! What is left of the index of a damaged file (SPEC.md, "Repair").

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexSet;
use medmask_core::Space;
use medmask_format::front::{Front, Kind, MAX_FRONT, SLOTS_END, Slot, Trailer};
use medmask_format::index::EntryRow;
use medmask_format::{FormatError, GridSpace};

use crate::damage::Standing;
use crate::found_documents::{Found, IndexFound};
use crate::newest::trailers;
use crate::snapshot::{LiveEntry, Merged, Snapshot, corrupt};
use crate::types::{core_space, grid_space};
use crate::{Archive, ArchiveError, EncodedEntry, Entry, FileStorage, ReadAt, Result};

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
        let space = ends.space().or_else(|| like.map(grid_space));
        let front = space.map_or(0, |space| Front::new_bytes(ends.kind(), &space).len() as u64);
        let (index, unnamed_from) = found.state(ends.newest_generation(), front);
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
            .read_at(0, size.min(MAX_FRONT as u64) as usize)
            .map_err(ArchiveError::io("read", path))?;
        let front = Front::parse(&front).ok();
        let mut found = Vec::new();
        for kind in [Kind::Archive, Kind::SingleMask] {
            found.extend(trailers(file, path, kind, SLOTS_END as u64)?);
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

impl EncodedEntry {
    /// The entry with what a copy of the index says of it besides its blob.
    pub(crate) fn told_as(mut self, row: &EntryRow) -> Result<Self> {
        if self.row.name != row.name {
            self = self.renamed(&row.name)?;
        }
        self.row.metadata.clone_from(&row.metadata);
        self.row.further.clone_from(&row.further);
        Ok(self)
    }
}
