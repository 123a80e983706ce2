//! Bytes to rows of runs (SPEC.md, "Codec: runs").

use std::ops::ControlFlow;

use medmask_voxel::{Held, Memory};

use super::PACKED;
use super::row::{Near, Op, Step, corrupt, touches};
use super::streams::StreamReader;
use crate::codec::entropy::{AT_ONCE, Kind, Pieces};
use crate::codec::stored::{Span, Stored};
use crate::codec::stretches::Stretches;
use crate::codec::transition::{Transition, most_runs, transitions_of};
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

/// The rows decoded so far.
struct Rows<'a> {
    shape: ChunkShape,
    dtype: Dtype,
    memory: &'a Memory,
    /// How many more runs rows may spell out.
    most_runs: usize,
    runs: Stored<'a, Run>,
    /// The row being decoded.
    row: Vec<Run>,
    transitions: Vec<Transition>,
    held: Held<'a>,
}

impl<'a> Rows<'a> {
    fn new(shape: ChunkShape, dtype: Dtype, memory: &'a Memory) -> Result<Self, FormatError> {
        Ok(Self {
            shape,
            dtype,
            memory,
            most_runs: most_runs(shape),
            runs: Stored::new(memory, "the runs of a chunk's slices")?,
            row: Vec::new(),
            transitions: Vec::new(),
            held: memory.hold("a row of a chunk", 0)?,
        })
    }

    fn decode<S: Sink + ?Sized>(
        mut self,
        mut reader: StreamReader<'_>,
        sink: &mut S,
    ) -> Result<(), FormatError> {
        // Of the slice before, and of this one up to the row reached.
        let mut before = Stretches::new(self.memory, "the rows of a chunk's slices")?;
        let mut slice = Stretches::new(self.memory, "the rows of a chunk's slices")?;
        for z in 0..self.shape.depth {
            let mut span = Span::default();
            for y in 0..self.shape.height {
                before.look_at(y);
                span = self.next(&mut reader, before.here(), span)?;
                slice.push(y, span)?;
                if !span.is_empty() && sink.row(z, y, self.runs.row(span)) == ControlFlow::Break(())
                {
                    return Ok(());
                }
            }
            std::mem::swap(&mut before, &mut slice);
            slice.clear();
            if self.runs.is_full() {
                let count = before.len();
                self.runs.keep(before.values_mut(), count)?;
            }
        }
        reader.finish()
    }

    /// Decodes the row behind the row `last` of its slice; `same` is the same row of the slice before.
    fn next(
        &mut self,
        reader: &mut StreamReader<'_>,
        same: Span,
        last: Span,
    ) -> Result<Span, FormatError> {
        let near = Near { slice: self.runs.row(same), row: self.runs.row(last) };
        self.row.clear();
        match reader.op()? {
            Op::CopySlice => return Ok(same),
            Op::CopyRow => return Ok(last),
            op @ (Op::ShiftSlice | Op::ShiftRow) => {
                let reference = if op == Op::ShiftSlice { near.slice } else { near.row };
                self.held.reserve(&mut self.row, reference.len())?;
                shift(reader, reference, self.shape.width, &mut self.row)?;
            }
            Op::Edit => {
                self.transitions.clear();
                self.held.reserve(&mut self.transitions, 2 * near.edited().len())?;
                transitions_of(near.edited(), &mut self.transitions);
                let (width, dtype) = (self.shape.width, self.dtype);
                let edit = Edit { reader, width, dtype, held: &mut self.held };
                edit.decode(&self.transitions, &mut self.row)?;
            }
        }
        self.most_runs = self
            .most_runs
            .checked_sub(self.row.len())
            .ok_or_else(|| reader.corrupt("the rows have more runs than the shape allows"))?;
        Ok(self.runs.push(&self.row)?)
    }
}

/// Appends the reference's runs with each transition moved.
fn shift(
    reader: &mut StreamReader<'_>,
    reference: &[Run],
    width: u32,
    row: &mut Vec<Run>,
) -> Result<(), FormatError> {
    let mut end = 0;
    for (index, from) in reference.iter().enumerate() {
        let touches = touches(reference, index);
        // Neighbours that touch share a transition, and go on doing so. Damaged moves may wrap; what they lead to is then out of
        // order or outside the row.
        let start = if touches { end } else { from.start.wrapping_add_signed(reader.shift()?) };
        let joins =
            !touches && index > 0 && start == end && reference[index - 1].label == from.label;
        if start < end || joins {
            return Err(reader.corrupt("a transition is out of order"));
        }
        end = from.end.wrapping_add_signed(reader.shift()?);
        if end <= start || end > width {
            return Err(reader.corrupt("a transition is out of order"));
        }
        row.push(Run { start, end, label: from.label });
    }
    Ok(())
}

/// A row described by steps along another.
struct Edit<'a, 'b, 'm> {
    reader: &'a mut StreamReader<'b>,
    width: u32,
    dtype: Dtype,
    /// What the row takes.
    held: &'a mut Held<'m>,
}

impl Edit<'_, '_, '_> {
    /// Appends the runs that the steps along `from` lead to. Each transition is checked against the one before, so that any
    /// bytes give a row that keeps the promises of a [`Sink`](crate::codec::Sink), or an error.
    fn decode(mut self, from: &[Transition], row: &mut Vec<Run>) -> Result<(), FormatError> {
        let mut from = from.iter();
        let mut open = Transition { at: 0, label: 0 };
        let mut is_first = true;
        loop {
            let step = self.reader.step()?;
            if step == Step::End {
                break;
            }
            let next = if step == Step::Insert { None } else { from.next() };
            let transition = match (step, next) {
                (Step::Delete, Some(_)) => continue,
                (Step::Keep, Some(next)) => Transition { at: self.moved(next.at)?, ..*next },
                (Step::Relabel, Some(next)) => {
                    let at = self.moved(next.at)?;
                    Transition { at, label: self.reader.label(open.label)? }
                }
                (Step::Insert, _) => {
                    let least = u64::from(open.at) + u64::from(!is_first);
                    let at = u32::try_from(least + u64::from(self.reader.gap()?));
                    let at = at.map_err(|_| self.reader.corrupt("a transition leaves the row"))?;
                    Transition { at, label: self.reader.label(open.label)? }
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
        Ok(at.wrapping_add_signed(self.reader.shift()?))
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
