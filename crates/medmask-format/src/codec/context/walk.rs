//! The walk over a chunk, the same for both directions (SPEC.md, "Context: scan").

use super::coder::BitCoder;
use super::counter::Counter;
use super::header::Rules;
use super::history::{Around, Cell, History, Marks};
use super::predictor::{Predictor, PriorUse, Question};
use super::{ChunkShape, Source};
use crate::{FormatError, Run};

/// Voxels on each side of the loud ones of a first slice that are loud, too, by the wide rule.
const AROUND: u32 = 2;

/// Everything known after some rows.
pub(super) struct Walk<C> {
    /// Slices coded before this one.
    z: usize,
    /// How far from loud voxels of the first slice others are loud, too.
    around: u32,
    history: History<C>,
    model: LabelModel,
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

impl<C: Cell> Walk<C> {
    pub(super) fn new(rules: Rules, shape: ChunkShape, labels: usize) -> Result<Self, FormatError> {
        let width = shape.width as usize;
        Ok(Self {
            z: 0,
            around: if rules.wide_first { AROUND } else { 0 },
            history: History::new(shape)?,
            model: LabelModel::new(shape.voxels(), labels, rules.prior),
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
    pub(super) fn fork(&self, shape: ChunkShape) -> Result<Self, FormatError> {
        let Self { z, around, ref history, ref model, ref row, ref marks, ref flags } = *self;
        let (model, row, marks, flags) = (model.clone(), row.clone(), marks.clone(), flags.clone());
        Ok(Self { z, around, history: history.fork(shape)?, model, row, marks, flags })
    }

    /// Goes on to the next slice.
    pub(super) fn end_slice(&mut self) {
        self.z += 1;
    }
}

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
        let broken = coder.code(flag.safe_one(), || breaks);
        flag.update(broken, 60);
        self.broken[y + 1] = broken;
        broken
    }
}

/// The adaptive model of one voxel's label.
#[derive(Clone)]
struct LabelModel {
    predictor: Predictor,
    numbers: Vec<Counter>,
    /// Bits of the largest number.
    number_bits: u32,
    /// Labels of the chunk, background included.
    labels: usize,
}

impl LabelModel {
    fn new(voxels: u64, labels: usize, prior: PriorUse) -> Self {
        let number_bits = usize::BITS - (labels - 1).leading_zeros();
        Self {
            predictor: Predictor::new(voxels, labels > 2, prior),
            numbers: vec![Counter::EVEN; 1 << number_bits],
            number_bits,
            labels,
        }
    }

    #[inline]
    fn code<B: BitCoder, C: Cell>(
        &mut self,
        coder: &mut B,
        around: &Around<C>,
        z: usize,
        x: usize,
        before: &[C; 8],
        actual: impl Fn() -> C,
    ) -> C {
        let [.., left] = *before;
        let mut ask = |label: C, rank: usize, coder: &mut B| {
            let neighbours = around.look(x, label, before);
            let background = label == C::default();
            let labels_around = if self.labels > 2 { around.number(x, label, left) } else { 0 };
            let question = Question { z, background, rank, around: labels_around };
            self.predictor.code(coder, &neighbours, question, || actual() == label)
        };
        if ask(left, 0, coder) {
            return left;
        }
        if self.labels == 2 {
            return C::from_number(1 - left.number());
        }
        for (rank, label) in around.candidates(x, left).as_slice().iter().enumerate().skip(1) {
            if ask(*label, rank, coder) {
                return *label;
            }
        }
        self.code_number(coder, || actual().number())
    }

