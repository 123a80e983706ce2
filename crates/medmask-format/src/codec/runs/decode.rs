//! Bytes to rows of runs (SPEC.md, "Codec: runs").

use std::ops::{ControlFlow, Range};

use super::Op;
use super::streams::{self, Reader, unzigzag};
use crate::codec::entropy::Kind;
use crate::codec::{ChunkShape, Sink, packed};
use crate::{Dtype, FormatError, Run};

/// Hands the rows of one chunk to `sink`.
pub(in crate::codec) fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    sink: &mut S,
) -> Result<(), FormatError> {
    let mut reader = Reader::new(bytes, 0);
    let head = reader.byte()?;
    let kind = match head & 0xf {
        0 => Kind::None,
        1 => Kind::Lz4,
        2 => Kind::Zstd,
        _ => return Err(reader.corrupt("the compressor is not known")),
    };
    match head >> 4 {
        0 => decode_rows(&mut reader, kind, shape, dtype, sink),
        1 => {
            let bits = reader.byte()?;
            if !(1..=32).contains(&bits) {
                return Err(reader.corrupt("voxels have 1 to 32 bits"));
            }
            let len = packed::packed_len(shape, bits.into());
            let voxels = crate::codec::entropy::decompress(kind, &bytes[2..], 2, len)?;
            packed::unpack(&voxels, 2, shape, dtype, bits.into(), sink)
        }
        _ => Err(reader.corrupt("the layout is not known")),
    }
}

fn decode_rows<S: Sink + ?Sized>(
    reader: &mut Reader<'_>,
    kind: Kind,
    shape: ChunkShape,
    dtype: Dtype,
    sink: &mut S,
) -> Result<(), FormatError> {
    let streams = streams::read(reader, kind, streams::most_bytes(shape, dtype))?;
    if !reader.is_empty() {
        return Err(reader.corrupt("bytes follow the last stream"));
    }
    let [ops, moves, literals] = &streams;
    let rows = Rows {
        ops: ops.reader(),
        moves: moves.reader(),
        literals: literals.reader(),
        width: shape.width,
        dtype,
        runs: Vec::new(),
    };
    rows.decode(shape, sink)
}

/// The rows decoded so far: their runs once each, however many rows repeat them.
struct Rows<'a> {
    ops: Reader<'a>,
    moves: Reader<'a>,
    literals: Reader<'a>,
    width: u32,
    dtype: Dtype,
    /// Grows by what the streams spell out, so their length bounds it.
    runs: Vec<Run>,
}

impl Rows<'_> {
    fn decode<S: Sink + ?Sized>(
        mut self,
        shape: ChunkShape,
        sink: &mut S,
    ) -> Result<(), FormatError> {
        // Where the runs of row y are: of this slice up to the row reached, of the slice before from there on.
        let mut rows: Vec<Range<usize>> = Vec::new();
        let mut op = Op::Empty;
        let mut repeats = 0;
        for z in 0..shape.depth {
            let mut row_before = 0..0;
            for y in 0..shape.height {
                if repeats == 0 {
                    (op, repeats) = self.op()?;
                }
                repeats -= 1;
                if z == 0 {
                    rows.push(0..0);
                }
                let slice_before = &mut rows[y as usize];
                let row = match op {
                    Op::Empty => 0..0,
                    Op::CopySlice => slice_before.clone(),
                    Op::CopyRow => row_before,
                    Op::ShiftSlice => self.shift(slice_before.clone())?,
                    Op::ShiftRow => self.shift(row_before)?,
                    Op::Literal => self.literal()?,
                };
                *slice_before = row.clone();
                row_before = row.clone();
                if !row.is_empty() && sink.row(z, y, &self.runs[row]) == ControlFlow::Break(()) {
                    return Ok(());
                }
            }
        }
        self.check_end(repeats)
    }

    fn check_end(&self, repeats: u64) -> Result<(), FormatError> {
        if repeats > 0 || !self.ops.is_empty() {
            return Err(self.ops.corrupt("more rows than the shape says"));
        }
        if !self.moves.is_empty() || !self.literals.is_empty() {
            return Err(self.moves.corrupt("bytes are left over"));
        }
        Ok(())
    }

    fn op(&mut self) -> Result<(Op, u64), FormatError> {
        let byte = self.ops.byte()?;
        let op =
            Op::from_byte(byte).ok_or_else(|| self.ops.corrupt("the operation is not known"))?;
        let mut repeats = u64::from(byte >> Op::BITS) + 1;
        if repeats > u64::from(Op::LONG) {
            repeats += u64::from(self.ops.number()?);
        }
        Ok((op, repeats))
    }

    /// Appends the runs of `from` with each transition moved.
    fn shift(&mut self, from: Range<usize>) -> Result<Range<usize>, FormatError> {
        let first = self.runs.len();
        let mut end_before = Run { start: 0, end: 0, label: 0 };
        let mut moved_end = 0;
        for index in from {
            let Run { start, end, label } = self.runs[index];
            // Neighbours that touch share a transition, and go on doing so.
            let touches = end_before.end == start && end_before.label != 0;
            let new_start = if touches { moved_end } else { self.moved(start)? };
            let new_end = self.moved(end)?;
            let joins = !touches && new_start == moved_end && label == end_before.label;
            if new_start < moved_end || new_end <= new_start || new_end > self.width || joins {
                return Err(self.moves.corrupt("a transition is out of order"));
            }
            self.runs.push(Run { start: new_start, end: new_end, label });
            end_before = Run { start, end, label };
            moved_end = new_end;
        }
        Ok(first..self.runs.len())
    }

    #[inline]
    fn moved(&mut self, at: u32) -> Result<u32, FormatError> {
        Ok(at.wrapping_add_signed(unzigzag(self.moves.number()?)))
    }

    /// Appends the runs that the literals spell out: their number, then gap, length and label of each.
    fn literal(&mut self) -> Result<Range<usize>, FormatError> {
        let first = self.runs.len();
        let count = self.literals.number()?;
        let mut at = 0_u32;
        for _ in 0..count {
            let start = at.checked_add(self.literals.number()?);
            let end = match (start, self.literals.number()?) {
                (Some(start), len) => start.checked_add(len),
                _ => None,
            };
            let label = if self.dtype == Dtype::Bool { 1 } else { self.literals.number()? };
            let (Some(start), Some(end)) = (start, end) else {
                return Err(self.literals.corrupt("a run leaves the row"));
            };
            let joins =
                self.runs[first..].last().is_some_and(|run| run.end == start && run.label == label);
            if end > self.width
                || end == start
                || joins
                || label == 0
                || label > self.dtype.max_label()
            {
                return Err(self
                    .literals
                    .corrupt("a run is empty, joins another or leaves the row"));
            }
            self.runs.push(Run { start, end, label });
            at = end;
        }
        Ok(first..self.runs.len())
    }
}
