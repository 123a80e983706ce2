//! The parts that a row is described with, whatever codes them (SPEC.md, "Codec: runs").

use crate::codec::ChunkShape;
use crate::{FormatError, Run};

pub(super) const SECTION: &str = "chunk";

/// How a row comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Op {
    /// As the same row of the slice before.
    #[default]
    CopySlice = 0,
    /// As the row before in the same slice.
    CopyRow = 1,
    /// The same row of the slice before with each transition moved.
    ShiftSlice = 2,
    /// The row before in the same slice with each transition moved.
    ShiftRow = 3,
    /// By steps along the same row of the slice before, or along the row before where that is empty.
    Edit = 4,
}

impl Op {
    pub(super) const ALL: [Self; 5] =
        [Self::CopySlice, Self::CopyRow, Self::ShiftSlice, Self::ShiftRow, Self::Edit];
}

/// One step of an edit, along the reference's transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The reference's next transition, moved.
    Keep = 0,
    /// The reference's next transition, moved and to another label.
    Relabel = 1,
    /// The reference's next transition is left out.
    Delete = 2,
    /// A transition that the reference lacks.
    Insert = 3,
    /// No more transitions.
    End = 4,
}

impl Step {
    pub(super) const ALL: [Self; 5] =
        [Self::Keep, Self::Relabel, Self::Delete, Self::Insert, Self::End];
}

/// A place in a row where the label changes: from `at` on it is `label`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) at: u32,
    pub(super) label: u32,
}

/// The rows around the one being coded that are known by then; empty where the chunk has none.
#[derive(Clone, Copy)]
pub(super) struct Near<'a> {
    /// The same row of the slice before.
    pub(super) slice: &'a [Run],
    /// The row before in the same slice.
    pub(super) row: &'a [Run],
    /// The row before in the slice before.
    pub(super) slice_before: &'a [Run],
    /// The next row in the slice before.
    pub(super) slice_after: &'a [Run],
}

impl<'a> Near<'a> {
    /// What an edit follows.
    pub(super) fn edited(&self) -> &'a [Run] {
        if self.slice.is_empty() { self.row } else { self.slice }
    }
}

/// Runs that all rows of a chunk may spell out together: what bounds a decoder's memory.
pub(super) fn most_runs(shape: ChunkShape) -> usize {
    let most =
        (shape.voxels() / 4).saturating_add(shape.rows().saturating_mul(2)).saturating_add(64);
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// Whether both rows have as many runs, of the same labels, and touching in the same places.
pub(super) fn same_build(one: &[Run], other: &[Run]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.label == other.label)
        && one
            .windows(2)
            .zip(other.windows(2))
            .all(|(one, other)| (one[0].end == one[1].start) == (other[0].end == other[1].start))
}

/// Replaces `transitions` by those of a row.
pub(super) fn transitions_of(row: &[Run], transitions: &mut Vec<Transition>) {
    transitions.clear();
    for run in row {
        let open = Transition { at: run.start, label: run.label };
        match transitions.last_mut() {
            Some(last) if last.at == run.start => *last = open,
            _ => transitions.push(open),
        }
        transitions.push(Transition { at: run.end, label: 0 });
    }
}

/// The label of voxel `x`.
pub(super) fn label_at(row: &[Run], x: u32) -> u32 {
    row.iter().find(|run| x < run.end).filter(|run| run.start <= x).map_or(0, |run| run.label)
}

/// The error for bytes at `offset` of the chunk.
pub(super) fn corrupt(offset: usize, reason: &'static str) -> FormatError {
    FormatError::corrupt(SECTION, offset as u64, reason)
}

static NO_RUN: Run = Run { start: 0, end: 0, label: 0 };

/// A transition of a shifted row, and what the rows around say about it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The run of the reference.
    pub(super) from: &'a Run,
    /// The runs of the same number in the other reference, in the row before in the slice before, and in the
    /// next row there; one of another label says nothing.
    pub(super) beside: [&'a Run; 3],
    /// Whether the row would equal its reference if this transition stayed.
    pub(super) must_move: bool,
}

/// The reference of a shifted row, and the rows around it.
pub(super) struct Shift<'a> {
    pub(super) from: &'a [Run],
    beside: [&'a [Run]; 3],
}

impl<'a> Shift<'a> {
    pub(super) fn new(near: &Near<'a>, op: Op) -> Self {
        if op == Op::ShiftRow {
            Self { from: near.row, beside: [near.slice, near.slice_before, &[]] }
        } else {
            Self { from: near.slice, beside: [near.row, near.slice_before, near.slice_after] }
        }
    }

    /// The place of run `index`.
    #[inline]
    pub(super) fn place(&self, index: usize) -> Place<'a> {
        let beside = self.beside.map(|row| row.get(index).unwrap_or(&NO_RUN));
        Place { from: &self.from[index], beside, must_move: false }
    }

    /// Whether run `index` begins where the run before it ends, so that both share a transition.
    pub(super) fn touches(&self, index: usize) -> bool {
        index > 0 && self.from[index - 1].end == self.from[index].start
    }
}

/// Takes the symbols of a chunk, row by row.
pub(super) trait SymbolWriter {
    /// Row `y` comes about by `op`.
    fn op(&mut self, near: &Near<'_>, y: u32, op: Op);
    /// A run of the reference has its end, or else its start, moved along x.
    fn shift(&mut self, place: &Place<'_>, is_end: bool, by: i32);
    /// The next step of an edit.
    fn step(&mut self, is_open: bool, step: Step);
    /// A kept transition of an edit moves along x.
    fn edit_move(&mut self, by: i32);
    /// Voxels from the first free place to the inserted transition.
    fn gap(&mut self, gap: u32);
    /// The label from voxel `x` on, where `before` ends.
    fn label(&mut self, near: &Near<'_>, x: u32, before: u32, label: u32);
    /// Bytes so far, before any compression.
    fn len(&self) -> usize;
}

/// Hands out what a [`SymbolWriter`] took.
pub(super) trait SymbolReader: Sized {
    /// Whether the reader looks at more of the rows around than the two references.
    const LOOKS_AROUND: bool;

    fn op(&mut self, near: &Near<'_>, y: u32) -> Result<Op, FormatError>;
    fn shift(&mut self, place: &Place<'_>, is_end: bool) -> Result<i32, FormatError>;
    fn step(&mut self, is_open: bool) -> Result<Step, FormatError>;
    fn edit_move(&mut self) -> Result<i32, FormatError>;
    fn gap(&mut self) -> Result<u32, FormatError>;
    fn label(&mut self, near: &Near<'_>, x: u32, before: u32) -> Result<u32, FormatError>;
    /// Fails where symbols are left over.
    fn finish(self) -> Result<(), FormatError>;
    /// The error for a symbol that does not fit.
    fn corrupt(&self, reason: &'static str) -> FormatError;
}
