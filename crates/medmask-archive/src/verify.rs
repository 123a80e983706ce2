//! Checking every byte of an archive that counts.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use medmask_core::LabelStatistics;
use medmask_format::Corrupt;
use medmask_format::blob::parse_names;
use medmask_format::front::Trailer;
use medmask_format::index::{Budget, CopyPlace, check_copy};

use crate::blob::{Blob, Extent};
use crate::layer::Layer;
use crate::newest::read_trailer;
use crate::snapshot::corrupt;
use crate::{AnyArchive, Archive, ArchiveError, Entry, OpenOptions, ReadAt, Result, version1};

/// What a check found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// What is wrong; nothing, for a file in order.
    pub problems: Vec<Problem>,
    /// Entries that were checked.
    pub entries: usize,
    /// Bytes of blobs that were checked.
    pub bytes: u64,
}

/// Something that is wrong with an archive.
#[derive(Debug)]
#[non_exhaustive]
pub struct Problem {
    /// The entry that it concerns; `None` where it concerns the file.
    pub entry: Option<String>,
    /// What is wrong, and where.
    pub error: ArchiveError,
}

/// Checks every checksum of the file at `path`, that no parts overlap, and, where `deep`, that the voxels of each entry are those
/// that its statistics speak of. Of a file of version 1, which has no checksums, every mask is decoded. `progress` is told how many
/// entries of how many are done.
///
/// # Errors
/// Only where the file cannot be read; damage is what [`Verification::problems`] is for.
pub fn verify(path: &Path, deep: bool, progress: impl FnMut(usize, usize)) -> Result<Verification> {
    verify_with(path, &OpenOptions::new(), deep, progress)
}

/// As [`verify`], for a file that is opened as `options` say.
///
/// # Errors
/// As [`verify`].
pub fn verify_with(
    path: &Path,
    options: &OpenOptions,
    deep: bool,
    progress: impl FnMut(usize, usize),
) -> Result<Verification> {
    match AnyArchive::open_with(path, options) {
        Ok(AnyArchive::Version2(archive)) => Ok(verify_archive(&archive, deep, progress)),
        Ok(AnyArchive::Version1(reader)) => Ok(decode_all(&reader, progress)),
        Err(error @ ArchiveError::Format { .. }) => {
            let problems = vec![Problem { entry: None, error }];
            Ok(Verification { problems, ..Verification::default() })
        }
        Err(error) => Err(error),
    }
}

/// As [`verify`], for an archive that is open.
pub fn verify_archive<S: ReadAt>(
    archive: &Archive<S>,
    deep: bool,
    mut progress: impl FnMut(usize, usize),
) -> Verification {
    let mut found = Verification::default();
    let problem = |entry: Option<&Entry>, error| Problem {
        entry: entry.map(|entry| entry.name().to_owned()),
        error,
    };
    if let Some(damage) = &archive.snapshot.damage {
        let error = ArchiveError::format(&archive.path)(damage.clone());
        found.problems.push(problem(None, error));
    }
    let parts =
        overlap(archive).into_iter().chain(check_trailer(archive)).chain(check_copies(archive));
    found.problems.extend(parts.map(|error| problem(None, error)));
    let total = archive.entries().len();
    let mut checks = Checks { archive, deep, shared: HashMap::new() };
    for entry in archive.entries() {
        match checks.entry(entry) {
            Ok(bytes) => found.bytes += bytes,
            Err(error) => found.problems.push(problem(Some(entry), error)),
        }
        found.entries += 1;
        progress(found.entries, total);
    }
    found
}

/// All that can be checked of version 1.
fn decode_all<S: ReadAt>(
    reader: &version1::Reader<S>,
    mut progress: impl FnMut(usize, usize),
) -> Verification {
    let mut found = Verification::default();
    let total = reader.entries().len();
    for entry in reader.entries() {
        match reader.check(entry) {
            Ok(()) => found.bytes += entry.stored_bytes(),
            Err(error) => {
                found.problems.push(Problem { entry: Some(entry.name().to_owned()), error });
            }
        }
        found.entries += 1;
        progress(found.entries, total);
    }
    found
}

/// Checks of the entries of an archive.
pub(crate) struct Checks<'a, S> {
    archive: &'a Archive<S>,
    deep: bool,
    /// Of each blob of layers what is counted in it, so that it is decoded once; `None` where it is not whole.
    shared: HashMap<(u64, u64), Option<Vec<LabelStatistics>>>,
}

impl<'a, S: ReadAt> Checks<'a, S> {
    /// Also of the voxels.
    pub(crate) fn deep(archive: &'a Archive<S>) -> Self {
        Self { archive, deep: true, shared: HashMap::new() }
    }

    /// The bytes of the entry's blob, if all is well with it; of a blob of layers for the first of its entries alone.
    pub(crate) fn entry(&mut self, entry: &Entry) -> Result<u64> {
        let Some((offset, length)) = entry.blob() else { return Ok(0) };
        let (archive, is_layer) = (self.archive, entry.layer().is_some());
        let extent = if is_layer { Extent::Header } else { Extent::Whole };
        let blob = Blob::of_entry(archive, entry, (offset, length), extent)?;
        let is_first = is_layer && !self.shared.contains_key(&(offset, length));
        let counted = match blob.layer.and_then(|layer| self.of_layer((offset, length), layer)) {
            Some(counted) => counted,
            // Of a blob that is not whole each entry says what is wrong with its part.
            None => {
                check_blob(archive, &blob)?;
                self.deep.then(|| count(archive, entry, &blob)).transpose()?.flatten()
            }
        };
        if self.deep && counted.is_none_or(|counted| !is_counted(entry, &counted)) {
            let reason = "its voxels are not those that the index counts";
            let damage = ArchiveError::format(&archive.path)(corrupt("chunk", offset, reason));
            return Err(damage.of_entry(entry.name()));
        }
        Ok(if is_first || !is_layer { length } else { 0 })
    }

