//! The sparse form of a mask: its runs, row by row.

use ndarray::ArrayView3;

use crate::{Bounds, Dtype, LabelStatistics, Voxel, Voxels};

/// Neighbouring voxels of one row (fixed z and y) that hold the same label: `start <= x < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// First voxel, along x.
    pub start: u32,
    /// One past the last voxel, along x; greater than `start`.
    pub end: u32,
    /// The label, at least 1.
    pub label: u32,
}

/// A row with its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Slice index.
    pub z: u32,
    /// Row index within the slice.
    pub y: u32,
    /// Ascending, disjoint, not empty; neighbours of the same label are joined.
    pub runs: &'a [Run],
}

/// All labelled voxels of a mask of `shape` (z, y, x), as runs. Memory grows with the surface, not the volume.
///
/// Equal voxels give equal `Runs`.
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
    /// The runs of an array, which may have any strides.
    #[must_use]
    pub fn from_array<T: Voxel>(array: ArrayView3<'_, T>) -> Self {
        let (depth, height, width) = array.dim();
        let mut builder = RunsBuilder::new([depth, height, width]);
        for (z, slice) in array.outer_iter().enumerate() {
            for (y, row) in slice.outer_iter().enumerate() {
                for (x, voxel) in row.iter().enumerate() {
                    let label = voxel.to_label();
                    if label != 0 {
                        builder.push(
                            z as u32,
                            y as u32,
                            Run { start: x as u32, end: x as u32 + 1, label },
                        );
                    }
                }
            }
        }
        builder.finish()
    }

    /// The runs of dense voxels.
    #[must_use]
    pub fn from_voxels(voxels: &Voxels) -> Self {
        crate::with_voxels!(voxels, array => Self::from_array(array.view()))
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

    /// The rows that hold labelled voxels, ascending by (z, y).
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().enumerate().map(|(index, row)| Row {
            z: row.z,
            y: row.y,
            runs: &self.runs
                [row.first..self.rows.get(index + 1).map_or(self.runs.len(), |next| next.first)],
        })
    }

    /// The runs of row (`z`, `y`); empty where the row holds background only.
    #[must_use]
    pub fn row(&self, z: u32, y: u32) -> &[Run] {
        match self.rows.binary_search_by_key(&(z, y), |row| (row.z, row.y)) {
            Ok(index) => {
                let end = self.rows.get(index + 1).map_or(self.runs.len(), |next| next.first);
                &self.runs[self.rows[index].first..end]
            }
            Err(_) => &[],
        }
    }

    /// The tight bounding box of all labelled voxels; `None` where there are none.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        self.statistics().into_iter().map(|label| label.bounds).reduce(|a, b| a.union(&b))
    }

    /// Count, bounding box and coordinate sums of each label present, ascending by label.
    #[must_use]
    pub fn statistics(&self) -> Vec<LabelStatistics> {
        Vec::new()
    }

    /// The dense voxels, as `dtype`, which must hold every label.
    #[must_use]
    pub fn to_voxels(&self, dtype: Dtype) -> Voxels {
        Voxels::zeros(dtype, self.shape)
    }
}

/// Collects runs in ascending order of (z, y, x).
#[derive(Clone, Debug)]
pub struct RunsBuilder {
    runs: Runs,
}

impl RunsBuilder {
    /// No runs yet, on a grid of `shape` (z, y, x).
    #[must_use]
    pub fn new(shape: [usize; 3]) -> Self {
        Self { runs: Runs { shape, rows: Vec::new(), runs: Vec::new() } }
    }

    /// Adds a run to row (`z`, `y`); a neighbour of the same label is joined to the one before.
    pub fn push(&mut self, z: u32, y: u32, run: Run) {
        let Runs { rows, runs, .. } = &mut self.runs;
        if rows.last().is_none_or(|row| (row.z, row.y) != (z, y)) {
            rows.push(RowStart { z, y, first: runs.len() });
        } else if let Some(last) = runs.last_mut()
            && last.end == run.start
            && last.label == run.label
        {
            last.end = run.end;
            return;
        }
        runs.push(run);
    }

    /// The collected runs.
    #[must_use]
    pub fn finish(self) -> Runs {
        self.runs
    }
}
