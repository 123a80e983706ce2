//! A mask on its way out of an archive.

use medmask_archive::{AnyArchive, ArchiveError, EncodedEntry, ReadAt};
use medmask_core::{Dtype, Space};
use serde_json::{Map, Value};

use crate::Result;
use crate::adapter::{Formats, MaskToWrite};
use crate::selection::Selection;

/// The mask `selection`, decoded, on the space of the file that its entry came from; and what is left out of it.
pub(super) fn load<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    formats: &Formats,
) -> Result<(MaskToWrite, Option<String>)> {
    let entry = archive.entry(selection.entry())?;
    let reader = selection.reader(archive)?;
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

pub(super) fn without_metadata(error: &ArchiveError) -> String {
    format!("{error}; they are left out, and the mask lies where the archive says")
}

/// The mask `selection` as it is stored, with its space and what is worth knowing of that; `None` where it is a part of an entry, or
/// of a file of version 1.
pub(super) fn stored<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    formats: &Formats,
) -> Result<Option<(EncodedEntry, Space, Option<String>)>> {
    let (Some(stored), None) = (archive.as_version2(), selection.label()) else { return Ok(None) };
    // Metadata that cannot be held here say nothing that can be used, and stay with the entry.
    let metadata = stored.entry(selection.entry())?.metadata().unwrap_or_default();
    let (space, note) = space_by(&metadata, archive.space(), formats);
    Ok(Some((stored.encoded(selection.entry())?, space, note)))
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
