//! Why an output did not come about.

use std::io;
use std::path::{Path, PathBuf};

/// The result of writing files.
pub type Result<T, E = FileError> = std::result::Result<T, E>;

/// Why an output did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Something has that name already, and may not be replaced.
    #[error("{} already exists", path.display())]
    Exists {
        /// Where the file should have gone.
        path: PathBuf,
    },
    /// What has that name is no file, so that it is never replaced.
    #[error("{} is {kind}, which no file can replace", path.display())]
    NotAFile {
        /// Where the file should have gone.
        path: PathBuf,
        /// What is there: `a folder`, `a device` …
        kind: &'static str,
    },
    /// The folder that a file is to lie in is not there.
    #[error("cannot create {}: there is no folder {}", path.display(), folder.display())]
    NoFolder {
        /// Where the file should have gone.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// The operating system could not do what was asked.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `create`, `write`, `write into` …
        action: &'static str,
        /// The file as it should have been called, or its folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// An output has its name, or has lost it, but a crash of the machine may undo that: its folder could not be synced.
    #[error("{} is changed as asked, but a crash of the machine may undo it: {source}", path.display())]
    NotDurable {
        /// The file, or the folder of several.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Of several outputs one did not come about, and others that had got their names could not be taken back.
    #[error("{source}; {}", what_is_so(left, old.as_deref()))]
    HalfPublished {
        /// Why not all came about.
        source: Box<FileError>,
        /// Files that are there all the same, new and whole.
        left: Vec<PathBuf>,
        /// Where those lie that they replaced, if they did.
        old: Option<PathBuf>,
    },
}

/// For [`FileError::HalfPublished`]: what is there that should not be.
fn what_is_so(left: &[PathBuf], old: Option<&Path>) -> String {
    let first = left.first().map(|path| path.display().to_string()).unwrap_or_default();
    let more = match left.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let old = old.map(|old| format!("; what was replaced is in {}", old.display()));
    format!("{first}{more} could not be taken back and is new{}", old.unwrap_or_default())
}

impl FileError {
    /// For `map_err`: an I/O error with what was being done to which file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source: without_path(source) }
    }

    /// For `map_err`: a folder that could not be synced after `path` was changed in it.
    pub(crate) fn not_durable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::NotDurable { path: path.to_owned(), source }
    }
}

/// The system's error alone: the crate `tempfile` adds the path of the draft, which tells nobody anything.
fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|added| added.source()?.downcast_ref::<io::Error>());
    inner.and_then(io::Error::raw_os_error).map_or(error, io::Error::from_raw_os_error)
}
