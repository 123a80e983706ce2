//! Several files that appear together.

use std::fs::{DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::hidden::{Access, Hidden};
use crate::output::{check_output, needs_sync, sync_folder, sync_folder_of};
use crate::publication::publish_all;
use crate::registry::{NotedFolders, Registry, folder_of_draft};
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
    drafts: Drafts,
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
        let drafts = Drafts::make(folder).map_err(FileError::io("write into", folder))?;
        Ok(Self { drafts, made, folder, files, overwrite })
    }

    /// Where the file `name` is to be written. What is written there has the permissions that its writer gives it.
    #[must_use]
    pub fn draft_of(&self, name: &str) -> PathBuf {
        self.drafts.new.join(name)
    }

    /// Moves all files to their places, and gives these. The bytes of all are synced before the first has its name, so that
    /// whoever writes the drafts need not.
    ///
    /// # Errors
    /// A draft that is missing, a file that has appeared at one of the places meanwhile ([`FileError::Exists`]), or a disk that
    /// fails: no file has its name then, and what was there before is there again. [`FileError::HalfPublished`] where that could
    /// not be brought about, and [`FileError::NotDurable`] where all files have their names already.
    pub fn publish(self, durability: Durability) -> Result<Vec<PathBuf>> {
        let places: Vec<PathBuf> = self.files.iter().map(|file| self.folder.join(file)).collect();
        let mut moves = Vec::with_capacity(places.len());
        for (file, place) in self.files.iter().zip(&places) {
            let draft = self.draft_of(file);
            if needs_sync(place, self.overwrite, durability) {
                // Windows syncs no file that is open for reading alone.
                let open = || File::options().read(true).write(cfg!(windows)).open(&draft);
                let sync = || open()?.sync_all();
                sync().map_err(FileError::io("write", place))?;
            }
            moves.push((draft, place.as_path()));
        }
        let Self { drafts, mut made, folder, overwrite, .. } = self;
        if let Err(error) = publish_all(&moves, &drafts.old, overwrite) {
            let old_files_are_needed =
                matches!(&error, FileError::HalfPublished { old: Some(_), .. });
            if old_files_are_needed {
                drafts.keep();
            }
            // Names that came and went need not outlast a crash.
            let _ = sync_folder(folder, durability);
            return Err(error);
        }
        drop(drafts);
        sync_folder(folder, durability).map_err(FileError::not_durable(folder))?;
        made.keep(durability)?;
        Ok(places)
    }
}

/// A folder for drafts, beside the hidden file that says by its lock that it is in use.
#[derive(Debug)]
struct Drafts {
    /// Where files are written.
    new: PathBuf,
    /// Where files that are replaced wait until all are.
    old: PathBuf,
    /// Deleted before the file beside it: fields are dropped in their order.
    folder: DraftFolder,
    _lock: Hidden,
}

impl Drafts {
    fn make(place: &Path) -> io::Result<Self> {
        let lock = Hidden::new_in(place, Access::Private)?;
        let path = folder_of_draft(lock.file.path());
        let (new, old) = (path.join("new"), path.join("old"));
        // Held meanwhile, so that no signal comes in between.
        let mut registry = Registry::lock();
        make_private(&path)?;
        let folder = DraftFolder { path, keep: false };
        make_private(&new)?;
        make_private(&old)?;
        // What is in it is of this process.
        registry.sweep_begins(&new);
        Ok(Self { new, old, folder, _lock: lock })
    }

    /// Leaves the folder where it is. Without the file beside it nobody takes it for a left-over.
    fn keep(mut self) {
        self.folder.keep = true;
    }
}

/// Makes a folder that is its owner's alone.
fn make_private(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::DirBuilderExt::mode(&mut DirBuilder::new(), 0o700).create(folder);
    #[cfg(not(unix))]
    DirBuilder::new().create(folder)
}

/// A folder that is deleted with all that is in it when it is dropped.
#[derive(Debug)]
struct DraftFolder {
    path: PathBuf,
    keep: bool,
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Folders that were made for outputs, innermost first; removed when dropped, unless they are kept or hold anything.
#[derive(Debug)]
struct MadeFolders {
    folders: Vec<PathBuf>,
    /// Forgotten when they have been removed.
    _noted: NotedFolders,
}

impl MadeFolders {
    /// Makes `folder` and those around it that are missing.
    fn make(folder: &Path) -> Result<Self> {
        let missing = folder.ancestors().take_while(|ancestor| {
            !ancestor.as_os_str().is_empty() && ancestor.symlink_metadata().is_err()
        });
        // Noted before they are made: what is made before an error is removed too.
        let folders: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        let _noted = NotedFolders::new(&folders);
        let made = Self { folders, _noted };
        std::fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
        Ok(made)
    }

    fn keep(&mut self, durability: Durability) -> Result<()> {
        std::mem::take(&mut self.folders)
            .iter()
            .try_for_each(|folder| sync_folder_of(folder, durability))
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in &self.folders {
            // One that holds anything, or was never made, cannot be removed, and that is right.
            let _ = std::fs::remove_dir(folder);
        }
    }
}
