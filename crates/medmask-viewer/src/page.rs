//! What a page consists of.

use std::path::Path;

use medmask::GridImage;

use crate::error::LARGEST;
use crate::{Contents, ViewerError};

/// A page that shows one archive.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// What it lists.
    pub contents: Contents,
    /// Where the voxels come from.
    pub source: Source,
    /// Shown under the masks; on their grid.
    pub image: Option<GridImage>,
    /// The patient's left on the viewer's left.
    pub neurological: bool,
    /// Where the crosshair is at first (x, y, z; LPS+, mm); `None` for the middle of what is shown.
    pub at_lps_mm: Option<[f64; 3]>,
}

/// Where a page has the archive from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The bytes of the file, inside the page.
    Bytes(Vec<u8>),
    /// The address of the file, relative to the page or whole; the server should give ranges.
    Url(String),
}

impl Source {
    /// The bytes of a file. One that is too large for a page is not read.
    ///
    /// # Errors
    /// [`ViewerError::TooLarge`] and [`ViewerError::Read`].
    pub fn of_file(path: &Path) -> Result<Self, ViewerError> {
        let failed = |source| ViewerError::Read { path: path.to_owned(), source };
        let bytes = std::fs::metadata(path).map_err(failed)?.len();
        if bytes > LARGEST {
            return Err(ViewerError::TooLarge { bytes });
        }
        Ok(Self::Bytes(std::fs::read(path).map_err(failed)?))
    }
}

impl Page {
    /// A page without an image, with the patient's left on the viewer's right.
    #[must_use]
    pub fn new(contents: Contents, source: Source) -> Self {
        Self { contents, source, image: None, neurological: false, at_lps_mm: None }
    }
}
