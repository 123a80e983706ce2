//! An entry on its way out of an archive.

use medmask_archive::{Archive, ArchiveError, ReadAt};
use medmask_core::Space;

use crate::Result;
use crate::adapter::{Formats, MaskToWrite};

/// The entry `name`, decoded, on its own space; and what is left out of it.
pub(super) fn load<S: ReadAt>(
    archive: &Archive<S>,
    name: &str,
    formats: &Formats,
) -> Result<(MaskToWrite, Option<String>)> {
    let entry = archive.entry(name)?;
    let label_error = |source| ArchiveError::Labels { name: name.to_owned(), source };
    let labels = entry.label_map().map_err(label_error)?;
    let runs = archive.load_runs(name)?;
    let mut mask = MaskToWrite::new(name, runs, labels, archive.space().clone());
    mask.dtype = Some(entry.dtype());
    // Few programs write metadata that cannot be held here, and that is not worth keeping voxels from their user.
    let note = match entry.metadata() {
        Ok(metadata) => {
            let own = formats.placement(&metadata, mask.space.shape());
            mask.space = own.map_or(mask.space, |placement| placement.space);
            mask.metadata = metadata;
            None
        }
        Err(error) => Some(without_metadata(&error)),
    };
    Ok((mask, note))
}

pub(super) fn without_metadata(error: &ArchiveError) -> String {
    format!("{error}; they are left out, and the mask lies where the archive says")
}

/// The space of the file that the entry `name` came from, where its metadata say so; else the archive's.
pub(super) fn space_of<S: ReadAt>(
    archive: &Archive<S>,
    name: &str,
    formats: &Formats,
) -> Result<Space> {
    let space = archive.space();
    // Metadata that cannot be held here say nothing that can be used, and stay with the entry.
    let metadata = archive.entry(name)?.metadata().ok();
    let own = metadata.and_then(|metadata| formats.placement(&metadata, space.shape()));
    Ok(own.map_or_else(|| space.clone(), |placement| placement.space))
}
