//! Where the voxels of a target grid lie in a source grid.

use crate::{Bounds, Space};

/// Positions are counted in 2^-20 of a voxel.
const BITS: u32 = 20;
const ONE: i64 = 1 << BITS;
const HALF: i64 = ONE / 2;

/// A point (z, y, x) inside a source grid, in 2^-20 of a voxel; 0 is the centre of voxel 0.
#[derive(Clone, Copy)]
pub(super) struct Position([i64; 3]);

impl Position {
    /// The nearest grain to a point in voxels, if that lies inside a grid of `shape`.
    pub(super) fn inside(point: [f64; 3], shape: [usize; 3]) -> Option<Self> {
        let mut position = [0; 3];
        for axis in 0..3 {
            let end = shape[axis] as f64;
            if !(point[axis] > -1.0 && point[axis] < end) {
                return None;
            }
            // Positive before it is cut off, so that cutting rounds down.
            let grains = ((point[axis] + 1.0) * ONE as f64 + 0.5) as i64 - ONE;
            if grains < -HALF || grains >= ((shape[axis] as i64) << BITS) - HALF {
                return None;
            }
            position[axis] = grains;
        }
        Some(Self(position))
    }

    /// The nearest voxel; half-way between two, the one of the higher index.
    pub(super) fn nearest(self) -> [usize; 3] {
        self.0.map(|grains| ((grains + HALF) >> BITS) as usize)
    }

    /// The voxel at or below this point, the one after it, and how far from the first to the second the
    /// point lies. Both are the outermost voxel where the point lies beyond its centre.
    pub(super) fn between(self, shape: [usize; 3]) -> ([usize; 3], [usize; 3], [f64; 3]) {
        let last = shape.map(|voxels| voxels - 1);
        let clamped: [i64; 3] =
            std::array::from_fn(|axis| self.0[axis].clamp(0, (last[axis] as i64) << BITS));
        let low = clamped.map(|grains| (grains >> BITS) as usize);
        let high = std::array::from_fn(|axis| (low[axis] + 1).min(last[axis]));
        (low, high, clamped.map(|grains| (grains & (ONE - 1)) as f64 / ONE as f64))
    }
}

/// The way of the target's rows through the source, near the labelled voxels.
pub(super) struct Path {
    /// Source position (z, y, x) of the target's voxel 0, in voxels.
    start: [f64; 3],
    /// Source steps, in voxels, for one voxel along each target axis.
    steps: [[f64; 3]; 3],
    /// The labelled part of the source, one voxel wider on each side.
    near: [[f64; 2]; 3],
    source_shape: [usize; 3],
    /// The part of the target whose voxels may get a label.
    reach: Bounds,
}

/// One row of the target.
pub(super) struct RowPath {
    /// Source position (z, y, x) of the row's voxel 0, in voxels.
    start: [f64; 3],
    /// The first x that may get a label.
    pub(super) first: usize,
    /// One past the last x that may get a label.
    pub(super) end: usize,
}

impl Path {
    pub(super) fn new(source: &Space, target: &Space, labelled: Bounds) -> Self {
        let (start, steps) = steps_between(source, target);
        let near = std::array::from_fn(|axis| {
            [labelled.start[axis] as f64 - 1.0, labelled.end[axis] as f64]
        });
        let source_shape = source.shape();
        Self { start, steps, near, source_shape, reach: reach(source, target, near) }
    }

    /// The target's rows (z, y) that may get a label, ascending.
    pub(super) fn rows(&self) -> impl Iterator<Item = [usize; 2]> {
        let Bounds { start, end } = self.reach;
        (start[0]..end[0]).flat_map(move |z| (start[1]..end[1]).map(move |y| [z, y]))
    }

    /// Row (`z`, `y`) of the target.
    pub(super) fn row(&self, z: usize, y: usize) -> RowPath {
        let start: [f64; 3] = std::array::from_fn(|axis| {
            self.start[axis] + z as f64 * self.steps[0][axis] + y as f64 * self.steps[1][axis]
        });
        let (first, end) = self.near_labels(start);
        RowPath { start, first, end }
    }

    /// Where voxel `x` of a row lies in the source; `None` outside it.
    pub(super) fn position(&self, row: &RowPath, x: usize) -> Option<Position> {
        let point = std::array::from_fn(|axis| row.start[axis] + x as f64 * self.steps[2][axis]);
        Position::inside(point, self.source_shape)
    }

    /// How many voxels of a row lie within `distance` source voxels of one, along every source axis.
    pub(super) fn voxels_within(&self, distance: usize) -> usize {
        let step = self.steps[2].iter().fold(0.0_f64, |largest, step| largest.max(step.abs()));
        (distance as f64 / step) as usize
    }

    /// The stretch of x over which a row passes the labelled part of the source.
    fn near_labels(&self, row: [f64; 3]) -> (usize, usize) {
        let (mut first, mut last) = (self.reach.start[2] as f64, self.reach.end[2] as f64);
        for (axis, [low, high]) in self.near.into_iter().enumerate() {
            let step = self.steps[2][axis];
            let ends = [(low - row[axis]) / step, (high - row[axis]) / step];
            // A row that hardly moves along this axis is not cut by it: the reach has done so.
            if ends.iter().all(|n| n.is_finite()) && step.abs() > 1e-9 {
                first = first.max(ends[0].min(ends[1]).floor());
                last = last.min(ends[0].max(ends[1]).ceil() + 1.0);
            }
        }
        (first as usize, (last.max(first)) as usize)
    }
}

/// Source position (z, y, x) of the target's voxel 0, and source steps for one voxel along each target axis; in voxels.
pub(super) fn steps_between(source: &Space, target: &Space) -> ([f64; 3], [[f64; 3]; 3]) {
    let start = source.world_to_index(target.origin());
    let steps = std::array::from_fn(|axis| {
        let unit = std::array::from_fn(|n| if n == axis { 1.0 } else { 0.0 });
        let moved = source.world_to_index(target.index_to_world(unit));
        std::array::from_fn(|n| moved[n] - start[n])
    });
    (start, steps)
}

/// The box of target voxels that may lie within `near` of the source.
fn reach(source: &Space, target: &Space, near: [[f64; 2]; 3]) -> Bounds {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for corner in 0..8 {
        let index = std::array::from_fn(|axis| near[axis][corner >> axis & 1]);
        let place = target.world_to_index(source.index_to_world(index));
        for axis in 0..3 {
            low[axis] = low[axis].min(place[axis]);
            high[axis] = high[axis].max(place[axis]);
        }
    }
    let shape = target.shape();
    // Float to integer conversion keeps within the range of the integer.
    let start = std::array::from_fn(|axis| ((low[axis] - 1.0).floor() as usize).min(shape[axis]));
    let end = std::array::from_fn(|axis| ((high[axis] + 2.0).ceil() as usize).min(shape[axis]));
    Bounds { start, end }
}
