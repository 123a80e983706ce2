//! What decoded rows can become: dense voxels, or the rows of one label.

use std::ops::{ControlFlow, Range};

use medmask_voxel::{Bounds, Run, Sink, Voxel};

/// Paints a box of the volume into dense voxels that hold background, touching only labelled ones.
#[derive(Debug)]
pub struct Painter<'a, T> {
    voxels: &'a mut [T],
    bounds: Bounds,
    at: [u32; 3],
}

impl<'a, T: Voxel> Painter<'a, T> {
    /// Paints into `voxels`, which hold the box `bounds` of the volume in (z, y, x) order with x contiguous, a chunk
    /// whose first voxel is voxel `at` (z, y, x) of the volume. What lies outside `bounds` is left out.
    ///
    /// # Panics
    /// Where `voxels` are not as many as `bounds` holds.
    #[must_use]
    pub fn new(voxels: &'a mut [T], bounds: Bounds, at: [u32; 3]) -> Self {
        let expected = bounds.shape().iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis));
        assert_eq!(Some(voxels.len()), expected, "the voxels are those of {bounds:?}");
        Self { voxels, bounds, at }
    }
}

impl<T: Voxel> Sink for Painter<'_, T> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let Bounds { start, end } = self.bounds;
        let at = self.at.map(|axis| axis as usize);
        let (z, y) = (at[0].saturating_add(z as usize), at[1].saturating_add(y as usize));
        if z >= end[0] {
            return ControlFlow::Break(());
        }
        if z < start[0] || y < start[1] || y >= end[1] {
            return ControlFlow::Continue(());
        }
        let [_, height, width] = self.bounds.shape();
        let row_start = ((z - start[0]) * height + (y - start[1])) * width;
        let row = &mut self.voxels[row_start..row_start + width];
        for run in runs {
            let clip = |x: u32| {
                at[2].saturating_add(x as usize).clamp(start[2], end[2].max(start[2])) - start[2]
            };
            row[clip(run.start)..clip(run.end)].fill(T::from_label(run.label));
        }
        ControlFlow::Continue(())
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        self.bounds.seen_from(self.at)
    }
}

/// Passes on one label, as label 1, and drops all others: a binary mask in front of any sink.
#[derive(Debug)]
pub struct OneLabel<S> {
    label: u32,
    sink: S,
    kept: Vec<Run>,
}

impl<S: Sink> OneLabel<S> {
    /// Passes `label` on to `sink`.
    #[must_use]
    pub fn new(label: u32, sink: S) -> Self {
        Self { label, sink, kept: Vec::new() }
    }

    /// The sink behind.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.sink
    }
}

impl<S: Sink> Sink for OneLabel<S> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        self.kept.clear();
        let wanted = runs.iter().filter(|run| run.label == self.label);
        self.kept.extend(wanted.map(|run| Run { label: 1, ..*run }));
        if self.kept.is_empty() {
            ControlFlow::Continue(())
        } else {
            self.sink.row(z, y, &self.kept)
        }
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        self.sink.wanted()
    }
}
