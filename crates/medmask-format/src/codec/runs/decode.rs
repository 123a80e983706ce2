//! Bytes to rows of runs (SPEC.md, "Codec: runs").

use std::ops::ControlFlow;

use super::adaptive::AdaptiveReader;
use super::row::{self, Near, Op, Shift, Step, SymbolReader, Transition, corrupt, transitions_of};
use super::streams::{self, StreamReader};
use super::{ADAPTIVE, PACKED};
use crate::codec::entropy::{Kind, Pieces};
use crate::codec::{ChunkShape, Sink, packed};
use crate::{Dtype, FormatError, Run};

/// Hands the rows of one chunk to `sink`.
pub(in crate::codec) fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    sink: &mut S,
) -> Result<(), FormatError> {
    let (head, rest) = bytes.split_first().ok_or_else(|| corrupt(0, "the chunk is empty"))?;
    if *head == ADAPTIVE {
        return Rows::new(shape, dtype).decode(AdaptiveReader::new(rest, 1, dtype), sink);
    }
    let kind =
        Kind::from_code(head & 0xf).ok_or_else(|| corrupt(0, "the compressor is not known"))?;
    match head & 0xf0 {
        0 => {
            let streams = streams::unpack(rest, kind, shape)?;
            Rows::new(shape, dtype).decode(StreamReader::new(&streams, dtype), sink)
        }
        PACKED => {
            let (bits, voxels) =
                rest.split_first().ok_or_else(|| corrupt(1, "the chunk ends early"))?;
            if !(1..=32).contains(bits) {
                return Err(corrupt(1, "voxels have 1 to 32 bits"));
            }
            let bits = u32::from(*bits);
            let voxels = Pieces::new(kind, voxels, 2, shape.bytes_of(bits))?;
            packed::unpack(voxels, shape, dtype, bits, sink)
        }
        _ => Err(corrupt(0, "the layout is not known")),
    }
}

/// Where the runs of a row are.
#[derive(Clone, Copy, Default)]
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

/// The rows decoded so far.
struct Rows {
    shape: ChunkShape,
    dtype: Dtype,
    most_runs: usize,
    /// The runs that rows spell out, each row once however many rows repeat it.
    runs: Vec<Run>,
    /// The row being decoded.
    row: Vec<Run>,
    transitions: Vec<Transition>,
}

impl Rows {
    fn new(shape: ChunkShape, dtype: Dtype) -> Self {
        Self {
            shape,
            dtype,
            most_runs: row::most_runs(shape),
            runs: Vec::new(),
            row: Vec::new(),
            transitions: Vec::new(),
        }
    }

    fn decode<R: SymbolReader, S: Sink + ?Sized>(
        mut self,
        mut reader: R,
        sink: &mut S,
    ) -> Result<(), FormatError> {
        // Of the slice before, and of this one up to the row reached; an empty row stands before each.
        let mut before = Vec::new();
        let mut slice = Vec::new();
        let rows = self.shape.height as usize + 1;
        for spans in [&mut before, &mut slice] {
            // A chunk of a few bytes may have more rows than memory holds.
            spans.try_reserve_exact(rows).map_err(|_| FormatError::OutOfMemory {
                what: "the rows of a slice",
                bytes: (rows * size_of::<Span>()) as u64,
            })?;
            spans.push(Span::default());
        }
        for z in 0..self.shape.depth {
            for y in 0..self.shape.height {
                let span = self.next(&mut reader, y, &before, &slice)?;
                slice.push(span);
                if span.start < span.end
                    && sink.row(z, y, span.of(&self.runs)) == ControlFlow::Break(())
                {
                    return Ok(());
                }
            }
            std::mem::swap(&mut before, &mut slice);
            slice.truncate(1);
        }
        reader.finish()
    }

    /// Decodes row `y`: where in `runs` it is.
    fn next<R: SymbolReader>(
        &mut self,
        reader: &mut R,
        y: u32,
        before: &[Span],
        slice: &[Span],
    ) -> Result<Span, FormatError> {
        // Rows outside the chunk are background.
        let at = |rows: &[Span], index: usize| rows.get(index).copied().unwrap_or_default();
        let index = y as usize;
        let (same, last) = (at(before, index + 1), at(slice, index));
        let mut near = Near {
            slice: same.of(&self.runs),
            row: last.of(&self.runs),
            slice_before: &[],
            slice_after: &[],
        };
        if R::LOOKS_AROUND {
            near.slice_before = at(before, index).of(&self.runs);
            near.slice_after = at(before, index + 2).of(&self.runs);
        }
        self.row.clear();
        match reader.op(&near, y)? {
            Op::CopySlice => return Ok(same),
            Op::CopyRow => return Ok(last),
            op @ (Op::ShiftSlice | Op::ShiftRow) => {
                shift(reader, &near, op, self.shape.width, &mut self.row)?;
            }
            Op::Edit => {
                transitions_of(near.edited(), &mut self.transitions);
                let edit = Edit { reader, near: &near, width: self.shape.width, dtype: self.dtype };
                edit.decode(&self.transitions, &mut self.row)?;
            }
        }
        if self.runs.len() + self.row.len() > self.most_runs {
            return Err(reader.corrupt("the rows have more runs than the shape allows"));
        }
        let start = self.runs.len();
        self.runs.extend_from_slice(&self.row);
        Ok(Span { start, end: self.runs.len() })
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
struct Edit<'a, R> {
    reader: &'a mut R,
    near: &'a Near<'a>,
    width: u32,
    dtype: Dtype,
}

impl<R: SymbolReader> Edit<'_, R> {
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
