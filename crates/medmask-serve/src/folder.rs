//! The folder that is served, and no way out of it.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use medmask_files::open_input;
use percent_encoding::percent_decode_str;
use walkdir::{DirEntry, WalkDir};

/// A folder, by its place without links.
pub struct Folder {
    root: PathBuf,
}

/// What lies in the folder.
pub struct Listing {
    /// Archives with their bytes, by their path in the folder.
    pub archives: Vec<(PathBuf, u64)>,
    /// How many folders and files could not be looked at.
    pub unreadable: usize,
}

impl Folder {
    pub fn new(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        // Not only whether it is a folder, but whether it may be read.
        root.read_dir()?;
        Ok(Self { root })
    }

    /// All archives, in the order of their paths. Links to folders are not followed.
    pub fn list(&self) -> Listing {
        let mut listing = Listing { archives: Vec::new(), unreadable: 0 };
        let files = WalkDir::new(&self.root).min_depth(1).sort_by_file_name().into_iter();
        for file in files.filter_entry(|file| !is_hidden(file)) {
            let Ok(file) = file else {
                listing.unreadable += 1;
                continue;
            };
            if let Ok(path) = file.path().strip_prefix(&self.root)
                && is_archive(path)
                && let Some(place) = self.place(path)
                && let Ok(found) = place.metadata()
            {
                listing.archives.push((path.to_owned(), found.len()));
            }
        }
        listing
    }

    /// Opens the archive that `encoded` names, a path as it stands in an address, and gives its path in the folder; `None` for all else,
    /// be it there or not.
    pub fn open(&self, encoded: &str) -> Option<(PathBuf, File)> {
        let path = decoded(encoded)?;
        let place = self.place(&path)?;
        Some((path, open_input(&place).ok()?))
    }

    /// Where the archive `path` of the folder really lies.
    pub fn place(&self, path: &Path) -> Option<PathBuf> {
        let goes_down = |part: Component<'_>| match part {
            Component::Normal(name) => !name.as_encoded_bytes().starts_with(b"."),
            _ => false,
        };
        if !path.components().all(goes_down) || !is_archive(path) {
            return None;
        }
        let place = self.root.join(path).canonicalize().ok()?;
        let is_inside = place.starts_with(&self.root) && is_archive(&place);
        (is_inside && place.is_file()).then_some(place)
    }
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("mska"))
}

fn is_hidden(file: &DirEntry) -> bool {
    file.depth() > 0 && file.file_name().as_encoded_bytes().starts_with(b".")
}

/// The path that stands in an address. A second slash, and whatever else makes the text another one than its path, is refused.
fn decoded(encoded: &str) -> Option<PathBuf> {
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    if bytes.contains(&0) {
        return None;
    }
    let path = PathBuf::from(name_of(bytes)?);
    let again: PathBuf = path.components().collect();
    (again.as_os_str() == path.as_os_str()).then_some(path)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have names that are no bytes")]
fn name_of(bytes: Vec<u8>) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

/// Where names are Unicode, a colon names a drive or a stream of a file, and a backslash another folder.
#[cfg(not(unix))]
fn name_of(bytes: Vec<u8>) -> Option<OsString> {
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains([':', '\\'])).then(|| text.into())
}
