//! Distances within one slice: along the rows, and then across them.

use bytemuck::try_zeroed_vec;

use super::Envelope;
use crate::margin::volume_of;
use crate::{Bounds, MarginError, Row, Run};

/// The squared distances in mm^2 from each place (y, x) of a box to the nearest voxel of one slice, which may lie outside of the box.
pub(crate) struct SliceField {
    bounds: Bounds,
    step: f64,
    line: Envelope,
    /// The y of the rows that hold a voxel.
    rows: Vec<usize>,
    /// Squares within these rows, row after row.
    along_x: Vec<f64>,
}

impl SliceField {
    /// For the places of `bounds` (z, y, x) along y and x. Voxels are `spacing` mm (z, y, x) apart.
    pub fn new(bounds: Bounds, [_, across, step]: [f64; 3]) -> Self {
        let line = Envelope::new(across);
        Self { bounds, step, line, rows: Vec::new(), along_x: Vec::new() }
    }

    /// Room for the squares of one slice, row after row.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn room(&self) -> Result<Vec<f64>, MarginError> {
        let [_, height, width] = self.bounds.shape();
        let area = volume_of([1, height, width])?;
        try_zeroed_vec(area).map_err(|()| self.no_memory(height))
    }

    /// Fills `squares` with those of a slice that has `rows`; where it has none they are infinite.
    ///
    /// # Errors
    /// Where there is no memory for the rows.
    pub fn fill<'a>(
        &mut self,
        rows: impl Iterator<Item = Row<'a>>,
        squares: &mut [f64],
    ) -> Result<(), MarginError> {
        self.rows.clear();
        self.along_x.clear();
        let Bounds { start: [_, top, left], end: [_, bottom, right] } = self.bounds;
        let width = right - left;
        for row in rows {
            self.rows.push(row.y as usize);
            let reserved = self.along_x.try_reserve(width);
            reserved.map_err(|_| self.no_memory(self.rows.len()))?;
            self.along_x.extend(squares_along(row.runs, left..right, self.step));
        }
        for x in 0..width {
            let feet = self.rows.iter().zip(self.along_x[x..].iter().step_by(width));
            self.line.fill(feet.map(|(y, square)| (*y, *square)));
            let mut take = |y: usize, square| squares[(y - top) * width + x] = square;
            self.line.evaluate(top..bottom, &mut take);
        }
        Ok(())
    }

    fn no_memory(&self, rows: usize) -> MarginError {
        MarginError::Memory { shape: [1, rows, self.bounds.shape()[2]] }
    }
}

/// The squared distances along x, in steps, from each of `places` to the nearest of `runs`.
fn squares_along(
    runs: &[Run],
    places: std::ops::Range<usize>,
    step: f64,
) -> impl Iterator<Item = f64> {
    let mut next = 0;
    places.map(move |x| {
        while runs.get(next).is_some_and(|run| run.end as usize <= x) {
            next += 1;
        }
        let voxels = voxels_to_nearest(runs, next, x);
        voxels.map_or(f64::INFINITY, |voxels| (voxels as f64 * step).powi(2))
    })
}

/// How many voxels along x it is from `x` to the nearest of ascending `runs`, of which `next` is the first that ends behind it; `None`
/// where there is none.
pub(crate) fn voxels_to_nearest(runs: &[Run], next: usize, x: usize) -> Option<usize> {
    let before = next.checked_sub(1).map(|last| x + 1 - runs[last].end as usize);
    let after = runs.get(next).map(|run| (run.start as usize).saturating_sub(x));
    before.into_iter().chain(after).min()
}
