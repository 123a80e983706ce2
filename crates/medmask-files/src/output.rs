//! The places of outputs: what may be replaced, and when a name is durable.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::TempPath;

use crate::{FileError, Result};

/// When written bytes must have reached the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// What is done when a function returns survives a crash of the machine. The default.
    #[default]
    Full,
    /// What is done survives a crash of the process, and reaches the disk when the system sees fit. A crash of the machine
    /// may lose it, or leave a new file with missing bytes.
    Buffered,
}

/// Refuses a place that no output may have. Asked before long work, this spares the work; a [`Draft`](crate::Draft) asks
/// again.
///
/// # Errors
/// [`FileError::NotAFile`] where something is there that is no regular file; [`FileError::Exists`] where a file or a link
/// is there and `overwrite` is false; [`FileError::Io`] where that cannot be found out.
pub fn check_output(place: &Path, overwrite: bool) -> Result<()> {
    let found = match place.symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(FileError::io("write", place)(error)),
    };
    let kind = if !found.is_symlink() {
        kind_of_no_file(&found)
    } else if is_folder_of_devices(folder_of(place)) {
        // `/dev/stdout` may lead to a file; replaced, it would be gone for all programs.
        Some("a device")
    } else {
        match place.metadata() {
            Ok(target) => kind_of_no_file(&target),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(FileError::io("write", place)(error)),
        }
    };
    match kind {
        Some(kind) => Err(FileError::NotAFile { path: place.to_owned(), kind }),
        None if overwrite => Ok(()),
        None => Err(FileError::Exists { path: place.to_owned() }),
    }
}

/// What a thing is that is no regular file; `None` for a file.
pub(crate) fn kind_of_no_file(found: &Metadata) -> Option<&'static str> {
    if found.is_file() {
        return None;
    }
    if found.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = found.file_type();
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

fn is_folder_of_devices(folder: &Path) -> bool {
    cfg!(unix) && folder.canonicalize().is_ok_and(|folder| folder == Path::new("/dev"))
}

/// The folder that a file of that path lies in.
pub(crate) fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether the bytes of a new file must be on the disk before it is given the name of `place`.
pub(crate) fn needs_sync(place: &Path, overwrite: bool, durability: Durability) -> bool {
    durability == Durability::Full || (overwrite && place.symlink_metadata().is_ok())
}

/// Gives a draft its name.
pub(crate) fn rename(draft: TempPath, place: &Path, overwrite: bool) -> Result<()> {
    check_output(place, overwrite)?;
    let renamed = if overwrite { draft.persist(place) } else { draft.persist_noclobber(place) };
    renamed.map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => FileError::Exists { path: place.to_owned() },
        _ => FileError::io("write", place)(error.error),
    })
}

/// Makes the name at `place` durable, given or taken away, if that is asked for. Where the system is no Unix a folder
/// cannot be synced, and nothing is done.
///
/// # Errors
/// [`FileError::NotDurable`] where the disk fails.
pub fn sync_folder_of(place: &Path, durability: Durability) -> Result<()> {
    sync_folder(folder_of(place), durability).map_err(FileError::not_durable(place))
}

/// Makes all names in `folder` durable, if that is asked for.
pub(crate) fn sync_folder(folder: &Path, durability: Durability) -> io::Result<()> {
    if cfg!(unix) && durability == Durability::Full {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
