//! Arrays that a caller has, filled row by row.

use std::ops::ControlFlow;

use medmask_core::{Run, Sink, Voxel};
use ndarray::{ArrayViewMut3, s};

/// Paints rows into an array of any order of memory.
pub(crate) struct PaintView<'a, T>(pub ArrayViewMut3<'a, T>);

impl<T: Voxel> Sink for PaintView<'_, T> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        paint_row(&mut self.0, z, y, runs);
        ControlFlow::Continue(())
    }
}

/// Paints one row.
pub(crate) fn paint_row<T: Voxel>(array: &mut ArrayViewMut3<'_, T>, z: u32, y: u32, runs: &[Run]) {
    let mut row = array.slice_mut(s![z as usize, y as usize, ..]);
    for run in runs {
        let voxels = s![run.start as usize..run.end as usize];
        row.slice_mut(voxels).fill(T::from_label(run.label));
    }
}
