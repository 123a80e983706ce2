//! What can go wrong with an archive, split by who can do something about it.

use std::io;
use std::path::{Path, PathBuf};

use medmask_core::{LabelMapError, MaskError, MemoryError, quoted};
use medmask_files::FileError;
use medmask_format::FormatError;

/// The result of an operation on an archive.
pub type Result<T, E = ArchiveError> = std::result::Result<T, E>;

/// Why an operation on an archive failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The operating system could not do what was asked.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `open`, `read`, `write`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is not a medmask file, is of another version, or is damaged.
    #[error("{}: {}{source}", path.display(), entry.as_ref().map(|name| format!("entry {}: ", quoted(name))).unwrap_or_default())]
    Format {
        /// The file.
        path: PathBuf,
        /// The entry whose voxels cannot be read, where it is the voxels of one.
        entry: Option<Box<str>>,
        /// What is wrong with it.
        source: FormatError,
    },
    /// An entry cannot be stored as it is.
    #[error("{name}: {source}", name = quoted(name))]
    Entry {
        /// The entry's name.
        name: String,
        /// Why.
        source: FormatError,
    },
    /// Another process has the archive open for writing.
    #[error("{} is being written by another process; try again when that has ended", path.display())]
    Locked {
        /// The archive.
        path: PathBuf,
    },
    /// The newest state of an archive is damaged and an older one was opened; changing it would overwrite what can be saved.
    #[error("the newest state of {} is damaged ({source}); repair it first", path.display())]
    NewestDamaged {
        /// The archive.
        path: PathBuf,
        /// What is damaged.
        source: FormatError,
    },
    /// The output did not come about: something stands in its place, or the operating system could not do what was asked.
    #[error(transparent)]
    Output(#[from] FileError),
    /// No entry has that name.
    #[error("no entry is named {name}{}", nearest.as_ref().map(|near| format!("; did you mean {}?", quoted(near))).unwrap_or_default(), name = quoted(name))]
    EntryNotFound {
        /// The name asked for.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },
    /// The entry has no such label.
    #[error("entry {entry} has no label {label}{}", nearest.as_ref().map(|near| format!("; did you mean {}?", quoted(near))).unwrap_or_default(), entry = quoted(entry), label = quoted(label))]
    LabelNotFound {
        /// The entry's name.
        entry: String,
        /// The label's name or number as asked for.
        label: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },
    /// The label asked for is the background, of which no voxels are stored.
    #[error("label {label} is the background of entry {entry}, of which no voxels are stored: load the entry and look for 0", entry = quoted(entry), label = quoted(label))]
    Background {
        /// The entry's name.
        entry: String,
        /// The label's name or number as asked for.
        label: String,
    },
    /// An entry of that name is already there.
    #[error("an entry named {name} is already in the archive", name = quoted(name))]
    EntryExists {
        /// The name.
        name: String,
    },
    /// A name that cannot be an entry's or a label's.
    #[error("{name} cannot be a name: {reason}", name = quoted(name))]
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file that would be written over itself, with what cannot be kept of it lost.
    #[error("{} is both input and output; give the output a name of its own", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// A mask lies in another space than the archive.
    #[error("{name} does not lie in the archive's space: {source}", name = quoted(name))]
    SpaceMismatch {
        /// The mask's name.
        name: String,
        /// Which part differs, and by how much.
        source: medmask_core::SpaceMismatch,
    },
    /// A mask has another shape than the archive.
    #[error("{name} has shape {shape:?} (z, y, x), and the archive {archive:?}", name = quoted(name))]
    ShapeMismatch {
        /// The mask's name.
        name: String,
        /// Its voxels along z, y and x.
        shape: [usize; 3],
        /// The archive's.
        archive: [usize; 3],
    },
    /// A voxel of a version 1 file whose label is negative or above 4,294,967,295.
    #[error("{name} has a voxel with label {label}; labels go from 0 to 4294967295", name = quoted(name))]
    LabelOutOfRange {
        /// The mask's name.
        name: String,
        /// The label.
        label: i64,
    },
    /// An array whose type cannot hold the labels of an entry.
    #[error("{name} is of type {dtype}, which an array of {target} cannot hold", name = quoted(name))]
    TypeTooNarrow {
        /// The entry's name.
        name: String,
        /// Its type.
        dtype: &'static str,
        /// The array's.
        target: &'static str,
    },
    /// Labels in the voxels that have no name.
    #[error("{name} has voxels with labels that have no name: {labels:?}", name = quoted(name))]
    UnnamedLabels {
        /// The mask's name.
        name: String,
        /// The first few such labels.
        labels: Vec<u32>,
    },
    /// A region that does not lie within the grid.
    #[error("the region {start:?} to {end:?} (z, y, x) does not lie within the shape {shape:?}")]
    RegionOutside {
        /// First voxel asked for.
        start: [usize; 3],
        /// One past the last voxel asked for.
        end: [usize; 3],
        /// The grid.
        shape: [usize; 3],
    },
    /// An archive that is to be compacted has several names. The new file would get one of them, and the others would keep the old
    /// one.
    #[error("{} has {names} names (hard links), which would not lead to one file any more; compact a copy of it", path.display())]
    SeveralNames {
        /// The archive.
        path: PathBuf,
        /// How many names it has.
        names: u64,
    },
    /// A single-mask file would have another number of entries than one.
    #[error("a .msk file holds exactly one mask, and this would have {entries}")]
    NotSingle {
        /// Entries that it would have.
        entries: usize,
    },
    /// Voxels and names that do not make a mask.
    #[error("{name}: {source}", name = quoted(name))]
    Mask {
        /// The entry's name.
        name: String,
        /// What does not fit.
        source: MaskError,
    },
    /// Metadata of an entry that other software stored and that cannot be held here: a number of 400 digits, for
    /// example.
    #[error("the metadata of {name} cannot be read: {source}", name = quoted(name))]
    Metadata {
        /// The entry's name.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Names of labels that contradict each other.
    #[error("{name}: {source}", name = quoted(name))]
    Labels {
        /// The entry's name.
        name: String,
        /// What does not fit.
        source: LabelMapError,
    },
}

impl ArchiveError {
    /// For `map_err`: an I/O error with what was being done to which file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// For `map_err`: a format error with the file it was found in.
    pub(crate) fn format(path: &Path) -> impl FnOnce(FormatError) -> Self {
        move |source| Self::Format { path: path.to_owned(), entry: None, source }
    }

    /// For `map_err`: memory that was not there, with the file that asked for it.
    pub(crate) fn memory(path: &Path) -> impl FnOnce(MemoryError) -> Self {
        move |source| Self::Format { path: path.to_owned(), entry: None, source: source.into() }
    }

    /// The error, which says of which entry the bytes are that are damaged.
    pub(crate) fn of_entry(mut self, name: &str) -> Self {
        if let Self::Format { entry, source: FormatError::Corrupt(_), .. } = &mut self {
            *entry = Some(name.into());
        }
        self
    }

    /// The memory that a read did not get, where that is what failed: the machine has no more, or
    /// [`OpenOptions::max_memory`](crate::OpenOptions::max_memory) allows no more. A region or a label takes less than a whole entry.
    #[must_use]
    pub fn as_memory(&self) -> Option<&MemoryError> {
        match self {
            Self::Format { source: FormatError::Memory(error), .. }
            | Self::Entry { source: FormatError::Memory(error), .. } => Some(error),
            _ => None,
        }
    }

    /// For `map_err`: a format error with the entry that cannot be stored.
    pub(crate) fn entry(name: &str) -> impl FnOnce(FormatError) -> Self {
        move |source| Self::Entry { name: name.to_owned(), source }
    }
}
