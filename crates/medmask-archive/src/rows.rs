//! Decoded rows on their way to whoever asked for them: checked, narrowed to a label and a region, and collected.

use std::ops::{ControlFlow, Range};

use medmask_core::{Bounds, LabelCounter, Row, Run, Sink};
use medmask_format::{Corrupt, FormatError};

use crate::Entry;

/// What is wanted of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The number of the only label wanted, which becomes 1.
    pub label: Option<u32>,
    /// The only voxels wanted.
    pub region: Bounds,
}

impl Wanted {
    /// The part of the region that holds the label, as far as the index knows; all of it where the entry has no other.
    pub(crate) fn reach(self, entry: &Entry) -> Bounds {
        let label = self.label.filter(|_| entry.only_label().is_none());
        let Some(known) = label.and_then(|label| entry.statistics_of(label)) else {
            return self.region;
        };
        let nowhere = Bounds { end: self.region.start, ..self.region };
        self.region.intersection(&known.bounds).unwrap_or(nowhere)
    }
}

/// The labels that the index says voxels hold.
pub(crate) struct KnownLabels {
    ascending: Vec<u32>,
    /// Those met last, by their lowest bits: a search for each run would cost more than painting it.
    met: [u32; 256],
    other: bool,
}

impl KnownLabels {
    pub(crate) fn of(entry: &Entry) -> Self {
        Self { ascending: entry.present(), met: [0; 256], other: false }
    }

    /// Runs `decode` with `sink` behind a check of the labels, and fails where it met one that the index does not know.
    pub(crate) fn check<K: Sink>(
        &mut self,
        sink: &mut K,
        decode: impl FnOnce(&mut Checked<'_, K>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        decode(&mut Checked { check: self, sink })?;
        let reason = "it holds a label that the index does not know";
        if self.other {
            Err(Corrupt { section: "chunk", offset: 0, reason }.into())
        } else {
            Ok(())
        }
    }

    fn meet(&mut self, label: u32) {
        let met = &mut self.met[label as usize % 256];
        if *met != label {
            *met = label;
            self.other |= self.ascending.binary_search(&label).is_err();
        }
    }
}

/// Checks the labels of rows on their way to a sink.
pub(crate) struct Checked<'a, K> {
    check: &'a mut KnownLabels,
    sink: &'a mut K,
}

impl<K: Sink> Sink for Checked<'_, K> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        for run in runs {
            self.check.meet(run.label);
        }
        self.sink.row(z, y, runs)
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        self.sink.wanted()
    }
}

/// Counts the labels of rows.
pub(crate) struct CountRows<'a>(pub &'a mut LabelCounter);

impl Sink for CountRows<'_> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        self.0.add(Row { z, y, runs });
        ControlFlow::Continue(())
    }
}

/// Passes on what is wanted, in the coordinates of its region.
pub(crate) struct Narrow<'a, K> {
    wanted: Wanted,
    /// The chunk's first voxel in the grid.
    at: [u32; 3],
    sink: &'a mut K,
    kept: Vec<Run>,
    /// Whether the sink wants no more rows, of later chunks neither.
    pub ended: bool,
}

impl<'a, K: Sink> Narrow<'a, K> {
    pub(crate) fn new(wanted: Wanted, sink: &'a mut K) -> Self {
        Self { wanted, at: [0; 3], sink, kept: Vec::new(), ended: false }
    }

    /// Goes on with the chunk whose first voxel is voxel `at` (z, y, x) of the grid.
    pub(crate) fn move_to(&mut self, at: [u32; 3]) {
        self.at = at;
    }
}

impl<K: Sink> Sink for Narrow<'_, K> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let Bounds { start, end } = self.wanted.region;
        let [z, y] = [z + self.at[0], y + self.at[1]].map(|index| index as usize);
        if z >= end[0] {
            return ControlFlow::Break(());
        }
        if z < start[0] || y < start[1] || y >= end[1] {
            return ControlFlow::Continue(());
        }
        // The grid's axes fit into 32 bits, and so does what lies within the region.
        let place = |x: u32| ((x + self.at[2]) as usize).clamp(start[2], end[2]) - start[2];
        self.kept.clear();
        for run in runs {
            let label = match self.wanted.label {
                Some(wanted) if wanted != run.label => continue,
                Some(_) => 1,
                None => run.label,
            };
            let (first, last) = (place(run.start) as u32, place(run.end) as u32);
            if first < last {
                self.kept.push(Run { start: first, end: last, label });
            }
        }
        if self.kept.is_empty() {
            return ControlFlow::Continue(());
        }
        let flow = self.sink.row((z - start[0]) as u32, (y - start[1]) as u32, &self.kept);
        self.ended |= flow.is_break();
        flow
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        let Bounds { start, end } = self.wanted.region;
        let inner = self.sink.wanted();
        // From places in the region to places in the grid.
        let place =
            |axis: usize, inner: u32| start[axis].saturating_add(inner as usize).min(end[axis]);
        let start = std::array::from_fn(|axis| place(axis, inner[axis].start));
        let end = std::array::from_fn(|axis| place(axis, inner[axis].end));
        Bounds { start, end }.seen_from(self.at)
    }
}
