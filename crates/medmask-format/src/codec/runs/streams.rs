//! The symbols of a chunk as three byte streams behind a general compressor (SPEC.md, "Codec: runs",
//! "Byte streams").

use std::borrow::Cow;

use super::numbers::{unzigzag, zigzag};
use super::row::{Near, Op, Place, SECTION, Step, SymbolReader, SymbolWriter};
use crate::codec::ChunkShape;
use crate::codec::entropy::{self, Entropy, Kind};
use crate::{Dtype, FormatError};

/// Operations, moves of transitions, and steps with gaps and labels. Apart, since a general compressor finds repeats among
/// symbols of one kind.
const STREAMS: usize = 3;
/// Low bits of an operation byte that hold the operation; the others hold the repeat count less one.
const OP_BITS: u32 = 3;
/// The repeat count, less one, after which a number follows that is added to it.
const LONG_REPEAT: u32 = 31;

/// Bytes that all streams of a chunk may have together before compression: what bounds a decoder's memory.
pub(super) fn most_bytes(shape: ChunkShape) -> u64 {
    let rows = shape.rows().saturating_mul(2);
    shape.voxels().saturating_add(rows).saturating_add(64).min(1 << 30)
}

/// Writes symbols into byte streams.
pub(super) struct StreamWriter {
    dtype: Dtype,
    ops: Vec<u8>,
    moves: Vec<u8>,
    edits: Vec<u8>,
    /// The operation that is being repeated.
    op: Op,
    repeats: u64,
}

impl StreamWriter {
    pub(super) fn new(dtype: Dtype) -> Self {
        let [ops, moves, edits] = [const { Vec::new() }; STREAMS];
        Self { dtype, ops, moves, edits, op: Op::CopySlice, repeats: 0 }
    }

    /// The streams, each with its length and compressed where that helps.
    pub(super) fn finish(mut self, entropy: Entropy) -> Result<Vec<u8>, FormatError> {
        self.put_op();
        let mut out = Vec::new();
        for stream in [&self.ops, &self.moves, &self.edits] {
            // Their length is at most `most_bytes`, so it fits with a bit to spare.
            let len = (stream.len() as u32) << 1;
            if let Some(bytes) = entropy::compress(entropy, stream)? {
                put_number(&mut out, len | 1);
                put_number(&mut out, bytes.len() as u32);
                out.extend_from_slice(&bytes);
            } else {
                put_number(&mut out, len);
                out.extend_from_slice(stream);
            }
        }
        Ok(out)
    }

    fn put_op(&mut self) {
        while self.repeats > 0 {
            let count = (self.repeats - 1).min(LONG_REPEAT.into()) as u32;
            let more = (self.repeats - 1 - u64::from(count)).min(u32::MAX.into()) as u32;
            self.ops.push(self.op as u8 | (count << OP_BITS) as u8);
            if count == LONG_REPEAT {
                put_number(&mut self.ops, more);
            }
            self.repeats -= u64::from(count) + u64::from(more) + 1;
        }
    }
}

impl SymbolWriter for StreamWriter {
    fn op(&mut self, _: &Near<'_>, _: u32, op: Op) {
        if op != self.op {
            self.put_op();
            self.op = op;
        }
        self.repeats += 1;
    }

    fn shift(&mut self, _: &Place<'_>, _: bool, by: i32) {
        put_number(&mut self.moves, zigzag(by));
    }

    fn step(&mut self, _: bool, step: Step) {
        self.edits.push(step as u8);
    }

    fn edit_move(&mut self, by: i32) {
        put_number(&mut self.moves, zigzag(by));
    }

    fn gap(&mut self, gap: u32) {
        put_number(&mut self.edits, gap);
    }

    fn label(&mut self, _: &Near<'_>, _: u32, _: u32, label: u32) {
        if self.dtype != Dtype::Bool {
            put_number(&mut self.edits, label);
        }
    }

    fn len(&self) -> usize {
        self.ops.len() + self.moves.len() + self.edits.len()
    }
}

/// Appends a number, 7 bits a byte, the low ones first; the high bit says that another byte follows.
fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A stream before compression, and where it stands in the chunk.
pub(super) struct Stream<'a> {
    bytes: Cow<'a, [u8]>,
    offset: u64,
}

