//! What a file format is.

use std::fmt;
use std::path::{Path, PathBuf};

use medmask_archive::EncodedEntry;
use medmask_core::Space;
use serde_json::Value;

use super::image::ImageFile;
use super::mask::{FileOptions, MaskFile, MaskToWrite, Placement, Reference};
use crate::Result;

/// How many bytes at the front of a file [`Adapter::recognises_start`] is shown; fewer where the file is shorter.
pub const START_BYTES: usize = 1024;

/// Why something cannot be used, in the words of a format.
pub type Reason = Box<dyn std::error::Error + Send + Sync>;

/// One format of files that hold masks.
///
/// The geometry of a source is opaque to all but its own format: what `read` cannot say as a [`Placement`] it keeps as JSON under
/// [`key`](Self::key) in the metadata of the entry, and `write` finds it there again.
pub trait Adapter: Send + Sync {
    /// A short name, unique among the formats, such as `nifti`. Under this key of an entry's metadata stands what only this format
    /// understands of the file that the entry came from.
    fn key(&self) -> &'static str;

    /// How names of files end that it reads: in lower case and with the dot, such as `.nii.gz`.
    fn input_suffixes(&self) -> &'static [&'static str];

    /// How names of files end that it writes; none for a format that is only read.
    fn output_suffixes(&self) -> &'static [&'static str];

    /// Whether a file that begins with `start`, up to [`START_BYTES`] of it, is of this format. Asked only where the file's name ends
    /// as those of no format do, such as that of a DICOM file.
    fn recognises_start(&self, start: &[u8]) -> bool {
        let _ = start;
        false
    }

    /// The file to read where `path` is named: of a header and an image file, for example, the header.
    fn file_to_read(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }

    /// Whether `path` is read where only its folder is named.
    fn taken_from_folders(&self, path: &Path) -> bool {
        let _ = path;
        true
    }

    /// Bytes of the file `path` and of those that belong to it; 0 where they cannot be asked.
    fn file_bytes(&self, path: &Path) -> u64 {
        path.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Reads the masks of a file. `name` is that of the file, without what tells its format: a file with one mask gives it this name,
    /// and one with several gives them names of its own, or `name/part`. Names must differ from each other.
    ///
    /// Called by several threads at once.
    ///
    /// # Errors
    /// A file that cannot be read, or that leaves open what an option of the adapter decides. [`Error::file`](crate::Error::file) makes an
    /// error of the adapter's own.
    fn read(&self, path: &Path, name: &str) -> Result<MaskFile>;

    /// Reads where the voxels of a file lie, and its header, without reading its voxels.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_reference(&self, path: &Path) -> Result<Reference>;

    /// Reads a file as an image, whose voxels are any numbers; `None` where the format holds masks alone.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn read_image(&self, path: &Path) -> Result<Option<ImageFile>> {
        let _ = path;
        Ok(None)
    }

    /// Where a volume of `shape` (z, y, x) lies by `kept`, which `read` left under [`key`](Self::key). `None` where that says nothing of
    /// it.
    ///
    /// # Errors
    /// What it says cannot be used: anyone may have written the metadata. The volume then lies where the archive says.
    fn placement(&self, kept: &Value, shape: [usize; 3]) -> Result<Option<Placement>, Reason> {
        let _ = (kept, shape);
        Ok(None)
    }

    /// Writes `masks`, which have one shape, to the file `path`, whole or not at all. All of them go into this one file.
    ///
    /// # Errors
    /// [`Error::SeveralEntries`](crate::Error::SeveralEntries) where the format holds one mask in a file and there are more,
    /// [`Error::Output`](crate::Error::Output) where a file is there that may not be replaced, and what the disk says.
    fn write(&self, path: &Path, masks: &[MaskToWrite], options: &FileOptions) -> Result<()>;

    /// For medmask's own files, to which entries go as they are stored, without being decoded. `None` for all other formats.
    fn entry_writer(&self) -> Option<&dyn EntryWriter> {
        None
    }
}

/// What writes entries as they are stored.
pub trait EntryWriter {
    /// Writes `entry`, whose voxels lie on `space`, to the file `path`, whole or not at all.
    ///
    /// # Errors
    /// A file that exists and may not be replaced, and what the disk says.
    fn write_entry(
        &self,
        path: &Path,
        entry: EncodedEntry,
        space: &Space,
        options: &FileOptions,
    ) -> Result<()>;
}

impl fmt::Debug for dyn Adapter + '_ {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Adapter").field(&self.key()).finish()
    }
}

/// The longest of `suffixes` that the name of `path` ends with, in upper or lower case. It is never the whole name.
pub(crate) fn longest_suffix(path: &Path, suffixes: &[&'static str]) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let fits = |suffix: &&&'static str| name.ends_with(**suffix) && name.len() > suffix.len();
    suffixes.iter().filter(fits).max_by_key(|suffix| suffix.len()).copied()
}
