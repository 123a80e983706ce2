//! Runs found in dense voxels.

use medmask_voxel::{first_labelled, for_each_run};
use ndarray::ArrayView3;

use super::{Runs, RunsBuilder, RunsCollector};
use crate::{Memory, MemoryError, Run, Voxel, Voxels};

/// Why a slice of voxels does not fit a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunsError {
    /// The slice has more or fewer voxels than the shape.
    #[error("{len} voxels do not fill shape {shape:?} (z, y, x)")]
    Length {
        /// Of the slice.
        len: usize,
        /// The shape asked for (z, y, x).
        shape: [usize; 3],
    },
    /// An axis is longer than `u32::MAX` voxels.
    #[error("shape {shape:?} (z, y, x) has an axis of more than 4,294,967,295 voxels")]
    AxisTooLong {
        /// The shape asked for (z, y, x).
        shape: [usize; 3],
    },
}

impl Runs {
    /// The runs of an array, which may have any strides; rows that are contiguous along x are fastest.
    ///
    /// # Panics
    /// Where an axis is longer than `u32::MAX` voxels; [`Space`](crate::Space) refuses such shapes.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn from_array<T: Voxel>(array: ArrayView3<'_, T>) -> Self {
        let (depth, height, width) = array.dim();
        let shape = [depth, height, width];
        assert!(axes_fit(shape), "{}", RunsError::AxisTooLong { shape });
        if let Some(voxels) = array.to_slice() {
            return of_contiguous(voxels, shape);
        }
        let mut builder = RunsBuilder::new(shape);
        let mut copy = Vec::with_capacity(width);
        for (z, slice) in array.outer_iter().enumerate() {
            for (y, row) in slice.outer_iter().enumerate() {
                let voxels = row.to_slice().unwrap_or_else(|| {
                    copy.clear();
                    copy.extend(row.iter().copied());
                    &copy
                });
                for_each_run(voxels, |run| builder.push(z as u32, y as u32, run));
            }
        }
        builder.finish()
    }

    /// The runs of dense voxels in C order, `shape` (z, y, x).
    ///
    /// # Errors
    /// Where the slice does not fill the shape, or an axis is longer than `u32::MAX` voxels.
    pub fn from_slice<T: Voxel>(voxels: &[T], shape: [usize; 3]) -> Result<Self, RunsError> {
        let len = shape.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
        if len != Some(voxels.len()) {
            return Err(RunsError::Length { len: voxels.len(), shape });
        }
        if !axes_fit(shape) {
            return Err(RunsError::AxisTooLong { shape });
        }
        Ok(of_contiguous(voxels, shape))
    }

    /// As [`from_slice`](Self::from_slice), with the memory that the runs take counted in `memory`: of voxels that a file says.
    ///
    /// # Errors
    /// Where that has none for them.
    ///
    /// # Panics
    /// Where the slice does not fill the shape, or an axis is longer than `u32::MAX` voxels.
    pub fn from_slice_within<T: Voxel>(
        voxels: &[T],
        shape: [usize; 3],
        memory: &Memory,
    ) -> Result<Self, MemoryError> {
        assert!(axes_fit(shape), "{}", RunsError::AxisTooLong { shape });
        let len = shape.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
        assert_eq!(len, Some(voxels.len()), "the voxels fill shape {shape:?}");
        let mut collector = RunsCollector::new(shape, memory)?;
        for_each_run_of(voxels, shape, |z, y, run| collector.push(z, y, run));
        collector.finish()
    }

    /// The runs of dense voxels.
    #[must_use]
    pub fn from_voxels(voxels: &Voxels) -> Self {
        crate::with_voxels!(voxels, array => Self::from_array(array.view()))
    }
}

fn axes_fit(shape: [usize; 3]) -> bool {
    shape.iter().all(|axis| u32::try_from(*axis).is_ok())
}

fn of_contiguous<T: Voxel>(voxels: &[T], shape: [usize; 3]) -> Runs {
    let mut builder = RunsBuilder::new(shape);
    for_each_run_of(voxels, shape, |z, y, run| builder.push(z, y, run));
    builder.finish()
}

/// Calls `each` with z, y and each run of voxels in C order, `shape` (z, y, x), ascending.
fn for_each_run_of<T: Voxel>(voxels: &[T], shape: [usize; 3], mut each: impl FnMut(u32, u32, Run)) {
    let [_, height, width] = shape;
    let mut position = 0;
    // Background is skipped without regard to rows; only a row that holds a label is looked up.
    while let Some(skipped) = first_labelled(&voxels[position..]) {
        let found = position + skipped;
        let row = found / width;
        let start = row * width;
        let (z, y) = ((row / height) as u32, (row % height) as u32);
        // What was skipped of the row is background.
        let before = (found - start) as u32;
        for_each_run(&voxels[found..start + width], |run| {
            each(z, y, Run { start: before + run.start, end: before + run.end, label: run.label });
        });
        position = start + width;
    }
}
