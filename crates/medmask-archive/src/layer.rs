//! What of a blob is the entry's that is read, also where it holds several (SPEC.md, "Layers").

use std::ops::{ControlFlow, Range};

use medmask_core::{Bounds, Run, Sink};

/// One entry of a blob that holds several as labels of one volume.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    /// Its label in the blob.
    pub number: u32,
    /// Its label in the entry.
    pub label: u32,
    /// Where its voxels are.
    pub bounds: Bounds,
}

/// Passes on the rows of a chunk; where the blob has layers, those of one of them, under its own label. It asks for those of a box alone.
pub(crate) struct OfEntry<'a, K> {
    layer: Option<Layer>,
    /// The box, in the grid.
    part: Bounds,
    /// The chunk's first voxel in the grid.
    at: [u32; 3],
    sink: &'a mut K,
    kept: Vec<Run>,
}

impl<'a, K: Sink> OfEntry<'a, K> {
    pub(crate) fn new(layer: Option<Layer>, part: Bounds, at: [u32; 3], sink: &'a mut K) -> Self {
        Self { layer, part, at, sink, kept: Vec::new() }
    }
}

impl<K: Sink> Sink for OfEntry<'_, K> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let Some(Layer { number, label, .. }) = self.layer else {
            return self.sink.row(z, y, runs);
        };
        self.kept.clear();
        let own = runs.iter().filter(|run| run.label == number);
        self.kept.extend(own.map(|run| Run { label, ..*run }));
        match self.kept[..] {
            [] => ControlFlow::Continue(()),
            _ => self.sink.row(z, y, &self.kept),
        }
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        let (inner, part) = (self.sink.wanted(), self.part.seen_from(self.at));
        std::array::from_fn(|axis| {
            inner[axis].start.max(part[axis].start)..inner[axis].end.min(part[axis].end)
        })
    }
}
