//! Why there is no page.

use std::path::PathBuf;

/// The largest archive that a page holds, in bytes: text of an element has at most half a GiB in some browsers.
pub(crate) const LARGEST: u64 = 256 << 20;

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewerError {
    /// This program was built without NiiVue.
    #[error("this build has no viewer: NiiVue was not there when it was built")]
    NotBuilt,
    /// What is to be shown cannot be read, or cannot be listed.
    #[error(transparent)]
    Masks(#[from] medmask::Error),
    /// The file of the archive cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An archive that browsers would not take inside a page.
    #[error("an archive of {bytes} bytes is too large for a page, which holds up to {LARGEST}")]
    TooLarge {
        /// Its length.
        bytes: u64,
    },
    /// A selection that is computed has more voxels than a page can number.
    #[error("a grid of {shape:?} voxels (z, y, x) is too large for a page")]
    TooManyVoxels {
        /// Voxels along z, y and x.
        shape: [usize; 3],
    },
}
