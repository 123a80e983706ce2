//! How rows of runs travel: between dense voxels, runs and codecs, none of which knows the others.

use std::ops::{ControlFlow, Range};

use crate::Run;

/// Where an encoder gets its voxels.
pub trait Source {
    /// Replaces `runs` by the runs of row (`z`, `y`), ascending, disjoint, and with neighbours of the
    /// same label joined. Positions count from the corner of what is encoded.
    ///
    /// Runs lie within the row, and a row is the same whenever it is asked for; encoders may panic where a source
    /// breaks this. They ask for the rows of a slice in ascending order, for slices in any order,
    /// and may ask for each more than once.
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>);

    /// Whether slice `z` is known to have no labelled voxel, so that its rows need not be asked for.
    fn is_empty(&self, z: u32) -> bool {
        let _ = z;
        false
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        (**self).row(z, y, runs);
    }

    fn is_empty(&self, z: u32) -> bool {
        (**self).is_empty(z)
    }
}

/// Where a decoder puts what it finds.
pub trait Sink {
    /// Takes the runs of row (`z`, `y`): ascending, disjoint, never empty, neighbours of the same label
    /// joined. Rows come in ascending order of (z, y); rows without labelled voxels do not come.
    /// Positions count from the corner of what is decoded.
    ///
    /// `Break` ends the decoding, which is then successful.
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()>;

    /// The box (z, y, x) of voxels that it has a use for. A decoder may leave out others, and does not see damage in what it
    /// leaves out; they may come all the same.
    fn wanted(&self) -> [Range<u32>; 3] {
        [0..u32::MAX, 0..u32::MAX, 0..u32::MAX]
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        (**self).row(z, y, runs)
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        (**self).wanted()
    }
}
