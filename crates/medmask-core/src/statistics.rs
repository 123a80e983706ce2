//! What is known of a label without looking at voxels again.

use std::collections::HashMap;

use crate::{Bounds, Row, Run};

/// Voxel count, bounding box and coordinate sums of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelStatistics {
    /// The label, at least 1.
    pub label: u32,
    /// Number of voxels, at least 1.
    pub voxels: u64,
    /// The tight bounding box, in voxels (z, y, x).
    pub bounds: Bounds,
    /// Sums of the voxel indices along z, y and x; `u64::MAX` where a sum would exceed it.
    pub sums: [u64; 3],
}

impl LabelStatistics {
    /// The centroid in voxel coordinates (z, y, x); the centre of voxel 0 is 0. NaN along an axis whose sum is not known,
    /// since it is too large.
    #[must_use]
    pub fn centroid(&self) -> [f64; 3] {
        self.sums
            .map(|sum| if sum == u64::MAX { f64::NAN } else { sum as f64 / self.voxels as f64 })
    }

    /// Of the voxels of both, which have none in common; the label is this one's.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            label: self.label,
            voxels: self.voxels + other.voxels,
            bounds: self.bounds.union(&other.bounds),
            sums: std::array::from_fn(|axis| self.sums[axis].saturating_add(other.sums[axis])),
        }
    }

    pub(crate) fn of_run(z: u32, y: u32, run: &Run) -> Self {
        let [z, y, start, end] = [z, y, run.start, run.end].map(|n| n as usize);
        let mut statistics = Self {
            label: run.label,
            voxels: 0,
            bounds: Bounds { start: [z, y, start], end: [z + 1, y + 1, end] },
            sums: [0; 3],
        };
        statistics.add(z as u32, y as u32, run);
        statistics
    }

    pub(crate) fn add(&mut self, z: u32, y: u32, run: &Run) {
        let voxels = run.voxels();
        // Start + (end - 1) is at most 2^33, so this product of three exact terms fits 65 bits at worst.
        let along_x = (u128::from(run.start) + u128::from(run.end) - 1) * u128::from(voxels) / 2;
        let sums = [
            u64::from(z).saturating_mul(voxels),
            u64::from(y).saturating_mul(voxels),
            u64::try_from(along_x).unwrap_or(u64::MAX),
        ];
        for (total, sum) in self.sums.iter_mut().zip(sums) {
            *total = total.saturating_add(sum);
        }
        self.voxels += voxels;
        let Bounds { start, end } = &mut self.bounds;
        for (axis, (first, last)) in
            [(z, z), (y, y), (run.start, run.end - 1)].into_iter().enumerate()
        {
            start[axis] = start[axis].min(first as usize);
            end[axis] = end[axis].max(last as usize + 1);
        }
    }
}

/// Counts the labels of rows as they come, and keeps no row.
///
/// ```
/// use medmask_core::{LabelCounter, Row, Run};
///
/// let mut counter = LabelCounter::default();
/// counter.add(Row { z: 1, y: 2, runs: &[Run { start: 3, end: 5, label: 7 }] });
/// let [seven] = counter.finish()[..] else { unreachable!() };
/// assert_eq!((seven.label, seven.voxels, seven.sums), (7, 2, [2, 4, 7]));
/// ```
#[derive(Clone, Debug)]
pub struct LabelCounter {
    // Small labels, which most masks use, are found without hashing.
    statistics: Vec<LabelStatistics>,
    small: [Option<u32>; 256],
    large: HashMap<u32, u32>,
}

impl Default for LabelCounter {
    fn default() -> Self {
        Self { statistics: Vec::new(), small: [None; 256], large: HashMap::new() }
    }
}

impl LabelCounter {
    /// Counts a row.
    pub fn add(&mut self, row: Row<'_>) {
        for run in row.runs {
            self.add_run(row.z, row.y, run);
        }
    }

    /// How many labels were met.
    #[must_use]
    pub fn labels(&self) -> usize {
        self.statistics.len()
    }

    /// The statistics of each label that was met, ascending by label.
    #[must_use]
    pub fn finish(mut self) -> Vec<LabelStatistics> {
        self.statistics.sort_unstable_by_key(|label| label.label);
        self.statistics
    }

    fn add_run(&mut self, z: u32, y: u32, run: &Run) {
        let known = match self.small.get(run.label as usize) {
            Some(place) => *place,
            None => self.large.get(&run.label).copied(),
        };
        if let Some(place) = known {
            self.statistics[place as usize].add(z, y, run);
            return;
        }
        let place = self.statistics.len() as u32;
        match self.small.get_mut(run.label as usize) {
            Some(slot) => *slot = Some(place),
            None => drop(self.large.insert(run.label, place)),
        }
        self.statistics.push(LabelStatistics::of_run(z, y, run));
    }
}
