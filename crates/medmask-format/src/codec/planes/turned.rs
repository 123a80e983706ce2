//! Chunks whose rows lie along y: x and y in exchange (SPEC.md, "Codec: planes").
//!
//! Where slices are thick along x, rows along x are short and change at every place; those along y are few, and long.

use std::ops::{ControlFlow, Range};

use medmask_voxel::{Held, Memory, MemoryError, Run, Sink, Source};

use crate::codec::ChunkShape;

/// The rows across of one slice, which are made of its rows as they come.
struct Across<'a> {
    rows: Vec<Vec<Run>>,
    /// The row that came last, and its number.
    before: Vec<Run>,
    number: u32,
    held: Held<'a>,
}

impl<'a> Across<'a> {
    fn new(memory: &'a Memory) -> Result<Self, MemoryError> {
        let held = memory.hold("the turned rows of a slice", 0)?;
        Ok(Self { rows: Vec::new(), before: Vec::new(), number: 0, held })
    }

    /// Adds row `number`; those between it and the one before have no runs.
    fn add(&mut self, number: u32, runs: &[Run]) -> Result<(), MemoryError> {
        if !self.before.is_empty() && number > self.number + 1 {
            self.change(self.number + 1, &[])?;
        }
        self.change(number, runs)
    }

    /// Ends all runs where the last row has them, and says whether there are any.
    fn finish(&mut self) -> Result<bool, MemoryError> {
        if !self.before.is_empty() {
            self.change(self.number + 1, &[])?;
        }
        Ok(self.rows.iter().any(|row| !row.is_empty()))
    }

    fn clear(&mut self) {
        self.rows.iter_mut().for_each(Vec::clear);
        self.before.clear();
        self.number = 0;
    }

    /// Ends and begins runs of the rows across, at `number`, where `runs` have another label than the row before.
    fn change(&mut self, number: u32, runs: &[Run]) -> Result<(), MemoryError> {
        let height = runs.last().map_or(0, |run| run.end as usize);
        let more = height.saturating_sub(self.rows.len());
        if more > 0 {
            self.held.reserve(&mut self.rows, more)?;
            self.rows.resize_with(height, Vec::new);
        }
        let (mut old, mut new) = (Labels::of(&self.before), Labels::of(runs));
        let mut at = 0;
        while let Some(end) = old.end(at).into_iter().chain(new.end(at)).min() {
            let (was, is) = (old.label(at), new.label(at));
            if was != is {
                for row in &mut self.rows[at as usize..end as usize] {
                    if was != 0
                        && let Some(last) = row.last_mut()
                    {
                        last.end = number;
                    }
                    if is != 0 {
                        self.held.reserve(row, 1)?;
                        row.push(Run { start: number, end: number, label: is });
                    }
                }
            }
            at = end;
        }
        self.before.clear();
        self.held.reserve(&mut self.before, runs.len())?;
        self.before.extend_from_slice(runs);
        self.number = number;
        Ok(())
    }
}

/// The labels of a row, asked for at ascending places.
struct Labels<'a> {
    runs: std::slice::Iter<'a, Run>,
    run: Option<&'a Run>,
}

impl<'a> Labels<'a> {
    fn of(runs: &'a [Run]) -> Self {
        let mut runs = runs.iter();
        Self { run: runs.next(), runs }
    }

    /// Up to where the label at `at` goes on; none behind the last run.
    fn end(&mut self, at: u32) -> Option<u32> {
        while self.run.is_some_and(|run| run.end <= at) {
            self.run = self.runs.next();
        }
        self.run.map(|run| if at < run.start { run.start } else { run.end })
    }

    fn label(&self, at: u32) -> u32 {
        self.run.filter(|run| run.start <= at).map_or(0, |run| run.label)
    }
}

/// A chunk turned: what were its rows are its places, and the other way round.
pub(in crate::codec) struct Turned<'a> {
    shape: ChunkShape,
    runs: Vec<Run>,
    /// Where the runs of each row of each slice end.
    ends: Vec<usize>,
    _held: Held<'a>,
}

