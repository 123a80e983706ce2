//! How far two structures lie apart.

mod field;

use field::for_each_distance;

use crate::margin::{TOLERANCE, check};
use crate::{Bounds, DistanceError, MarginError, Run, Runs};

/// How far two structures, X and Y, lie apart. All distances are from voxel centre to voxel centre, in mm.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Separation {
    /// The smallest distance of a voxel of X from one of Y; 0 where they share a voxel.
    pub smallest_mm: f64,
    /// A voxel of X and one of Y, (z, y, x), that lie so far apart; one that both have where they share any.
    pub nearest: [[usize; 3]; 2],
    /// The largest distance that a voxel of X has from Y, the directed Hausdorff distance; where all of X lies in Y, minus the least
    /// depth ([`Runs::separation`] defines both).
    pub first_to_second_mm: f64,
    /// The same of Y from X.
    pub second_to_first_mm: f64,
    /// For each distance that was asked for: how many voxels of X lie at most so far from Y.
    pub within: Vec<Within>,
}

/// How much of X lies near Y.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Within {
    /// How near, in mm.
    pub mm: f64,
    /// Voxels of X that lie at most so far from Y, or in it.
    pub voxels: u64,
    /// Which part of X they are, from 0 to 1.
    pub share: f64,
}

/// What is found on the way from one structure to another.
struct Directed {
    /// Square, and voxel.
    smallest: (f64, [usize; 3]),
    largest: f64,
    within: Vec<u64>,
}

impl Runs {
    /// How far the labelled voxels of this mask (X) and of `other` (Y) lie apart, whatever their labels, and how many of X lie within
    /// each of `within_mm` of Y; `None` where one of them has no voxels. Voxels are `spacing` mm (z, y, x) apart.
    ///
    /// # Inside
    /// A distance from Y is signed: that of a voxel in Y is a depth, its distance to the nearest voxel that is not of Y, with a minus;
    /// outside of the volume none is of Y. So where all of X lies in Y, its largest distance is minus the least depth: how near X comes to
    /// the surface of Y. Equal masks lie in each other, as deep as from one voxel to the next.
    ///
    /// # Within
    /// A distance that is exceeded by less than a millionth counts as reached. What is within k mm is what [`grow`](Self::grow) adds to
    /// Y with that margin, and Y.
    ///
    /// Memory: 8 bytes for each voxel of a box that is as high as one structure and as wide as the other, and 1 byte for each of theirs.
    ///
    /// ```
    /// use medmask_core::Runs;
    ///
    /// let tumour = Runs::from_slice(&[0_u8, 1, 1, 0, 0, 0, 0, 0], [1, 1, 8])?;
    /// let vessel = Runs::from_slice(&[0_u8, 0, 0, 0, 0, 1, 0, 0], [1, 1, 8])?;
    /// let apart = tumour.separation(&vessel, [3.0, 1.0, 0.7], &[2.1])?.ok_or("one is empty")?;
    /// assert!((apart.smallest_mm - 2.1).abs() < 1e-12);
    /// assert_eq!(apart.nearest, [[0, 0, 2], [0, 0, 5]]);
    /// assert_eq!((apart.within[0].voxels, apart.within[0].share), (1, 0.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the shapes differ, a distance is negative or not finite, the spacing not positive and finite, or there is no memory for
    /// the boxes.
    pub fn separation(
        &self,
        other: &Self,
        spacing: [f64; 3],
        within_mm: &[f64],
    ) -> Result<Option<Separation>, DistanceError> {
        // Of other shapes they share no grid, which this says.
        let shared = self.overlap_voxels(other)?;
        within_mm.iter().chain(&[0.0]).try_for_each(|mm| check(*mm, spacing))?;
        let (Some(bounds), Some(other_bounds)) = (self.bounds(), other.bounds()) else {
            return Ok(None);
        };
        let (first, second) = ((self, bounds), (other, other_bounds));
        let there = directed(first, other, spacing, within_mm)?;
        let back = directed(second, self, spacing, &[])?;
        let voxels = self.voxel_count();
        let signed =
            |way: &Directed, from: (&Self, Bounds), to| match shared == from.0.voxel_count() {
                true => Ok(-depth(from, to, spacing)?),
                false => Ok::<_, MarginError>(way.largest.sqrt()),
            };
        let within = within_mm.iter().zip(&there.within).map(|(mm, near)| Within {
            mm: *mm,
            voxels: *near,
            share: *near as f64 / voxels as f64,
        });
        let (square, voxel) = there.smallest;
        Ok(Some(Separation {
            smallest_mm: square.sqrt(),
            nearest: [voxel, nearest_to(other, voxel, spacing)],
            first_to_second_mm: signed(&there, first, second)?,
            second_to_first_mm: signed(&back, second, first)?,
            within: within.collect(),
        }))
    }
}

fn directed(
    from: (&Runs, Bounds),
    to: &Runs,
    spacing: [f64; 3],
    within_mm: &[f64],
) -> Result<Directed, MarginError> {
    let squares: Vec<f64> = within_mm.iter().map(|mm| (mm * (1.0 + TOLERANCE)).powi(2)).collect();
    let mut found = Directed {
        smallest: (f64::INFINITY, from.1.start),
        largest: 0.0,
        within: vec![0; squares.len()],
    };
    for_each_distance(from, to, spacing, |voxel, square| {
        found.largest = found.largest.max(square);
        // The first voxel of those that are equally near.
        if square < found.smallest.0 || (square == found.smallest.0 && voxel < found.smallest.1) {
            found.smallest = (square, voxel);
        }
        for (count, reached) in found.within.iter_mut().zip(&squares) {
            *count += u64::from(square <= *reached);
        }
    })?;
    Ok(found)
}

/// How deep in mm the voxels of `inner`, all of which lie in `outer`, do so at least.
fn depth(
    (inner, inner_bounds): (&Runs, Bounds),
    (outer, bounds): (&Runs, Bounds),
    spacing: [f64; 3],
) -> Result<f64, MarginError> {
    // With a layer around it, which is as good as all that lies further out.
    let around = outer.crop(bounds).pad([1; 3], [1; 3]).background();
    let moved = bounds.start.map(|start| 1 - start as i64);
    let inner = inner.shifted(moved, around.shape());
    let place = |n: usize, axis: usize| n + 1 - bounds.start[axis];
    let inner_bounds = Bounds {
        start: std::array::from_fn(|axis| place(inner_bounds.start[axis], axis)),
        end: std::array::from_fn(|axis| place(inner_bounds.end[axis], axis)),
    };
    let mut least = f64::INFINITY;
    for_each_distance((&inner, inner_bounds), &around, spacing, |_, square| {
        least = least.min(square);
    })?;
    Ok(least.sqrt())
}

/// The voxel of `runs` that is nearest to `from`; of equally near ones the first.
fn nearest_to(runs: &Runs, from: [usize; 3], spacing: [f64; 3]) -> [usize; 3] {
    let mut best = (f64::INFINITY, from);
    for row in runs.rows() {
        let [z, y] = [row.z as usize, row.y as usize];
        let along =
            |axis: usize, at: usize| (at.abs_diff(from[axis]) as f64 * spacing[axis]).powi(2);
        let aside = along(0, z) + along(1, y);
        if aside >= best.0 {
            continue;
        }
        for Run { start, end, .. } in row.runs {
            let x = from[2].clamp(*start as usize, *end as usize - 1);
            let square = aside + along(2, x);
            if square < best.0 {
                best = (square, [z, y, x]);
            }
        }
    }
    best.1
}
