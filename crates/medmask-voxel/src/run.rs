//! Stretches of equal voxels.

/// Neighbouring voxels of one row (fixed z and y) that hold the same label: `start <= x < end`.
///
/// The label is never 0: background is what no run covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// First voxel, along x.
    pub start: u32,
    /// One past the last voxel, along x; greater than `start`.
    pub end: u32,
    /// The label, at least 1.
    pub label: u32,
}

impl Run {
    /// Number of voxels.
    #[must_use]
    pub fn voxels(&self) -> u64 {
        u64::from(self.end - self.start)
    }
}

/// A row with its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Slice index.
    pub z: u32,
    /// Row index within the slice.
    pub y: u32,
    /// Ascending, disjoint, not empty; neighbours of the same label are joined.
    pub runs: &'a [Run],
}
