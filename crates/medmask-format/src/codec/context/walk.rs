//! The walk over a chunk, the same for both directions (SPEC.md, "Context: scan").

use super::ChunkShape;
use super::coder::BitCoder;
use super::counter::Counter;
use super::history::{Cell, History, Neighbours, View};
use super::predictor::{Predictor, Question};
use crate::{FormatError, Run};

/// Everything known after some rows.
pub(super) struct Walk<C> {
    history: History<C>,
    predictor: Predictor,
    neighbours: Neighbours,
    /// 0 where the neighbours of a voxel agree; 8 more than a row, which are 1.
    marks: Vec<u8>,
    /// For each row of the slice before, then of this one, whether it broke the rule of quiet voxels.
    broken: Vec<bool>,
    flags: [Counter; 16],
    numbers: Vec<Counter>,
    /// Bits of the largest number.
    number_bits: u32,
    width: usize,
    /// Labels of the chunk, background included.
    labels: usize,
}

/// The row to be written; nothing when reading.
pub(super) struct Truth<'a, C> {
    /// The labels.
    pub(super) cells: &'a [C],
    /// The same as runs of numbers.
    pub(super) runs: &'a [Run],
}

impl<C: Cell> Walk<C> {
    pub(super) fn new(
        shape: ChunkShape,
        labels: usize,
        with_prior: bool,
    ) -> Result<Self, FormatError> {
        let width = shape.width as usize;
        let number_bits = usize::BITS - (labels - 1).leading_zeros();
        Ok(Self {
            history: History::new(shape)?,
            neighbours: Neighbours::default(),
            predictor: Predictor::new(shape.voxels(), labels > 2, with_prior),
            marks: vec![1; width + 8],
            broken: vec![false; shape.height as usize + 1],
            flags: [Counter::EVEN; 16],
            numbers: vec![Counter::EVEN; 1 << number_bits],
            number_bits,
            width,
            labels,
        })
    }

    /// Codes one row and leaves its runs of numbers in `runs`; stops early where the coder is exhausted.
    pub(super) fn row<B: BitCoder>(
        &mut self,
        coder: &mut B,
        z: usize,
        y: usize,
        truth: Option<&Truth<C>>,
        runs: &mut Vec<Run>,
    ) {
        let view = self.history.view(z, y);
        let loud = self.history.mark_loud(&view, &mut self.marks);
        let breaks = truth.is_some_and(|truth| breaks(&self.history, &view, &self.marks, truth));
        let broken = self.code_flag(coder, z, y, loud, breaks);
        runs.clear();
        let mut left = C::default();
        let mut x = 0;
        while x < self.width {
            let from = x;
            if !broken && self.marks[x] == 0 && left == self.history.above(&view, x) {
                x = self.next_mark(x);
            } else {
                left = self.code_voxel(coder, &view, z, x, left, || {
                    truth.map_or(C::default(), |truth| truth.cells[from])
                });
                if coder.is_exhausted() {
                    return;
                }
                x += 1;
            }
            self.history.set(&view, from, x, left);
            push(runs, from, x, left.number());
        }
    }

    fn code_flag<B: BitCoder>(
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
        let flag = &mut self.flags[context];
        let broken = coder.code(flag.safe_one(), || breaks);
        flag.update(broken, 60);
        self.broken[y + 1] = broken;
        broken
    }

    /// The first voxel after `x` whose neighbours disagree.
    #[inline]
    fn next_mark(&self, mut x: usize) -> usize {
        loop {
            let eight = self
                .marks
                .get(x..)
                .and_then(|marks| marks.first_chunk())
                .copied()
                .unwrap_or([1; 8]);
            let ahead = u64::from_le_bytes(eight).trailing_zeros() / 8;
            x += ahead as usize;
            if ahead < 8 || x >= self.width {
                return x.min(self.width);
            }
        }
    }

    #[inline]
    fn code_voxel<B: BitCoder>(
        &mut self,
        coder: &mut B,
        view: &View,
        z: usize,
        x: usize,
        left: C,
        actual: impl Fn() -> C,
    ) -> C {
        let mut ask = |label: C, rank: usize, coder: &mut B| {
            self.history.look(view, x, label, &mut self.neighbours);
            let background = label == C::default();
            let around =
                if self.labels > 2 { self.history.around(view, x, label, left) } else { 0 };
            let question = Question { z, background, rank, around };
            self.predictor.code(coder, &self.neighbours, question, || actual() == label)
        };
        if ask(left, 0, coder) {
            return left;
        }
        if self.labels == 2 {
            return C::from_number(1 - left.number());
        }
        for (rank, label) in
            self.history.candidates(view, x, left).as_slice().iter().enumerate().skip(1)
        {
            if ask(*label, rank, coder) {
                return *label;
            }
        }
        self.code_number(coder, || actual().number())
    }

    /// Codes a label's number bit by bit, highest first.
    fn code_number<B: BitCoder>(&mut self, coder: &mut B, actual: impl Fn() -> u32) -> C {
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

/// Whether a quiet voxel of the row differs from its left neighbour.
fn breaks<C: Cell>(history: &History<C>, view: &View, marks: &[u8], truth: &Truth<C>) -> bool {
    let left = |x: usize| if x == 0 { C::default() } else { truth.cells[x - 1] };
    let changes = truth.runs.iter().flat_map(|run| [run.start as usize, run.end as usize]);
    changes
        .filter(|x| *x < truth.cells.len())
        .any(|x| marks[x] == 0 && left(x) == history.above(view, x))
}

/// Appends voxels of one label to the runs of a row.
#[inline]
fn push(runs: &mut Vec<Run>, from: usize, to: usize, label: u32) {
    if label == 0 {
        return;
    }
    match runs.last_mut() {
        Some(last) if last.label == label && last.end == from as u32 => last.end = to as u32,
        _ => runs.push(Run { start: from as u32, end: to as u32, label }),
    }
}
