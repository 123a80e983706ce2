//! What a file that takes the place of another has of it beside its bytes.

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use crate::ArchiveError;
use crate::Result;

/// Whether a file that was written anew still belongs to whom it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Its owner and its group are the same.
    Kept,
    /// It belongs to the user or the group of this process, which may not give files away. Where the group is another, its
    /// members may do what everybody may.
    Changed,
}

/// Refuses a file that has several names: they would part, since the file that takes its place has one.
#[cfg(unix)]
pub(crate) fn check_one_name(file: &File, path: &Path) -> Result<()> {
    let found = file.metadata().map_err(ArchiveError::io("compact", path))?;
    match std::os::unix::fs::MetadataExt::nlink(&found) {
        names if names > 1 => Err(ArchiveError::SeveralNames { path: path.to_owned(), names }),
        _ => Ok(()),
    }
}

/// How many names a file has cannot be asked here.
#[cfg(not(unix))]
pub(crate) fn check_one_name(_file: &File, _path: &Path) -> Result<()> {
    Ok(())
}

/// Gives `new` the permissions of `old` and, as far as the process may, its group and owner.
#[cfg(unix)]
pub(crate) fn take_over(old: &File, new: &File) -> io::Result<Ownership> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let (old, now) = (old.metadata()?, new.metadata()?);
    let mut mode = old.mode() & 0o7777;
    let group_kept = old.gid() == now.gid() || fchown(new, None, Some(old.gid())).is_ok();
    if !group_kept {
        // What one group may do is not for another.
        mode = mode & 0o707 | (mode & 0o007) << 3;
    }
    new.set_permissions(Permissions::from_mode(mode))?;
    // Last: who has given a file away may change nothing of it.
    let owner_kept = old.uid() == now.uid() || fchown(new, Some(old.uid()), None).is_ok();
    Ok(if group_kept && owner_kept { Ownership::Kept } else { Ownership::Changed })
}

/// Gives `new` the permissions of `old`.
#[cfg(not(unix))]
pub(crate) fn take_over(old: &File, new: &File) -> io::Result<Ownership> {
    new.set_permissions(old.metadata()?.permissions())?;
    Ok(Ownership::Kept)
}
