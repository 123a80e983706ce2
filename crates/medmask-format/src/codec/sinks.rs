//! What decoded rows can become: dense voxels, one label of them, counts, or a list of runs.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use super::{Sink, Voxel};
use crate::Run;

/// A box of voxels in the coordinates of the volume, half-open, along z, y and x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// First voxel.
    pub start: [u32; 3],
    /// One past the last voxel; a region whose end does not exceed its start on every axis is empty.
    pub end: [u32; 3],
}

impl Region {
    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [u32; 3] {
        std::array::from_fn(|axis| self.end[axis].saturating_sub(self.start[axis]))
    }
}

/// Paints a region of the volume into dense voxels that hold background, touching only labelled ones.
#[derive(Debug)]
pub struct Painter<'a, T> {
    voxels: &'a mut [T],
    region: Region,
    at: [u32; 3],
}

impl<'a, T: Voxel> Painter<'a, T> {
    /// Paints into `voxels`, which hold `region` in (z, y, x) order with x contiguous, a chunk whose first voxel
    /// is voxel `at` (z, y, x) of the volume. What lies outside `region` or beyond the end of `voxels` is left out.
    #[must_use]
    pub fn new(voxels: &'a mut [T], region: Region, at: [u32; 3]) -> Self {
        Self { voxels, region, at }
    }
}

impl<T: Voxel> Sink for Painter<'_, T> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let Region { start, end } = self.region;
        let (z, y) = (z.saturating_add(self.at[0]), y.saturating_add(self.at[1]));
        if z >= end[0] {
            return ControlFlow::Break(());
        }
        if z < start[0] || y < start[1] || y >= end[1] {
            return ControlFlow::Continue(());
        }
        let [_, height, width] = self.region.shape().map(|extent| extent as usize);
        let row_start = ((z - start[0]) as usize * height + (y - start[1]) as usize) * width;
        let Some(row) = self.voxels.get_mut(row_start..row_start + width) else {
            return ControlFlow::Continue(());
        };
        for run in runs {
            let clip = |x: u32| {
                x.saturating_add(self.at[2]).clamp(start[2], end[2].max(start[2])) - start[2]
            };
            row[clip(run.start) as usize..clip(run.end) as usize].fill(T::from_label(run.label));
        }
        ControlFlow::Continue(())
    }

    fn slices(&self) -> Range<u32> {
        let [start, end] =
            [self.region.start, self.region.end].map(|[z, ..]| z.saturating_sub(self.at[0]));
        start..end
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

    fn slices(&self) -> Range<u32> {
        self.sink.slices()
    }
}

/// What a [`Counter`] knows of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelCount {
    /// Voxels with the label.
    pub voxels: u64,
    /// The tight box around them.
    pub bounds: Region,
    /// Sums of their coordinates (z, y, x) in voxels; divided by `voxels` they give the centroid.
    pub sums: [u64; 3],
}

/// Counts each label's voxels without building a volume.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    at: [u32; 3],
    labels: BTreeMap<u32, LabelCount>,
}

impl Counter {
    /// Counts a chunk whose first voxel is voxel `at` (z, y, x) of the volume.
    #[must_use]
    pub fn new(at: [u32; 3]) -> Self {
        Self { at, labels: BTreeMap::new() }
    }

    /// Goes on with another chunk of the same entry.
    pub fn move_to(&mut self, at: [u32; 3]) {
        self.at = at;
    }

    /// The labels found, ascending.
    #[must_use]
    pub fn labels(&self) -> &BTreeMap<u32, LabelCount> {
        &self.labels
    }
}

impl Sink for Counter {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let (z, y) = (z + self.at[0], y + self.at[1]);
        for run in runs {
            let (first, end) = (run.start + self.at[2], run.end + self.at[2]);
            let voxels = u64::from(end - first);
            let count = self.labels.entry(run.label).or_insert(LabelCount {
                voxels: 0,
                bounds: Region { start: [z, y, first], end: [z + 1, y + 1, end] },
                sums: [0; 3],
            });
            count.voxels = count.voxels.saturating_add(voxels);
            let Region { start, end: stop } = &mut count.bounds;
            *start = [start[0].min(z), start[1].min(y), start[2].min(first)];
            *stop = [stop[0].max(z + 1), stop[1].max(y + 1), stop[2].max(end)];
            // Both ends are below 2^31, so that no product of two overflows; sums of many could.
            let sums = [
                u64::from(z) * voxels,
                u64::from(y) * voxels,
                (u64::from(first) + u64::from(end) - 1) * voxels / 2,
            ];
            for (sum, add) in count.sums.iter_mut().zip(sums) {
                *sum = sum.saturating_add(add);
            }
        }
        ControlFlow::Continue(())
    }
}

/// Collects every row as it comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collector {
    /// Slice (z), row (y) and run, in the chunk's coordinates and in ascending order.
    pub runs: Vec<(u32, u32, Run)>,
}

impl Sink for Collector {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        self.runs.extend(runs.iter().map(|run| (z, y, *run)));
        ControlFlow::Continue(())
    }
}
