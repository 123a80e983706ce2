//! Saving what is whole from a damaged archive (SPEC.md, "Repair").

use std::collections::{HashMap, HashSet};
use std::path::Path;

use medmask_core::Space;
use medmask_format::FormatError;
use medmask_format::blob::{BLOB_MAGIC, BLOB_PREFIX_LENGTH};
use medmask_format::index::EntryRow;

use crate::damage::Standing;
use crate::found_documents::IndexFound;
use crate::from_blob::FoundEntry;
use crate::one_writer::check_not_same;
use crate::salvage::Salvage;
use crate::scan::{SCAN_PASSES, find};
use crate::snapshot::{Snapshot, corrupt};
use crate::verify::Checks;
use crate::{
    Archive, ArchiveError, ArchiveWriter, EncodedEntry, Entry, FileStorage, OpenOptions, ReadAt,
    Result, WriterOptions,
};

/// What a repair saved and what it could not.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Repair {
    /// Entries that the new archive has.
    pub saved: Vec<String>,
    /// Of these, those that no index names any more. They may have been removed on purpose before the damage.
    pub found_without_index: Vec<String>,
    /// Entries that are lost, and why: all that an index or a copy of one names and that could not be saved.
    pub lost: Vec<(String, ArchiveError)>,
    /// Whether these are all that is lost.
    pub index: IndexFound,
    /// What else is wrong with the file.
    pub problems: Vec<ArchiveError>,
}

/// Writes every entry of the damaged archive `input` that is whole to the new archive `output`. Where the front, both commit slots
/// or the index are lost, the file is searched for their copies and for blobs. Where no copy of the space is left, it is `like`.
///
/// # Errors
/// Where `input` cannot be read or holds no whole copy of its space and there is no `like`, or `output` cannot be written or is
/// `input`.
pub fn repair(
    input: &Path,
    output: &Path,
    options: WriterOptions,
    like: Option<&Space>,
) -> Result<Repair> {
    check_not_same(input, output)?;
    let file = OpenOptions::new().storage(input)?;
    let mut report = Repair::default();
    let mut found = match Snapshot::newest(&file, input) {
        Ok(snapshot) => {
            report.problems.extend(snapshot.damage.clone().map(ArchiveError::format(input)));
            match snapshot.standing {
                Standing::NewerLost => Salvage::search(file, input, like)?,
                _ => Salvage::whole(Archive::new(file, input.to_owned(), snapshot)),
            }
        }
        Err(
            error @ (ArchiveError::Format {
                source: FormatError::Corrupt(_) | FormatError::NotMedmask,
                ..
            }
            | ArchiveError::Io { .. }),
        ) => {
            let found = Salvage::search(file, input, like)?;
            report.problems.push(error);
            found
        }
        Err(error) => return Err(error),
    };
    report.index = found.index;
    found.archive.set_max_memory(options.max_memory);
    let mut writer = ArchiveWriter::create(output, found.archive.space(), options)?;
    writer.copy_archive_keys(&found.archive);
    save_named(&found, &mut writer, &mut report);
    if found.index == IndexFound::Lost {
        save_unnamed(&found, &mut writer, &mut report)?;
    }
    writer.finish()?;
    Ok(report)
}

/// Saves all that an index or a copy of one names.
fn save_named(found: &Salvage, writer: &mut ArchiveWriter, report: &mut Repair) {
    let archive = &found.archive;
    let mut checks = Checks::deep(archive);
    let whole = archive.entries().map(|entry| {
        let saved = saved(&mut checks, archive, entry);
        (entry.name(), saved)
    });
    let mut blobs = HashMap::new();
    let told =
        found.told.iter().map(|row| (row.name.as_str(), saved_as_told(&mut blobs, archive, row)));
    for (name, entry) in whole.chain(told) {
        match entry.and_then(|entry| writer.add_encoded(entry)) {
            Ok(()) => report.saved.push(name.to_owned()),
            Err(error) => report.lost.push((name.to_owned(), error)),
        }
    }
    for (name, damage) in &found.unfit {
        let error = ArchiveError::format(archive.path())(damage.clone());
        report.lost.push((name.clone(), error));
    }
}

