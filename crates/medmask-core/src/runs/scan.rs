//! Runs found in dense voxels.

use medmask_voxel::{first_labelled, for_each_run};
use ndarray::ArrayView3;

use super::{Runs, RunsBuilder};
use crate::{Run, Voxel, Voxels};

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
                push_row(&mut builder, [z as u32, y as u32], voxels, 0);
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
    let [_, height, width] = shape;
    let mut builder = RunsBuilder::new(shape);
    let mut position = 0;
    // Background is skipped without regard to rows; only a row that holds a label is looked up.
    while let Some(skipped) = first_labelled(&voxels[position..]) {
        let found = position + skipped;
        let row = found / width;
        let start = row * width;
        let place = [(row / height) as u32, (row % height) as u32];
        push_row(&mut builder, place, &voxels[start..start + width], found - start);
        position = start + width;
    }
    builder.finish()
}

/// Pushes the runs of one row, whose first `from` voxels are background.
fn push_row<T: Voxel>(builder: &mut RunsBuilder, [z, y]: [u32; 2], row: &[T], from: usize) {
    let before = from as u32;
    for_each_run(&row[from..], |run| {
        let run = Run { start: before + run.start, end: before + run.end, label: run.label };
        builder.push(z, y, run);
    });
}
