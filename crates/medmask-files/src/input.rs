//! Files that are read: regular ones, and nothing that could make the reader wait.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::output::kind_of_no_file;

/// What is no regular file where one is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is {kind}, not a file")]
pub struct NotRegular {
    /// What it is: `a folder`, `a pipe` …
    pub kind: &'static str,
}

/// Refuses what is no regular file, and no link to one, without opening it: to open a pipe waits until somebody writes into
/// it, and a device may have no end.
///
/// # Errors
/// The system's, and [`NotRegular`] inside an error of the kind [`io::ErrorKind::InvalidInput`].
pub fn check_input(path: &Path) -> io::Result<()> {
    match kind_of_no_file(&path.metadata()?) {
        Some(kind) => Err(io::Error::new(io::ErrorKind::InvalidInput, NotRegular { kind })),
        None => Ok(()),
    }
}

/// Opens a file for reading.
///
/// # Errors
/// As [`check_input`].
pub fn open_input(path: &Path) -> io::Result<File> {
    check_input(path)?;
    File::open(path)
}
