//! Writing an archive anew, without dead space and with its index in front (SPEC.md, "Compacted files").

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;

use medmask_format::blob::parse_names;
use medmask_format::front::{Front, Kind, Slot, Trailer};
use medmask_format::index::{Budget, CopyPlace, Document, Effort, EntryRow, IndexRecord};
use medmask_format::{Corrupt, FormatError};

use crate::blob::{Blob, Extent};
use crate::blob_use::with_layers;
use crate::layers::{Arrangement, BlobKey, Layering, arrange};
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
    layering: Layering,
) -> Result<()> {
    let entries = source.entries().len();
    if kind == Kind::SingleMask && entries != 1 {
        return Err(ArchiveError::NotSingle { entries });
    }
    let write = |error| ArchiveError::io("write", &source.path)(error);
    let mut front = Front::new_bytes(kind, &source.snapshot.grid);
    let index_offset = front.len();
    let mut names = Names { source, found: HashMap::new() };
    let arrangement = arrange(source, layering, |arrangement| {
        Ok(place_blobs(source, arrangement, &mut names, index_offset)?.file_length)
    })?;
    let Placed { record, blobs, copy, file_length } =
        place_blobs(source, &arrangement, &mut names, index_offset)?;
    front.extend_from_slice(&record.bytes);
    target.write_at(0, &front).map_err(write)?;
    for Move { blob, to } in blobs {
        let bytes = match blob {
            BlobKey::Stored(place) => whole_blob(source, place)?,
            BlobKey::Made(number) => Cow::Borrowed(&arrangement.made[number][..]),
        };
        target.write_at(to, &bytes).map_err(write)?;
    }
    target.write_at(copy.1.offset, &copy.0).map_err(write)?;
    let is_layered = arrangement.places.iter().flatten().any(|place| place.layer.is_some());
    let slot = Slot {
        generation: 1,
        index_offset: index_offset as u64,
        index_length: record.bytes.len() as u64,
        index_checksum: record.checksum,
        file_length,
        reader_features: with_layers(source.snapshot.slot.reader_features, is_layered),
        ..source.snapshot.slot
    };
    let front = (kind, source.snapshot.grid);
    write_slot_and_trailer(target, front, &slot, durability).map_err(write)
}

/// The blob at `place`, checked: damage must not travel into a file that looks new.
fn whole_blob<S: ReadAt>(source: &Archive<S>, (from, length): (u64, u64)) -> Result<Cow<'_, [u8]>> {
    let blob = Blob::read(source, from, from + length, Extent::Whole)?;
    blob.check(source)?;
    if blob.length() != length {
        let reason = "it has not the length that the index names";
        let damage = Corrupt { section: "blob header", offset: from, reason };
        return Err(ArchiveError::format(&source.path)(damage.into()));
    }
    Ok(blob.into_cow())
}

/// A blob on its way.
struct Move {
    blob: BlobKey,
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
fn place_blobs<S: ReadAt>(
    source: &Archive<S>,
    arrangement: &Arrangement,
    names: &mut Names<'_, S>,
    index_offset: usize,
) -> Result<Placed> {
    let format = |error| ArchiveError::format(&source.path)(error);
    let snapshot = &source.snapshot;
    let told = names.told(arrangement)?;
    let (mut length, mut slack) = (0, RECORD_SLACK);
    loop {
        let mut end = (index_offset + length) as u64;
        let mut blobs: Vec<Move> = Vec::new();
        let mut moved = HashMap::new();
        let mut rows: Vec<EntryRow> = Vec::with_capacity(snapshot.entries.len());
        for (entry, place) in source.entries().zip(&arrangement.places) {
            let mut row = EntryRow { blob: None, layer: None, ..entry.row.clone() };
            if let Some(place) = place {
                let length = match place.blob {
                    BlobKey::Stored((_, length)) => length,
                    BlobKey::Made(number) => arrangement.made[number].len() as u64,
                };
                let to = *moved.entry(place.blob).or_insert_with(|| {
                    blobs.push(Move { blob: place.blob, to: end });
                    end += length;
                    end - length
                });
                (row.blob, row.layer) = (Some((to, length)), place.layer);
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

/// The names that blobs tell.
struct Names<'a, S> {
    source: &'a Archive<S>,
    /// Of blobs as they are stored.
    found: HashMap<(u64, u64), Vec<EntryRow>>,
}

impl<S: ReadAt> Names<'_, S> {
    /// Of each entry, whether its blob has the names that the index has. Of entries with equal voxels only those can be told by it
    /// that it names.
    fn told(&mut self, arrangement: &Arrangement) -> Result<Vec<bool>> {
        let mut left: HashMap<BlobKey, Vec<EntryRow>> = HashMap::new();
        let mut all = Vec::with_capacity(arrangement.places.len());
        for (entry, place) in self.source.entries().zip(&arrangement.places) {
            let Some(place) = place else {
                all.push(false);
                continue;
            };
            let names = match left.entry(place.blob) {
                MapEntry::Occupied(known) => known.into_mut(),
                MapEntry::Vacant(new) => new.insert(self.of(entry, place.blob, arrangement)?),
            };
            let row = EntryRow { layer: place.layer, ..entry.row.clone() }.names();
            let named = names.iter().position(|name| *name == row);
            named.map(|named| names.swap_remove(named));
            all.push(named.is_some());
        }
        Ok(all)
    }

    /// Those in `blob`, which is the one of `entry`.
    fn of(
        &mut self,
        entry: &Entry,
        blob: BlobKey,
        arrangement: &Arrangement,
    ) -> Result<Vec<EntryRow>> {
        let format = |error| ArchiveError::format(&self.source.path)(error);
        match blob {
            BlobKey::Made(number) => {
                let bytes = &arrangement.made[number];
                parse_names(bytes, 0, &mut Budget::of_file(bytes.len() as u64)).map_err(format)
            }
            BlobKey::Stored((offset, length)) => {
                if let Some(found) = self.found.get(&(offset, length)) {
                    return Ok(found.clone());
                }
                let blob = Blob::of_entry(self.source, entry, (offset, length), Extent::Header)?;
                let names = parse_names(blob.bytes(), offset, &mut Budget::of_file(length));
                let names = names.map_err(format)?;
                self.found.insert((offset, length), names.clone());
                Ok(names)
            }
        }
    }
}
