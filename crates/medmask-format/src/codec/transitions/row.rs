//! The symbols that tell a row from what may be expected in it (SPEC.md, "Transitions: rows").

use medmask_voxel::{Held, MemoryError};

use super::candidates::{Around, Candidate, Relations};
use super::model::{Coder, LABEL, Number, TAIL};
use crate::Dtype;
use crate::codec::transition::Transition;

/// It stays where it is.
const STAYS: usize = 0;
/// It moves by so many voxels outwards: 1 to `MOST_NEAR` up.
const UP: usize = 0;
/// It moves inwards: 1 to `MOST_NEAR` down.
const DOWN: usize = MOST_NEAR;
const MOST_NEAR: usize = 5;
/// It moves farther outwards; a number follows.
const FAR_UP: usize = 11;
/// It moves farther inwards; a number follows.
const FAR_DOWN: usize = 12;
/// The row lacks it.
const GONE: usize = 13;
/// A transition comes before it that the rows around lack.
const INSERTED: usize = 14;
/// It has another label behind it; its move and the label follow.
const RELABELLED: usize = 15;

/// Where a label is found in the rows around; 4 where it is nowhere.
const NOWHERE: usize = 4;

/// How a row comes about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// As the same row of the slice before.
    #[default]
    Slice = 0,
    /// As the row before in the same slice.
    Row = 1,
    /// By what becomes of the transitions of both.
    Coded = 2,
}

/// The number of the context in which a row's origin is coded; `row` and `slice` are the origins of the row before and of the same row of
/// the slice before.
#[inline]
pub(super) fn context(relations: &Relations, row: Origin, slice: Origin) -> usize {
    let Relations { row: to_row, slice_before, slice_after } = relations;
    let relations = (to_row.number() * 5 + slice_before.number()) * 5 + slice_after.number();
    relations * 9 + row as usize * 3 + slice as usize
}

/// Why a row cannot be.
pub(super) enum Unfit {
    /// What is wrong with its symbols.
    Symbols(&'static str),
    /// It does not fit into memory.
    Memory(MemoryError),
}

impl From<MemoryError> for Unfit {
    fn from(error: MemoryError) -> Self {
        Self::Memory(error)
    }
}

/// What an encoder codes; a decoder leaves it empty.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    /// The row.
    pub(super) transitions: &'a [Transition],
    /// For each candidate which transition of the row it becomes; ascending.
    pub(super) matched: &'a [Option<usize>],
    /// The next transition.
    next: usize,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(transitions: &'a [Transition], matched: &'a [Option<usize>]) -> Self {
        Self { transitions, matched, next: 0 }
    }

    /// The next transition; any where there is none.
    fn transition(&self) -> Transition {
        self.transitions.get(self.next).copied().unwrap_or(Transition { at: 0, label: 0 })
    }

    /// What becomes of candidate `index`.
    fn symbol(&self, index: usize, candidate: &Candidate) -> usize {
        let Some(matched) = self.matched.get(index).copied().flatten() else { return GONE };
        let to = self.transition();
        if self.next < matched {
            return INSERTED;
        }
        if to.label != candidate.label {
            return RELABELLED;
        }
        let by = outward(candidate, i64::from(to.at) - i64::from(candidate.at));
        match by.unsigned_abs() as usize {
            0 => STAYS,
            near @ 1..=MOST_NEAR => near + if by > 0 { UP } else { DOWN },
            _ if by > 0 => FAR_UP,
            _ => FAR_DOWN,
        }
    }
}

/// The start of a run moves outwards where it moves down.
fn outward(candidate: &Candidate, by: i64) -> i64 {
    if candidate.left == 0 { -by } else { by }
}

/// A row that comes about.
pub(super) struct NewRow<'a, 'm> {
    pub(super) width: u32,
    pub(super) dtype: Dtype,
    pub(super) transitions: &'a mut Vec<Transition>,
    pub(super) held: &'a mut Held<'m>,
}

impl NewRow<'_, '_> {
    /// The label that the row has so far at its end.
    #[inline]
    fn label(&self) -> u32 {
        self.transitions.last().map_or(0, |last| last.label)
    }

    /// The first voxel at which the next transition may be.
    #[inline]
    fn least(&self) -> i64 {
        self.transitions.last().map_or(0, |last| i64::from(last.at) + 1)
    }

    /// Appends a transition. Each is checked against the one before, so that any bytes give a row that keeps the promises of a
    /// [`Sink`](crate::codec::Sink), or an error.
    #[inline]
    fn push(&mut self, at: i64, label: u32) -> Result<(), Unfit> {
        let end = i64::from(self.width) - i64::from(label != 0);
        if at < self.least() || at > end || label == self.label() || label > self.dtype.max_label()
        {
            return Err(Unfit::Symbols(
                "a transition is out of order, changes nothing or leaves the row",
            ));
        }
        if self.transitions.len() == self.transitions.capacity() {
            self.held.reserve(self.transitions, 1)?;
        }
        self.transitions.push(Transition { at: at as u32, label });
        Ok(())
    }
}

