//! Why there is no page.

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
    /// A selection that is computed has more voxels than a page can number.
    #[error("a grid of {shape:?} voxels (z, y, x) is too large for a page")]
    TooManyVoxels {
        /// Voxels along z, y and x.
        shape: [usize; 3],
    },
}