    /// What is counted of `layer` in its blob at `place`, if anything is to be; nothing where the blob is not whole.
    fn of_layer(
        &mut self,
        place: (u64, u64),
        layer: Layer,
    ) -> Option<Option<Vec<LabelStatistics>>> {
        let (archive, deep) = (self.archive, self.deep);
        let all = self.shared.entry(place).or_insert_with(|| whole(archive, place, deep).ok());
        let own = all.as_ref()?.iter().filter(|known| known.label == layer.number);
        let own = own.map(|known| LabelStatistics { label: layer.label, ..*known });
        Some(deep.then(|| own.collect()))
    }
}

/// Checks the blob of layers at `place`. Where `deep`, its labels are counted.
fn whole<S: ReadAt>(
    archive: &Archive<S>,
    (offset, length): (u64, u64),
    deep: bool,
) -> Result<Vec<LabelStatistics>> {
    let blob = Blob::read(archive, offset, offset + length, Extent::Whole)?;
    check_blob(archive, &blob)?;
    let counted = deep.then(|| blob.statistics(archive, usize::MAX, u64::MAX)).transpose()?;
    Ok(counted.flatten().unwrap_or_default())
}

/// Checks the names in a blob, and the chunks that may hold its entry's voxels.
fn check_blob<S: ReadAt>(archive: &Archive<S>, blob: &Blob<'_>) -> Result<()> {
    let names = parse_names(blob.bytes(), blob.offset(), &mut Budget::of_file(blob.length()));
    names.map_err(ArchiveError::format(&archive.path))?;
    blob.check(archive)
}

/// What the voxels of `entry` are; `None` where they are more than the index says.
fn count<S: ReadAt>(
    archive: &Archive<S>,
    entry: &Entry,
    blob: &Blob<'_>,
) -> Result<Option<Vec<LabelStatistics>>> {
    blob.statistics(archive, entry.present().len(), entry.voxels().unwrap_or(u64::MAX))
}

/// Whether `counted`, ascending by label, are what the index says of `entry`.
fn is_counted(entry: &Entry, counted: &[LabelStatistics]) -> bool {
    let known = entry.labels().filter_map(|label| label.statistics);
    let is_counted = |known: LabelStatistics| {
        let place = counted.binary_search_by_key(&known.label, |one| one.label);
        place.is_ok_and(|place| counted[place] == known)
    };
    counted.iter().map(|one| one.label).eq(entry.present()) && known.into_iter().all(is_counted)
}

/// The first two parts of the file that lie over each other without being the same.
fn overlap<S: ReadAt>(archive: &Archive<S>) -> Option<ArchiveError> {
    let blobs = archive.entries().filter_map(Entry::blob);
    let records = archive.snapshot.records.iter();
    let copies = records.clone().filter_map(|record| record.copy);
    let records = records.map(|record| (record.place.offset, record.place.length));
    let records = records.chain(copies.map(|copy| (copy.offset, copy.length)));
    let parts: BTreeSet<(u64, u64)> = blobs.chain(records).collect();
    let mut end = 0;
    for (offset, length) in parts {
        if offset < end {
            let damage =
                Corrupt { section: "index", offset, reason: "two parts of the file overlap there" };
            return Some(ArchiveError::format(&archive.path)(damage.into()));
        }
        end = offset + length;
    }
    None
}

/// What is wrong with the trailer of the state, which a repair has need of where the front is damaged.
fn check_trailer<S: ReadAt>(archive: &Archive<S>) -> Option<ArchiveError> {
    let snapshot = &archive.snapshot;
    let whole = Trailer { kind: snapshot.kind, space: snapshot.grid, slot: snapshot.slot };
    let at = snapshot.slot.file_length.checked_sub(Trailer::length_of(&snapshot.grid) as u64);
    let found = at.map_or(Ok(None), |at| {
        read_trailer(&archive.storage, &archive.path, at, snapshot.slot.file_length)
    });
    match found {
        Ok(found) if found == Some(whole) => None,
        Ok(_) => {
            let reason = "it is not the copy of the front that it should be";
            let damage = corrupt("trailer", at.unwrap_or(0), reason);
            Some(ArchiveError::format(&archive.path)(damage))
        }
        Err(error) => Some(error),
    }
}

/// What is wrong with copies of the index, which a repair has need of where the index is damaged.
fn check_copies<S: ReadAt>(archive: &Archive<S>) -> Vec<ArchiveError> {
    let copies = archive.snapshot.records.iter().filter_map(|record| record.copy);
    let check = |copy: CopyPlace| {
        let end = copy.offset.checked_add(copy.length);
        let within = end.is_some_and(|end| end <= archive.file_bytes());
        let outside = || corrupt("copy of the index", copy.offset, "it lies outside the file");
        let format = |error| ArchiveError::format(&archive.path)(error);
        within.then_some(()).ok_or_else(outside).map_err(format)?;
        let bytes = archive.read(copy.offset, copy.length)?;
        check_copy(&bytes, copy.offset, copy.checksum).map_err(format)
    };
    copies.filter_map(|copy| check(copy).err()).collect()
}
