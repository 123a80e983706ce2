//! Saving what is whole from a damaged archive (SPEC.md, "Blob" and "Index record": both describe themselves).

use std::collections::{HashMap, HashSet};
use std::path::Path;

use indexmap::IndexSet;
use medmask_core::LabelMap;
use medmask_format::blob::{BLOB_MAGIC, BLOB_PREFIX_LENGTH, BlobHeader, BlobNames};
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot};
use medmask_format::index::{
    Document, INDEX_HEADER_LENGTH, INDEX_MAGIC, allowed_expansion, document_length, parse_index,
    peek_index,
};
use medmask_format::{Corrupt, FormatError, GridSpace};

use crate::blob::{Blob, Extent};
use crate::one_writer::check_not_same;
use crate::scan::find;
use crate::snapshot::{LiveEntry, Snapshot};
use crate::types::core_space;
use crate::verify::check_entry;
use crate::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, Entry, EntryOptions, FileStorage,
    OpenOptions, ReadAt, Result, WriterOptions,
};

/// What a repair saved and what it could not.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Repair {
    /// Entries that the new archive has.
    pub saved: Vec<String>,
    /// Of these, those that no index names any more. They may have been removed on purpose before the damage.
    pub found_without_index: Vec<String>,
    /// Entries that are lost, and why.
    pub lost: Vec<(String, ArchiveError)>,
    /// What else is wrong with the file.
    pub problems: Vec<ArchiveError>,
}

/// A search reads no more than this many times the file's bytes.
const SCAN_PASSES: u64 = 16;

/// Writes every entry of the damaged archive `input` that is whole to the new archive `output`. Where both commit slots or the
/// index are lost, the file is searched for index records and blobs.
///
/// # Errors
/// Where `input` cannot be read or holds no whole copy of its space, or `output` cannot be written or is `input`.
pub fn repair(input: &Path, output: &Path, options: WriterOptions) -> Result<Repair> {
    check_not_same(input, output)?;
    let file = OpenOptions::new().storage(input)?;
    let mut report = Repair::default();
    let archive = match Snapshot::read(&file, input) {
        Ok(snapshot) => {
            let damage = snapshot.damage.clone().map(ArchiveError::format(input));
            report.problems.extend(damage);
            Archive::new(file, input.to_owned(), snapshot)
        }
        Err(
            error @ (ArchiveError::Format {
                source: FormatError::Corrupt(_) | FormatError::NotMedmask,
                ..
            }
            | ArchiveError::Io { .. }),
        ) => {
            let archive = search_index(file, input)?;
            report.problems.push(error);
            archive
        }
        Err(error) => return Err(error),
    };
    let mut writer = ArchiveWriter::create(output, archive.space(), options)?;
    writer.copy_archive_keys(&archive);
    for entry in archive.entries() {
        let name = entry.name().to_owned();
        match saved(&archive, entry).and_then(|entry| writer.add_encoded(entry)) {
            Ok(()) => report.saved.push(name),
            Err(error) => report.lost.push((name, error)),
        }
    }
    if !report.problems.is_empty() {
        save_unnamed_blobs(&archive, &mut writer, &mut report)?;
    }
    writer.finish()?;
    Ok(report)
}

/// The entry as it is stored, where all that is said of it holds; where statistics are wrong they are counted anew.
fn saved(archive: &Archive, entry: &Entry) -> Result<EncodedEntry> {
    match check_entry(archive, entry, true) {
        Ok(_) => archive.encoded(entry.name()),
        Err(_) => archive.recoded(entry.name(), Codec::default()),
    }
}

/// The state that all whole index records of the file describe together.
fn search_index(file: FileStorage, path: &Path) -> Result<Archive> {
    let size = file.size().map_err(ArchiveError::io("read", path))?;
    let documents = whole_documents(&file, path, size)?;
    let front = file
        .read_at(0, size.min(FRONT_LENGTH as u64) as usize)
        .map_err(ArchiveError::io("read", path))?;
    let front = Front::parse(&front).ok();
    let kind = front.as_ref().map_or(Kind::Archive, |front| front.kind);
    let copies = documents.iter().rev().filter_map(|document| document.space);
    let grid = front.map(|front| front.space).or_else(|| copies.into_iter().next());
    let Some((grid, space)) = grid.and_then(|grid| Some((grid, core_space(&grid).ok()?))) else {
        let reason = "neither it nor any index record has a whole copy of the space";
        return Err(ArchiveError::format(path)(
            Corrupt { section: "front", offset: 0, reason }.into(),
        ));
    };
    let newest = documents.last().cloned().unwrap_or_default();
    let entries = merge(documents.into_iter(), &grid, size);
    let (metadata, unknown, damage) = (newest.metadata, newest.unknown, None);
    let slot = Slot {
        generation: newest.generation,
        index_offset: FRONT_LENGTH as u64,
        index_length: 0,
        index_checksum: 0,
        file_length: size,
        reader_features: 0,
        writer_features: 0,
    };
    let records = Vec::new();
    let snapshot = Snapshot {
        kind,
        grid,
        space,
        slot,
        slot_number: 0,
        records,
        entries,
        metadata,
        unknown,
        damage,
        newer_lost: true,
    };
    Ok(Archive::new(file, path.to_owned(), snapshot))
}

