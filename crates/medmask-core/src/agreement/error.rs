//! What comparing surfaces refuses.

use crate::ShapeMismatch;

/// Why surfaces cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SurfaceError {
    /// The masks lie on different grids.
    #[error(transparent)]
    Shape(#[from] ShapeMismatch),
    /// Voxels without a size.
    #[error("voxels of {spacing:?} mm (z, y, x) have no size")]
    Spacing {
        /// What was given, in mm (z, y, x).
        spacing: [f64; 3],
    },
    /// No memory for a slice of the box that both masks take.
    #[error("there is no memory for a slice of {shape:?} voxels (y, x)")]
    Memory {
        /// Of the slice (y, x).
        shape: [usize; 2],
    },
}
