//! One writer at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use medmask_files::{Draft, Durability, check_input, check_output, sync_folder_of};

use crate::{ArchiveError, Result};

/// Opens the file that `path` names at the moment when its lock is held.
pub(crate) fn open_locked(path: &Path) -> Result<File> {
    loop {
        let file = check_input(path)
            .and_then(|()| File::options().read(true).write(true).open(path))
            .map_err(ArchiveError::io("open for writing", path))?;
        lock(&file, path)?;
        // Compaction may have renamed another file into place between opening and locking.
        if is_file_at(&file, path).map_err(ArchiveError::io("open for writing", path))? {
            return Ok(file);
        }
    }
}

/// Takes the lock of a file that only one writer may have.
pub(crate) fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(ArchiveError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(ArchiveError::io("lock", path)(error)),
    }
}

#[cfg(unix)]
fn is_file_at(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (held, named) = (file.metadata()?, path.metadata()?);
    Ok((held.dev(), held.ino()) == (named.dev(), named.ino()))
}

#[cfg(not(unix))]
fn is_file_at(_file: &File, _path: &Path) -> std::io::Result<bool> {
    // An open file cannot be replaced there.
    Ok(true)
}

/// Gives a draft, whose bytes are durable already, its name, and makes that durable. A file that it replaces must not be open
/// for writing.
///
/// # Errors
/// [`ArchiveError::Locked`] where the file that it would replace is being written; otherwise as [`Draft::publish`].
pub(crate) fn publish(draft: Draft, overwrite: bool, durability: Durability) -> Result<()> {
    let place = draft.place().to_owned();
    // Before anything is opened: opening a pipe waits for somebody who writes into it.
    check_output(&place, overwrite)?;
    let replaced = if overwrite { File::open(&place).ok() } else { None };
    if let Some(replaced) = &replaced {
        lock(replaced, &place)?;
    }
    let written = draft.file().try_clone().map_err(ArchiveError::io("write", &place))?;
    draft.rename(overwrite)?;
    unlock(&written);
    Ok(sync_folder_of(&place, durability)?)
}

/// Gives up a lock. To close the file is not enough: a process that another thread starts at this moment has it open, too, until it begins its
/// program.
pub(crate) fn unlock(file: &File) {
    // The lock goes with the last that have the file open, at the latest.
    let _ = file.unlock();
}

/// Refuses an output that is the input, by whatever name.
pub(crate) fn check_not_same(input: &Path, output: &Path) -> Result<()> {
    match (input.canonicalize(), output.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => {
            Err(ArchiveError::SameFile { path: input.to_owned() })
        }
        _ => Ok(()),
    }
}
