//! The walk over a chunk, the same for both directions (SPEC.md, "Context: scan").

use medmask_voxel::{Memory, MemoryError};

use super::ChunkShape;
use super::cell::Cell;
use super::coder::BitCoder;
use super::counter::Counter;
use super::header::Rules;
use super::history::{History, Marks};
use super::label::LabelModel;
use crate::Run;

/// Voxels on each side of the loud ones of a first slice that are loud, too, by the wide rule.
pub(super) const AROUND: u32 = 2;

/// Everything known after some rows.
pub(super) struct Walk<'a, C> {
    /// Slices coded before this one.
    z: usize,
    /// How far from loud voxels of the first slice others are loud, too.
    around: u32,
    history: History<'a, C>,
    model: LabelModel<'a>,
    /// The row being coded.
    row: Vec<C>,
    /// 0 where the neighbours of a voxel agree, in rows that are not broken.
    marks: Marks,
    flags: RowFlags,
}

/// The row to be written; nothing when reading.
pub(super) struct Truth<'a, C> {
    /// The labels.
    pub(super) cells: &'a [C],
    /// The same as runs of numbers.
    pub(super) runs: &'a [Run],
}

impl<'a, C: Cell> Walk<'a, C> {
    /// # Errors
    /// As [`History::new`].
    pub(super) fn new(
        rules: Rules,
        shape: ChunkShape,
        labels: usize,
        memory: &'a Memory,
    ) -> Result<Self, MemoryError> {
        let width = shape.width as usize;
        Ok(Self {
            z: 0,
            around: if rules.wide_first { AROUND } else { 0 },
            history: History::new(shape, memory)?,
            model: LabelModel::new(shape.voxels(), labels, rules.prior, memory)?,
            row: vec![C::default(); width],
            marks: Marks::new(width),
            flags: RowFlags {
                broken: vec![false; shape.height as usize + 1],
                counters: [Counter::EVEN; 16],
            },
        })
    }

    /// Codes one row and leaves its runs of numbers in `runs`; stops early where the coder is exhausted.
    pub(super) fn row<B: BitCoder>(
        &mut self,
        coder: &mut B,
        y: usize,
        truth: Option<&Truth<C>>,
        runs: &mut Vec<Run>,
    ) {
        let (z, width) = (self.z, self.row.len());
        // Where the rows around agree, nearly every voxel does as they do. Such a quiet voxel is not coded at all, which saves
        // most of the time; a row with one that differs is broken, says so by one bit, and has all its voxels coded.
        let loud = self.history.mark_loud(z, y, self.around, &mut self.marks);
        let above = self.history.above(z, y);
        let breaks = truth.is_some_and(|truth| breaks(above, &self.marks, truth));
        let broken = self.flags.code(coder, z, y, loud, breaks);
        runs.clear();
        if !loud && !broken {
            // All the voxels above are background, as those beside the row.
            self.history.keep_background(z, y);
            return;
        }
        let around = self.history.around(z, y);
        if broken {
            self.marks.mark_all();
        }
        // Quiet voxels look like those above.
        self.row.copy_from_slice(above);
        // The eight voxels on the left.
        let mut before = [C::default(); 8];
        let mut left = C::default();
        let mut start = 0;
        let mut x = 0;
        while x < width {
            let quiet = if left == above[x] { self.marks.unmarked(x) } else { 0 };
            x += quiet;
            if x >= width {
                break;
            }
            left.append_to(&mut before, quiet);
            let label = self.model.code(coder, &around, z, x, &before, || {
                truth.map_or(C::default(), |truth| truth.cells[x])
            });
            if coder.is_exhausted() {
                return;
            }
            label.append_to(&mut before, 1);
            self.row[x] = label;
            if label != left {
                push(runs, start, x, left);
                start = x;
                left = label;
            }
            x += 1;
        }
        push(runs, start, width, left);
        self.history.keep(z, y, &self.row);
    }

    /// Another one that knows what this one does after its first slice.
    ///
    /// # Errors
    /// As [`History::new`].
    pub(super) fn fork(&self, shape: ChunkShape) -> Result<Self, MemoryError> {
        Ok(Self {
            z: self.z,
            around: self.around,
            history: self.history.fork(shape)?,
            model: self.model.fork()?,
            row: self.row.clone(),
            marks: self.marks.clone(),
            flags: self.flags.clone(),
        })
    }

    /// Goes on to the next slice.
    pub(super) fn end_slice(&mut self) {
        self.z += 1;
    }
}

/// How many rows a counter of broken ones remembers at most.
const MEMORY: u32 = 60;

/// Whether rows break the rule of quiet voxels.
#[derive(Clone)]
struct RowFlags {
    /// For each row of the slice before, then of this one; first for the row before all.
    broken: Vec<bool>,
    counters: [Counter; 16],
}

impl RowFlags {
    fn code<B: BitCoder>(
        &mut self,
        coder: &mut B,
        z: usize,
        y: usize,
        loud: bool,
        breaks: bool,
    ) -> bool {
        let context = usize::from(self.broken[y])
            | usize::from(self.broken[y + 1]) << 1
            | usize::from(loud) << 2
            | usize::from(z == 0) << 3;
        let flag = &mut self.counters[context];
        let broken = flag.code(coder, MEMORY, || breaks);
        self.broken[y + 1] = broken;
        broken
    }
}

/// Makes `cells` those of a row with these runs.
pub(super) fn paint<C: Cell>(runs: &[Run], cells: &mut [C], cell: impl Fn(u32) -> C) {
    cells.fill(C::default());
    for run in runs {
        cells[run.start as usize..run.end as usize].fill(cell(run.label));
    }
}

/// Whether a quiet voxel of the row differs from its left neighbour.
pub(super) fn breaks<C: Cell>(above: &[C], marks: &Marks, truth: &Truth<C>) -> bool {
    let left = |x: usize| if x == 0 { C::default() } else { truth.cells[x - 1] };
    let changes = truth.runs.iter().flat_map(|run| [run.start as usize, run.end as usize]);
    changes.filter(|x| *x < truth.cells.len()).any(|x| !marks.is_marked(x) && left(x) == above[x])
}

/// Appends a run, of labelled voxels only.
fn push<C: Cell>(runs: &mut Vec<Run>, start: usize, end: usize, label: C) {
    if label != C::default() {
        runs.push(Run { start: start as u32, end: end as u32, label: label.number() });
    }
}
