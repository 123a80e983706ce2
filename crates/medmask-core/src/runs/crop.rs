//! Parts of the grid, and larger grids.

use super::{Runs, RunsBuilder};
use crate::{Bounds, Run};

impl Runs {
    /// The voxels inside `bounds`, on a grid of their shape: voxel `bounds.start` becomes voxel 0. Where
    /// the bounds reach outside the grid there is background.
    #[must_use]
    pub fn crop(&self, bounds: Bounds) -> Self {
        self.shifted(bounds.start.map(|start| -(start as i64)), bounds.shape())
    }

    /// The voxels on a larger grid, with `before` and `after` voxels of background added at the two ends
    /// of each axis (z, y, x).
    #[must_use]
    pub fn pad(&self, before: [usize; 3], after: [usize; 3]) -> Self {
        self.clone().into_padded(before, after)
    }

    /// As [`pad`](Self::pad), in the memory of this mask.
    #[must_use]
    pub fn into_padded(mut self, before: [usize; 3], after: [usize; 3]) -> Self {
        self.shape = std::array::from_fn(|axis| before[axis] + self.shape[axis] + after[axis]);
        // No grid reaches beyond 32 bits.
        let [z, y, x] = before.map(|voxels| voxels as u32);
        for row in &mut self.rows {
            row.z += z;
            row.y += y;
        }
        for run in &mut self.runs {
            run.start += x;
            run.end += x;
        }
        self
    }

    /// Every voxel moved by `offset` (z, y, x) on the same grid; what leaves the grid is dropped.
    #[must_use]
    pub fn moved(&self, offset: [i64; 3]) -> Self {
        self.shifted(offset, self.shape)
    }

    /// Every voxel moved by `offset` (z, y, x), on a grid of `shape`; what leaves the grid is dropped.
    pub(crate) fn shifted(&self, offset: [i64; 3], shape: [usize; 3]) -> Self {
        let mut builder = RunsBuilder::new(shape);
        let place = |index: u32, axis: usize| {
            let moved = i64::from(index).saturating_add(offset[axis]);
            (0..shape[axis] as i64).contains(&moved).then_some(moved as u32)
        };
        let move_end =
            |x: u32| i64::from(x).saturating_add(offset[2]).clamp(0, shape[2] as i64) as u32;
        for row in self.rows() {
            let (Some(z), Some(y)) = (place(row.z, 0), place(row.y, 1)) else { continue };
            for run in row.runs {
                let (start, end) = (move_end(run.start), move_end(run.end));
                if start < end {
                    builder.push(z, y, Run { start, end, label: run.label });
                }
            }
        }
        builder.finish()
    }
}
