//! The parts that a row is described with (SPEC.md, "Codec: runs").

use crate::{FormatError, Run};

pub(super) const SECTION: &str = "chunk";

/// How a row comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// As the same row of the slice before.
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

/// The rows that the one being coded may refer to; empty where the chunk has none.
#[derive(Clone, Copy)]
pub(super) struct Near<'a> {
    /// The same row of the slice before.
    pub(super) slice: &'a [Run],
    /// The row before in the same slice.
    pub(super) row: &'a [Run],
}

impl<'a> Near<'a> {
    /// What an edit follows.
    pub(super) fn edited(&self) -> &'a [Run] {
        if self.slice.is_empty() { self.row } else { self.slice }
    }
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

/// The error for bytes at `offset` of the chunk.
pub(super) fn corrupt(offset: usize, reason: &'static str) -> FormatError {
    FormatError::corrupt(SECTION, offset as u64, reason)
}

/// Whether run `index` begins where the run before it ends, so that both share a transition.
pub(super) fn touches(runs: &[Run], index: usize) -> bool {
    index > 0 && runs[index - 1].end == runs[index].start
}
