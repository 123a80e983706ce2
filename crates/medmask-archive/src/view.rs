//! Arrays that a caller has, filled row by row.

use std::ops::ControlFlow;

use medmask_core::{Run, Sink, Voxel};
use ndarray::{ArrayViewMut3, s};

/// Paints rows into an array of any order of memory.
pub(crate) struct PaintView<'a, T>(pub ArrayViewMut3<'a, T>);

impl<T: Voxel> Sink for PaintView<'_, T> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let mut row = self.0.slice_mut(s![z as usize, y as usize, ..]);
        for run in runs {
            let voxels = s![run.start as usize..run.end as usize];
            row.slice_mut(voxels).fill(T::from_label(run.label));
        }
        ControlFlow::Continue(())
    }
}