impl<'a> Turned<'a> {
    /// Turns `source`, where that leaves at most three quarters of its runs: otherwise little is gained, or nothing.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub(in crate::codec) fn of(
        source: &dyn Source,
        shape: ChunkShape,
        memory: &'a Memory,
    ) -> Result<Option<Self>, MemoryError> {
        let turned = ChunkShape { height: shape.width, width: shape.height, ..shape };
        let mut held = memory.hold("a turned chunk", 0)?;
        let (mut across, mut row) = (Across::new(memory)?, Vec::new());
        let (mut runs, mut ends) = (Vec::new(), Vec::new());
        let mut before = 0;
        for z in 0..shape.depth {
            across.clear();
            for y in 0..if source.is_empty(z) { 0 } else { shape.height } {
                source.row(z, y, &mut row);
                before += row.len();
                across.add(y, &row)?;
            }
            across.finish()?;
            held.reserve(&mut ends, turned.height as usize)?;
            for y in 0..turned.height as usize {
                if let Some(row) = across.rows.get(y) {
                    held.reserve(&mut runs, row.len())?;
                    runs.extend_from_slice(row);
                }
                ends.push(runs.len());
            }
        }
        let is_less = runs.len() * 4 <= before * 3;
        Ok(is_less.then_some(Self { shape: turned, runs, ends, _held: held }))
    }

    /// Its voxels along z, y and x.
    pub(in crate::codec) fn shape(&self) -> ChunkShape {
        self.shape
    }

    fn row_runs(&self, z: u32, rows: Range<u32>) -> &[Run] {
        let row = |y: u32| z as usize * self.shape.height as usize + y as usize;
        let end = |row: usize| row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.runs[end(row(rows.start))..end(row(rows.end))]
    }
}

impl Source for Turned<'_> {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        runs.clear();
        runs.extend_from_slice(self.row_runs(z, y..y + 1));
    }

    fn is_empty(&self, z: u32) -> bool {
        self.row_runs(z, 0..self.shape.height).is_empty()
    }
}

/// Passes the rows of a turned chunk on as those of the chunk.
pub(super) struct TurnedBack<'a, S: ?Sized> {
    sink: &'a mut S,
    slice: u32,
    across: Across<'a>,
    /// Why no more rows are wanted, if that is so.
    ended: Option<Result<(), MemoryError>>,
}

impl<'a, S: Sink + ?Sized> TurnedBack<'a, S> {
    pub(super) fn new(sink: &'a mut S, memory: &'a Memory) -> Result<Self, MemoryError> {
        Ok(Self { sink, slice: 0, across: Across::new(memory)?, ended: None })
    }

    /// Passes on the last slice.
    pub(super) fn finish(mut self) -> Result<(), MemoryError> {
        match self.ended.take() {
            Some(ended) => ended,
            None => self.pass_on().map(drop),
        }
    }

    fn pass_on(&mut self) -> Result<ControlFlow<()>, MemoryError> {
        if self.across.finish()? {
            for (y, row) in (0..).zip(&self.across.rows).filter(|(_, row)| !row.is_empty()) {
                if self.sink.row(self.slice, y, row).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            self.across.clear();
        }
        Ok(ControlFlow::Continue(()))
    }

    fn take(&mut self, z: u32, x: u32, runs: &[Run]) -> Result<ControlFlow<()>, MemoryError> {
        if z != self.slice {
            if self.pass_on()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.slice = z;
        }
        self.across.add(x, runs)?;
        Ok(ControlFlow::Continue(()))
    }
}

impl<S: Sink + ?Sized> Sink for TurnedBack<'_, S> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let taken = self.take(z, y, runs);
        if let Ok(ControlFlow::Continue(())) = taken {
            return ControlFlow::Continue(());
        }
        self.ended = Some(taken.map(drop));
        ControlFlow::Break(())
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        let [z, y, x] = self.sink.wanted();
        [z, x, y]
    }
}
