//! Boxes of voxels.

use std::ops::Range;

/// A box of voxels: `start[n] <= index < end[n]` along each array axis (z, y, x).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// First voxel inside, (z, y, x).
    pub start: [usize; 3],
    /// One past the last voxel inside, (z, y, x).
    pub end: [usize; 3],
}

impl Bounds {
    /// The box of a whole array of `shape` (z, y, x).
    #[must_use]
    pub fn of_shape(shape: [usize; 3]) -> Self {
        Self { start: [0; 3], end: shape }
    }

    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.end[axis].saturating_sub(self.start[axis]))
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            start: std::array::from_fn(|axis| self.start[axis].min(other.start[axis])),
            end: std::array::from_fn(|axis| self.end[axis].max(other.end[axis])),
        }
    }

    /// The box both share, if they share a voxel.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let start: [usize; 3] = std::array::from_fn(|axis| self.start[axis].max(other.start[axis]));
        let end: [usize; 3] = std::array::from_fn(|axis| self.end[axis].min(other.end[axis]));
        (0..3).all(|axis| start[axis] < end[axis]).then_some(Self { start, end })
    }

    /// The same box counted from the voxel `at` (z, y, x), as far as it does not lie before it.
    #[must_use]
    pub fn seen_from(&self, at: [u32; 3]) -> [Range<u32>; 3] {
        std::array::from_fn(|axis| {
            let place = |place: usize| {
                u32::try_from(place.saturating_sub(at[axis] as usize)).unwrap_or(u32::MAX)
            };
            place(self.start[axis])..place(self.end[axis])
        })
    }

    /// Whether the voxel `[z, y, x]` lies inside.
    #[must_use]
    pub fn contains(&self, index: [usize; 3]) -> bool {
        (0..3).all(|axis| self.start[axis] <= index[axis] && index[axis] < self.end[axis])
    }
}
