//! Entries of an archive back to files.

mod load;
mod merge;
mod vote;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use medmask_archive::{AnyArchive, ArchiveError, ReadAt};
use medmask_core::{Interpolation, Space, parallel};
use medmask_files::{Durability, FileError, Staged};

use crate::adapter::{Adapter, FileOptions, Formats, MaskToWrite, Reference};
use crate::error::check_stop;
use crate::file_names::file_names;
use crate::selection::{Selection, short_names};
use crate::{Error, Result};
use load::{load, stored};

pub use merge::{Conflict, MergeOptions, Merged, merge, merge_with, merged_labels};
pub use vote::{Voted, vote};

/// The grid that masks are written on.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Target {
    /// Each entry's own: the geometry of the file it came from, else the archive's space.
    #[default]
    Own,
    /// The voxels as they are, with the header of a file of the same format that lies in the same space.
    Like(Reference),
    /// Brought onto the grid of another file.
    Onto(Reference, Interpolation),
}

/// How entries are extracted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// The grid and geometry of the outputs.
    pub target: Target,
    /// How hard to compress, from 1 (fast) to 12 (small), for formats that leave a choice, such as `.nii.gz`.
    pub compression_level: u8,
    /// How far, in mm, the volume's corners may lie from where [`Target::Like`] has them.
    pub tolerance_mm: f64,
    /// Whether existing files are replaced.
    pub overwrite: bool,
    /// When the bytes of the outputs must have reached the disk.
    pub durability: Durability,
    /// Threads that decode and write. Each needs memory for up to three dense volumes.
    pub jobs: NonZero<usize>,
    /// Most bytes that the writing of one file may hold at once; `None` for as many as the machine gives. What reading may hold is the
    /// archive's to say, and of references that of the formats.
    pub max_memory: Option<u64>,
    /// Set from the progress callback or from another thread, ends the work with [`Error::Stopped`] after the entries at hand.
    pub stop: Arc<AtomicBool>,
    /// The formats in use.
    pub formats: Formats,
}

impl Default for ExtractOptions {
    /// Each entry on its own grid, level 6, nothing replaced, full durability, a thread for each core.
    fn default() -> Self {
        Self {
            target: Target::Own,
            compression_level: 6,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            overwrite: false,
            durability: Durability::Full,
            jobs: parallel::available(),
            max_memory: None,
            stop: Arc::default(),
            formats: Formats::default(),
        }
    }
}

/// What was extracted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extracted {
    /// The files, in the order of the names that were asked for.
    pub files: Vec<PathBuf>,
    /// What is worth knowing of entries: name and remark.
    pub notes: Vec<(String, String)>,
}

/// Writes the mask `selection` to the file `path`, in the format that the name of the file asks for. The file appears whole or not
/// at all. To a `.msk` file an entry is copied as it is stored; one label of an entry becomes a binary mask of value 1.
///
/// # Errors
/// A file name of no known format, damage in the entry, a file that exists, a reference that does not fit, or a disk that is
/// full.
pub fn extract<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    path: &Path,
    options: &ExtractOptions,
) -> Result<Extracted> {
    let adapter = options.formats.output(path)?;
    let note = write_selection(archive, selection, path, adapter, options)?;
    let notes = note.map(|note| (selection.name(), note)).into_iter().collect();
    Ok(Extracted { files: vec![path.to_owned()], notes })
}

