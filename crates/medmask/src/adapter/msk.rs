//! medmask's own files, whose entries move as they are.

use std::path::Path;
use std::sync::Arc;

use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, EncodedEntry, EntryOptions, OpenOptions,
    Unnamed, WriterOptions, version1,
};
use medmask_core::{Space, quoted, shortened};

use super::format::{Adapter, EntryWriter, longest_suffix};
use super::mask::{
    DecodedMask, FileMask, FileOptions, MaskContent, MaskFile, MaskToWrite, Placement, Reference,
    StoredEntry,
};
use crate::{Error, Result};

/// `.msk` files, whose mask is called as the file, and `.mska` archives, whose masks keep their names; of version 1 and 2.
/// What it writes is `.msk` of version 2.
#[derive(Clone, Debug, Default)]
pub struct MskAdapter {
    options: OpenOptions,
}

impl MskAdapter {
    /// An adapter that opens files as `options` say.
    #[must_use]
    pub fn new(options: OpenOptions) -> Self {
        Self { options }
    }
}

const SINGLE: [&str; 1] = [".msk"];

impl Adapter for MskAdapter {
    fn key(&self) -> &'static str {
        "msk"
    }

    fn input_suffixes(&self) -> &'static [&'static str] {
        &[".msk", ".mska"]
    }

    fn output_suffixes(&self) -> &'static [&'static str] {
        &SINGLE
    }

    /// An archive beside masks mostly is what was made of them.
    fn taken_from_folders(&self, path: &Path) -> bool {
        longest_suffix(path, &SINGLE).is_some()
    }

    fn read(&self, path: &Path, name: &str) -> Result<MaskFile> {
        let file = match AnyArchive::open_with(path, &self.options)? {
            AnyArchive::Version1(reader) => read_version1(&reader)?,
            AnyArchive::Version2(archive) => read_archive(archive)?,
        };
        named_for_file(file, path, name)
    }

    fn read_reference(&self, path: &Path) -> Result<Reference> {
        let space = AnyArchive::open_with(path, &self.options)?.space().clone();
        Ok(Reference::new(path, self.key(), Placement::of(space)))
    }

    fn write(&self, path: &Path, masks: &[MaskToWrite], options: &FileOptions) -> Result<()> {
        let [mask] = masks else { return Err(Error::SeveralEntries { entries: masks.len() }) };
        let entry_options = EntryOptions::new()
            .dtype(mask.dtype)
            .metadata(mask.metadata.clone())
            .unnamed(Unnamed::Named);
        let entry = EncodedEntry::new(&mask.name, &mask.runs, &mask.labels, &entry_options)?;
        self.write_entry(path, entry, &mask.space, options)
    }

    fn entry_writer(&self) -> Option<&dyn EntryWriter> {
        Some(self)
    }
}

impl EntryWriter for MskAdapter {
    fn write_entry(
        &self,
        path: &Path,
        entry: EncodedEntry,
        space: &Space,
        options: &FileOptions,
    ) -> Result<()> {
        let write = || {
            let FileOptions { overwrite, durability, .. } = *options;
            let options = WriterOptions::new().overwrite(overwrite).durability(durability);
            let mut writer = ArchiveWriter::create(path, space, options)?;
            writer.add_encoded(entry)?;
            writer.finish()
        };
        Ok(write()?)
    }
}

/// Gives the mask of a `.msk` file the name of the file.
fn named_for_file(mut file: MaskFile, path: &Path, name: &str) -> Result<MaskFile> {
    if longest_suffix(path, &SINGLE).is_some() {
        let entries = file.masks.len();
        let [mask] = &mut file.masks[..] else {
            return Err(Error::file(path, ArchiveError::NotSingle { entries }));
        };
        name.clone_into(&mut mask.name);
    }
    Ok(file)
}

/// Where the files lay that its masks came from is for those to say who know their formats; here they lie in the archive's space.
fn read_archive(archive: Archive) -> Result<MaskFile> {
    let placement = Placement::of(archive.space().clone());
    let archive = Arc::new(archive);
    let masks = archive.names().map(|name| {
        let content = MaskContent::Stored(StoredEntry::new(Arc::clone(&archive), name));
        FileMask::new(name, placement.clone(), content)
    });
    let mut file = MaskFile::new(placement.clone(), masks.collect());
    file.metadata = archive.metadata()?;
    file.notes.extend(archive.damage().map(|damage| damage.to_string()));
    if let Some(keys) = archive.further_keys() {
        file.notes.push(format!(
            "what a later version says of the archive is left out: {}",
            shortened(keys)
        ));
    }
    Ok(file)
}

/// Masks of version 1 are decoded: its blobs are others.
fn read_version1(file: &version1::Reader) -> Result<MaskFile> {
    let placement = Placement::of(file.space().clone());
    let mut read = MaskFile::new(placement.clone(), Vec::new());
    for entry in file.entries() {
        let name = entry.name();
        let (runs, labels, changes) = file.runs_with_changes(name)?;
        let mut decoded = DecodedMask::new(runs, labels);
        decoded.dtype = entry.dtype();
        read.masks.push(FileMask::new(name, placement.clone(), decoded));
        read.notes.extend(changes.iter().map(|change| format!("{}: {change}", quoted(name))));
    }
    Ok(read)
}
