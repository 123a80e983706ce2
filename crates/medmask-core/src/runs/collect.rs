//! Rows collected as runs, within a limit of memory.

use std::ops::ControlFlow;

use medmask_voxel::{Held, Memory, MemoryError};

use super::{Runs, RunsBuilder};
use crate::{Run, Sink};

/// Collects the rows of a decoder, whose memory grows with what a file says and is counted.
///
/// ```
/// use medmask_core::{Memory, Run, RunsCollector, Sink};
///
/// let memory = Memory::new(Some(1 << 20));
/// let mut collector = RunsCollector::new([4, 5, 6], &memory)?;
/// let _ = collector.row(1, 2, &[Run { start: 3, end: 5, label: 7 }]);
/// assert_eq!(collector.finish()?.at([1, 2, 4]), Some(7));
/// # Ok::<(), medmask_core::MemoryError>(())
/// ```
#[derive(Debug)]
pub struct RunsCollector<'a> {
    builder: RunsBuilder,
    held: Held<'a>,
    refused: Option<MemoryError>,
}

impl<'a> RunsCollector<'a> {
    /// No rows yet, on a grid of `shape` (z, y, x) whose axes are at most `u32::MAX` voxels long.
    ///
    /// # Errors
    /// Where all of `memory` is held already.
    pub fn new(shape: [usize; 3], memory: &'a Memory) -> Result<Self, MemoryError> {
        let held = memory.hold("the runs", 0)?;
        Ok(Self { builder: RunsBuilder::new(shape), held, refused: None })
    }

    /// The runs.
    ///
    /// # Errors
    /// Where they are more than memory holds.
    pub fn finish(self) -> Result<Runs, MemoryError> {
        self.refused.map_or(Ok(self.builder.finish()), Err)
    }

    /// Adds a run, as [`RunsBuilder::push`]; nothing once memory has run out.
    #[inline]
    pub(super) fn push(&mut self, z: u32, y: u32, run: Run) {
        if self.refused.is_none() {
            match self.builder.reserve(1, &mut self.held) {
                Ok(()) => self.builder.push(z, y, run),
                Err(error) => self.refused = Some(error),
            }
        }
    }
}

impl Sink for RunsCollector<'_> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        if let Err(error) = self.builder.reserve(runs.len(), &mut self.held) {
            self.refused = Some(error);
            return ControlFlow::Break(());
        }
        for run in runs {
            self.builder.push(z, y, *run);
        }
        ControlFlow::Continue(())
    }
}