/// The entry as it is stored, where all that is said of it holds; where statistics are wrong they are counted anew.
fn saved(
    checks: &mut Checks<'_, FileStorage>,
    archive: &Archive,
    entry: &Entry,
) -> Result<EncodedEntry> {
    match checks.entry(entry) {
        Ok(_) => archive.encoded(entry.name()),
        Err(_) => archive.recounted(entry.name()),
    }
}

/// The entry of which a copy of the index has the name, `row`, and its blob the rest. Entries of layers wait among `blobs` until they
/// are asked for, so that their blob is decoded once.
fn saved_as_told(
    blobs: &mut HashMap<u64, Vec<FoundEntry>>,
    archive: &Archive,
    row: &EntryRow,
) -> Result<EncodedEntry> {
    // Of those that are told by their blobs all have one.
    let (offset, _) = row.blob.unwrap_or_default();
    let mut found = match blobs.remove(&offset) {
        Some(found) => found,
        None => archive.entries_of_blob(offset)?,
    };
    let named = found.iter().position(|found| found.is(row));
    let place = named.or_else(|| found.iter().position(|found| found.layer == row.layer));
    let entry = place.map(|place| found.swap_remove(place).entry);
    if !found.is_empty() {
        blobs.insert(offset, found);
    }
    let reason = "it does not have the layer that a copy of the index names";
    let damage = || ArchiveError::format(archive.path())(corrupt("blob header", offset, reason));
    entry.ok_or_else(damage)??.told_as(row)
}

/// Saves whole blobs that no entry names. Of several with one name the last is taken, as the newest. What an index names is
/// saved already or lost: an older blob of that name was replaced on purpose.
fn save_unnamed(found: &Salvage, writer: &mut ArchiveWriter, report: &mut Repair) -> Result<()> {
    let archive = &found.archive;
    let places = archive.entries().filter_map(Entry::blob);
    let places = places.chain(found.told.iter().filter_map(|row| row.blob));
    let named: HashSet<u64> = places.map(|(offset, _)| offset).collect();
    let lost = report.lost.iter().map(|(name, _)| name);
    let known: HashSet<String> = report.saved.iter().chain(lost).cloned().collect();
    let mut blobs = find(archive.storage(), archive.path(), BLOB_MAGIC, found.unnamed_from)?;
    blobs.reverse();
    let mut taken = HashSet::new();
    let mut unnamed = Vec::new();
    let mut budget = archive.storage().size().map_err(ArchiveError::io("read", archive.path()))?;
    budget = budget.saturating_mul(SCAN_PASSES);
    for offset in blobs.into_iter().filter(|offset| !named.contains(offset)) {
        let Ok(entries) = entries_within(archive, offset, &mut budget) else { continue };
        let entries = entries.into_iter().filter_map(|found| found.entry.ok());
        for entry in entries.filter(|entry| !known.contains(entry.name())) {
            if taken.insert(entry.name().to_owned()) {
                unnamed.push(entry);
            }
        }
    }
    unnamed.sort_by(|a, b| a.name().cmp(b.name()));
    for entry in unnamed {
        let name = entry.name().to_owned();
        writer.add_encoded(entry)?;
        report.saved.push(name.clone());
        report.found_without_index.push(name);
    }
    Ok(())
}

/// The entries of the blob at byte `offset`, which take their lengths off `budget`: whoever plants many headers could make each claim
/// the whole file.
fn entries_within(archive: &Archive, offset: u64, budget: &mut u64) -> Result<Vec<FoundEntry>> {
    let entries = archive.entries_of_blob(offset);
    let lengths = |found: &Vec<FoundEntry>| found.iter().map(FoundEntry::stored_bytes).sum();
    let length: u64 = entries.as_ref().map_or(0, lengths).max(BLOB_PREFIX_LENGTH as u64);
    *budget = budget.checked_sub(length).ok_or_else(|| {
        let damage = corrupt("blob header", offset, "too many blobs overlap");
        ArchiveError::format(archive.path())(damage)
    })?;
    entries
}
