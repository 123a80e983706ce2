//! Runs put together one after the other.

use medmask_voxel::{Held, MemoryError};

use super::{RowStart, Runs};
use crate::Run;

/// Collects runs in ascending order of (z, y, x).
#[derive(Clone, Debug)]
pub struct RunsBuilder {
    runs: Runs,
}

impl RunsBuilder {
    /// No runs yet, on a grid of `shape` (z, y, x) whose axes are at most `u32::MAX` voxels long.
    #[must_use]
    pub fn new(shape: [usize; 3]) -> Self {
        Self { runs: Runs::empty(shape) }
    }

    /// Adds a run to row (`z`, `y`); a neighbour of the same label is joined to the one before.
    ///
    /// The caller keeps the promises of [`Run`] and [`Row`](crate::Row): inside the shape, a label of at
    /// least 1, after all runs pushed before and disjoint from them. Debug builds check this.
    #[inline]
    pub fn push(&mut self, z: u32, y: u32, run: Run) {
        let Runs { rows, runs, shape } = &mut self.runs;
        debug_assert!(run.start < run.end && run.label != 0, "{run:?} is no run");
        debug_assert!(
            (z as usize) < shape[0] && (y as usize) < shape[1] && run.end as usize <= shape[2],
            "{run:?} of row ({z}, {y}) is outside {shape:?}"
        );
        match rows.last() {
            Some(row) if (row.z, row.y) == (z, y) => {
                if let Some(last) = runs.last_mut() {
                    debug_assert!(last.end <= run.start, "{run:?} is not after {last:?}");
                    if last.end == run.start && last.label == run.label {
                        last.end = run.end;
                        return;
                    }
                }
            }
            last => {
                debug_assert!(last.is_none_or(|row| (row.z, row.y) < (z, y)), "rows ascend");
                rows.push(RowStart { z, y, first: runs.len() });
            }
        }
        runs.push(run);
    }

    /// Makes room for `runs` more runs of one row, so that pushing them takes no new memory. Of this builder's memory that which is
    /// taken here is counted in `held`.
    ///
    /// # Errors
    /// Where memory runs out, or the limit is reached.
    #[inline]
    pub fn reserve(&mut self, runs: usize, held: &mut Held<'_>) -> Result<(), MemoryError> {
        held.reserve(&mut self.runs.rows, 1)?;
        held.reserve(&mut self.runs.runs, runs)
    }

    /// The collected runs.
    #[must_use]
    pub fn finish(self) -> Runs {
        self.runs
    }
}
