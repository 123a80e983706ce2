//! From each voxel of one mask to the nearest voxel of another, slice by slice.
//!
//! Along z the slices alone are looked at that can hold a nearer voxel than one that is known, so that memory is that of one slice. For
//! surfaces, which have few voxels; where whole structures are asked, `separation` takes one envelope along z for each column.

use crate::distance::{SliceField, voxels_to_nearest};
use crate::{MarginError, Runs};

/// A voxel that looks for its nearest one.
struct Place {
    y: u32,
    x: u32,
    /// Of the distance to the nearest voxel that is known, in mm^2.
    square: f64,
}

/// The places of one slice.
struct Slice {
    z: u32,
    places: Vec<Place>,
}

/// The squared distance in mm^2 from each voxel of `from` to the nearest voxel of `to`, in the order of the rows. Neither is empty.
pub(super) fn squares_to_nearest(
    from: &Runs,
    to: &Runs,
    spacing: [f64; 3],
) -> Result<Vec<f64>, MarginError> {
    let Some(bounds) = from.bounds() else { return Ok(Vec::new()) };
    let mut slices = slices_of(from, to, spacing[2]);
    let mut field = SliceField::new(bounds, spacing);
    let mut squares = field.room()?;
    let [_, _, width] = bounds.shape();
    let [_, top, left] = bounds.start;
    for z in to.slices() {
        field.fill(to.rows_of_slices(z, z + 1), &mut squares)?;
        for slice in &mut slices {
            let apart = (f64::from(slice.z.abs_diff(z)) * spacing[0]).powi(2);
            for place in slice.places.iter_mut().filter(|place| apart < place.square) {
                let at = (place.y as usize - top) * width + place.x as usize - left;
                place.square = place.square.min(apart + squares[at]);
            }
        }
    }
    Ok(slices.iter().flat_map(|slice| &slice.places).map(|place| place.square).collect())
}

/// All voxels, each with the square of the distance in steps to the nearest voxel of `to` in its own row, where that has one: a first
/// bound, which spares looking at most slices.
fn slices_of(from: &Runs, to: &Runs, step: f64) -> Vec<Slice> {
    let mut slices: Vec<Slice> = Vec::new();
    for row in from.rows() {
        if slices.last().is_none_or(|slice| slice.z != row.z) {
            slices.push(Slice { z: row.z, places: Vec::new() });
        }
        let Some(slice) = slices.last_mut() else { continue };
        let others = to.row(row.z, row.y);
        let place = |x: u32| {
            let next = others.partition_point(|run| run.end <= x);
            let voxels = voxels_to_nearest(others, next, x as usize);
            let square = voxels.map_or(f64::INFINITY, |voxels| (voxels as f64 * step).powi(2));
            Place { y: row.y, x, square }
        };
        slice.places.extend(row.runs.iter().flat_map(|run| run.start..run.end).map(place));
    }
    slices
}
