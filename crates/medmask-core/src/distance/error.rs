//! What refuses to be measured.

use crate::{MarginError, ShapeMismatch};

/// Why it cannot be told how far two masks lie apart.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistanceError {
    /// They lie on grids of different shapes.
    #[error(transparent)]
    Shapes(#[from] ShapeMismatch),
    /// A distance that is none, a spacing that is none, or no memory.
    #[error(transparent)]
    Margin(#[from] MarginError),
}
