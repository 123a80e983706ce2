//! The extent of a chunk, and how a box is cut into chunks.

use crate::Dtype;

/// Voxels of one chunk along z, y and x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkShape {
    /// Slices (z).
    pub depth: u32,
    /// Rows of a slice (y).
    pub height: u32,
    /// Voxels of a row (x).
    pub width: u32,
}

impl ChunkShape {
    /// Voxels of the chunk; the largest number where there are more.
    #[must_use]
    pub fn voxels(self) -> u64 {
        self.rows().saturating_mul(self.width.into())
    }

    /// Rows of the chunk.
    #[must_use]
    pub fn rows(self) -> u64 {
        u64::from(self.depth) * u64::from(self.height)
    }

    /// Bytes of the chunk's voxels when each takes `dtype.bits()` bits and nothing is compressed.
    #[must_use]
    pub fn packed_bytes(self, dtype: Dtype) -> u64 {
        self.bytes_of(dtype.bits())
    }

    /// Bytes of the chunk's voxels when each takes `bits` bits; the largest number where there are more.
    pub(super) fn bytes_of(self, bits: u32) -> u64 {
        let bits = u128::from(self.rows()) * u128::from(self.width) * u128::from(bits);
        u64::try_from(bits.div_ceil(8)).unwrap_or(u64::MAX)
    }
}

/// The height of as few slabs as have at most `most` slices each: equal ones rather than a thin last one.
pub(super) fn equal_slabs(depth: u32, most: u32) -> u32 {
    let slabs = depth.div_ceil(most).max(1);
    depth.div_ceil(slabs).max(1)
}
