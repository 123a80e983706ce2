//! The box along the principal axes of a structure.

use super::hull::Voxel;
use super::principal::principal_axes;
use crate::space::matrix::{self, Columns, Vector};
use crate::{Runs, Space};

/// The box around a structure whose sides run along its principal axes: the eigenvectors of the covariance of its voxel centres in the
/// world. The axis along which the structure spreads most comes first.
///
/// The box holds the voxels whole and not their centres alone, so that one voxel has the box of its size. It is as ITK's
/// `LabelShapeStatistics` has it, and not the smallest of all boxes. Where two axes spread alike, as of a ball, their direction is
/// arbitrary.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct OrientedBox {
    /// Its middle in the world (x, y, z; LPS+, mm).
    pub centre_lps_mm: [f64; 3],
    /// Its sides in mm.
    pub lengths_mm: [f64; 3],
    /// For each side its unit vector in the world (x, y, z; LPS+), whose largest component is positive.
    pub directions_lps: [[f64; 3]; 3],
}

/// The box of the voxels of `runs`, of which `corners` are those of its hull; they lie on `space`. `None` of none.
pub(super) fn oriented_box(runs: &Runs, corners: &[Voxel], space: &Space) -> Option<OrientedBox> {
    let steps = space.steps();
    let spread = Spread::of(runs)?;
    let directions_lps = principal_axes(spread.covariance(steps));
    let start = spread.start.map(f64::from);
    let (mut centre, mut lengths_mm) = (space.index_to_world(start), [0.0; 3]);
    for (direction, length) in directions_lps.iter().zip(&mut lengths_mm) {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for corner in corners {
            let index = std::array::from_fn(|axis| f64::from(corner[axis]) - start[axis]);
            let along = matrix::dot(*direction, matrix::apply(steps, index));
            (low, high) = (low.min(along), high.max(along));
        }
        let voxel: f64 = steps.iter().map(|step| matrix::dot(*direction, *step).abs()).sum();
        *length = high - low + voxel;
        centre = matrix::add(centre, matrix::scale(*direction, (low + high) / 2.0));
    }
    Some(OrientedBox { centre_lps_mm: centre, lengths_mm, directions_lps })
}

/// Sums over voxels, beside the first of them, so that they stay small.
struct Spread {
    start: Voxel,
    voxels: f64,
    sums: Vector,
    /// Of the products of two indices.
    products: [Vector; 3],
}

impl Spread {
    fn of(runs: &Runs) -> Option<Self> {
        let start = runs.bounds()?.start.map(|n| n as u32);
        let (mut voxels, mut sums, mut products) = (0_u64, [0_u128; 3], [[0_u128; 3]; 3]);
        for row in runs.rows() {
            let [z, y] = [row.z - start[0], row.y - start[1]].map(u128::from);
            for run in row.runs {
                let [first, end] = [run.start - start[2], run.end - start[2]].map(u128::from);
                let count = end - first;
                // Of all whole numbers below n the sum is n (n - 1) / 2, and that of their squares (n - 1) n (2 n - 1) / 6.
                let below = |n: u128| n * n.saturating_sub(1) / 2;
                let squares = |n: u128| below(n) * (2 * n).saturating_sub(1) / 3;
                let (x, xx) = (below(end) - below(first), squares(end) - squares(first));
                voxels += run.voxels();
                for (sum, add) in sums.iter_mut().zip([z * count, y * count, x]) {
                    *sum += add;
                }
                let added =
                    [[z * z * count, z * y * count, z * x], [0, y * y * count, y * x], [0, 0, xx]];
                for (sum, add) in products.as_flattened_mut().iter_mut().zip(added.as_flattened()) {
                    *sum += add;
                }
            }
        }
        let products = products.map(|row| row.map(|sum| sum as f64));
        Some(Self { start, voxels: voxels as f64, sums: sums.map(|sum| sum as f64), products })
    }

    /// The covariance in the world, in mm^2, of voxel centres whose steps are `steps`.
    fn covariance(&self, steps: Columns) -> [Vector; 3] {
        let mean = self.sums.map(|sum| sum / self.voxels);
        let of_indices = |a: usize, b: usize| {
            let (a, b) = (a.min(b), a.max(b));
            self.products[a][b] / self.voxels - mean[a] * mean[b]
        };
        let pairs = || (0..3).flat_map(|a| (0..3).map(move |b| (a, b)));
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let term =
                    |(a, b): (usize, usize)| steps[a][row] * of_indices(a, b) * steps[b][column];
                pairs().map(term).sum()
            })
        })
    }
}
