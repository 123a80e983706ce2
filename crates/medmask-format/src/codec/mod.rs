//! The voxel codecs: one chunk (a slab of an entry's box) to bytes and back (SPEC.md, "Codecs").
//!
//! An encoder reads rows of runs from a [`Source`], so neither a dense nor a sparse caller needs a
//! copy. A decoder hands rows of runs to a [`Sink`], so a query never needs a dense volume.

use std::ops::ControlFlow;

use crate::{Dtype, FormatError, Run};

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
    /// Voxels of the chunk.
    #[must_use]
    pub fn voxels(self) -> u64 {
        u64::from(self.depth) * u64::from(self.height) * u64::from(self.width)
    }

    /// Bytes of the chunk's voxels when each takes `dtype.bits()` bits and nothing is compressed.
    #[must_use]
    pub fn packed_bytes(self, dtype: Dtype) -> u64 {
        (self.voxels() * dtype.bits() as u64).div_ceil(8)
    }
}

/// Where an encoder gets its voxels.
pub trait Source {
    /// Replaces `runs` by the runs of row (`z`, `y`), ascending, disjoint, and with neighbours of the
    /// same label joined. Positions count from the chunk's own corner.
    ///
    /// Encoders ask in ascending order of (z, y), and may go through the chunk more than once.
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>);
}

/// Where a decoder puts what it finds.
pub trait Sink {
    /// Takes the runs of row (`z`, `y`): ascending, disjoint, never empty, neighbours of the same label
    /// joined. Rows come in ascending order of (z, y); rows without labelled voxels do not come.
    /// Positions count from the chunk's own corner.
    ///
    /// `Break` ends the decoding, which is then successful.
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()>;
}

/// The number that names a codec in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CodecId {
    /// Voxels as they are; bool packed into bits.
    Raw = 0,
    /// `Raw` behind LZ4.
    Lz4 = 1,
    /// `Raw` behind Zstandard.
    Zstd = 2,
    /// Row-delta coded runs.
    Runs = 3,
    /// Context-modelled arithmetic coding.
    Context = 4,
}
