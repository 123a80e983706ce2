//! Labels looked up voxel by voxel: memory for occupied neighbourhoods, and a table over the box around them.

use crate::{Bounds, Runs};

/// Voxels along each side of a brick, a power of two.
const SIDE: usize = 8;
const VOXELS: usize = SIDE * SIDE * SIDE;

/// The bounding box of a mask, cut into bricks of 8 x 8 x 8 voxels; only bricks with a label exist.
pub(super) struct Bricks {
    bounds: Bounds,
    /// Bricks along y and x.
    rows: usize,
    columns: usize,
    /// For each place, the brick there, counted from 1; 0 where all is background.
    places: Vec<u32>,
    labels: Vec<u32>,
    /// For each place, whether there is a brick there or next to it.
    near: Vec<bool>,
}

impl Bricks {
    /// No label lies within this many voxels, along every axis, of where a voxel that
    /// [is far](Bricks::is_far) interpolates: a brick's side, less one voxel for the neighbour that is
    /// interpolated with and one for rounding to the voxel.
    pub(super) const MARGIN: usize = SIDE - 2;

    pub(super) fn new(runs: &Runs, bounds: Bounds) -> Self {
        let [depth, rows, columns] = bounds.shape().map(|voxels| voxels.div_ceil(SIDE));
        let places = vec![0; depth * rows * columns];
        let mut bricks =
            Self { bounds, rows, columns, places, labels: Vec::new(), near: Vec::new() };
        for row in runs.rows() {
            for run in row.runs {
                for x in run.start..run.end {
                    *bricks.slot([row.z as usize, row.y as usize, x as usize]) = run.label;
                }
            }
        }
        bricks.near = bricks.beside_labels();
        bricks
    }

    /// Whether the brick of a voxel and all 26 around it are background. Not known, and so `false`, outside
    /// the bounding box.
    pub(super) fn is_far(&self, index: [usize; 3]) -> bool {
        self.bounds.contains(index) && !self.near[self.locate(index).0]
    }

    fn beside_labels(&self) -> Vec<bool> {
        let mut near: Vec<bool> = self.places.iter().map(|brick| *brick != 0).collect();
        // Spreading by one place along each axis in turn reaches the corners too.
        let slice = self.rows * self.columns;
        let depth = self.places.len() / slice;
        for (stride, length) in [(1, self.columns), (self.columns, self.rows), (slice, depth)] {
            let before = near.clone();
            for place in (0..before.len()).filter(|place| before[*place]) {
                let along = place / stride % length;
                if along > 0 {
                    near[place - stride] = true;
                }
                if along + 1 < length {
                    near[place + stride] = true;
                }
            }
        }
        near
    }

    /// The label of a voxel, 0 outside the bounding box.
    pub(super) fn get(&self, index: [usize; 3]) -> u32 {
        if !self.bounds.contains(index) {
            return 0;
        }
        let (place, voxel) = self.locate(index);
        match self.places[place] as usize {
            0 => 0,
            brick => self.labels[(brick - 1) * VOXELS + voxel],
        }
    }

    /// The labels of the voxels at the corners of a box: bit 2 of the place is `high` along z, bit 1 along
    /// y, bit 0 along x.
    pub(super) fn corners(&self, low: [usize; 3], high: [usize; 3]) -> [u32; 8] {
        if self.bounds.contains(low) && self.bounds.contains(high) {
            let (first, last) = (self.locate(low).0, self.locate(high).0);
            if first == last && self.places[first] == 0 {
                return [0; 8];
            }
        }
        std::array::from_fn(|corner| {
            self.get(std::array::from_fn(|axis| {
                if corner >> (2 - axis) & 1 == 1 { high[axis] } else { low[axis] }
            }))
        })
    }

    fn slot(&mut self, index: [usize; 3]) -> &mut u32 {
        let (place, voxel) = self.locate(index);
        if self.places[place] == 0 {
            self.labels.resize(self.labels.len() + VOXELS, 0);
            self.places[place] = (self.labels.len() / VOXELS) as u32;
        }
        &mut self.labels[(self.places[place] as usize - 1) * VOXELS + voxel]
    }

    fn locate(&self, index: [usize; 3]) -> (usize, usize) {
        let [z, y, x]: [usize; 3] =
            std::array::from_fn(|axis| index[axis] - self.bounds.start[axis]);
        let place = ((z / SIDE) * self.rows + y / SIDE) * self.columns + x / SIDE;
        (place, ((z % SIDE) * SIDE + y % SIDE) * SIDE + x % SIDE)
    }
}