/// Writes the masks `selections` into `folder`, which is made where it is not there, each as a file of its name (see
/// [`file_names`](crate::file_names)) that ends in `suffix`, which also says the format: `.nii.gz` for example. One label of an
/// entry is called by its own name where that is the only one, else `entry/label`. `progress` is called after each.
///
/// All files are written beside their places first, and get their names when all are whole.
///
/// # Errors
/// An unknown suffix, names that cannot be file names or collide, files that exist, damage in an entry, or a disk that is
/// full: no file has its name then, and what was there is there. As [`Staged::publish`], where that could not be brought about.
pub fn extract_to_folder<S: ReadAt>(
    archive: &AnyArchive<S>,
    selections: &[Selection],
    folder: &Path,
    suffix: &str,
    options: &ExtractOptions,
    mut progress: impl FnMut(&str),
) -> Result<Extracted> {
    let adapter = options.formats.output_of_suffix(suffix)?;
    check_like(adapter, suffix.as_ref(), options)?;
    let names = short_names(selections);
    let files = file_names(&names, suffix)?;
    let staged = Staged::new(folder, &files, options.overwrite)?;
    // They are synced when all are whole. What is there already is another of them, and never replaced.
    let drafts =
        ExtractOptions { durability: Durability::Buffered, overwrite: false, ..options.clone() };
    let worker = || {
        |(selection, (name, file)): (&Selection, (&String, &String))| {
            let draft = staged.draft_of(file);
            match write_selection(archive, selection, &draft, adapter, &drafts) {
                Ok(note) => Ok((name.clone(), note)),
                Err(error) if is_taken(&error) => Err(Error::FileNameTaken { name: name.clone() }),
                Err(error) => Err(error),
            }
        }
    };
    let mut notes = Vec::new();
    let take = |(name, note): (String, Option<String>)| {
        progress(&name);
        check_stop(&options.stop)?;
        notes.extend(note.map(|note| (name, note)));
        Ok::<(), Error>(())
    };
    let work = selections.iter().zip(names.iter().zip(&files));
    parallel::for_each_ordered(work, options.jobs, worker, take)?;
    Ok(Extracted { files: staged.publish(options.durability)?, notes })
}

/// Whether a file could not be written because its name is another's.
fn is_taken(error: &Error) -> bool {
    let (Error::Output(output) | Error::Archive(ArchiveError::Output(output))) = error else {
        return false;
    };
    matches!(output, FileError::Exists { .. })
}

/// Writes a mask, and gives what is worth knowing of it.
fn write_selection<S: ReadAt>(
    archive: &AnyArchive<S>,
    selection: &Selection,
    path: &Path,
    adapter: &dyn Adapter,
    options: &ExtractOptions,
) -> Result<Option<String>> {
    if let (Some(writer), Target::Own) = (adapter.entry_writer(), &options.target)
        && let Some((entry, space, note)) = stored(archive, selection, &options.formats)?
    {
        writer.write_entry(path, entry, &space, &file_options(options))?;
        return Ok(note);
    }
    let (mask, note) = load(archive, selection, &options.formats)?;
    write_with(adapter, mask, path, options)?;
    Ok(note)
}

impl MaskToWrite {
    /// Writes the mask to `path`, in the format that its name asks for. The file appears whole or not at all.
    ///
    /// # Errors
    /// A name of no known format, a file that exists, a reference that does not fit, or a disk that is full.
    pub fn write(self, path: &Path, options: &ExtractOptions) -> Result<()> {
        write_with(options.formats.output(path)?, self, path, options)
    }

    /// Brings the mask onto the grid of `reference`.
    fn bring_onto(&mut self, reference: &Reference, interpolation: Interpolation) -> Result<()> {
        let onto = &reference.placement.space;
        let shapes_differ = |source| Error::MaskShape { name: self.name.clone(), source };
        self.runs = self.runs.resample(&self.space, onto, interpolation).map_err(shapes_differ)?;
        self.space = onto.clone();
        self.metadata.clone_from(&reference.metadata);
        Ok(())
    }
}

fn write_with(
    adapter: &dyn Adapter,
    mut mask: MaskToWrite,
    path: &Path,
    options: &ExtractOptions,
) -> Result<()> {
    check_like(adapter, path, options)?;
    if let Target::Onto(reference, interpolation) = &options.target {
        mask.bring_onto(reference, *interpolation)?;
    }
    adapter.write(path, &[mask], &file_options(options))
}

fn file_options(options: &ExtractOptions) -> FileOptions {
    let like = match &options.target {
        Target::Like(reference) => Some(reference.clone()),
        Target::Own | Target::Onto(..) => None,
    };
    let ExtractOptions { overwrite, durability, compression_level, tolerance_mm, .. } = *options;
    let max_memory = options.max_memory;
    FileOptions { overwrite, durability, compression_level, like, tolerance_mm, max_memory }
}

/// Only a file of the same format has a header that can be taken over.
fn check_like(adapter: &dyn Adapter, output: &Path, options: &ExtractOptions) -> Result<()> {
    match &options.target {
        Target::Like(like) if like.format != adapter.key() || like.header.is_none() => {
            Err(Error::no_header(&like.path, output))
        }
        _ => Ok(()),
    }
}
