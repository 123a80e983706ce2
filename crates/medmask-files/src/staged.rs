//! Several files that appear together.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::{TempDir, TempPath};

use crate::draft::folder_in;
use crate::output::{check_output, needs_sync, rename, sync_folder, sync_folder_of};
use crate::{Durability, FileError, Result};

/// Files that are written in a hidden folder inside the one they go to, and moved to their places when all are complete.
///
/// ```
/// use medmask_files::{Durability, Staged};
///
/// let parent = tempfile::tempdir()?;
/// let folder = parent.path().join("masks");
/// let names = ["liver.txt".to_owned(), "spleen.txt".to_owned()];
/// let staged = Staged::new(&folder, &names, false)?;
/// for name in &names {
///     std::fs::write(staged.draft_of(name), "voxels")?;
/// }
/// assert!(!folder.join("liver.txt").exists());
/// staged.publish(Durability::Full)?;
/// assert!(folder.join("liver.txt").exists() && folder.join("spleen.txt").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Staged<'a> {
    /// Deleted before `made`, in which it lies: fields are dropped in their order.
    drafts: TempDir,
    made: MadeFolders,
    folder: &'a Path,
    files: &'a [String],
    overwrite: bool,
}

impl<'a> Staged<'a> {
    /// Makes `folder` where it is not there, and checks that none of `files`, which are names without folders, is in it,
    /// unless they may be replaced. Dropped before it is published, it takes all of that away again.
    ///
    /// # Errors
    /// [`FileError::Exists`] and [`FileError::NotAFile`] for the first of `files` that is there; [`FileError::Io`] where the
    /// folder cannot be made or written into.
    pub fn new(folder: &'a Path, files: &'a [String], overwrite: bool) -> Result<Self> {
        for file in files {
            check_output(&folder.join(file), overwrite)?;
        }
        let made = MadeFolders::make(folder)?;
        let drafts = folder_in(folder)?;
        Ok(Self { drafts, made, folder, files, overwrite })
    }

    /// Where the file `name` is to be written. What is written there has the permissions that its writer gives it.
    #[must_use]
    pub fn draft_of(&self, name: &str) -> PathBuf {
        self.drafts.path().join(name)
    }

    /// Moves all files to their places, and gives these. The bytes of all are synced before the first has its name, so that
    /// whoever writes the drafts need not.
    ///
    /// # Errors
    /// A draft that is missing, or a disk that fails: no file has its name then. A file that has appeared at one of the
    /// places meanwhile ([`FileError::Exists`]): those before it have their names then, and the others have not.
    pub fn publish(self, durability: Durability) -> Result<Vec<PathBuf>> {
        let places: Vec<PathBuf> = self.files.iter().map(|file| self.folder.join(file)).collect();
        let mut drafts = Vec::with_capacity(places.len());
        for (file, place) in self.files.iter().zip(&places) {
            let draft = self.draft_of(file);
            if needs_sync(place, self.overwrite, durability) {
                // Windows syncs no file that is open for reading alone.
                let open = || File::options().read(true).write(cfg!(windows)).open(&draft);
                let sync = || open()?.sync_all();
                sync().map_err(FileError::io("write", place))?;
            }
            drafts.push(TempPath::try_from_path(draft).map_err(FileError::io("write", place))?);
        }
        for (draft, place) in drafts.into_iter().zip(&places) {
            rename(draft, place, self.overwrite)?;
        }
        let Self { drafts, mut made, folder, .. } = self;
        drop(drafts);
        sync_folder(folder, durability).map_err(FileError::io("write into", folder))?;
        made.keep(durability)?;
        Ok(places)
    }
}

/// Folders that were made for outputs, innermost first; removed when dropped, unless they are kept or hold anything.
#[derive(Debug)]
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Makes `folder` and those around it that are missing.
    fn make(folder: &Path) -> Result<Self> {
        let missing = folder.ancestors().take_while(|ancestor| {
            !ancestor.as_os_str().is_empty() && ancestor.symlink_metadata().is_err()
        });
        // Noted before they are made: what is made before an error is removed too.
        let made = Self(missing.map(Path::to_owned).collect());
        std::fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
        Ok(made)
    }

    fn keep(&mut self, durability: Durability) -> Result<()> {
        std::mem::take(&mut self.0).iter().try_for_each(|folder| sync_folder_of(folder, durability))
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // One that holds anything, or was never made, cannot be removed, and that is right.
            let _ = std::fs::remove_dir(folder);
        }
    }
}
