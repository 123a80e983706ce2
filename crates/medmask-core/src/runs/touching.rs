//! Which runs of neighbouring rows touch each other.

use super::Runs;
use crate::Run;

/// A row before another one in the order of rows: `z - slices`, and `y + rows`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside {
    pub slices: u32,
    pub rows: i64,
}

impl Beside {
    /// One row back in the same slice.
    pub const ROW: Self = Self { slices: 0, rows: -1 };
    /// The same row one slice back.
    pub const SLICE: Self = Self { slices: 1, rows: 0 };
}

impl Runs {
    /// Calls `each(run, other)` with the indices of every two runs of which `run` lies in some row and `other` in the row
    /// `beside` it, and whose stretches along x share a voxel or, with `reach` 1, lie at most diagonally to each other.
    pub(crate) fn for_each_touching(
        &self,
        beside: Beside,
        reach: u32,
        mut each: impl FnMut(usize, usize),
    ) {
        self.for_each_two_rows(beside, |here, there| {
            let (first, other) = (self.rows[here].first, self.rows[there].first);
            let (runs, others) = (self.nth_row(here).runs, self.nth_row(there).runs);
            pairs(runs, others, reach, |a, b| each(first + a, other + b));
        });
    }

    /// Calls `each(row, other)` with the places in [`rows`](Self::rows) of every row and the row `beside` it, where both hold
    /// labelled voxels.
    pub(crate) fn for_each_two_rows(&self, beside: Beside, mut each: impl FnMut(usize, usize)) {
        let mut there = 0;
        for (here, row) in self.rows.iter().enumerate() {
            let (Some(z), Ok(y)) =
                (row.z.checked_sub(beside.slices), u32::try_from(i64::from(row.y) + beside.rows))
            else {
                continue;
            };
            // Rows ascend, and so do those beside them. They come before this one, which ends the search.
            while (self.rows[there].z, self.rows[there].y) < (z, y) {
                there += 1;
            }
            if (self.rows[there].z, self.rows[there].y) == (z, y) {
                each(here, there);
            }
        }
    }

    /// Voxels that two runs share along x, where they lie in neighbouring rows.
    pub(crate) fn shared_length(&self, run: usize, other: usize) -> u64 {
        let (a, b) = (self.runs[run], self.runs[other]);
        u64::from(a.end.min(b.end).saturating_sub(a.start.max(b.start)))
    }
}

fn pairs(runs: &[Run], others: &[Run], reach: u32, mut each: impl FnMut(usize, usize)) {
    let mut passed = 0;
    for (index, run) in runs.iter().enumerate() {
        // Ends are at most 2^32 - 1, so that one more may not fit.
        let start = run.start.saturating_sub(reach);
        while others.get(passed).is_some_and(|other| other.end <= start) {
            passed += 1;
        }
        let end = run.end.saturating_add(reach);
        let touching = others[passed..].iter().take_while(|other| other.start < end);
        (passed..).zip(touching).for_each(|(other, _)| each(index, other));
    }
}
