//! Rows of coded planes, put in the places of all planes that they stand for.

use std::ops::{ControlFlow, Range};

use medmask_voxel::{Held, Memory, MemoryError, Run, Sink};

use super::axis::Axis;

/// Passes each row on to a sink once for each row that it stands for.
pub(super) struct Spread<'a, S: ?Sized> {
    sink: &'a mut S,
    axes: &'a [Axis; 3],
    /// The coded slice of the rows kept.
    slice: u32,
    /// Rows of it: the coded row, and where its runs end among those kept. The slices after the first want them once more.
    rows: Vec<(u32, usize)>,
    runs: Vec<Run>,
    row: Vec<Run>,
    held: Held<'a>,
    /// Why no more rows are wanted, if that is so.
    ended: Option<Result<(), MemoryError>>,
}

impl<'a, S: Sink + ?Sized> Spread<'a, S> {
    pub(super) fn new(
        sink: &'a mut S,
        axes: &'a [Axis; 3],
        memory: &'a Memory,
    ) -> Result<Self, MemoryError> {
        let held = memory.hold("the runs of a repeated slice", 0)?;
        let (rows, runs, row) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { sink, axes, slice: 0, rows, runs, row, held, ended: None })
    }

    /// Passes on what is left to pass on when all coded rows have come.
    pub(super) fn finish(mut self) -> Result<(), MemoryError> {
        if self.ended.is_none() && self.repeat().is_break() {
            return Ok(());
        }
        self.ended.unwrap_or(Ok(()))
    }

    /// Passes the rows of the coded slice on, in the slices after the first that it stands for.
    fn repeat(&mut self) -> ControlFlow<()> {
        let [z_axis, y_axis, _] = self.axes;
        if !self.rows.is_empty() {
            for z in z_axis.place(self.slice) + 1..z_axis.place(self.slice + 1) {
                let mut start = 0;
                for (coded, end) in &self.rows {
                    for y in y_axis.place(*coded)..y_axis.place(*coded + 1) {
                        self.sink.row(z, y, &self.runs[start..*end])?;
                    }
                    start = *end;
                }
            }
        }
        self.rows.clear();
        self.runs.clear();
        ControlFlow::Continue(())
    }

    /// Passes on the coded row `y` of the coded slice `z`.
    fn pass_on(&mut self, z: u32, y: u32, runs: &[Run]) -> Result<ControlFlow<()>, MemoryError> {
        if z != self.slice {
            if self.repeat().is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.slice = z;
        }
        let [z_axis, y_axis, x_axis] = self.axes;
        self.row.clear();
        self.held.reserve(&mut self.row, runs.len())?;
        self.row.extend(runs.iter().map(|run| Run {
            start: x_axis.place(run.start),
            end: x_axis.place(run.end),
            label: run.label,
        }));
        let first = z_axis.place(z);
        if z_axis.place(z + 1) > first + 1 {
            self.held.reserve(&mut self.runs, self.row.len())?;
            self.runs.extend_from_slice(&self.row);
            self.held.reserve(&mut self.rows, 1)?;
            self.rows.push((y, self.runs.len()));
        }
        for y in y_axis.place(y)..y_axis.place(y + 1) {
            if self.sink.row(first, y, &self.row).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl<S: Sink + ?Sized> Sink for Spread<'_, S> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let passed = self.pass_on(z, y, runs);
        if let Ok(ControlFlow::Continue(())) = passed {
            return ControlFlow::Continue(());
        }
        self.ended = Some(passed.map(drop));
        ControlFlow::Break(())
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        let inner = self.sink.wanted();
        std::array::from_fn(|axis| {
            let Range { start, end } = inner[axis];
            let axis = &self.axes[axis];
            let end = end.checked_sub(1).map_or(0, |last| axis.index(last).saturating_add(1));
            axis.index(start)..end
        })
    }
}
