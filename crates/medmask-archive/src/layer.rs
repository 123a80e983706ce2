//! What of a blob of several entries is the one's that is read (SPEC.md, "Layers").

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

/// Passes on the rows of a chunk; where the blob has layers, those of one of them, under its own label.
pub(crate) struct OfEntry<'a, K> {
    layer: Option<Layer>,
    /// The chunk's first slice in the grid.
    first: u32,
    sink: &'a mut K,
    kept: Vec<Run>,
}

impl<'a, K: Sink> OfEntry<'a, K> {
    pub(crate) fn new(layer: Option<Layer>, first: u32, sink: &'a mut K) -> Self {
        Self { layer, first, sink, kept: Vec::new() }
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

    fn slices(&self) -> Range<u32> {
        let inner = self.sink.slices();
        let Some(Layer { bounds, .. }) = self.layer else { return inner };
        // The grid's axes fit into 32 bits.
        let [start, end] =
            [bounds.start[0], bounds.end[0]].map(|z| (z as u32).saturating_sub(self.first));
        inner.start.max(start)..inner.end.min(end)
    }
}
