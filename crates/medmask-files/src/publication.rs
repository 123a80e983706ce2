//! Several names that are given together or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::output::{check_output, rename};
use crate::registry::Registry;
use crate::{FileError, Result};

/// Gives each draft of `moves` the name that stands beside it. What is replaced is kept in the folder `old` meanwhile. After
/// an error all is as it was, but for [`FileError::HalfPublished`].
pub(crate) fn publish_all(moves: &[(PathBuf, &Path)], old: &Path, overwrite: bool) -> Result<()> {
    let _registry = Registry::lock();
    let mut replaced = Vec::with_capacity(moves.len());
    for (number, (_, place)) in moves.iter().enumerate() {
        let aside = old.join(number.to_string());
        let kept = overwrite && set_aside(place, &aside).map_err(FileError::io("keep", place))?;
        replaced.push(kept.then_some(aside));
    }
    for (done, (draft, place)) in moves.iter().enumerate() {
        let renamed = TempPath::try_from_path(draft)
            .map_err(FileError::io("write", place))
            .and_then(|draft| rename(draft, place, overwrite));
        if let Err(error) = renamed {
            let places = moves[..done].iter().map(|(_, place)| *place);
            return Err(take_back(error, places.zip(&replaced).rev(), old));
        }
    }
    Ok(())
}

/// Gives the file at `place`, if there is one, a second name. It stays where it is: a process that is killed leaves every
/// place with its old file or its new one.
fn set_aside(place: &Path, aside: &Path) -> io::Result<bool> {
    // What must not be replaced is refused when it is to be.
    if check_output(place, true).is_err() || place.symlink_metadata().is_err() {
        return Ok(false);
    }
    // Not all file systems have second names, and not all files may get one.
    fs::hard_link(place, aside).or_else(|_| fs::copy(place, aside).map(drop))?;
    Ok(true)
}

/// Takes back what was published, the last first, and gives the error that says what now is so.
fn take_back<'a>(
    error: FileError,
    published: impl Iterator<Item = (&'a Path, &'a Option<PathBuf>)>,
    old: &Path,
) -> FileError {
    let mut left = Vec::new();
    let mut old_files_are_needed = false;
    for (place, aside) in published {
        let undone = match aside {
            Some(aside) => fs::rename(aside, place),
            None => fs::remove_file(place),
        };
        if undone.is_err() {
            left.push(place.to_owned());
            old_files_are_needed |= aside.is_some();
        }
    }
    if left.is_empty() {
        return error;
    }
    let old = old_files_are_needed.then(|| old.to_owned());
    FileError::HalfPublished { source: Box::new(error), left, old }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::take_back;
    use crate::FileError;

    #[test]
    fn what_cannot_be_taken_back_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let old = at("old");
        for name in ["new", "replaced", "stuck"] {
            fs::write(at(name), "new").unwrap();
        }
        fs::create_dir(&old).unwrap();
        fs::write(old.join("1"), "old").unwrap();
        // The file that it replaced is gone.
        let places = [at("new"), at("replaced"), at("stuck")];
        let asides = [None, Some(old.join("1")), Some(old.join("2"))];
        let reason = FileError::Exists { path: at("last") };
        let published = places.iter().map(|place| place.as_path()).zip(&asides).rev();
        let error = take_back(reason, published, &old);
        assert!(!at("new").exists());
        assert_eq!(fs::read(at("replaced")).unwrap(), b"old");
        let text = error.to_string();
        let FileError::HalfPublished { source, left, old: kept } = error else { unreachable!() };
        assert!(matches!(*source, FileError::Exists { .. }));
        assert_eq!((left, kept), (vec![at("stuck")], Some(old.clone())));
        let at = |name: &str| at(name).display().to_string();
        for part in [at("last"), at("stuck"), old.display().to_string()] {
            assert!(text.contains(&part), "{text}");
        }
    }
}
