//! The voxels that can be corners of a convex hull: what is farthest in any direction is among them.
//!
//! Convexity does not depend on spacing and direction, so that whole numbers decide, and exactly.

use crate::Runs;

/// A voxel, (z, y, x).
pub(super) type Voxel = [u32; 3];

/// Voxels among which all corners of the convex hull of the labelled ones are; few of a large structure. In
/// no order that matters.
pub(super) fn corners(runs: &Runs) -> Vec<Voxel> {
    let mut voxels = ends_of_rows(runs);
    // A corner of the hull is one of the hull of its slice, along whatever axis that lies.
    for [across, first, second] in [[0, 1, 2], [1, 0, 2], [2, 0, 1]] {
        voxels.sort_unstable_by_key(|voxel| [voxel[across], voxel[first], voxel[second]]);
        let slices = voxels.chunk_by(|a, b| a[across] == b[across]);
        voxels = slices.flat_map(|slice| corners_of_slice(slice, first, second)).collect();
    }
    voxels
}

/// The first and the last voxel of each row.
fn ends_of_rows(runs: &Runs) -> Vec<Voxel> {
    let mut voxels = Vec::with_capacity(2 * runs.rows().len());
    for row in runs.rows() {
        if let (Some(first), Some(last)) = (row.runs.first(), row.runs.last()) {
            voxels.push([row.z, row.y, first.start]);
            if last.end - 1 > first.start {
                voxels.push([row.z, row.y, last.end - 1]);
            }
        }
    }
    voxels
}

/// The corners of the convex hull of voxels of one slice, which ascend by the axes `first` and `second`: Andrew's chains (1979), a
/// lower and an upper one.
pub(super) fn corners_of_slice(slice: &[Voxel], first: usize, second: usize) -> Vec<Voxel> {
    if slice.len() < 3 {
        return slice.to_vec();
    }
    let mut corners = Vec::new();
    chain(slice.iter(), first, second, &mut corners);
    chain(slice.iter().rev(), first, second, &mut corners);
    corners
}

/// Adds the corners that are passed on the right of all voxels, without the last.
fn chain<'a>(
    voxels: impl Iterator<Item = &'a Voxel>,
    first: usize,
    second: usize,
    corners: &mut Vec<Voxel>,
) {
    let before = corners.len();
    for voxel in voxels {
        while corners.len() >= before + 2 {
            let (a, b) = (corners[corners.len() - 2], corners[corners.len() - 1]);
            if turns_left(a, b, *voxel, first, second) {
                break;
            }
            corners.pop();
        }
        corners.push(*voxel);
    }
    corners.pop();
}

fn turns_left(a: Voxel, b: Voxel, c: Voxel, first: usize, second: usize) -> bool {
    let along = |to: Voxel, axis: usize| i128::from(to[axis]) - i128::from(a[axis]);
    along(b, first) * along(c, second) > along(b, second) * along(c, first)
}
