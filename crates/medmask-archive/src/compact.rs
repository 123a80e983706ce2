//! Writing an archive anew, without dead space and with its index in front (SPEC.md, "Compacted files").

use std::collections::HashMap;

use medmask_format::Corrupt;
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot};
use medmask_format::index::{Document, Effort, EntryRow, IndexRecord};

use crate::appender::write_slot;
use crate::blob::{Blob, Extent};
use crate::{Archive, ArchiveError, Durability, ReadAt, Result, WriteAt};

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
    let (record, blobs, file_length) = place_blobs(source)?;
    let mut front = Front::preamble(kind, &source.snapshot.grid).to_vec();
    front.resize(FRONT_LENGTH, 0);
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
    let slot = Slot {
        generation: 1,
        index_offset: FRONT_LENGTH as u64,
        index_length: record.bytes.len() as u64,
        index_checksum: record.checksum,
        file_length,
        ..source.snapshot.slot
    };
    write_slot(target, 0, &slot, durability).map_err(write)
}

/// A blob on its way.
struct Move {
    from: u64,
    length: u64,
    to: u64,
}

/// The index record with the blobs behind it, those blobs, and the file's length.
fn place_blobs<S: ReadAt>(source: &Archive<S>) -> Result<(IndexRecord, Vec<Move>, u64)> {
    let snapshot = &source.snapshot;
    let mut length = 0;
    loop {
        let mut end = (FRONT_LENGTH + length) as u64;
        let mut moves: Vec<Move> = Vec::new();
        let mut moved = HashMap::new();
        let mut rows: Vec<EntryRow> = Vec::with_capacity(snapshot.entries.len());
        for entry in source.entries() {
            let mut row = entry.row.clone();
            if let Some((from, length)) = row.blob {
                let to = *moved.entry((from, length)).or_insert_with(|| {
                    moves.push(Move { from, length, to: end });
                    end += length;
                    end - length
                });
                row.blob = Some((to, length));
            }
            rows.push(row);
        }
        let mut document = Document {
            generation: 1,
            space: Some(snapshot.grid),
            metadata: snapshot.metadata.clone(),
            entries: rows,
            unknown: snapshot.unknown.clone(),
            ..Document::default()
        };
        let record = IndexRecord::new(&mut document, Effort::Small, length)
            .map_err(ArchiveError::format(&source.path))?;
        if record.bytes.len() == length {
            return Ok((record, moves, end));
        }
        // Offsets grow with the record, so this ends after a few rounds.
        length = record.bytes.len() + RECORD_SLACK;
    }
}
