//! An archive whose bytes come piece by piece.

use std::num::NonZero;
use std::ops::Range;
use std::sync::Arc;

use medmask_archive::{AnyArchive, ArchiveError};
use medmask_core::Runs;

use crate::Description;
use crate::sparse::Sparse;

/// Reads a `.mska` or `.msk` file of which the caller supplies the bytes: all of them, or those ranges that a call asks for.
///
/// ```
/// use medmask_wasm::{Reader, ReaderError};
///
/// let file: &[u8] = b"no archive, but long enough to be looked at for one";
/// let mut reader = Reader::new(file.len() as u64);
/// let error = loop {
///     match reader.describe() {
///         Err(ReaderError::Missing(ranges)) => {
///             for range in ranges {
///                 let bytes = file[range.start as usize..range.end as usize].to_vec();
///                 reader.supply(range.start, bytes);
///             }
///         }
///         other => break other.unwrap_err(),
///     }
/// };
/// assert!(error.to_string().contains("not a medmask file"), "{error}");
/// ```
#[derive(Debug)]
pub struct Reader {
    storage: Arc<Sparse>,
    archive: Option<AnyArchive<Arc<Sparse>>>,
}

/// Why a [`Reader`] gives nothing yet, or cannot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// These bytes of the file are needed: supply them, and call again.
    #[error("bytes {0:?} of the file are missing")]
    Missing(Vec<Range<u64>>),
    /// The file is damaged, or what was asked is not in it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Positions of voxels that 32 bits do not count.
    #[error("a grid of {shape:?} voxels (z, y, x) is too large to be numbered with 32 bits")]
    TooManyVoxels {
        /// Voxels along z, y and x.
        shape: [usize; 3],
    },
}

impl Reader {
    /// A file of `size` bytes, none of which is here yet.
    #[must_use]
    pub fn new(size: u64) -> Self {
        Self { storage: Arc::new(Sparse::new(size)), archive: None }
    }

    /// Adds the `bytes` that stand at `offset`.
    pub fn supply(&mut self, offset: u64, bytes: Vec<u8>) {
        self.storage.supply(offset, bytes);
    }

    /// What is in the file.
    ///
    /// # Errors
    /// [`ReaderError::Missing`], and where the file is no archive or is damaged.
    pub fn describe(&mut self) -> Result<Description, ReaderError> {
        self.with_archive(Description::of)
    }

    /// The labelled voxels of the entry `name` as three numbers for each run: the number of its first voxel, that of the voxel after its
    /// last, and its label. Voxels are numbered from 0, x running fastest, then y, then z; runs ascend. Of one label, where a number is given,
    /// the label is 1.
    ///
    /// # Errors
    /// [`ReaderError::Missing`], no such entry or label, damage, what does not fit into memory, and [`ReaderError::TooManyVoxels`].
    pub fn runs(&mut self, name: &str, label: Option<u32>) -> Result<Vec<u32>, ReaderError> {
        let runs = self.with_archive(|archive| {
            let entry = archive.get(name)?;
            label.map_or(Ok(entry), |label| entry.label(label))?.to_runs()
        })?;
        numbered_runs(&runs).ok_or(ReaderError::TooManyVoxels { shape: runs.shape() })
    }

    /// Does `work` with the archive, which is opened first.
    fn with_archive<T>(
        &mut self,
        work: impl FnOnce(&AnyArchive<Arc<Sparse>>) -> Result<T, ArchiveError>,
    ) -> Result<T, ReaderError> {
        let done = self.open().and_then(work);
        // What is missing counts first: it may be why something else seemed to be wrong.
        let missing = self.storage.take_missing();
        if missing.is_empty() { Ok(done?) } else { Err(ReaderError::Missing(missing)) }
    }

    fn open(&mut self) -> Result<&AnyArchive<Arc<Sparse>>, ArchiveError> {
        let mut archive = match self.archive.take() {
            Some(archive) => archive,
            None => AnyArchive::from_storage(Arc::clone(&self.storage), "the archive")?,
        };
        if let AnyArchive::Version2(archive) = &mut archive {
            archive.set_threads(NonZero::<usize>::MIN);
        }
        Ok(self.archive.insert(archive))
    }
}

/// Runs as [`Reader::runs`] gives them; `None` where 32 bits do not count the voxels of the grid.
#[must_use]
pub fn numbered_runs(runs: &Runs) -> Option<Vec<u32>> {
    let shape = runs.shape();
    let [depth, height, width] = shape.map(|length| length as u64);
    let total = depth.checked_mul(height)?.checked_mul(width)?;
    u32::try_from(total).ok()?;
    let mut numbers = Vec::with_capacity(3 * runs.run_count());
    for row in runs.rows() {
        let start = (row.z * shape[1] as u32 + row.y) * shape[2] as u32;
        for run in row.runs {
            numbers.extend([start + run.start, start + run.end, run.label]);
        }
    }
    Some(numbers)
}