/// The documents of all whole index records of a file of `size` bytes, oldest first.
fn whole_documents(file: &FileStorage, path: &Path, size: u64) -> Result<Vec<Document>> {
    let mut documents: Vec<Document> = Vec::new();
    let mut budget = size.saturating_mul(SCAN_PASSES);
    let mut plain_budget = allowed_expansion(size);
    for offset in find(file, path, INDEX_MAGIC, 0)? {
        let read = |length| file.read_at(offset, length);
        let header_length = INDEX_HEADER_LENGTH.min((size - offset) as usize);
        let header = read(header_length).map_err(ArchiveError::io("read", path))?;
        let (Ok((length, checksum)), Ok(expands_to)) =
            (peek_index(&header, offset), document_length(&header, offset))
        else {
            continue;
        };
        // Whoever plants many headers could make each claim the whole file.
        if length > size - offset || length > budget || expands_to > plain_budget {
            continue;
        }
        budget -= length;
        let bytes = read(length as usize).map_err(ArchiveError::io("read", path))?;
        if let Ok(document) = parse_index(&bytes, offset, checksum) {
            // Only what is kept counts: the header of a damaged record may claim anything.
            plain_budget -= expands_to;
            documents.push(document);
        }
    }
    documents.sort_by_key(|document| document.generation);
    Ok(documents)
}

/// Applies documents oldest first; a record that an outdated one contradicts wins by being newer.
fn merge(
    documents: impl Iterator<Item = Document>,
    grid: &GridSpace,
    size: u64,
) -> IndexSet<LiveEntry> {
    let mut entries = IndexSet::new();
    for Document { generation, records, removed, entries: rows, .. } in documents {
        if records.is_empty() {
            // It has everything, and need not say what was removed.
            entries.clear();
        }
        let removed: HashSet<String> = removed.into_iter().collect();
        entries.retain(|live: &LiveEntry| !removed.contains(live.entry.name()));
        for row in rows {
            if let Ok(entry) = Entry::new(row, grid.shape, size) {
                entries.replace(LiveEntry { entry, generation });
            }
        }
    }
    entries
}

/// Saves whole blobs that no entry names. Of several with one name the last is taken, as the newest.
fn save_unnamed_blobs(
    archive: &Archive,
    writer: &mut ArchiveWriter,
    report: &mut Repair,
) -> Result<()> {
    let named: HashSet<u64> =
        archive.entries().filter_map(Entry::blob).map(|(offset, _)| offset).collect();
    let size = archive.storage.size().map_err(ArchiveError::io("read", &archive.path))?;
    let mut found: HashMap<String, EncodedEntry> = HashMap::new();
    let mut budget = size.saturating_mul(SCAN_PASSES);
    // What was whole before the newest commit, and is named no more, was taken away on purpose.
    let from = if archive.snapshot.records.is_empty() { 0 } else { archive.file_bytes() };
    for offset in find(&archive.storage, &archive.path, BLOB_MAGIC, from)? {
        if !named.contains(&offset)
            && let Ok(entry) = read_blob(archive, offset, size, &mut budget)
        {
            found.insert(entry.name().to_owned(), entry);
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, entry) in found {
        if !report.saved.contains(&name) {
            writer.add_encoded(entry)?;
            report.lost.retain(|(lost, _)| *lost != name);
            report.saved.push(name.clone());
            report.found_without_index.push(name);
        }
    }
    Ok(())
}

/// The entry that a blob describes by itself.
fn read_blob(archive: &Archive, offset: u64, size: u64, budget: &mut u64) -> Result<EncodedEntry> {
    let format = |error| ArchiveError::format(&archive.path)(error);
    let prefix = archive.read(offset, BLOB_PREFIX_LENGTH.min((size - offset) as usize) as u64)?;
    let header_length = BlobHeader::peek_length(&prefix, offset).map_err(format)? as u64;
    let too_long =
        || Corrupt { section: "blob header", offset, reason: "its length is not allowed" };
    *budget = budget.checked_sub(header_length).ok_or_else(|| format(too_long().into()))?;
    let blob = Blob::read(archive, offset, size, Extent::Header)?;
    if blob.header.shape != archive.snapshot.grid.shape {
        let damage = Corrupt { section: "blob header", offset, reason: "its shape is another" };
        return Err(format(damage.into()));
    }
    let BlobNames { name, labels: names } =
        BlobNames::parse(blob.bytes(), offset).map_err(format)?;
    let mut labels = LabelMap::new();
    for (label, label_name) in names {
        let unfit = |source| ArchiveError::Labels { name: name.clone(), source };
        labels.insert(label_name, label).map_err(unfit)?;
    }
    let dtype = Some(blob.header.dtype);
    let options = EntryOptions::new().dtype(dtype).make_names(true);
    EncodedEntry::new(&name, &blob.runs(archive)?, &labels, &options)
}