    /// Codes a label's number bit by bit, highest first.
    fn code_number<B: BitCoder, C: Cell>(&mut self, coder: &mut B, actual: impl Fn() -> u32) -> C {
        let mut node = 1;
        for place in (0..self.number_bits).rev() {
            let counter = &mut self.numbers[node];
            let bit = coder.code(counter.safe_one(), || actual() >> place & 1 == 1);
            counter.update(bit, 255);
            node = node << 1 | usize::from(bit);
        }
        // Only damaged bytes name a label that is not in the list; it reads as background.
        let number = Some(node - (1 << self.number_bits)).filter(|number| *number < self.labels);
        C::from_number(number.unwrap_or(0) as u32)
    }
}

/// How many voxels are coded of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CodedVoxels {
    /// Of the first slice of a chunk.
    pub(super) first: u64,
    /// After another slice.
    pub(super) later: u64,
}

/// About how many voxels are coded of each slice, in chunks of one label: as if all slices came in ascending order.
///
/// # Errors
/// `OutOfMemory` where eight slices, or two numbers for each slice, do not fit into memory.
pub(super) fn coded_voxels(
    source: &dyn Source,
    shape: ChunkShape,
) -> Result<Vec<CodedVoxels>, FormatError> {
    // One that forgets the slices before, and one that does not.
    let mut first = History::<u8>::new(shape)?;
    let mut later = History::<u8>::new(shape)?;
    let mut slices = Vec::new();
    slices.try_reserve_exact(shape.depth as usize).map_err(|_| {
        let bytes = size_of::<CodedVoxels>() as u64 * u64::from(shape.depth);
        FormatError::OutOfMemory { what: "the slices of a box", bytes }
    })?;
    let mut marks = Marks::new(shape.width as usize);
    let mut row = vec![0; shape.width as usize];
    let mut runs = Vec::new();
    let mut empty = true;
    for z in 0..shape.depth {
        let empty_before = std::mem::replace(&mut empty, source.is_empty(z));
        if empty && empty_before {
            slices.push(CodedVoxels::default());
            continue;
        }
        if empty_before && z > 0 {
            // It may have been passed over.
            (0..shape.height).for_each(|y| later.keep_background(z as usize - 1, y as usize));
        }
        let mut coded = CodedVoxels::default();
        for y in 0..shape.height {
            source.row(z, y, &mut runs);
            paint(&runs, &mut row, |_| 1);
            let truth = Truth { cells: &row, runs: &runs };
            coded.first += coded_in_row(&mut first, 0, y as usize, &truth, &mut marks);
            coded.later += coded_in_row(&mut later, z as usize, y as usize, &truth, &mut marks);
        }
        slices.push(coded);
    }
    // A chunk's lowest slice comes after the next one, if it comes after any.
    if let [bottom, next, ..] = &mut slices[..] {
        bottom.later = next.later;
    }
    Ok(slices)
}

/// How many voxels of a row are coded; keeps the row.
fn coded_in_row(
    history: &mut History<u8>,
    z: usize,
    y: usize,
    truth: &Truth<u8>,
    marks: &mut Marks,
) -> u64 {
    if !history.mark_loud(z, y, AROUND, marks) && truth.runs.is_empty() {
        history.keep_background(z, y);
        return 0;
    }
    let above = history.above(z, y);
    let coded = if breaks(above, marks, truth) {
        truth.cells.len()
    } else {
        let left = std::iter::once(&0).chain(truth.cells);
        let coded = |(x, (left, above)): &(usize, (&u8, &u8))| left != above || marks.is_marked(*x);
        left.zip(above).enumerate().filter(coded).count()
    };
    history.keep(z, y, truth.cells);
    // What else is to be done for the row takes as long as two voxels.
    coded as u64 + 2
}

/// Makes `cells` those of a row with these runs.
pub(super) fn paint<C: Cell>(runs: &[Run], cells: &mut [C], cell: impl Fn(u32) -> C) {
    cells.fill(C::default());
    for run in runs {
        if let Some(cells) = cells.get_mut(run.start as usize..run.end as usize) {
            cells.fill(cell(run.label));
        }
    }
}

/// Whether a quiet voxel of the row differs from its left neighbour.
fn breaks<C: Cell>(above: &[C], marks: &Marks, truth: &Truth<C>) -> bool {
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
