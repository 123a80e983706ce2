//! Bytes to rows of runs (SPEC.md, "Codec: transitions").

use std::ops::ControlFlow;

use medmask_voxel::{Held, Memory};

use super::candidates::{Around, Candidate, Relation, Relations, merge};
use super::corrupt;
use super::model::{Coder, Number, ROW, Reader, STRETCH};
use super::row::{self, NewRow, Origin, Unfit, Wanted};
use crate::codec::stored::{Span, Stored};
use crate::codec::stretches::Stretches;
use crate::codec::transition::{Transition, most_runs, runs_of};
use crate::codec::{ChunkShape, Sink};
use crate::{Dtype, FormatError};

/// A row of the slice before, or of this one; by default an empty one.
#[derive(Clone, Copy, Default, PartialEq)]
struct Row {
    span: Span,
    origin: Origin,
}

impl Row {
    /// Empty rows are all alike, so that they take the place of one.
    fn new(span: Span, origin: Origin) -> Self {
        if span.is_empty() { Self::default() } else { Self { span, origin } }
    }
}

/// Hands the rows of one chunk to `sink`.
pub(in crate::codec) fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let mut decoder = Decoder {
        reader: Reader::new(bytes)?,
        shape,
        dtype,
        left: most_runs(shape),
        stored: Stored::new(memory, "the transitions of a chunk's slices")?,
        row: Vec::new(),
        candidates: Vec::new(),
        held: memory.hold("a row of a chunk", 0)?,
    };
    let rows = || Stretches::new(memory, "the rows of a chunk's slices");
    let (mut before, mut slice) = (rows()?, rows()?);
    let mut runs = Vec::new();
    let mut held = memory.hold("the runs of a row", 0)?;
    for z in 0..shape.depth {
        let mut last = Row::default();
        let mut relations = Relations::default();
        let mut y = 0;
        while y < shape.height {
            before.look_at(y);
            let found = decoder.next(z, &mut y, &before, &mut slice, last, &mut relations)?;
            let Some(row) = found else { continue };
            slice.push(y, row)?;
            if !row.span.is_empty() {
                let transitions = decoder.stored.row(row.span);
                if runs.capacity() < transitions.len() {
                    runs.clear();
                    held.reserve(&mut runs, transitions.len())?;
                }
                runs_of(transitions, &mut runs);
                if sink.row(z, y, &runs) == ControlFlow::Break(()) {
                    return Ok(());
                }
            }
            last = row;
            y += 1;
        }
        std::mem::swap(&mut before, &mut slice);
        slice.clear();
        if decoder.stored.is_full() {
            let count = before.len();
            decoder.stored.keep(before.values_mut().map(|row| &mut row.span), count)?;
        }
    }
    if decoder.reader.is_at_end() { Ok(()) } else { Err(decoder.corrupt("bytes are left over")) }
}

struct Decoder<'a> {
    reader: Reader<'a>,
    shape: ChunkShape,
    dtype: Dtype,
    /// How many more runs rows may spell out.
    left: usize,
    stored: Stored<'a, Transition>,
    /// The row being decoded.
    row: Vec<Transition>,
    candidates: Vec<Candidate>,
    held: Held<'a>,
}

impl Decoder<'_> {
    /// Decodes row `y`, behind row `last` of its slice, or the rows of an empty stretch: then `y` is the row behind these, and where they
    /// are all, there is no row.
    fn next(
        &mut self,
        z: u32,
        y: &mut u32,
        before: &Stretches<'_, Row>,
        slice: &mut Stretches<'_, Row>,
        last: Row,
        relations: &mut Relations,
    ) -> Result<Option<Row>, FormatError> {
        let same = before.here();
        let spans = [last.span, same.span, before.before(*y).span, before.after(*y).span];
        if spans == [Span::default(); 4] {
            *relations = Relations::default();
            // Behind the stretch, or behind its last row but one, comes a row that is not empty.
            let end = before.end().unwrap_or(self.shape.height);
            let end = if end < self.shape.height { end - 1 } else { end };
            let start = *y;
            *y = self.empty_rows(z, start, end)?;
            if *y > start {
                slice.push_until(*y, Row::default())?;
            }
            if *y == end {
                return Ok(None);
            }
            return self.coded(spans, relations).map(Some);
        }
        self.relate(spans, *y, relations);
        let context = row::context(relations, last.origin, same.origin);
        Ok(Some(match self.reader.symbol(ROW.at(context), || 0) {
            0 => Row::new(same.span, Origin::Slice),
            1 => Row::new(last.span, Origin::Row),
            2 => self.coded(spans, relations)?,
            _ => return Err(self.corrupt("how a row comes about is not known")),
        }))
    }

    /// The first row from `start` on that is not empty; `end` where there is none before.
    fn empty_rows(&mut self, z: u32, start: u32, end: u32) -> Result<u32, FormatError> {
        match self.reader.symbol(STRETCH.at(usize::from(z == 0)), || 0) {
            0 => Ok(end),
            1 => {
                let row = start.saturating_add(self.reader.number(Number::Rows, 0));
                if row < end { Ok(row) } else { Err(self.corrupt("a stretch of rows is too long")) }
            }
            _ => Err(self.corrupt("whether rows are empty is not known")),
        }
    }

    /// Relates the row of the slice before to those around; `relations` are of the row before.
    #[inline]
    fn relate(&self, [row, slice, before, after]: [Span; 4], y: u32, relations: &mut Relations) {
        let relation = |one: Span, other: Span| match one == other {
            true => Relation::default(),
            false => Relation::of(self.stored.row(one), self.stored.row(other)),
        };
        *relations = Relations {
            row: relation(slice, row),
            // The row before had these two the other way round.
            slice_before: if y == 0 { relation(slice, before) } else { relations.slice_after },
            slice_after: relation(slice, after),
        };
    }

    /// A row that is told by the transitions of those around.
    fn coded(
        &mut self,
        [row, slice, before, after]: [Span; 4],
        relations: &Relations,
    ) -> Result<Row, FormatError> {
        let around = Around {
            slice: self.stored.row(slice),
            row: self.stored.row(row),
            slice_before: self.stored.row(before),
            slice_after: self.stored.row(after),
        };
        let most = around.slice.len() + around.row.len();
        self.candidates.clear();
        self.row.clear();
        self.held.reserve(&mut self.candidates, most)?;
        self.held.reserve(&mut self.row, most)?;
        merge(&around, relations, &mut self.candidates);
        let mut new = NewRow {
            width: self.shape.width,
            dtype: self.dtype,
            transitions: &mut self.row,
            held: &mut self.held,
        };
        match row::code(&mut self.reader, &self.candidates, &around, &mut new, Wanted::default()) {
            Ok(()) => {}
            Err(Unfit::Memory(error)) => return Err(error.into()),
            Err(Unfit::Symbols(reason)) => return Err(self.corrupt(reason)),
        }
        // Between transitions lies at most one run.
        let left = self.left.checked_sub(self.row.len() / 2);
        self.left = left
            .ok_or_else(|| self.corrupt("the rows have more transitions than the shape allows"))?;
        Ok(Row::new(self.stored.push(&self.row)?, Origin::Coded))
    }

    fn corrupt(&self, reason: &'static str) -> FormatError {
        corrupt(self.reader.position(), reason)
    }
}
