//! How a file is opened for reading.

#[cfg(feature = "mmap")]
use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::path::Path;

use medmask_files::open_input;
#[cfg(feature = "mmap")]
use memmap2::Mmap;

use crate::{ArchiveError, FileStorage, Result};

/// How [`Archive::open_with`](crate::Archive::open_with) and [`AnyArchive::open_with`](crate::AnyArchive::open_with) read a file.
///
/// | | opening | one entry | a file that shrinks meanwhile |
/// |---|---|---|---|
/// | plain (the default) | reads the index | one read of its blob | an error |
/// | [`mapped`](Self::mapped) | reads the index | no read and no copy: decodes from the system's cache | ends the process |
/// | [`bytes`](Self::bytes) | reads all of the file | no read and no copy | nothing: it is in memory |
///
/// Mapping pays for many small requests to one open archive, such as slices and labels: each saves a call to the system and a
/// copy of some KB. To open an archive and load an organ takes about as long either way. `cargo bench --bench archive` shows both.
///
/// ```
/// use medmask_archive::{Archive, OpenOptions};
/// # use medmask_archive::ArchiveWriter;
/// # use medmask_core::Space;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// # ArchiveWriter::create(&path, &Space::of_shape([4, 5, 6]), Default::default())?.finish()?;
///
/// let archive = Archive::open_with(&path, &OpenOptions::new().bytes())?;
/// std::fs::remove_file(&path)?;
/// assert_eq!(archive.space().shape(), [4, 5, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OpenOptions {
    access: Access,
    pub(crate) threads: Option<NonZero<usize>>,
    pub(crate) max_memory: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Access {
    #[default]
    Plain,
    #[cfg(feature = "mmap")]
    Mapped,
    Bytes,
}

impl OpenOptions {
    /// Plain reads, and as many threads as the process may run at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the whole file into memory when it is opened.
    pub fn bytes(mut self) -> Self {
        self.access = Access::Bytes;
        self
    }

    /// Maps the file into memory.
    ///
    /// # Safety
    /// No file that is opened with these options may shrink or change in place while its archive is open, by any process:
    /// reading a page beyond a truncated end ends the process. Writers of this crate only append and rename, so they are safe company; programs that
    /// copy another file over this one are not.
    #[cfg(feature = "mmap")]
    #[expect(
        unsafe_code,
        reason = "mapping is unsafe by nature; the contract is passed on to the caller"
    )]
    pub unsafe fn mapped(mut self) -> Self {
        self.access = Access::Mapped;
        self
    }

    /// Sets how many threads may load one entry's dense voxels together. Programs that load several entries side by side want 1.
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets how many bytes one read may hold at once, for all its threads together; `None`, as at first, for as many as the machine gives.
    ///
    /// Counted are the result, dense or as runs, the stored bytes of the entry, and what its chunks are unpacked to on the way. A read
    /// that needs more fails, with an error that says so, before the memory is touched. A few hundred bytes of a file may ask for
    /// any amount: programs that read files of strangers want a limit.
    pub fn max_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.max_memory = bytes.into();
        self
    }

    /// The file at `path` as it is to be read.
    pub(crate) fn storage(&self, path: &Path) -> Result<FileStorage> {
        let open = || open_input(path).map_err(ArchiveError::io("open", path));
        match self.access {
            Access::Plain => open().map(FileStorage::Plain),
            #[cfg(feature = "mmap")]
            Access::Mapped => map(&open()?, path).map(FileStorage::Mapped),
            Access::Bytes => {
                let mut bytes = Vec::new();
                let read = open()?.read_to_end(&mut bytes);
                read.map_err(ArchiveError::io("read", path))?;
                Ok(FileStorage::Bytes(bytes))
            }
        }
    }
}

#[cfg(feature = "mmap")]
#[expect(unsafe_code, reason = "mapping is unsafe by nature")]
fn map(file: &File, path: &Path) -> Result<Mmap> {
    // SAFETY: only `OpenOptions::mapped` leads here, whose caller promises that the file is not changed in place or truncated
    // while it is mapped.
    unsafe { Mmap::map(file) }.map_err(ArchiveError::io("map", path))
}
