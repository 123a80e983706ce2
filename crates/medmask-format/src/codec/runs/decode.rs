//! Bytes to rows of runs (SPEC.md, "Codec: runs").

use std::ops::ControlFlow;

use medmask_voxel::{Held, Memory};

use super::adaptive::AdaptiveReader;
use super::row::{self, Near, Op, Shift, Step, SymbolReader, Transition, corrupt, transitions_of};
use super::streams::StreamReader;
use super::stretches::Stretches;
use super::{ADAPTIVE, PACKED};
use crate::codec::entropy::{AT_ONCE, Kind, Pieces};
use crate::codec::{ChunkShape, Sink, packed};
use crate::{Dtype, FormatError, Run};

/// Hands the rows of one chunk to `sink`.
pub(in crate::codec) fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let (head, rest) = bytes.split_first().ok_or_else(|| corrupt(0, "the chunk is empty"))?;
    if *head == ADAPTIVE {
        let reader = AdaptiveReader::new(rest, 1, dtype, memory)?;
        return Rows::new(shape, dtype, memory)?.decode(reader, sink);
    }
    let kind =
        Kind::from_code(head & 0xf).ok_or_else(|| corrupt(0, "the compressor is not known"))?;
    match head & 0xf0 {
        0 => {
            let reader = StreamReader::new(rest, kind, shape, dtype, memory)?;
            Rows::new(shape, dtype, memory)?.decode(reader, sink)
        }
        PACKED => {
            let (bits, voxels) =
                rest.split_first().ok_or_else(|| corrupt(1, "the chunk ends early"))?;
            if !(1..=32).contains(bits) {
                return Err(corrupt(1, "voxels have 1 to 32 bits"));
            }
            let bits = u32::from(*bits);
            let voxels = Pieces::new(kind, (voxels, 2), shape.bytes_of(bits), AT_ONCE, memory)?;
            packed::unpack(voxels, shape, dtype, bits, memory, sink)
        }
        _ => Err(corrupt(0, "the layout is not known")),
    }
}

/// Where the runs of a row are; at 0 for a row without any.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    #[inline]
    fn of(self, runs: &[Run]) -> &[Run] {
        &runs[self.start..self.end]
    }
}

/// Up to so many runs nothing is done about those that no row needs any more.
const FEW_RUNS: usize = 1 << 16;

/// The rows decoded so far.
struct Rows<'a> {
    shape: ChunkShape,
    dtype: Dtype,
    memory: &'a Memory,
    /// How many more runs rows may spell out.
    most_runs: usize,
    /// The runs that rows of this slice and the one before spell out or copy, each row once however many repeat it.
    runs: Vec<Run>,
    /// The row being decoded.
    row: Vec<Run>,
    transitions: Vec<Transition>,
    held: Held<'a>,
    /// The number of runs at which those that no row has any more are dropped.
    enough_runs: usize,
}

impl<'a> Rows<'a> {
    fn new(shape: ChunkShape, dtype: Dtype, memory: &'a Memory) -> Result<Self, FormatError> {
        Ok(Self {
            shape,
            dtype,
            memory,
            most_runs: row::most_runs(shape),
            runs: Vec::new(),
            row: Vec::new(),
            transitions: Vec::new(),
            held: memory.hold("the runs of a chunk's slices", 0)?,
            enough_runs: FEW_RUNS,
        })
    }

    fn decode<R: SymbolReader, S: Sink + ?Sized>(
        mut self,
        mut reader: R,
        sink: &mut S,
    ) -> Result<(), FormatError> {
        // Of the slice before, and of this one up to the row reached.
        let mut before = Stretches::new(self.memory, "the rows of a chunk's slices")?;
        let mut slice = Stretches::new(self.memory, "the rows of a chunk's slices")?;
        for z in 0..self.shape.depth {
            let mut span = Span::default();
            for y in 0..self.shape.height {
                before.look_at(y);
                span = self.next(&mut reader, y, &before, span)?;
                slice.push(y, span)?;
                if span.start < span.end
                    && sink.row(z, y, span.of(&self.runs)) == ControlFlow::Break(())
                {
                    return Ok(());
                }
            }
            std::mem::swap(&mut before, &mut slice);
            slice.clear();
            if self.runs.len() > self.enough_runs {
                self.drop_unused_runs(&mut before)?;
            }
        }
        reader.finish()
    }

    /// Decodes row `y`, which comes after the row `last` of its slice: where in `runs` it is.
    fn next<R: SymbolReader>(
        &mut self,
        reader: &mut R,
        y: u32,
        before: &Stretches<'_, Span>,
        last: Span,
    ) -> Result<Span, FormatError> {
        let same = before.here();
        let mut near = Near {
            slice: same.of(&self.runs),
            row: last.of(&self.runs),
            slice_before: &[],
            slice_after: &[],
        };
        if R::LOOKS_AROUND {
            near.slice_before = before.before(y).of(&self.runs);
            near.slice_after = before.after(y).of(&self.runs);
        }
        self.row.clear();
        match reader.op(&near, y)? {
            Op::CopySlice => return Ok(same),
            Op::CopyRow => return Ok(last),
            op @ (Op::ShiftSlice | Op::ShiftRow) => {
                self.held.reserve(&mut self.row, near.slice.len().max(near.row.len()))?;
                shift(reader, &near, op, self.shape.width, &mut self.row)?;
            }
            Op::Edit => {
                self.transitions.clear();
                self.held.reserve(&mut self.transitions, 2 * near.edited().len())?;
                transitions_of(near.edited(), &mut self.transitions);
                let (width, dtype) = (self.shape.width, self.dtype);
                let edit = Edit { reader, near: &near, width, dtype, held: &mut self.held };
                edit.decode(&self.transitions, &mut self.row)?;
            }
        }
        self.most_runs = self
            .most_runs
            .checked_sub(self.row.len())
            .ok_or_else(|| reader.corrupt("the rows have more runs than the shape allows"))?;
        if self.row.is_empty() {
            return Ok(Span::default());
        }
        let start = self.runs.len();
        self.held.reserve(&mut self.runs, self.row.len())?;
        self.runs.extend_from_slice(&self.row);
        Ok(Span { start, end: self.runs.len() })
    }

