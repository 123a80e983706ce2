//! Squared distances to the nearest voxel of a mask, for whoever asks how far masks lie apart.
//!
//! Margins, which go no further than they are large, are made in whole numbers by `margin`.

mod envelope;
mod error;
mod slice;

pub(crate) use envelope::Envelope;
pub use error::DistanceError;
pub(crate) use slice::{SliceField, voxels_to_nearest};