/// Codes a row along its candidates; a decoder appends it to the empty `row`, and an encoder too.
#[inline]
pub(super) fn code<C: Coder>(
    coder: &mut C,
    candidates: &[Candidate],
    around: &Around<'_>,
    row: &mut NewRow<'_, '_>,
    mut wanted: Wanted<'_>,
) -> Result<(), Unfit> {
    let (mut all_stay, mut is_after_alone) = (true, false);
    for (index, candidate) in candidates.iter().enumerate() {
        // What changes nothing is passed over.
        while candidate.label != row.label() {
            let of_row = if candidate.is_alone {
                usize::from(candidate.left != row.label()) * 2 + usize::from(is_after_alone)
            } else {
                usize::from(all_stay && index + 1 == candidates.len())
            };
            let context = candidate.context + of_row;
            let symbol = coder.symbol(context, || wanted.symbol(index, candidate));
            all_stay &= symbol == STAYS;
            match symbol {
                GONE => {}
                INSERTED => {
                    insert(coder, around, row, &mut wanted)?;
                    continue;
                }
                RELABELLED => relabel(coder, candidate, around, row, &mut wanted)?,
                _ => {
                    let by = outward(candidate, moved(coder, symbol, candidate, &wanted));
                    row.push(i64::from(candidate.at) + by, candidate.label)?;
                    wanted.next += 1;
                }
            }
            break;
        }
        is_after_alone = candidate.is_alone;
    }
    let without_candidates = usize::from(candidates.is_empty()) * 2;
    loop {
        if row.label() == 0 {
            let context = without_candidates + usize::from(row.transitions.is_empty());
            let more = || usize::from(wanted.next < wanted.transitions.len());
            match coder.symbol(TAIL.at(context), more) {
                0 => return Ok(()),
                1 => {}
                _ => return Err(Unfit::Symbols("a row neither ends nor goes on")),
            }
        }
        insert(coder, around, row, &mut wanted)?;
    }
}

/// How far outwards `symbol` moves a candidate.
#[inline]
fn moved<C: Coder>(
    coder: &mut C,
    symbol: usize,
    candidate: &Candidate,
    wanted: &Wanted<'_>,
) -> i64 {
    if symbol <= UP + MOST_NEAR {
        return symbol as i64;
    }
    if symbol <= DOWN + MOST_NEAR {
        return DOWN as i64 - symbol as i64;
    }
    let far = wanted.transition().at.abs_diff(candidate.at);
    let by = i64::from(coder.number(Number::Move, far.wrapping_sub(MOST_NEAR as u32 + 1)));
    let by = by + MOST_NEAR as i64 + 1;
    if symbol == FAR_UP { by } else { -by }
}

/// A transition that no row around has.
fn insert<C: Coder>(
    coder: &mut C,
    around: &Around<'_>,
    row: &mut NewRow<'_, '_>,
    wanted: &mut Wanted<'_>,
) -> Result<(), Unfit> {
    let to = wanted.transition();
    let kind = if row.label() == 0 { Number::GapOutside } else { Number::GapInside };
    let least = row.least();
    let at = least + i64::from(coder.number(kind, (i64::from(to.at) - least) as u32));
    let label = label(coder, around, at, row, to.label)?;
    wanted.next += 1;
    row.push(at, label)
}

/// A candidate that has another label behind it.
fn relabel<C: Coder>(
    coder: &mut C,
    candidate: &Candidate,
    around: &Around<'_>,
    row: &mut NewRow<'_, '_>,
    wanted: &mut Wanted<'_>,
) -> Result<(), Unfit> {
    let to = wanted.transition();
    // Far moves are rare here: the sign is the lowest bit.
    let by = i64::from(to.at) - i64::from(candidate.at);
    let zigzag = ((by << 1) ^ (by >> 63)) as u32;
    let zigzag = i64::from(coder.number(Number::Move, zigzag));
    let at = i64::from(candidate.at) + ((zigzag >> 1) ^ -(zigzag & 1));
    let label = label(coder, around, at, row, to.label)?;
    wanted.next += 1;
    row.push(at, label)
}

/// The label from voxel `at` on.
fn label<C: Coder>(
    coder: &mut C,
    around: &Around<'_>,
    at: i64,
    row: &NewRow<'_, '_>,
    wanted: u32,
) -> Result<u32, Unfit> {
    let before = row.label();
    if row.dtype == Dtype::Bool {
        return Ok(u32::from(before == 0));
    }
    let here = [around.row, around.slice, around.slice_after].map(|row| label_at(row, at));
    let likely = [here[0], here[1], here[2], 0];
    let context = usize::from(here[0] == before) * 4
        + usize::from(here[1] == before) * 2
        + usize::from(here[0] == here[1]);
    let find = || likely.iter().position(|likely| *likely == wanted).unwrap_or(NOWHERE);
    match coder.symbol(LABEL.at(context), find) {
        NOWHERE => Ok(coder.number(Number::Label, wanted)),
        symbol => likely.get(symbol).copied().ok_or(Unfit::Symbols("a label is of no row around")),
    }
}

/// The label of voxel `x`.
fn label_at(row: &[Transition], x: i64) -> u32 {
    let end = row.partition_point(|transition| i64::from(transition.at) <= x);
    end.checked_sub(1).map_or(0, |last| row[last].label)
}