    /// Drops the runs that none of `rows` has, those of the slice before the next one.
    fn drop_unused_runs(&mut self, rows: &mut Stretches<'_, Span>) -> Result<(), FormatError> {
        let mut order: Vec<usize> = Vec::new();
        let mut held = self.memory.hold("the rows of a chunk's slices", 0)?;
        held.reserve(&mut order, rows.len())?;
        order.extend(0..rows.len());
        order.sort_unstable_by_key(|index| rows.value_mut(*index).start);
        // Spans are the same or apart, so that each moves down to the end of those before it.
        let (mut from, mut to) = (Span::default(), Span::default());
        for index in order {
            let span = rows.value_mut(index);
            if *span == Span::default() {
                continue;
            }
            if *span != from {
                from = *span;
                self.runs.copy_within(from.start..from.end, to.end);
                to = Span { start: to.end, end: to.end + (from.end - from.start) };
            }
            *span = to;
        }
        self.runs.truncate(to.end);
        self.enough_runs = FEW_RUNS.max(2 * to.end);
        Ok(())
    }
}

/// Appends the reference's runs with each transition moved.
fn shift<R: SymbolReader>(
    reader: &mut R,
    near: &Near<'_>,
    op: Op,
    width: u32,
    row: &mut Vec<Run>,
) -> Result<(), FormatError> {
    let shift = Shift::new(near, op);
    let mut stays = true;
    let mut end = 0;
    for (index, from) in shift.from.iter().enumerate() {
        let mut place = shift.place(index);
        let touches = shift.touches(index);
        // Neighbours that touch share a transition, and go on doing so.
        let start = if touches {
            end
        } else {
            let by = reader.shift(&place, false)?;
            stays &= by == 0;
            // Damaged moves may wrap; what they lead to is then out of order or outside the row.
            from.start.wrapping_add_signed(by)
        };
        place.must_move = stays && index + 1 == shift.from.len();
        let by = reader.shift(&place, true)?;
        stays &= by == 0;
        let joins =
            !touches && index > 0 && start == end && shift.from[index - 1].label == from.label;
        if start < end || joins {
            return Err(reader.corrupt("a transition is out of order"));
        }
        end = from.end.wrapping_add_signed(by);
        if end <= start || end > width {
            return Err(reader.corrupt("a transition is out of order"));
        }
        row.push(Run { start, end, label: from.label });
    }
    Ok(())
}

/// A row described by steps along another.
struct Edit<'a, 'm, R> {
    reader: &'a mut R,
    near: &'a Near<'a>,
    width: u32,
    dtype: Dtype,
    /// What the row takes.
    held: &'a mut Held<'m>,
}

impl<R: SymbolReader> Edit<'_, '_, R> {
    /// Appends the runs that the steps along `from` lead to. Each transition is checked against the one before, so that any
    /// bytes give a row that keeps the promises of a [`Sink`](crate::codec::Sink), or an error.
    fn decode(mut self, from: &[Transition], row: &mut Vec<Run>) -> Result<(), FormatError> {
        let mut from = from.iter();
        let mut open = Transition { at: 0, label: 0 };
        let mut is_first = true;
        loop {
            let step = self.reader.step(!from.as_slice().is_empty())?;
            if step == Step::End {
                break;
            }
            let next = if step == Step::Insert { None } else { from.next() };
            let transition = match (step, next) {
                (Step::Delete, Some(_)) => continue,
                (Step::Keep, Some(next)) => Transition { at: self.moved(next.at)?, ..*next },
                (Step::Relabel, Some(next)) => {
                    let at = self.moved(next.at)?;
                    Transition { at, label: self.reader.label(self.near, at, open.label)? }
                }
                (Step::Insert, _) => {
                    let least = u64::from(open.at) + u64::from(!is_first);
                    let at = u32::try_from(least + u64::from(self.reader.gap()?));
                    let at = at.map_err(|_| self.reader.corrupt("a transition leaves the row"))?;
                    Transition { at, label: self.reader.label(self.near, at, open.label)? }
                }
                _ => return Err(self.reader.corrupt("a step goes beyond the reference")),
            };
            self.check(open, transition, is_first)?;
            if open.label != 0 {
                self.held.reserve(row, 1)?;
                row.push(Run { start: open.at, end: transition.at, label: open.label });
            }
            open = transition;
            is_first = false;
        }
        if open.label != 0 {
            return Err(self.reader.corrupt("a run does not end"));
        }
        Ok(())
    }

    fn moved(&mut self, at: u32) -> Result<u32, FormatError> {
        Ok(at.wrapping_add_signed(self.reader.edit_move()?))
    }

    fn check(&self, open: Transition, next: Transition, is_first: bool) -> Result<(), FormatError> {
        let is_ordered = next.at > open.at || is_first;
        let is_real = next.label != open.label && next.label <= self.dtype.max_label();
        // What begins at the row's end would be empty.
        let fits = next.at < self.width || next.at == self.width && next.label == 0;
        if is_ordered && is_real && fits {
            Ok(())
        } else {
            Err(self
                .reader
                .corrupt("a transition is out of order, changes nothing or leaves the row"))
        }
    }
}
