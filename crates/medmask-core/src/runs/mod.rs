//! The sparse form of a mask: its runs, row by row.

mod algebra;
mod build;
mod collect;
mod components;
mod crofton;
mod crop;
mod overlaps;
mod paint;
mod part;
mod scan;
mod select;
mod surface;
mod sweep;
mod touching;

pub use algebra::{LabelOverlap, ShapeMismatch};
pub use build::RunsBuilder;
pub use collect::RunsCollector;
pub(crate) use components::Parts;
pub use components::{Components, Connectivity, ConnectivityError};
pub use overlaps::{MaskLabel, MaskOverlap};
pub use part::RunsPart;
pub use scan::RunsError;
pub(crate) use select::for_each_stretch;
pub(crate) use touching::Beside;

use crate::{Bounds, LabelCounter, LabelStatistics, Row, Run};

/// All labelled voxels of a mask of `shape` (z, y, x), as runs. Memory grows with the surface, not the volume.
///
/// Equal voxels give equal `Runs`. Every axis is at most `u32::MAX` voxels long.
///
/// ```
/// use medmask_core::{Dtype, Runs};
///
/// let runs = Runs::from_slice(&[0_u8, 7, 7, 0, 0, 0, 0, 9], [1, 2, 4])?;
/// assert_eq!(runs.at([0, 0, 2]), Some(7));
/// assert_eq!(runs.row(0, 1)[0].label, 9);
/// assert_eq!(Runs::from_voxels(&runs.to_voxels(Dtype::U8)), runs);
/// # Ok::<(), medmask_core::RunsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    shape: [usize; 3],
    rows: Vec<RowStart>,
    runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowStart {
    z: u32,
    y: u32,
    /// Index into `runs` of the row's first run.
    first: usize,
}

impl Runs {
    /// No labelled voxel, on a grid of `shape` (z, y, x).
    #[must_use]
    pub fn empty(shape: [usize; 3]) -> Self {
        Self { shape, rows: Vec::new(), runs: Vec::new() }
    }

    /// Voxels of the whole grid along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Whether no voxel is labelled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Number of runs.
    #[must_use]
    pub fn run_count(&self) -> usize {
        self.runs.len()
    }

    /// Bytes of memory that rows and runs take, without what is kept free for more.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        (size_of_val(&self.rows[..]) + size_of_val(&self.runs[..])) as u64
    }

    /// Number of labelled voxels.
    #[must_use]
    pub fn voxel_count(&self) -> u64 {
        self.runs.iter().map(Run::voxels).sum()
    }

    /// The largest label; 0 where no voxel is labelled.
    #[must_use]
    pub fn max_label(&self) -> u32 {
        self.runs.iter().map(|run| run.label).max().unwrap_or(0)
    }

    /// The rows that hold labelled voxels, ascending by (z, y).
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.rows.len()).map(|index| self.nth_row(index))
    }

    /// The rows of the slices `start <= z < end` that hold labelled voxels, ascending by (z, y).
    pub fn rows_of_slices(&self, start: u32, end: u32) -> impl ExactSizeIterator<Item = Row<'_>> {
        let first = self.rows.partition_point(|row| row.z < start);
        let last = self.rows.partition_point(|row| row.z < end).max(first);
        (first..last).map(|index| self.nth_row(index))
    }

    /// The slices that hold a labelled voxel, ascending: there may be thousands of millions between two.
    pub(crate) fn slices(&self) -> impl Iterator<Item = u32> {
        self.rows.chunk_by(|row, next| row.z == next.z).map(|rows| rows[0].z)
    }

    /// The runs of row (`z`, `y`); empty where the row holds background only.
    #[must_use]
    pub fn row(&self, z: u32, y: u32) -> &[Run] {
        self.rows
            .binary_search_by_key(&(z, y), |row| (row.z, row.y))
            .map_or(&[], |index| self.nth_row(index).runs)
    }

    /// The label of the voxel `[z, y, x]`, 0 for background; `None` outside the grid.
    #[must_use]
    pub fn at(&self, index: [usize; 3]) -> Option<u32> {
        if !Bounds::of_shape(self.shape).contains(index) {
            return None;
        }
        let [z, y, x] = index.map(|n| n as u32);
        let row = self.row(z, y);
        let next = row.partition_point(|run| run.end <= x);
        Some(row.get(next).filter(|run| run.start <= x).map_or(0, |run| run.label))
    }

    /// The tight bounding box of all labelled voxels; `None` where there are none.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        let (first, last) = (self.rows.first()?, self.rows.last()?);
        let (mut y, mut x) = ((u32::MAX, 0), (u32::MAX, 0));
        for row in self.rows() {
            y = (y.0.min(row.y), y.1.max(row.y + 1));
            if let (Some(left), Some(right)) = (row.runs.first(), row.runs.last()) {
                x = (x.0.min(left.start), x.1.max(right.end));
            }
        }
        Some(Bounds {
            start: [first.z, y.0, x.0].map(|n| n as usize),
            end: [last.z + 1, y.1, x.1].map(|n| n as usize),
        })
    }

    /// Count, bounding box and coordinate sums of each label present, ascending by label.
    #[must_use]
    pub fn statistics(&self) -> Vec<LabelStatistics> {
        let mut counter = LabelCounter::default();
        self.rows().for_each(|row| counter.add(row));
        counter.finish()
    }

    /// The labels present, ascending.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        self.statistics().into_iter().map(|label| label.label).collect()
    }

    fn nth_row(&self, index: usize) -> Row<'_> {
        let row = self.rows[index];
        let end = self.rows.get(index + 1).map_or(self.runs.len(), |next| next.first);
        Row { z: row.z, y: row.y, runs: &self.runs[row.first..end] }
    }
}
