//! What a page consists of.

use crate::Case;

/// A page that shows one archive.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// What it lists.
    pub case: Case,
    /// Where the voxels come from.
    pub source: Source,
    /// Shown under the masks.
    pub image: Option<Image>,
    /// The patient's left on the viewer's left.
    pub neurological: bool,
}

/// Where a page has the archive from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The bytes of the file, inside the page.
    Bytes(Vec<u8>),
    /// The address of the file, relative to the page or whole; the server should give ranges.
    Url(String),
}

/// A grey image under the masks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Image {
    /// What the page calls it.
    pub name: String,
    /// Where its bytes come from: a NIfTI file, which may be compressed by gzip.
    pub source: Source,
    /// The values that are drawn black and white; `None` leaves that to the page.
    pub window: Option<[f64; 2]>,
}

impl Image {
    /// An image with the window that its values suggest.
    #[must_use]
    pub fn new(name: impl Into<String>, source: Source) -> Self {
        Self { name: name.into(), source, window: None }
    }
}

impl Page {
    /// A page without an image, with the patient's left on the viewer's right.
    #[must_use]
    pub fn new(case: Case, source: Source) -> Self {
        Self { case, source, image: None, neurological: false }
    }
}
