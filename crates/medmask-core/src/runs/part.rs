//! A part of the grid as encoders take it.

use super::Runs;
use crate::{Bounds, Run, Source};

/// The rows of a box of a mask, counted from the box's own corner: [`Runs::part`].
#[derive(Clone, Copy, Debug)]
pub struct RunsPart<'a> {
    runs: &'a Runs,
    start: [u32; 3],
    /// One past the last voxel along x.
    end: u32,
}

impl Runs {
    /// The voxels inside `bounds` as a [`Source`] for an encoder, without a copy. Where the bounds reach
    /// outside the grid there is background.
    #[must_use]
    pub fn part(&self, bounds: Bounds) -> RunsPart<'_> {
        // No grid reaches beyond 32 bits.
        let clamp = |index| u32::try_from(index).unwrap_or(u32::MAX);
        RunsPart { runs: self, start: bounds.start.map(clamp), end: clamp(bounds.end[2]) }
    }
}

impl Source for RunsPart<'_> {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        let [z0, y0, x0] = self.start;
        runs.clear();
        let row = self.runs.row(z0.saturating_add(z), y0.saturating_add(y));
        let first = row.partition_point(|run| run.end <= x0);
        let inside = row[first..].iter().take_while(|run| run.start < self.end);
        runs.extend(inside.map(|run| Run {
            start: run.start.max(x0) - x0,
            end: run.end.min(self.end) - x0,
            label: run.label,
        }));
    }

    fn is_empty(&self, z: u32) -> bool {
        let z = self.start[0].saturating_add(z);
        self.runs.rows_of_slices(z, z.saturating_add(1)).len() == 0
    }
}
