//! Index records and their copies that a search finds in a damaged file (SPEC.md, "Repair").

use std::collections::HashMap;
use std::path::Path;

use medmask_format::index::{
    Budget, COPY_MAGIC, Document, INDEX_MAGIC, MAX_INDEX_HEADER, parse_copy, parse_index,
    peek_index,
};

use crate::scan::{SCAN_PASSES, find};
use crate::snapshot::Merge;
use crate::{ArchiveError, FileStorage, ReadAt, Result};

/// What was left of the index of a damaged file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexFound {
    /// All of it.
    #[default]
    Whole,
    /// Copies of the parts that are lost: all names are known. Colours and terminology codes of labels that have voxels are lost.
    Copied,
    /// Not all of it: there may have been entries of which nothing is left, not even the name.
    Lost,
}

/// An index record, or a copy of one, that is whole.
pub(crate) struct FoundDocument {
    offset: u64,
    length: u64,
    is_copy: bool,
    pub document: Document,
}

impl FoundDocument {
    /// Where the index record stood: behind its copy, or, in a compacted file, behind the `front`, which is so long.
    fn place(&self, front: u64) -> u64 {
        match self {
            Self { is_copy: false, offset, .. } => *offset,
            Self { document: Document { generation: 1, .. }, offset, .. } if *offset > front => {
                front
            }
            Self { offset, length, .. } => offset + length,
        }
    }
}

/// One document of each commit, oldest first: its index record, or else the copy of that.
pub(crate) struct Found(pub Vec<FoundDocument>);

impl Found {
    pub(crate) fn search(
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

    /// How much of the index of commit `newest` they are, and from which byte on blobs that none of them names are of use, where
    /// the front has `front` bytes.
    pub(crate) fn state(&self, newest: Option<u64>, front: u64) -> (IndexFound, u64) {
        let Some(last) = self.0.last() else { return (IndexFound::Lost, 0) };
        let places: HashMap<u64, &FoundDocument> =
            self.0.iter().rev().map(|found| (found.place(front), found)).collect();
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
    pub(crate) fn merge(self) -> Merge {
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
