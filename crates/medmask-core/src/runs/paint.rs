//! Dense voxels painted from runs.

use ndarray::Array3;

use super::Runs;
use crate::{Bounds, Dtype, Voxel, Voxels};

impl Runs {
    /// The dense voxels as `dtype`, or as the next wider type that holds every label where `dtype` does not.
    ///
    /// The memory comes zeroed from the allocator and only runs are painted, so background costs nothing.
    ///
    /// # Panics
    /// Where there is no memory for so many voxels.
    #[must_use]
    pub fn to_voxels(&self, dtype: Dtype) -> Voxels {
        self.to_voxels_in(Bounds::of_shape(self.shape), dtype)
    }

    /// The dense voxels of a box as `dtype` (or wider, as in [`Runs::to_voxels`]). The result has the
    /// shape of `bounds`; where those reach outside the grid there is background.
    ///
    /// # Panics
    /// Where there is no memory for so many voxels.
    #[must_use]
    pub fn to_voxels_in(&self, bounds: Bounds, dtype: Dtype) -> Voxels {
        let mut voxels =
            Voxels::zeros(dtype.max(Dtype::for_label(self.max_label())), bounds.shape());
        crate::with_voxels!(&mut voxels, array => self.paint(array, bounds));
        voxels
    }

    /// Paints into background that [`Voxels::zeros`] made in the shape of `bounds`.
    #[expect(clippy::expect_used, reason = "a new array is in C order")]
    fn paint<T: Voxel>(&self, array: &mut Array3<T>, bounds: Bounds) {
        let [_, height, width] = bounds.shape();
        let voxels = array.as_slice_mut().expect("a new array is in C order");
        let [z_start, y_start, x_start] = bounds.start;
        let [z_end, y_end, x_end] = bounds.end;
        for row in self.rows_of_slices(clamp(z_start), clamp(z_end)) {
            let (z, y) = (row.z as usize, row.y as usize);
            if y < y_start || y >= y_end {
                continue;
            }
            let first = ((z - z_start) * height + (y - y_start)) * width;
            let line = &mut voxels[first..first + width];
            for run in row.runs {
                let start = (run.start as usize).max(x_start);
                let end = (run.end as usize).min(x_end);
                if start < end {
                    line[start - x_start..end - x_start].fill(T::from_label(run.label));
                }
            }
        }
    }
}

fn clamp(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
