//! Files that appear whole or not at all, and one writer at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::{ArchiveError, Durability, Result};

/// A new file in the folder of `path`, deleted unless it is given a name.
pub(crate) fn temporary_beside(path: &Path) -> Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{name}.");
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    {
        // What `File::create` would ask for; the process's umask takes its part.
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        builder.permissions(permissions);
        builder.tempfile_in(folder(path)).map_err(ArchiveError::io("create", path))
    }
    #[cfg(not(unix))]
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

/// Gives a file, whose bytes are durable already, its name, and makes that durable.
///
/// # Errors
/// [`ArchiveError::OutputExists`] where a file of that name exists and may not be replaced.
pub(crate) fn publish(
    file: NamedTempFile,
    path: &Path,
    overwrite: bool,
    durability: Durability,
) -> Result<File> {
    let persisted = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    match persisted {
        Ok(file) => sync_folder(path, durability).map(|()| file),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(ArchiveError::OutputExists { path: path.to_owned() })
        }
        Err(error) => Err(ArchiveError::io("write", path)(error.error)),
    }
}

/// Makes a rename durable.
fn sync_folder(path: &Path, durability: Durability) -> Result<()> {
    #[cfg(unix)]
    if durability == Durability::Full {
        let sync = || File::open(folder(path))?.sync_all();
        sync().map_err(ArchiveError::io("write", path))?;
    }
    let _ = (path, durability);
    Ok(())
}
