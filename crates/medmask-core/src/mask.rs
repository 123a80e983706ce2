//! A mask: voxels, names of labels, and where they lie.

use crate::{LabelMap, Space, Voxels};

/// A dense mask on its space, every label with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    voxels: Voxels,
    labels: LabelMap,
    space: Space,
}

/// Why parts do not make a mask.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The array and the space differ in shape.
    #[error("the voxels have shape {voxels:?} (z, y, x) and the space {space:?}")]
    ShapeMismatch {
        /// Of the array.
        voxels: [usize; 3],
        /// Of the space.
        space: [usize; 3],
    },
}

impl Mask {
    /// Joins voxels, names and space.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn new(
        voxels: impl Into<Voxels>,
        labels: LabelMap,
        space: Space,
    ) -> Result<Self, MaskError> {
        let voxels = voxels.into();
        if voxels.shape() != space.shape() {
            return Err(MaskError::ShapeMismatch { voxels: voxels.shape(), space: space.shape() });
        }
        Ok(Self { voxels, labels, space })
    }

    /// The dense voxels.
    #[must_use]
    pub fn voxels(&self) -> &Voxels {
        &self.voxels
    }

    /// The names of the labels.
    #[must_use]
    pub fn labels(&self) -> &LabelMap {
        &self.labels
    }

    /// Where the voxels lie.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The parts: voxels, names, space.
    #[must_use]
    pub fn into_parts(self) -> (Voxels, LabelMap, Space) {
        (self.voxels, self.labels, self.space)
    }
}
