//! Several files that appear together.

use std::path::{Path, PathBuf};

use tempfile::{TempDir, TempPath};

use crate::{Error, Result};

/// Files that are written in a hidden folder beside their places, and moved there when all are whole.
pub(super) struct Staged<'a> {
    drafts: TempDir,
    folder: &'a Path,
    files: &'a [String],
    overwrite: bool,
    /// The folders that were made for this, outermost last.
    made: Vec<PathBuf>,
}

impl<'a> Staged<'a> {
    /// Makes `folder` where it is not there, and checks that none of `files` is in it, unless they may be replaced.
    pub fn new(folder: &'a Path, files: &'a [String], overwrite: bool) -> Result<Self> {
        for file in files {
            let path = folder.join(file);
            // A folder of that name would stop the renames half-way.
            if path.is_dir() || (!overwrite && path.symlink_metadata().is_ok()) {
                return Err(Error::OutputExists { path });
            }
        }
        let missing = folder.ancestors().take_while(|ancestor| {
            !ancestor.as_os_str().is_empty() && ancestor.symlink_metadata().is_err()
        });
        let made = missing.map(Path::to_owned).collect();
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let drafts = tempfile::Builder::new()
            .prefix(".medmask-")
            .tempdir_in(folder)
            .map_err(Error::io("write into", folder))?;
        Ok(Self { drafts, folder, files, overwrite, made })
    }

    /// Where the file `name` is written first.
    pub fn draft_of(&self, name: &str) -> PathBuf {
        self.drafts.path().join(name)
    }

    /// Moves all files to their places.
    pub fn publish(mut self) -> Result<Vec<PathBuf>> {
        let mut published = Vec::with_capacity(self.files.len());
        for file in self.files {
            let target = self.folder.join(file);
            let draft = TempPath::try_from_path(self.draft_of(file))
                .map_err(Error::io("write", &target))?;
            let persisted = if self.overwrite {
                draft.persist(&target)
            } else {
                draft.persist_noclobber(&target)
            };
            persisted.map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => Error::OutputExists { path: target.clone() },
                _ => Error::io("write", &target)(error.error),
            })?;
            published.push(target);
        }
        self.made.clear();
        Ok(published)
    }
}

impl Drop for Staged<'_> {
    /// Takes folders away again that were made for files which did not come about.
    fn drop(&mut self) {
        if !self.made.is_empty() {
            let _ = std::fs::remove_dir_all(self.drafts.path());
            // A folder that holds anything is kept.
            let _ = self.made.iter().try_for_each(std::fs::remove_dir);
        }
    }
}
