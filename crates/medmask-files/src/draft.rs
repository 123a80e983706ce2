//! One file on its way to its name.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use crate::output::{check_output, folder_of, needs_sync, rename, sync_folder_of};
use crate::{Durability, FileError, Result};

/// How the name of each draft starts. A dot hides it from listings and from those who pack a folder.
const PREFIX: &str = ".medmask-";
/// How it ends.
const SUFFIX: &str = ".tmp";

/// Who may read a draft, and the file that it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Whoever may read a file that is newly made: the umask decides.
    Usual,
    /// Its owner alone.
    Private,
}

/// How drafts are made, all of them: files and folders.
fn make<T>(
    access: Access,
    make: impl FnOnce(&Builder<'_, '_>) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    if access == Access::Usual {
        // What `File::create` would ask for; the process's umask takes its part.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = access;
    make(&builder)
}

/// A private folder for drafts in `folder`, deleted with all that is in it when it is dropped.
pub(crate) fn folder_in(folder: &Path) -> Result<TempDir> {
    make(Access::Private, |builder| builder.tempdir_in(folder))
        .map_err(FileError::io("write into", folder))
}

/// A new file beside its place. Dropped before it is published, it is deleted.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    place: PathBuf,
}

impl Draft {
    /// An empty file in the folder of `place`.
    ///
    /// # Errors
    /// [`FileError::NotAFile`] where something is at `place` that is never replaced; [`FileError::Io`] where no file can be
    /// made in that folder.
    pub fn beside(place: &Path, access: Access) -> Result<Self> {
        // Whether a file may be replaced is asked when it has to be.
        check_output(place, true)?;
        let file = make(access, |builder| builder.tempfile_in(folder_of(place)))
            .map_err(FileError::io("create", place))?;
        Ok(Self { file, place: place.to_owned() })
    }

    /// Where the file will be.
    #[must_use]
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// The file, to be written.
    #[must_use]
    pub fn file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// The same file opened once more, with a position of its own.
    ///
    /// # Errors
    /// [`FileError::Io`] where the system refuses, or the draft is gone.
    pub fn reopen(&self) -> Result<File> {
        self.file.reopen().map_err(FileError::io("create", &self.place))
    }

    /// Gives the file its name, once and for all: bytes first, then the name, then the folder, as `durability` asks.
    ///
    /// # Errors
    /// [`FileError::Exists`] where something has the name and `overwrite` is false, [`FileError::NotAFile`],
    /// [`FileError::Io`]. The draft is deleted then, and what was there is as it was; only where the folder cannot be
    /// synced has the file its name already.
    pub fn publish(self, overwrite: bool, durability: Durability) -> Result<()> {
        check_output(&self.place, overwrite)?;
        if needs_sync(&self.place, overwrite, durability) {
            self.file().sync_all().map_err(FileError::io("write", &self.place))?;
        }
        let place = self.place.clone();
        self.rename(overwrite)?;
        sync_folder_of(&place, durability)
    }

    /// Gives the file its name and syncs nothing: the part of [`publish`](Self::publish) for those who sync by rules of
    /// their own, with [`File::sync_all`] before and [`sync_folder_of`] after.
    ///
    /// # Errors
    /// As [`publish`](Self::publish). After an error the file has not got its name.
    pub fn rename(self, overwrite: bool) -> Result<()> {
        rename(self.file.into_temp_path(), &self.place, overwrite)
    }
}

/// Makes `bytes` the file at `place`, with the permissions of any new file.
///
/// # Errors
/// As [`Draft::beside`] and [`Draft::publish`].
pub fn write_whole(
    place: &Path,
    bytes: &[u8],
    overwrite: bool,
    durability: Durability,
) -> Result<()> {
    check_output(place, overwrite)?;
    let mut draft = Draft::beside(place, Access::Usual)?;
    draft.file_mut().write_all(bytes).map_err(FileError::io("write", place))?;
    draft.publish(overwrite, durability)
}
