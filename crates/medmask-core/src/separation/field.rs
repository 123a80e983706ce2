//! Squared distances from the voxels of one structure to the nearest of another, however far that is.
//!
//! The square is a sum of one for each axis, so that one axis after the other is dealt with, as where margins are made: along a line
//! each place gets the lowest of the parabolas over the places before (Felzenszwalb and Huttenlocher, 2012, "Distance Transforms of
//! Sampled Functions", Theory of Computing 8:415). Here the places that are asked and those that are looked for are boxes of their own,
//! so that what lies between two structures takes no memory.

use bytemuck::try_zeroed_vec;

use crate::{Bounds, MarginError, Row, Runs};

/// The distance that a voxel has which nothing was found for.
const FAR: f64 = f64::INFINITY;

/// Calls `each` with every voxel (z, y, x) of `asked` and the squared distance in mm^2 to the nearest voxel of `others`; voxels are
/// `spacing` mm (z, y, x) apart. In no order that matters. Neither is empty.
///
/// # Errors
/// Where there is no memory for the boxes.
pub(super) fn for_each_distance(
    asked: (&Runs, Bounds),
    others: (&Runs, Bounds),
    spacing: [f64; 3],
    mut each: impl FnMut([usize; 3], f64),
) -> Result<(), MarginError> {
    let (asked, bounds) = asked;
    let slices = slice_fields(others.0, others.1, bounds, spacing)?;
    let [depth, height, width] = bounds.shape();
    let inside = occupied(asked, bounds)?;
    let mut line = Envelope::new(spacing[0]);
    for column in 0..height * width {
        let here = |z: usize| inside[z * height * width + column];
        if !(0..depth).any(here) {
            continue;
        }
        let feet = slices.iter().map(|slice| (slice.z, slice.squares[column]));
        line.fill(feet);
        let wanted = (0..depth).filter(|z| here(*z)).map(|z| z + bounds.start[0]);
        let (y, x) = (bounds.start[1] + column / width, bounds.start[2] + column % width);
        line.evaluate(wanted, |z, square| each([z, y, x], square));
    }
    Ok(())
}

/// The squares of distances within one slice that has voxels, at each place (y, x) of a box.
struct SliceField {
    z: usize,
    squares: Vec<f64>,
}

fn slice_fields(
    runs: &Runs,
    own: Bounds,
    bounds: Bounds,
    spacing: [f64; 3],
) -> Result<Vec<SliceField>, MarginError> {
    let [_, height, width] = bounds.shape();
    let no_memory = |()| MarginError::Memory { shape: [own.shape()[0], height, width] };
    let mut fields = Vec::new();
    let mut line = Envelope::new(spacing[1]);
    let mut rows: Vec<(usize, Vec<f64>)> = Vec::new();
    for z in own.start[0]..own.end[0] {
        rows.clear();
        for row in runs.rows_of_slices(z as u32, z as u32 + 1) {
            rows.push((row.y as usize, along_row(row, bounds, spacing[2])));
        }
        if rows.is_empty() {
            continue;
        }
        let mut squares: Vec<f64> = try_zeroed_vec(height * width).map_err(no_memory)?;
        for x in 0..width {
            line.fill(rows.iter().map(|(y, squares)| (*y, squares[x])));
            line.evaluate(bounds.start[1]..bounds.end[1], |y, square| {
                squares[(y - bounds.start[1]) * width + x] = square;
            });
        }
        fields.push(SliceField { z, squares });
    }
    Ok(fields)
}

/// The squared distances along x from the places of a box to the runs of a row.
fn along_row(row: Row<'_>, bounds: Bounds, step: f64) -> Vec<f64> {
    let mut passed = 0;
    let square = |x: usize| {
        while row.runs.get(passed).is_some_and(|run| run.end as usize <= x) {
            passed += 1;
        }
        let before = passed.checked_sub(1).map(|n| x + 1 - row.runs[n].end as usize);
        let after = row.runs.get(passed).map(|run| (run.start as usize).saturating_sub(x));
        let voxels = before.into_iter().chain(after).min();
        voxels.map_or(FAR, |voxels| (voxels as f64 * step).powi(2))
    };
    (bounds.start[2]..bounds.end[2]).map(square).collect()
}

/// Which voxels of the box are labelled.
fn occupied(runs: &Runs, bounds: Bounds) -> Result<Vec<bool>, MarginError> {
    let shape @ [depth, height, width] = bounds.shape();
    let mut inside: Vec<bool> =
        try_zeroed_vec(depth * height * width).map_err(|()| MarginError::Memory { shape })?;
    for row in runs.rows() {
        let (z, y) = (row.z as usize - bounds.start[0], row.y as usize - bounds.start[1]);
        let start = (z * height + y) * width;
        for run in row.runs {
            let place = |x: u32| start + x as usize - bounds.start[2];
            inside[place(run.start)..place(run.end)].fill(true);
        }
    }
    Ok(inside)
}

/// The lower envelope of parabolas along a line.
struct Envelope {
    /// From one place to the next, in mm.
    step: f64,
    /// Ascending by foot and by where each is the lowest from on.
    lowest: Vec<Parabola>,
}

#[derive(Clone, Copy)]
struct Parabola {
    foot: f64,
    square: f64,
    from: f64,
}

impl Envelope {
    fn new(step: f64) -> Self {
        Self { step, lowest: Vec::new() }
    }

    /// Takes the parabolas over `feet` with their squares at the foot; feet ascend.
    fn fill(&mut self, feet: impl Iterator<Item = (usize, f64)>) {
        self.lowest.clear();
        for (foot, square) in feet.filter(|(_, square)| *square < FAR) {
            let foot = foot as f64;
            let mut from = f64::NEG_INFINITY;
            while let Some(last) = self.lowest.last() {
                // Where both are equal; from there on the new one is lower.
                let apart = foot - last.foot;
                let rise = (square - last.square) / (self.step * self.step);
                from = last.foot + (apart + rise / apart) / 2.0;
                if from > last.from {
                    break;
                }
                self.lowest.pop();
                from = f64::NEG_INFINITY;
            }
            self.lowest.push(Parabola { foot, square, from });
        }
    }

    /// Calls `each` with every one of `places`, which ascend, and the lowest square there.
    fn evaluate(&self, places: impl Iterator<Item = usize>, mut each: impl FnMut(usize, f64)) {
        let mut current = 0;
        for place in places {
            let at = place as f64;
            while self.lowest.get(current + 1).is_some_and(|next| next.from <= at) {
                current += 1;
            }
            let lowest = self.lowest.get(current);
            let square = |one: &Parabola| one.square + ((at - one.foot) * self.step).powi(2);
            each(place, lowest.map_or(FAR, square));
        }
    }
}
