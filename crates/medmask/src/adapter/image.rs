//! Images, whose values are measured beneath masks.

use std::fmt;
use std::path::{Path, PathBuf};

use medmask_core::{Image, Space};

/// An image file that was read: numbers of any kind on a grid, such as a CT.
#[derive(Debug)]
#[non_exhaustive]
pub struct ImageFile {
    /// The file.
    pub path: PathBuf,
    /// Where its voxels lie.
    pub space: Space,
    /// What is worth knowing of the file.
    pub notes: Vec<String>,
    values: Box<dyn ImageData>,
}

/// The numbers of an image, as a format keeps them in memory.
pub trait ImageData: Send + Sync {
    /// The numbers, (z, y, x), of the shape of the image's space.
    fn image(&self) -> Image<'_>;
}

impl fmt::Debug for dyn ImageData + '_ {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ImageData").field(&self.image().shape()).finish()
    }
}

impl ImageFile {
    /// The image in the file `path`, which lies on `space`.
    #[must_use]
    pub fn new(path: &Path, space: Space, values: Box<dyn ImageData>) -> Self {
        Self { path: path.to_owned(), space, notes: Vec::new(), values }
    }

    /// Its values, (z, y, x).
    #[must_use]
    pub fn image(&self) -> Image<'_> {
        self.values.image()
    }
}
