//! Where encoders get rows from: dense arrays.

use medmask_voxel::{Run, Source, Voxel, for_each_run};

/// A chunk inside a dense array whose x axis is contiguous.
#[derive(Clone, Copy, Debug)]
pub struct DenseSource<'a, T> {
    voxels: &'a [T],
    slice_stride: usize,
    row_stride: usize,
    width: usize,
}

impl<'a, T: Voxel> DenseSource<'a, T> {
    /// The chunk whose first voxel is `voxels[0]`, with rows of `width` voxels; the strides count voxels from one
    /// slice (z) and one row (y) to the next.
    ///
    /// Every row of the chunk lies within `voxels`: asking for one that does not is a panic, not background.
    #[must_use]
    pub fn new(voxels: &'a [T], slice_stride: usize, row_stride: usize, width: usize) -> Self {
        Self { voxels, slice_stride, row_stride, width }
    }
}

impl<T: Voxel> Source for DenseSource<'_, T> {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        runs.clear();
        let start = z as usize * self.slice_stride + y as usize * self.row_stride;
        for_each_run(&self.voxels[start..start + self.width], |run| runs.push(run));
    }
}
