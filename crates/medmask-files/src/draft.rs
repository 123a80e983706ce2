//! One file on its way to its name.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::hidden::{Access, Hidden};
use crate::output::{check_output, folder_of, needs_sync, rename, sync_folder_of};
use crate::registry::Registry;
use crate::{Durability, FileError, Result};

/// A new file beside its place. Dropped before it is published, it is deleted.
///
/// It is locked as [`File::try_lock`] locks, so that other processes see that it is in use. The lock goes when the last handle
/// of the file is closed, also after the file has got its name.
#[derive(Debug)]
pub struct Draft {
    hidden: Hidden,
    place: PathBuf,
}

impl Draft {
    /// An empty file in the folder of `place`. Drafts that processes of this user on this machine have left there, because
    /// they were killed, are removed.
    ///
    /// # Errors
    /// [`FileError::NotAFile`] where something is at `place` that is never replaced; [`FileError::NoFolder`] where its folder
    /// is not there; [`FileError::Io`] where no file can be made in it.
    pub fn beside(place: &Path, access: Access) -> Result<Self> {
        // Whether a file may be replaced is asked when it has to be.
        check_output(place, true)?;
        let hidden = Hidden::new_in(folder_of(place), access).map_err(not_made(place))?;
        Ok(Self { hidden, place: place.to_owned() })
    }

    /// Where the file will be.
    #[must_use]
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// The file. Handles that are cloned from it share its position and its lock.
    #[must_use]
    pub fn file(&self) -> &File {
        self.hidden.file.as_file()
    }

    /// Whether the file is locked. It is not where the file system has no locks.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.hidden.locked
    }

    /// The file, to be written.
    #[must_use]
    pub fn file_mut(&mut self) -> &mut File {
        self.hidden.file.as_file_mut()
    }

    /// Gives the file its name, once and for all: bytes first, then the name, then the folder, as `durability` asks.
    ///
    /// # Errors
    /// [`FileError::Exists`] where something has the name and `overwrite` is false, [`FileError::NotAFile`],
    /// [`FileError::Io`]: the draft is deleted then, and what was there is as it was. [`FileError::NotDurable`] where the file
    /// has its name already.
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
        let Self { hidden: Hidden { file, noted, .. }, place } = self;
        // Open, and so locked, until it has another name.
        let (open, draft) = file.into_parts();
        let renamed = {
            let _registry = Registry::lock();
            rename(draft, &place, overwrite)
        };
        drop((open, noted));
        renamed
    }
}

/// For `map_err`: a file for `place` that could not be made in its folder.
fn not_made(place: &Path) -> impl FnOnce(io::Error) -> FileError {
    move |source| {
        let folder = folder_of(place);
        if source.kind() == io::ErrorKind::NotFound && !folder.exists() {
            return FileError::NoFolder { path: place.to_owned(), folder: folder.to_owned() };
        }
        FileError::io("create", place)(source)
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
