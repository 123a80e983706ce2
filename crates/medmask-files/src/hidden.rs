//! Hidden files that tell by a lock whether somebody still writes them, and the removal of those that nobody does.

use std::fs::{File, Metadata, TryLockError};
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use tempfile::{Builder, NamedTempFile};

use crate::machine;
use crate::registry::{NotedDraft, Registry, remove_draft};

/// How the name of each draft starts. A dot hides it from listings and from those who pack a folder.
const PREFIX: &str = ".medmask-";
/// How it ends.
const SUFFIX: &str = ".tmp";
/// How often a draft is made anew that another process has taken for a left-over.
const ATTEMPTS: usize = 8;

/// Who may read a draft, and the file that it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Whoever may read a file that is newly made: the umask decides.
    Usual,
    /// Its owner alone.
    Private,
}

/// A file of a hidden name, deleted when it is dropped.
#[derive(Debug)]
pub(crate) struct Hidden {
    // Deleted before it is forgotten: fields are dropped in their order.
    pub file: NamedTempFile,
    pub noted: NotedDraft,
    /// Whether its lock is held.
    pub locked: bool,
}

impl Hidden {
    /// A new file in `folder`. What processes that were killed have left there is removed.
    ///
    /// The file is locked while it is open, and its name says which machine's lock that is. Where there are no locks, the name
    /// is one that no machine removes.
    pub(crate) fn new_in(folder: &Path, access: Access) -> io::Result<Self> {
        static LOCKED: OnceLock<Option<String>> = OnceLock::new();
        let prefix = LOCKED.get_or_init(|| Some(format!("{PREFIX}{}-", machine::letters()?)));
        let attempts = if prefix.is_some() { ATTEMPTS } else { 0 };
        let prefix = prefix.as_deref().unwrap_or(PREFIX);
        for _ in 0..attempts {
            let (file, noted) = make(folder, access, prefix)?;
            match take_lock(file.as_file(), file.path()) {
                Ok(true) => {
                    sweep(&file, prefix);
                    return Ok(Self { file, noted, locked: true });
                }
                // Another process came in before the lock.
                Ok(false) => {}
                Err(_) => break,
            }
        }
        let (file, noted) = make(folder, access, PREFIX)?;
        let locked = take_lock(file.as_file(), file.path()).unwrap_or(false);
        Ok(Self { file, noted, locked })
    }
}

fn make(folder: &Path, access: Access, prefix: &str) -> io::Result<(NamedTempFile, NotedDraft)> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix(SUFFIX);
    #[cfg(unix)]
    if access == Access::Usual {
        // What `File::create` would ask for; the process's umask takes its part.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = access;
    NotedDraft::make(|| builder.tempfile_in(folder))
}

/// Takes the lock of a draft, if nobody has it and the draft still has its name. Names of drafts are drawn at random and
/// never come twice: who holds the lock of the file that has the name is alone with it.
fn take_lock(file: &File, path: &Path) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(path.symlink_metadata().is_ok()),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes, once for each folder, the drafts beside `own` that processes of this user on this machine have left. Errors
/// mean that a draft stays, which harms nobody.
fn sweep(own: &NamedTempFile, prefix: &str) {
    let Some(folder) = own.path().parent() else { return };
    if !Registry::lock().sweep_begins(folder) {
        return;
    }
    let (Ok(files), Ok(own)) = (folder.read_dir(), own.as_file().metadata()) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let name = name.to_string_lossy();
        let is_draft = name.starts_with(prefix) && name.ends_with(SUFFIX);
        if is_draft && file.metadata().is_ok_and(|found| is_like(&found, &own)) {
            let _ = remove_if_left(&file.path());
        }
    }
}

/// Whether a file, which is not followed where it is a link, is a regular one of the user whose file `own` is.
fn is_like(found: &Metadata, own: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if found.uid() != own.uid() {
            return false;
        }
    }
    let _ = own;
    found.is_file()
}

/// Removes the draft at `path` where nobody holds its lock. The lock is held meanwhile, so that its writer, who may be just
/// about to take it, finds it taken or the draft gone, and makes another.
fn remove_if_left(path: &Path) -> io::Result<()> {
    if Registry::lock().has(path) {
        return Ok(());
    }
    let file = File::options().read(true).write(true).open(path)?;
    if take_lock(&file, path)? {
        remove_draft(path)?;
    }
    Ok(())
}
