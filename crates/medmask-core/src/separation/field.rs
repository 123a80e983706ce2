//! Squared distances from the voxels of one structure to the nearest of another, however far that is.
//!
//! The square is a sum of one for each axis, so that one axis after the other is dealt with, as where margins are made. Here the places
//! that are asked and those that are looked for are boxes of their own, so that what lies between two structures takes no memory.

use bytemuck::try_zeroed_vec;

use crate::distance::{Envelope, SliceField};
use crate::margin::volume_of;
use crate::{Bounds, MarginError, Runs};

/// Calls `each` with every voxel (z, y, x) of `asked` and the squared distance in mm^2 to the nearest voxel of `others`; voxels are
/// `spacing` mm (z, y, x) apart. In no order that matters. Neither is empty.
///
/// # Errors
/// Where there is no memory for the boxes.
pub(super) fn for_each_distance(
    asked: (&Runs, Bounds),
    others: &Runs,
    spacing: [f64; 3],
    mut each: impl FnMut([usize; 3], f64),
) -> Result<(), MarginError> {
    let (asked, bounds) = asked;
    let [depth, height, width] = bounds.shape();
    let inside = occupied(asked, bounds)?;
    let slices = slices_of(others, bounds, spacing)?;
    let mut line = Envelope::new(spacing[0]);
    for column in 0..height * width {
        let here = |z: usize| inside[z * height * width + column];
        if !(0..depth).any(here) {
            continue;
        }
        line.fill(slices.iter().map(|slice| (slice.z, slice.squares[column])));
        let wanted = (0..depth).filter(|z| here(*z)).map(|z| z + bounds.start[0]);
        let (y, x) = (bounds.start[1] + column / width, bounds.start[2] + column % width);
        line.evaluate(wanted, |z, square| each([z, y, x], square));
    }
    Ok(())
}

/// A slice that has voxels, and the squares of distances within it at each place (y, x) of a box.
struct Slice {
    z: usize,
    squares: Vec<f64>,
}

fn slices_of(runs: &Runs, bounds: Bounds, spacing: [f64; 3]) -> Result<Vec<Slice>, MarginError> {
    let mut field = SliceField::new(bounds, spacing);
    let mut slices = Vec::new();
    for z in runs.slices() {
        let mut squares = field.room()?;
        field.fill(runs.rows_of_slices(z, z + 1), &mut squares)?;
        slices.push(Slice { z: z as usize, squares });
    }
    Ok(slices)
}

/// Which voxels of the box are labelled.
fn occupied(runs: &Runs, bounds: Bounds) -> Result<Vec<bool>, MarginError> {
    let shape @ [_, height, width] = bounds.shape();
    let mut inside: Vec<bool> =
        try_zeroed_vec(volume_of(shape)?).map_err(|()| MarginError::Memory { shape })?;
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
