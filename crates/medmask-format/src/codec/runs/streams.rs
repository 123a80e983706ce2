//! The three byte streams of a chunk and their frame (SPEC.md, "Codec: runs").

use std::borrow::Cow;

use crate::codec::ChunkShape;
use crate::codec::entropy::{self, Entropy, Kind};
use crate::{Dtype, FormatError};

pub(super) const SECTION: &str = "chunk";

/// Operations, moves of transitions, and literal gaps and labels.
pub(super) const STREAMS: usize = 3;

/// Bytes that all streams of a chunk may have together before compression: what bounds a decoder's memory.
pub(super) fn most_bytes(shape: ChunkShape, dtype: Dtype) -> u64 {
    shape
        .packed_bytes(dtype)
        .saturating_add(shape.rows().saturating_mul(2))
        .saturating_add(64)
        .min(1 << 30)
}

/// Appends a number, 7 bits a byte, the low ones first; the high bit says that another byte follows.
pub(super) fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Small numbers for small magnitudes: 0, -1, 1, -2, 2, ...
pub(super) fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

pub(super) fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// Appends the streams, each with its length and compressed where that helps.
pub(super) fn write(
    streams: &[Vec<u8>; STREAMS],
    entropy: Entropy,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    for stream in streams {
        let compressed = entropy::compress(entropy, stream)?;
        let unpacked = stream.len() as u32;
        match compressed {
            Some(bytes) => {
                put_number(out, unpacked << 1 | 1);
                put_number(out, bytes.len() as u32);
                out.extend_from_slice(&bytes);
            }
            None => {
                put_number(out, unpacked << 1);
                out.extend_from_slice(stream);
            }
        }
    }
    Ok(())
}

/// A stream being read.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the stream stands in the chunk, for errors.
    offset: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, at: 0, offset }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        FormatError::corrupt(SECTION, self.offset, reason)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, FormatError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.corrupt("a stream ends early"))?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u32, FormatError> {
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

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], FormatError> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..len).ok_or_else(|| self.corrupt("a stream ends early"))?;
        self.at += len;
        Ok(taken)
    }
}

/// A stream's bytes before compression, and where it stands in the chunk.
pub(super) struct Stream<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    offset: u64,
}

impl Stream<'_> {
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.bytes, self.offset)
    }
}

/// The streams that [`write`] wrote; `most` is the number of bytes that they may have together.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    kind: Kind,
    mut most: u64,
) -> Result<[Stream<'a>; STREAMS], FormatError> {
    let mut next = || -> Result<Stream<'a>, FormatError> {
        let head = reader.number()?;
        let (len, is_compressed) = (head >> 1, head & 1 == 1);
        most = most
            .checked_sub(len.into())
            .ok_or_else(|| reader.corrupt("the streams are longer than the shape allows"))?;
        let stored = if is_compressed { reader.number()? } else { len };
        let offset = reader.offset + reader.at as u64;
        let bytes = reader.take(stored as usize)?;
        let kind = if is_compressed { kind } else { Kind::None };
        Ok(Stream { bytes: entropy::decompress(kind, bytes, offset, len.into())?, offset })
    };
    Ok([next()?, next()?, next()?])
}
