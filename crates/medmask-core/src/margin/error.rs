//! What margins refuse.

/// Why a mask cannot be grown or shrunk.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MarginError {
    /// A margin that is no distance.
    #[error("a margin is a number of mm from 0 on, not {margin_mm}")]
    Margin {
        /// What was asked for, in mm.
        margin_mm: f64,
    },
    /// Voxels without a size.
    #[error("voxels of {spacing:?} mm (z, y, x) have no size")]
    Spacing {
        /// What was given, in mm (z, y, x).
        spacing: [f64; 3],
    },
    /// No memory for the dense voxels of the box that the mask and its margin take.
    #[error("there is no memory for a box of {shape:?} voxels (z, y, x)")]
    Memory {
        /// Of the box (z, y, x).
        shape: [usize; 3],
    },
}

/// Voxels of a box of `shape` (z, y, x).
///
/// # Errors
/// Where no memory holds so many.
pub(crate) fn volume_of(shape: [usize; 3]) -> Result<usize, MarginError> {
    let volume = shape.iter().try_fold(1_usize, |volume, axis| volume.checked_mul(*axis));
    volume.ok_or(MarginError::Memory { shape })
}
