//! What the rows around say about the transitions of a row (SPEC.md, "Transitions: candidates").

use super::model::{ALONE, BOTH};
use crate::codec::transition::Transition;

/// Transitions farther from each other than this are not the same one in two rows.
const NEAR: i64 = 12;
/// The same, where a transition is searched by its labels.
const SEARCHED: i64 = 4;
/// What a row says that lacks the transition.
const NOTHING: usize = 5;

/// The rows around the one being coded that are known by then; empty where the chunk has none.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The same row of the slice before.
    pub(super) slice: &'a [Transition],
    /// The row before in the same slice.
    pub(super) row: &'a [Transition],
    /// The row before in the slice before.
    pub(super) slice_before: &'a [Transition],
    /// The next row in the slice before.
    pub(super) slice_after: &'a [Transition],
}

/// How much two rows differ: the same; transitions of the same labels that move by 1 in all, by 2, by more; others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation(u8);

impl Relation {
    const OTHER: u8 = 4;

    #[inline]
    pub(super) fn of(one: &[Transition], other: &[Transition]) -> Self {
        if one.len() != other.len() {
            return Self(Self::OTHER);
        }
        let mut moves = 0;
        for (one, other) in one.iter().zip(other) {
            if one.label != other.label {
                return Self(Self::OTHER);
            }
            moves += u64::from(one.at.abs_diff(other.at));
        }
        Self(moves.min(3) as u8)
    }

    /// Whether both rows have the same labels in the same order.
    fn is_same_build(self) -> bool {
        self.0 != Self::OTHER
    }

    pub(super) fn number(self) -> usize {
        self.0.into()
    }
}

/// How the same row of the slice before relates to the other rows around.
#[derive(Clone, Copy, Default)]
pub(super) struct Relations {
    pub(super) row: Relation,
    pub(super) slice_before: Relation,
    pub(super) slice_after: Relation,
}

/// A transition that may be expected.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    /// The voxel that moves count from.
    pub(super) at: u32,
    /// The label before it where it is from.
    pub(super) left: u32,
    pub(super) label: u32,
    /// The context of what becomes of it, but for what this row says.
    pub(super) context: usize,
    /// Whether one row alone has it.
    pub(super) is_alone: bool,
}

/// A transition with the label before it.
#[derive(Clone, Copy)]
struct Edge {
    at: i64,
    left: u32,
    label: u32,
}

impl Edge {
    #[inline]
    fn of(row: &[Transition], index: usize) -> Option<Self> {
        let Transition { at, label } = *row.get(index)?;
        let left = index.checked_sub(1).map_or(0, |before| row[before].label);
        Some(Self { at: at.into(), left, label })
    }

    fn is_alike(self, other: Self) -> bool {
        self.left == other.left && self.label == other.label
    }

    /// How far `other` lies outwards, at most `most` either way, as a number from 0 on.
    #[inline]
    fn outward(self, other: i64, most: i64) -> usize {
        let by = if self.left == 0 { self.at - other } else { other - self.at };
        (by.clamp(-most, most) + most) as usize
    }
}

/// Replaces `candidates` by the transitions of the two rows before, in ascending order, those that both have as one.
pub(super) fn merge(around: &Around<'_>, relations: &Relations, candidates: &mut Vec<Candidate>) {
    candidates.clear();
    let (slice, row) = (around.slice, around.row);
    let is_same_build = relations.row.is_same_build();
    let witnesses = Witnesses { around, relations, searches: !is_same_build };
    let (mut i, mut j) = (0, 0);
    loop {
        match (Edge::of(slice, i), Edge::of(row, j)) {
            (Some(s), Some(r)) if is_same_build || s.is_alike(r) && (s.at - r.at).abs() <= NEAR => {
                candidates.push(witnesses.both(s, r, i));
                (i, j) = (i + 1, j + 1);
            }
            (Some(s), r) if r.is_none_or(|r| s.at <= r.at) => {
                candidates.push(witnesses.alone(s, Some(i)));
                i += 1;
            }
            (_, Some(r)) => {
                candidates.push(witnesses.alone(r, None));
                j += 1;
            }
            _ => return,
        }
    }
}

/// The two rows that tell where a transition goes.
struct Witnesses<'a> {
    around: &'a Around<'a>,
    relations: &'a Relations,
    /// Whether transitions are searched by their labels in rows of another build.
    searches: bool,
}

impl Witnesses<'_> {
    /// A transition of both rows, with number `index` in that of the slice before.
    #[inline]
    fn both(&self, slice: Edge, row: Edge, index: usize) -> Candidate {
        let [before, after] = self.places(slice, Some(index));
        // It goes on as it went in the slice before, between both rows.
        let ahead = before.map_or(0, |before| row.at - before);
        let at = (slice.at + ahead).clamp(slice.at.min(row.at), slice.at.max(row.at));
        let in_label = usize::from(slice.left != 0 && slice.label != 0);
        let context = slice.outward(row.at, 3) * 36 + said(slice, before) * 6 + said(slice, after);
        Candidate {
            at: at as u32,
            left: slice.left,
            label: slice.label,
            context: BOTH.at(context * 4 + in_label * 2),
            is_alone: false,
        }
    }

    /// A transition of one row; `index` is its number in that of the slice before.
    #[inline]
    fn alone(&self, edge: Edge, index: Option<usize>) -> Candidate {
        let [before, after] = self.places(edge, index);
        let context = said(edge, before) * 6 + said(edge, after);
        Candidate {
            at: edge.at as u32,
            left: edge.left,
            label: edge.label,
            context: ALONE.at(context * 8 + usize::from(index.is_some()) * 4),
            is_alone: true,
        }
    }

    /// Where the row before in the slice before and the next row there have the transition.
    #[inline]
    fn places(&self, edge: Edge, index: Option<usize>) -> [Option<i64>; 2] {
        let Around { slice_before, slice_after, .. } = self.around;
        [
            self.place(slice_before, self.relations.slice_before, edge, index),
            self.place(slice_after, self.relations.slice_after, edge, index),
        ]
    }

    #[inline]
    fn place(
        &self,
        row: &[Transition],
        relation: Relation,
        edge: Edge,
        index: Option<usize>,
    ) -> Option<i64> {
        match index {
            Some(index) if relation.is_same_build() => {
                let at = i64::from(row.get(index)?.at);
                ((at - edge.at).abs() <= NEAR).then_some(at)
            }
            _ if self.searches => search(row, edge),
            _ => None,
        }
    }
}

/// What a row says about the transition that it has at `place`.
#[inline]
fn said(edge: Edge, place: Option<i64>) -> usize {
    place.map_or(NOTHING, |place| edge.outward(place, 2))
}

/// Where `row` has the first transition near `edge` that is between the same labels.
fn search(row: &[Transition], edge: Edge) -> Option<i64> {
    let first = row.partition_point(|transition| i64::from(transition.at) < edge.at - SEARCHED);
    let edges = (first..).map_while(|index| Edge::of(row, index));
    edges
        .take_while(|other| other.at <= edge.at + SEARCHED)
        .find(|other| other.is_alike(edge))
        .map(|other| other.at)
}
