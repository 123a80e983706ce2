//! A mask on its way out of an archive.

use medmask_archive::{AnyArchive, ArchiveError, EncodedEntry, ReadAt};
use medmask_core::{Dtype, Space, quoted};
use serde_json::{Map, Value};

use crate::Result;
use crate::adapter::{Formats, MaskToWrite};
use crate::masks::Masks;
use crate::selection::Selection;

/// The mask `selection`, decoded, on the space of the file that its entry came from; and what is left out of it.
pub(super) fn load<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    formats: &Formats,
) -> Result<(MaskToWrite, Option<String>)> {
    let Some(reader) = selection.reader(archive)? else {
        return load_computed(archive, selection, formats);
    };
    let entry = reader.entry();
    let (runs, labels) = reader.to_runs_with_labels()?;
    let name = selection.label().unwrap_or(entry.name());
    let mut mask = MaskToWrite::new(name, runs, labels, archive.space().clone());
    mask.dtype = selection.label().map_or(entry.dtype(), |_| Some(Dtype::Bool));
    // Few programs write metadata that cannot be held here, and that is not worth keeping voxels from their user.
    let note = match entry.metadata() {
        Ok(metadata) => {
            let (space, note) = space_by(&metadata, archive.space(), formats);
            mask.space = space;
            mask.metadata = metadata;
            note
        }
        Err(error) => Some(without_metadata(&error)),
    };
    Ok((mask, note))
}

/// The mask of an expression, on the space of the files that its entries came from where that is the same for all.
fn load_computed<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    formats: &Formats,
) -> Result<(MaskToWrite, Option<String>)> {
    let (runs, labels) = selection.in_own_numbers(archive)?;
    let space = archive.space().clone();
    let mut mask = MaskToWrite::new(selection.short_name(), runs, labels, space);
    mask.dtype = Some(Dtype::Bool);
    let note = match common_geometry(archive, selection.entries(), formats)? {
        Ok(Some(common)) => {
            let (space, note) = space_by(&common, archive.space(), formats);
            mask.space = space;
            mask.metadata = common;
            note
        }
        Ok(None) => None,
        Err((entry, note)) => Some(format!("{}: {note}", quoted(&entry))),
    };
    Ok((mask, note))
}

/// The name of an entry, and why its metadata cannot be used.
type Unusable = (String, String);

/// What one of `formats` keeps of the files that the entries `names` came from, where it is the same for all of them.
pub(super) fn common_geometry<'n>(
    archive: &impl Masks,
    names: impl Iterator<Item = &'n str>,
    formats: &Formats,
) -> Result<Result<Option<Map<String, Value>>, Unusable>> {
    let mut common = None;
    for name in names {
        let kept = match archive.entry(name)?.metadata() {
            Ok(metadata) => formats.kept_by_formats(metadata),
            Err(error) => return Ok(Err((name.to_owned(), without_metadata(&error)))),
        };
        match &common {
            None => common = Some(kept),
            Some(first) if *first == kept => {}
            Some(_) => return Ok(Ok(None)),
        }
    }
    Ok(Ok(common))
}

fn without_metadata(error: &ArchiveError) -> String {
    format!("{error}; they are left out, and the mask lies where the archive says")
}

/// The mask `selection` as it is stored, with its space and what is worth knowing of that; `None` where it is a part of an entry, of a
/// file of version 1, or computed.
pub(super) fn stored<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    formats: &Formats,
) -> Result<Option<(EncodedEntry, Space, Option<String>)>> {
    let (Some(stored), Some(entry), None) =
        (archive.as_version2(), selection.entry(), selection.label())
    else {
        return Ok(None);
    };
    // Metadata that cannot be held here say nothing that can be used, and stay with the entry.
    let metadata = stored.entry(entry)?.metadata().unwrap_or_default();
    let (space, note) = space_by(&metadata, archive.space(), formats);
    Ok(Some((stored.encoded(entry)?, space, note)))
}

/// The space of the file that an entry came from, where its `metadata` say so; else `space`, the archive's, and why where they say
/// what cannot be used.
pub(super) fn space_by(
    metadata: &Map<String, Value>,
    space: &Space,
    formats: &Formats,
) -> (Space, Option<String>) {
    match formats.placement(metadata, space.shape()) {
        Ok(own) => (own.map_or_else(|| space.clone(), |placement| placement.space), None),
        Err(reason) => {
            let note =
                format!("{reason}; its metadata say so, and the mask lies where the archive says");
            (space.clone(), Some(note))
        }
    }
}
