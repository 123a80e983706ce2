//! What this process has on the disk that must not stay there when it ends early.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Folders that are remembered as searched for left-over drafts.
const MAX_SWEPT: usize = 1024;

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    drafts: BTreeSet::new(),
    folders: BTreeSet::new(),
    swept: BTreeSet::new(),
});

/// Held while drafts are made and get their names, so that [`abandon_drafts`] comes before or after that.
#[derive(Debug)]
pub(crate) struct Registry {
    drafts: BTreeSet<PathBuf>,
    /// Folders that were made for outputs and may still be empty.
    folders: BTreeSet<PathBuf>,
    swept: BTreeSet<PathBuf>,
}

impl Registry {
    pub(crate) fn lock() -> MutexGuard<'static, Self> {
        // Each change is one insertion or removal, so that a panic elsewhere leaves nothing half done.
        REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the draft is one of this process.
    pub(crate) fn has(&self, draft: &Path) -> bool {
        self.drafts.contains(draft)
    }

    /// Notes that `folder` is searched for left-over drafts, and gives whether that is news.
    pub(crate) fn sweep_begins(&mut self, folder: &Path) -> bool {
        if self.swept.len() >= MAX_SWEPT {
            self.swept.clear();
        }
        self.swept.insert(folder.to_owned())
    }
}

/// A draft that is taken away when the process ends early. Dropped, it is forgotten.
#[derive(Debug)]
pub(crate) struct NotedDraft(PathBuf);

impl NotedDraft {
    /// Makes a draft and notes it, with nothing in between.
    pub(crate) fn make<T: AsRef<Path>>(
        make: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<(T, Self)> {
        let mut registry = Registry::lock();
        let made = make()?;
        let path = made.as_ref().to_owned();
        registry.drafts.insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for NotedDraft {
    fn drop(&mut self) {
        Registry::lock().drafts.remove(&self.0);
    }
}

/// Folders that are taken away, if they are empty, when the process ends early. Dropped, they are forgotten.
#[derive(Debug, Default)]
pub(crate) struct NotedFolders(Vec<PathBuf>);

impl NotedFolders {
    pub(crate) fn new(folders: &[PathBuf]) -> Self {
        let absolute: Vec<PathBuf> =
            folders.iter().filter_map(|folder| std::path::absolute(folder).ok()).collect();
        Registry::lock().folders.extend(absolute.iter().cloned());
        Self(absolute)
    }
}

impl Drop for NotedFolders {
    fn drop(&mut self) {
        let mut registry = Registry::lock();
        for folder in &self.0 {
            registry.folders.remove(folder);
        }
    }
}

/// The folder that belongs to a draft which stands for several files.
pub(crate) fn folder_of_draft(draft: &Path) -> PathBuf {
    draft.with_extension("d")
}

/// Takes a draft away, and the folder that belongs to it: the folder first, so that there is none without its draft.
pub(crate) fn remove_draft(draft: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder_of_draft(draft)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => std::fs::remove_file(draft),
    }
}

/// Deletes all drafts of this process, and the folders that were made for outputs as far as they are empty. For a program
/// that a signal ends: call it in a thread, not in the handler of the signal, and end the process at once. Whoever makes a
/// draft or gives one its name afterwards waits for ever, so that no output appears half.
///
/// It waits for outputs that are just getting their names: they appear whole.
///
/// ```no_run
/// // In the thread that has been told of the signal:
/// medmask_files::abandon_drafts();
/// std::process::abort();
/// ```
pub fn abandon_drafts() {
    let registry = Registry::lock();
    for draft in &registry.drafts {
        // There is nobody to tell of an error; what stays is found by a later run.
        let _ = remove_draft(draft);
    }
    // Inner folders come after those around them.
    for folder in registry.folders.iter().rev() {
        let _ = std::fs::remove_dir(folder);
    }
    std::mem::forget(registry);
}
