//! Files that appear whole or not at all, and one writer at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::{ArchiveError, Durability, Result};

/// Who may read a temporary file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever may read a file that is newly made.
    Usual,
    /// Its owner alone: it will get the permissions of the file that it replaces.
    Private,
}

/// A new file in the folder of `path`, deleted unless it is given a name.
pub(crate) fn temporary_beside(path: &Path, access: Access) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".medmask-").suffix(".tmp");
    #[cfg(unix)]
    if access == Access::Usual {
        // What `File::create` would ask for; the process's umask takes its part.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = access;
    builder.tempfile_in(folder(path)).map_err(ArchiveError::io("create", path))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Opens the file that `path` names at the moment when its lock is held.
pub(crate) fn open_locked(path: &Path) -> Result<File> {
    loop {
        let file = File::options()
            .read(true)
            .write(true)
            .open(path)
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

/// Gives a file, whose bytes are durable already, its name, and makes that durable. A file that it replaces must not be
/// open for writing.
///
/// # Errors
/// [`ArchiveError::OutputExists`] where a file of that name exists and may not be replaced, [`ArchiveError::Locked`] where it is
/// being written.
pub(crate) fn publish(
    file: NamedTempFile,
    path: &Path,
    overwrite: bool,
    durability: Durability,
) -> Result<()> {
    let replaced = if overwrite { File::open(path).ok() } else { None };
    if let Some(replaced) = &replaced {
        lock(replaced, path)?;
    }
    rename(file, path, overwrite)?;
    sync_folder(path, durability)
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

/// Gives a file its name.
pub(crate) fn rename(file: NamedTempFile, path: &Path, overwrite: bool) -> Result<()> {
    let persisted = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    match persisted {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(ArchiveError::OutputExists { path: path.to_owned() })
        }
        Err(error) => Err(ArchiveError::io("write", path)(error.error)),
    }
}

/// Makes a rename durable.
pub(crate) fn sync_folder(path: &Path, durability: Durability) -> Result<()> {
    #[cfg(unix)]
    if durability == Durability::Full {
        let sync = || File::open(folder(path))?.sync_all();
        sync().map_err(ArchiveError::io("write", path))?;
    }
    let _ = (path, durability);
    Ok(())
}
