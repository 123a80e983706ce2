//! What can go wrong between files and archives.

use std::io;
use std::path::PathBuf;

use medmask_archive::ArchiveError;
use medmask_core::SpaceMismatch;
use medmask_files::FileError;
use medmask_nifti::NiftiError;

/// The result of an operation on files and archives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why files could not be packed or entries not be extracted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive, or a `.msk` file.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A NIfTI file.
    #[error(transparent)]
    Nifti(#[from] NiftiError),
    /// The operating system could not do what was asked.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `open`, `read`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// An input whose name is not that of a mask file.
    #[error("{}: not a mask file: its name must end in .nii, .nii.gz, .hdr, .img or .msk", path.display())]
    NotAMaskFile {
        /// The file.
        path: PathBuf,
    },
    /// A folder without mask files.
    #[error("{}: no mask files (.nii, .nii.gz, .hdr with .img, .msk) in this folder; folders inside it are not searched", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Every input was left out.
    #[error("none of the inputs could be packed")]
    NothingLeft,
    /// Two inputs would get the same name.
    #[error("{} and {} would both become the entry {name:?}; rename one, or leave it out", first.display(), second.display())]
    DuplicateName {
        /// The name.
        name: String,
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
    },
    /// An entry of the input's name is in the archive already.
    #[error("{}: {} already has an entry {name:?}; remove it first, or rename the file", path.display(), archive.display())]
    EntryExists {
        /// The input.
        path: PathBuf,
        /// The archive.
        archive: PathBuf,
        /// The entry's name.
        name: String,
    },
    /// An input lies in another space than the archive.
    #[error("{}: does not lie in the space of {}: {source}", path.display(), reference.display())]
    SpaceMismatch {
        /// The input.
        path: PathBuf,
        /// The file that the space is from.
        reference: PathBuf,
        /// Which part differs, and by how many mm.
        source: Box<SpaceMismatch>,
    },
    /// A name that is not Unicode text.
    #[error("{}: the file's name is not valid Unicode; rename the file", path.display())]
    NameNotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// A pattern that cannot be read.
    #[error("{pattern:?} is not a pattern: {source}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// A pattern that no entry matches.
    #[error("no entry of {} matches {pattern:?}; `medmask ls` lists their names", archive.display())]
    NoMatch {
        /// The archive.
        archive: PathBuf,
        /// The pattern.
        pattern: String,
    },
    /// An archive without entries.
    #[error("{} has no entries", archive.display())]
    NoEntries {
        /// The archive.
        archive: PathBuf,
    },
    /// An entry's name gives a file name that file systems refuse.
    #[error(
        "entry {name:?} cannot be the name of a file: {reason}; extract it alone, with an output name of its own"
    )]
    FileName {
        /// The entry's name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// Two entries give file names that some file systems take for the same.
    #[error(
        "entries {first:?} and {second:?} would become the same file where upper and lower case are one; extract them into separate folders"
    )]
    FileNamesCollide {
        /// The first entry.
        first: String,
        /// The second entry.
        second: String,
    },
    /// An output did not come about: something stands in its place, or the operating system could not do what was asked.
    #[error(transparent)]
    Output(#[from] FileError),
    /// An output whose name does not say its format.
    #[error("{}: an output's name must end in .nii.gz, .nii or .msk", path.display())]
    OutputFormat {
        /// The output.
        path: PathBuf,
    },
    /// Masks of different shapes, where one shape is needed.
    #[error("{}: shape {shape:?} (z, y, x), and the masks before it have {first:?}", path.display())]
    ShapesDiffer {
        /// The file.
        path: PathBuf,
        /// Its voxels along z, y and x.
        shape: [usize; 3],
        /// Those of the first.
        first: [usize; 3],
    },
    /// A codec gave other voxels than it was given.
    #[error(
        "codec {codec} gave other voxels than those of {name:?}; this is a defect of medmask, please report it"
    )]
    NotLossless {
        /// The mask.
        name: String,
        /// The codec.
        codec: String,
    },
    /// One output for several entries.
    #[error("{entries} entries cannot go into one file unless they are merged")]
    SeveralEntries {
        /// How many.
        entries: usize,
    },
}

impl Error {
    /// For `map_err`: an I/O error with what was being done to which file.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stay_small() {
        assert!(size_of::<super::Error>() <= 120, "{}", size_of::<super::Error>());
    }
}
