//! Writing an archive anew, without dead space and with its index in front (SPEC.md, "Compacted files").

use std::collections::{HashMap, HashSet};

use medmask_format::blob::parse_names;
use medmask_format::front::{Front, Kind, Slot, Trailer};
use medmask_format::index::{Budget, CopyPlace, Document, Effort, EntryRow, IndexRecord};
use medmask_format::{Corrupt, FormatError};

use crate::blob::{Blob, Extent};
use crate::slots::write_slot_and_trailer;
use crate::{Archive, ArchiveError, Durability, Entry, ReadAt, Result, WriteAt};

/// A compacted index record may turn out longer once its offsets are known; this much room saves another attempt.
const RECORD_SLACK: usize = 8;

/// Writes the state of `source` to the empty `target`, checking every blob on the way.
pub(crate) fn write_compacted<S: ReadAt, T: WriteAt>(
    source: &Archive<S>,
    target: &mut T,
    kind: Kind,
    durability: Durability,
) -> Result<()> {
    let entries = source.entries().len();
    if kind == Kind::SingleMask && entries != 1 {
        return Err(ArchiveError::NotSingle { entries });
    }
    let write = |error| ArchiveError::io("write", &source.path)(error);
    let mut front = Front::new_bytes(kind, &source.snapshot.grid);
    let index_offset = front.len();
    let Placed { record, blobs, copy, file_length } = place_blobs(source, index_offset)?;
    front.extend_from_slice(&record.bytes);
    target.write_at(0, &front).map_err(write)?;
    for Move { from, length, to } in blobs {
        // Damage must not travel into a file that looks new.
        let blob = Blob::read(source, from, from + length, Extent::Whole)?;
        blob.check(source)?;
        if blob.length() != length {
            let reason = "it has not the length that the index names";
            let damage = Corrupt { section: "blob header", offset: from, reason };
            return Err(ArchiveError::format(&source.path)(damage.into()));
        }
        target.write_at(to, blob.bytes()).map_err(write)?;
    }
    target.write_at(copy.1.offset, &copy.0).map_err(write)?;
    let slot = Slot {
        generation: 1,
        index_offset: index_offset as u64,
        index_length: record.bytes.len() as u64,
        index_checksum: record.checksum,
        file_length,
        ..source.snapshot.slot
    };
    let front = (kind, source.snapshot.grid);
    write_slot_and_trailer(target, front, &slot, durability).map_err(write)
}

/// A blob on its way.
struct Move {
    from: u64,
    length: u64,
    to: u64,
}

/// A compacted file before it is written.
struct Placed {
    record: IndexRecord,
    blobs: Vec<Move>,
    /// The copy of the index, and its place.
    copy: (Vec<u8>, CopyPlace),
    file_length: u64,
}

/// The index record, which stands at byte `index_offset`, with the blobs behind it.
fn place_blobs<S: ReadAt>(source: &Archive<S>, index_offset: usize) -> Result<Placed> {
    let format = |error| ArchiveError::format(&source.path)(error);
    let snapshot = &source.snapshot;
    let told = told_by_blobs(source)?;
    let (mut length, mut slack) = (0, RECORD_SLACK);
    loop {
        let mut end = (index_offset + length) as u64;
        let mut blobs: Vec<Move> = Vec::new();
        let mut moved = HashMap::new();
        let mut rows: Vec<EntryRow> = Vec::with_capacity(snapshot.entries.len());
        for entry in source.entries() {
            let mut row = entry.row.clone();
            if let Some((from, length)) = row.blob {
                let to = *moved.entry((from, length)).or_insert_with(|| {
                    blobs.push(Move { from, length, to: end });
                    end += length;
                    end - length
                });
                row.blob = Some((to, length));
            }
            rows.push(row);
        }
        let (metadata, further) = (snapshot.metadata.clone(), snapshot.further.clone());
        let mut document =
            Document { generation: 1, metadata, further, entries: rows, ..Document::default() };
        let copy = copy_of(&document, &told).map_err(format)?;
        let (bytes, checksum) = (copy.bytes, copy.checksum);
        let place = CopyPlace { offset: end, length: bytes.len() as u64, checksum };
        document.copy = Some(place);
        let record = IndexRecord::new(&document, Effort::Small, length).map_err(format)?;
        // A record holds no more padding than 255 bytes. In a very large index more may be left between it and the blobs.
        if record.bytes.len() <= length {
            let trailer = Trailer::length_of(&snapshot.grid) as u64;
            let file_length = place.offset + place.length + trailer;
            return Ok(Placed { record, blobs, copy: (bytes, place), file_length });
        }
        // Other offsets compress to other lengths, and in a large index these differ more.
        length = record.bytes.len() + slack;
        slack *= 2;
    }
}

/// The copy of `document`, in which `told` says of each entry whether its blob tells its names.
fn copy_of(document: &Document, told: &[bool]) -> Result<IndexRecord, FormatError> {
    let rows = document.entries.iter().zip(told);
    let rows = rows.map(|(row, told)| if *told { row.told_by_blob() } else { row.clone() });
    let copy = Document { entries: rows.collect(), ..document.clone() };
    IndexRecord::new_copy(&copy, Effort::Small)
}

/// Of each entry, whether its blob has the names that the index has. Of entries that share a blob, only one can be told by it.
fn told_by_blobs<S: ReadAt>(source: &Archive<S>) -> Result<Vec<bool>> {
    let mut used = HashSet::new();
    let told = |entry: &Entry| {
        let Some(place) = entry.blob() else { return Ok(false) };
        if !used.insert(place) {
            return Ok(false);
        }
        let blob = Blob::of_entry(source, entry, place, Extent::Header)?;
        let mut budget = Budget::of_file(place.1);
        let names = parse_names(blob.bytes(), place.0, &mut budget);
        let names = names.map_err(ArchiveError::format(&source.path))?;
        Ok(names == entry.row.names())
    };
    source.entries().map(told).collect()
}
