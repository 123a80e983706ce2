//! What the tests of the codecs share.

use std::ops::ControlFlow;

use medmask_format::Run;
use medmask_format::codec::Sink;

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