/// The streams of a chunk whose first byte was read already.
pub(super) fn unpack(
    bytes: &[u8],
    kind: Kind,
    shape: ChunkShape,
) -> Result<[Stream<'_>; STREAMS], FormatError> {
    let mut reader = Reader { bytes, at: 0, offset: 1 };
    let mut most = most_bytes(shape);
    let mut next = || -> Result<Stream<'_>, FormatError> {
        let head = reader.number()?;
        let (len, is_compressed) = (u64::from(head >> 1), head & 1 == 1);
        most = most
            .checked_sub(len)
            .ok_or_else(|| reader.corrupt("the streams are longer than the shape allows"))?;
        let stored = if is_compressed { reader.number()?.into() } else { len };
        let offset = reader.offset + reader.at as u64;
        let bytes = reader.take(stored)?;
        let kind = if is_compressed { kind } else { Kind::None };
        Ok(Stream { bytes: entropy::decompress(kind, bytes, offset, len)?, offset })
    };
    let streams = [next()?, next()?, next()?];
    if reader.has_more() {
        return Err(reader.corrupt("bytes follow the last stream"));
    }
    Ok(streams)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the bytes stand in the chunk, for errors.
    offset: u64,
}

impl<'a> Reader<'a> {
    fn has_more(&self) -> bool {
        self.at < self.bytes.len()
    }

    fn corrupt(&self, reason: &'static str) -> FormatError {
        FormatError::corrupt(SECTION, self.offset, reason)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, FormatError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.corrupt("a stream ends early"))?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn number(&mut self) -> Result<u32, FormatError> {
        let first = self.byte()?;
        if first < 0x80 { Ok(first.into()) } else { self.long_number(first) }
    }

    fn long_number(&mut self, first: u8) -> Result<u32, FormatError> {
        let mut number = u64::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(number).map_err(|_| self.corrupt("a number is too large"));
            }
        }
        Err(self.corrupt("a number is too long"))
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], FormatError> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(len).ok().and_then(|len| rest.get(..len));
        let taken = taken.ok_or_else(|| self.corrupt("a stream ends early"))?;
        self.at += taken.len();
        Ok(taken)
    }
}

/// Reads what a [`StreamWriter`] wrote.
pub(super) struct StreamReader<'a> {
    dtype: Dtype,
    ops: Reader<'a>,
    moves: Reader<'a>,
    edits: Reader<'a>,
    op: Op,
    repeats: u64,
}

impl<'a> StreamReader<'a> {
    pub(super) fn new(streams: &'a [Stream<'_>; STREAMS], dtype: Dtype) -> Self {
        let [ops, moves, edits] = streams.each_ref().map(|stream| Reader {
            bytes: &stream.bytes,
            at: 0,
            offset: stream.offset,
        });
        Self { dtype, ops, moves, edits, op: Op::CopySlice, repeats: 0 }
    }

    fn next_op(&mut self) -> Result<(), FormatError> {
        let byte = self.ops.byte()?;
        let op = Op::ALL.get(usize::from(byte & ((1 << OP_BITS) - 1)));
        self.op = *op.ok_or_else(|| self.ops.corrupt("the operation is not known"))?;
        let count = u32::from(byte >> OP_BITS);
        self.repeats = u64::from(count) + 1;
        if count == LONG_REPEAT {
            self.repeats += u64::from(self.ops.number()?);
        }
        Ok(())
    }
}

impl SymbolReader for StreamReader<'_> {
    const LOOKS_AROUND: bool = false;

    #[inline]
    fn op(&mut self, _: &Near<'_>, _: u32) -> Result<Op, FormatError> {
        if self.repeats == 0 {
            self.next_op()?;
        }
        self.repeats -= 1;
        Ok(self.op)
    }

    #[inline]
    fn shift(&mut self, _: &Place<'_>, _: bool) -> Result<i32, FormatError> {
        self.moves.number().map(unzigzag)
    }

    fn step(&mut self, _: bool) -> Result<Step, FormatError> {
        let step = Step::ALL.get(usize::from(self.edits.byte()?));
        step.copied().ok_or_else(|| self.edits.corrupt("the step is not known"))
    }

    fn edit_move(&mut self) -> Result<i32, FormatError> {
        self.moves.number().map(unzigzag)
    }

    fn gap(&mut self) -> Result<u32, FormatError> {
        self.edits.number()
    }

    fn label(&mut self, _: &Near<'_>, _: u32, before: u32) -> Result<u32, FormatError> {
        if self.dtype == Dtype::Bool { Ok(u32::from(before == 0)) } else { self.edits.number() }
    }

    fn finish(&self) -> Result<(), FormatError> {
        if self.repeats > 0 || self.ops.has_more() {
            return Err(self.ops.corrupt("more rows than the shape says"));
        }
        if self.moves.has_more() || self.edits.has_more() {
            return Err(self.moves.corrupt("bytes are left over"));
        }
        Ok(())
    }

    fn corrupt(&self, reason: &'static str) -> FormatError {
        self.moves.corrupt(reason)
    }
}
