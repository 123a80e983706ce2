//! A structure slice by slice, along the patient's long axis.

use super::diameter::{Diameter, diameter};
use super::hull::{Voxel, corners_of_slice};
use crate::space::matrix::{self, Columns, Vector};
use crate::{Bounds, Run, Runs, Space};

/// How large a structure is in each axial slice.
///
/// Axial are the slices across the array axis that runs nearest to the patient's long axis ([`Space::axial_axis`]): the grid's own
/// slices, also where it is tilted. An area is the number of voxels times that of one voxel's face.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SliceAreas {
    /// The array axis across the slices: 0 for z, 1 for y, 2 for x.
    pub axis: usize,
    /// The first slice in which the structure has a voxel.
    pub first: usize,
    /// From that slice to the last one in which it has any: how many voxels it has there.
    pub voxels: Vec<u64>,
    /// The area of one voxel in mm^2.
    pub voxel_area_mm2: f64,
}

impl SliceAreas {
    /// Of each slice from [`first`](Self::first) on, the area in mm^2.
    pub fn areas_mm2(&self) -> impl ExactSizeIterator<Item = f64> {
        self.voxels.iter().map(|voxels| *voxels as f64 * self.voxel_area_mm2)
    }

    pub(super) fn of(runs: &Runs, bounds: Bounds, space: &Space) -> Self {
        let axis = space.axial_axis();
        let first = bounds.start[axis];
        let mut voxels = vec![0_u64; bounds.end[axis] - first];
        for row in runs.rows() {
            match axis {
                2 => row.runs.iter().for_each(|run| count_along(run, first, &mut voxels)),
                _ => {
                    let place = [row.z, row.y][axis] as usize - first;
                    voxels[place] += row.runs.iter().map(Run::voxels).sum::<u64>();
                }
            }
        }
        let steps = space.steps();
        let face = matrix::cross(steps[(axis + 1) % 3], steps[(axis + 2) % 3]);
        Self { axis, first, voxels, voxel_area_mm2: matrix::norm(face) }
    }
}

/// Counts the voxels of a run, each in the slice of its own.
fn count_along(run: &Run, first: usize, voxels: &mut [u64]) {
    let (start, end) = (run.start as usize - first, run.end as usize - first);
    voxels[start..end].iter_mut().for_each(|count| *count += 1);
}

/// The axial slice in which a structure has the largest area, and its two diameters there.
///
/// As people measure tumours on axial slices: the longest diameter of RECIST 1.1 (Eisenhauer and others, 2009, European Journal of Cancer
/// 45:228) and what is perpendicular to it, of which the WHO's criteria (Miller and others, 1981, Cancer 47:207) take the product.
/// Distances are from voxel centre to voxel centre.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct AxialSlice {
    /// The array axis across the slice: 0 for z, 1 for y, 2 for x.
    pub axis: usize,
    /// The slice; the first of several that are equally large.
    pub index: usize,
    /// How many voxels of the structure lie in it.
    pub voxels: u64,
    /// Their area in mm^2.
    pub area_mm2: f64,
    /// The longest straight line between two of them.
    pub long: Diameter,
    /// How far, in mm, they reach in the direction across that line, within the slice: from the outermost on one side to the outermost on
    /// the other. Of a bent structure that is more than the longest straight line within it. Where several lines are equally long, the
    /// largest.
    pub across_mm: f64,
}

/// By which part of its length a line may be shorter that counts as equally long.
const EQUAL: f64 = 1e-9;

/// The largest of `areas`, those of `runs`.
pub(super) fn largest_slice(runs: &Runs, areas: &SliceAreas, steps: Columns) -> Option<AxialSlice> {
    let axis = areas.axis;
    let larger = |best: (usize, u64), (place, voxels): (usize, &u64)| {
        if *voxels > best.1 { (place, *voxels) } else { best }
    };
    let (place, voxels) = areas.voxels.iter().enumerate().fold((0, 0), larger);
    let index = areas.first + place;
    let [first, second] = [[1, 2], [0, 2], [0, 1]][axis];
    let mut slice = voxels_of_slice(runs, axis, index as u32);
    slice.sort_unstable_by_key(|voxel| [voxel[first], voxel[second]]);
    let corners = corners_of_slice(&slice, first, second);
    let long = diameter(&corners, steps)?;
    let normal = matrix::cross(steps[first], steps[second]);
    let across_mm = widest_across(&corners, steps, normal, long.mm);
    let area_mm2 = voxels as f64 * areas.voxel_area_mm2;
    Some(AxialSlice { axis, index, voxels, area_mm2, long, across_mm })
}

/// Voxels of a slice, its outermost ones among them.
fn voxels_of_slice(runs: &Runs, axis: usize, index: u32) -> Vec<Voxel> {
    let mut voxels = Vec::new();
    for row in runs.rows() {
        match (axis, row.runs) {
            (2, all) => {
                let has = |run: &Run| run.start <= index && index < run.end;
                voxels.extend(all.iter().any(has).then_some([row.z, row.y, index]));
            }
            (_, [first, .., last]) if [row.z, row.y][axis] == index => {
                voxels.extend([first.start, last.end - 1].map(|x| [row.z, row.y, x]));
            }
            (_, [one]) if [row.z, row.y][axis] == index => {
                voxels.push([row.z, row.y, one.start]);
                voxels.extend((one.end - 1 > one.start).then_some([row.z, row.y, one.end - 1]));
            }
            _ => {}
        }
    }
    voxels
}

/// The largest extent of `corners` across one of the lines between them that are as long as the longest.
fn widest_across(corners: &[Voxel], steps: Columns, normal: Vector, longest: f64) -> f64 {
    let places: Vec<Vector> =
        corners.iter().map(|voxel| matrix::apply(steps, voxel.map(f64::from))).collect();
    let mut widest = 0.0_f64;
    for (number, a) in places.iter().enumerate() {
        for b in &places[number + 1..] {
            let line = matrix::subtract(*b, *a);
            if matrix::norm(line) < longest * (1.0 - EQUAL) || longest == 0.0 {
                continue;
            }
            let across = matrix::cross(normal, line);
            let across = matrix::scale(across, 1.0 / matrix::norm(across));
            let along =
                places.iter().map(|place| matrix::dot(across, matrix::subtract(*place, *a)));
            let (low, high) = along
                .fold((0.0_f64, 0.0_f64), |(low, high), along| (low.min(along), high.max(along)));
            widest = widest.max(high - low);
        }
    }
    widest
}
