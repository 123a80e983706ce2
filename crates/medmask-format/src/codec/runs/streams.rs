//! The symbols of a chunk as three byte streams behind a general compressor (SPEC.md, "Codec: runs",
//! "Byte streams").

use medmask_voxel::Memory;

use super::numbers::{unzigzag, zigzag};
use super::row::{Op, SECTION, Step, corrupt};
use crate::codec::ChunkShape;
use crate::codec::entropy::{self, Entropy, Kind, Pieces};
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

    /// The next row comes about by `op`.
    pub(super) fn op(&mut self, op: Op) {
        if op != self.op {
            self.put_op();
            self.op = op;
        }
        self.repeats += 1;
    }

    /// A transition of the reference moves along x.
    pub(super) fn shift(&mut self, by: i32) {
        put_number(&mut self.moves, zigzag(by));
    }

    /// The next step of an edit.
    pub(super) fn step(&mut self, step: Step) {
        self.edits.push(step as u8);
    }

    /// Voxels from the first free place to the inserted transition.
    pub(super) fn gap(&mut self, gap: u32) {
        put_number(&mut self.edits, gap);
    }

    /// The label of a transition that does not keep its own.
    pub(super) fn label(&mut self, label: u32) {
        if self.dtype != Dtype::Bool {
            put_number(&mut self.edits, label);
        }
    }

    /// Bytes so far, before any compression.
    pub(super) fn len(&self) -> usize {
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

/// A stream of more bytes is unpacked piece by piece: a chunk has three of them.
const AT_ONCE: u64 = 4 << 20;
/// Bytes of such a piece.
const PIECE: usize = 64 * 1024;

/// The streams of a chunk whose first byte was read already.
fn unpack<'a>(
    mut bytes: &'a [u8],
    kind: Kind,
    shape: ChunkShape,
    memory: &'a Memory,
) -> Result<[Reader<'a>; STREAMS], FormatError> {
    let length = bytes.len();
    let mut most = most_bytes(shape);
    let mut next = || -> Result<Reader<'a>, FormatError> {
        let offset = |rest: &[u8]| 1 + (length - rest.len());
        let start = offset(bytes);
        let early = || corrupt(start, "a stream ends early");
        let mut byte = || bytes.split_off_first().copied().ok_or_else(early);
        let head = number(&mut byte, |reason| corrupt(start, reason))?;
        let (len, is_compressed) = (u64::from(head >> 1), head & 1 == 1);
        most = most
            .checked_sub(len)
            .ok_or_else(|| corrupt(start, "the streams are longer than the shape allows"))?;
        let stored = if is_compressed {
            number(&mut byte, |reason| corrupt(start, reason))?.into()
        } else {
            len
        };
        let offset = offset(bytes) as u64;
        let stored = usize::try_from(stored).ok().and_then(|stored| bytes.split_off(..stored));
        let kind = if is_compressed { kind } else { Kind::None };
        let pieces = Pieces::new(kind, (stored.ok_or_else(early)?, offset), len, AT_ONCE, memory)?;
        Ok(Reader { bytes: Vec::new(), at: 0, pieces, offset })
    };
    let streams = [next()?, next()?, next()?];
    if !bytes.is_empty() {
        return Err(corrupt(length - bytes.len() + 1, "bytes follow the last stream"));
    }
    Ok(streams)
}

/// A number, 7 bits a byte, the low ones first; at most 5 bytes and 32 bits.
#[inline]
fn number(
    mut byte: impl FnMut() -> Result<u8, FormatError>,
    corrupt: impl Fn(&'static str) -> FormatError,
) -> Result<u32, FormatError> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = byte()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return u32::try_from(number).map_err(|_| corrupt("a number is too large"));
        }
    }
    Err(corrupt("a number is too long"))
}

/// A stream, of which as much is in memory as is unpacked at once.
struct Reader<'a> {
    bytes: Vec<u8>,
    at: usize,
    pieces: Pieces<'a>,
    /// Where the stream stands in the chunk, for errors.
    offset: u64,
}

impl Reader<'_> {
    fn has_more(&self) -> bool {
        self.at < self.bytes.len() || self.pieces.left() > 0
    }

    fn corrupt(&self, reason: &'static str) -> FormatError {
        FormatError::corrupt(SECTION, self.offset, reason)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, FormatError> {
        let Some(byte) = self.bytes.get(self.at) else { return self.byte_of_next_piece() };
        self.at += 1;
        Ok(*byte)
    }

    #[cold]
    fn byte_of_next_piece(&mut self) -> Result<u8, FormatError> {
        if self.pieces.left() == 0 {
            return Err(self.corrupt("a stream ends early"));
        }
        self.pieces.refill(&mut self.bytes, PIECE)?;
        self.at = 1;
        self.bytes.first().copied().ok_or_else(|| self.corrupt("a stream ends early"))
    }

    #[inline]
    fn number(&mut self) -> Result<u32, FormatError> {
        match self.bytes.get(self.at) {
            Some(first) if *first < 0x80 => {
                self.at += 1;
                Ok((*first).into())
            }
            _ => self.long_number(),
        }
    }

    #[inline(never)]
    fn long_number(&mut self) -> Result<u32, FormatError> {
        let offset = self.offset;
        number(|| self.byte(), |reason| FormatError::corrupt(SECTION, offset, reason))
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
    /// Reads a chunk of `shape` without its first byte, which says what compresses the streams.
    pub(super) fn new(
        bytes: &'a [u8],
        kind: Kind,
        shape: ChunkShape,
        dtype: Dtype,
        memory: &'a Memory,
    ) -> Result<Self, FormatError> {
        let [ops, moves, edits] = unpack(bytes, kind, shape, memory)?;
        Ok(Self { dtype, ops, moves, edits, op: Op::CopySlice, repeats: 0 })
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

    #[inline]
    pub(super) fn op(&mut self) -> Result<Op, FormatError> {
        if self.repeats == 0 {
            self.next_op()?;
        }
        self.repeats -= 1;
        Ok(self.op)
    }

    #[inline]
    pub(super) fn shift(&mut self) -> Result<i32, FormatError> {
        self.moves.number().map(unzigzag)
    }

    pub(super) fn step(&mut self) -> Result<Step, FormatError> {
        let step = Step::ALL.get(usize::from(self.edits.byte()?));
        step.copied().ok_or_else(|| self.edits.corrupt("the step is not known"))
    }

    pub(super) fn gap(&mut self) -> Result<u32, FormatError> {
        self.edits.number()
    }

    pub(super) fn label(&mut self, before: u32) -> Result<u32, FormatError> {
        if self.dtype == Dtype::Bool { Ok(u32::from(before == 0)) } else { self.edits.number() }
    }

    /// Fails where symbols are left over.
    pub(super) fn finish(self) -> Result<(), FormatError> {
        if self.repeats > 0 || self.ops.has_more() {
            return Err(self.ops.corrupt("more rows than the shape says"));
        }
        if self.moves.has_more() || self.edits.has_more() {
            return Err(self.moves.corrupt("bytes are left over"));
        }
        [self.ops, self.moves, self.edits].into_iter().try_for_each(|stream| stream.pieces.finish())
    }

    /// The error for a symbol that does not fit.
    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        self.moves.corrupt(reason)
    }
}
