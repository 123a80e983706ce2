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
}

impl FileError {
    /// For `map_err`: an I/O error with what was being done to which file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
