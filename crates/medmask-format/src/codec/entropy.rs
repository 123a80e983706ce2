//! The general compressors that stand behind the codecs, and the bounds on what they may unpack.

use std::borrow::Cow;

use medmask_voxel::{Held, Memory};

use super::{CodecId, lz4, planes};
use crate::{FormatError, zstandard};

const SECTION: &str = "chunk";

/// What stands behind the rows of the `runs` codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entropy {
    /// Nothing.
    None,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd {
        /// Zstandard level, 1 to 22.
        level: i32,
    },
}

impl Entropy {
    /// The level of Zstandard where none is chosen: the bytes before it are few.
    pub const ZSTD_LEVEL: i32 = 15;
}

impl Default for Entropy {
    /// Zstandard of [`ZSTD_LEVEL`](Self::ZSTD_LEVEL); nothing where that is not built in.
    fn default() -> Self {
        if cfg!(feature = "zstd") { Self::Zstd { level: Self::ZSTD_LEVEL } } else { Self::None }
    }
}

/// The compressor of some bytes, as the file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    None = 0,
    Lz4 = 1,
    Zstd = 2,
}

impl Kind {
    pub(super) fn from_code(code: u8) -> Option<Self> {
        [Self::None, Self::Lz4, Self::Zstd].into_iter().find(|kind| *kind as u8 == code)
    }
}

impl Entropy {
    /// What stands behind the rows of a chunk of `runs`, with or without its repeated planes. Packed voxels, whose first byte is above
    /// 15, do not tell: they may be smaller without a compressor.
    pub(super) fn of_runs(id: CodecId, chunk: &[u8]) -> Option<Self> {
        let (id, chunk) =
            if id == CodecId::Planes { planes::rest(chunk).ok()? } else { (id, chunk) };
        let kind = chunk.first().filter(|_| id == CodecId::Runs)?;
        Kind::from_code(*kind).map(|kind| match kind {
            Kind::None => Self::None,
            Kind::Lz4 => Self::Lz4,
            Kind::Zstd => Self::Zstd { level: Self::ZSTD_LEVEL },
        })
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::None => Kind::None,
            Self::Lz4 => Kind::Lz4,
            Self::Zstd { .. } => Kind::Zstd,
        }
    }
}

/// The compressed bytes; `None` where they would not be fewer.
pub(super) fn compress(entropy: Entropy, bytes: &[u8]) -> Result<Option<Vec<u8>>, FormatError> {
    let memory = Memory::unlimited();
    let mut held = memory.hold("a compressed chunk", 0)?;
    let compressed = match entropy {
        Entropy::None => return Ok(None),
        Entropy::Lz4 => lz4::compress(bytes, &mut held)?,
        Entropy::Zstd { level } => zstandard::compress(bytes, level, &mut held)?,
    };
    Ok((compressed.len() < bytes.len()).then_some(compressed))
}

/// Refuses a length that no compressor packs into so few bytes.
fn check_expansion(kind: Kind, bytes: &[u8], offset: u64, len: u64) -> Result<(), FormatError> {
    let stored = bytes.len() as u64;
    // LZ4 spends a byte on 255; Zstandard at least 4 bytes on a block of 128 KiB.
    let fits = match kind {
        Kind::None => len == stored,
        Kind::Lz4 => len <= stored.saturating_mul(255).saturating_add(64),
        Kind::Zstd => len <= (stored / 4).saturating_add(1).saturating_mul(128 * 1024),
    };
    if fits { Ok(()) } else { Err(wrong_length(offset)) }
}

fn wrong_length(offset: u64) -> FormatError {
    FormatError::corrupt(SECTION, offset, "the compressed bytes do not give the length stated")
}

/// Longer than this, what a compressor gives is never in memory as a whole: it packs so densely that a small chunk may be worth more
/// than memory holds. Up to here unpacking at once is faster.
pub(super) const AT_ONCE: u64 = 16 << 20;

/// Bytes that are taken piece by piece, front to back.
pub(super) struct Pieces<'a> {
    from: Origin<'a>,
    offset: u64,
    /// How many are left.
    left: u64,
    held: Held<'a>,
}

enum Origin<'a> {
    Whole { bytes: Cow<'a, [u8]>, at: usize },
    Lz4(lz4::Stream<'a>),
    Zstd(zstandard::Stream<'a>),
}

impl<'a> Pieces<'a> {
    /// Exactly `len` bytes out of `bytes`, which stand at `offset` in the chunk. Up to `at_once` of them are unpacked at once.
    pub(super) fn new(
        kind: Kind,
        (bytes, offset): (&'a [u8], u64),
        len: u64,
        at_once: u64,
        memory: &'a Memory,
    ) -> Result<Self, FormatError> {
        check_expansion(kind, bytes, offset, len)?;
        let mut held = memory.hold("an unpacked chunk", 0)?;
        let whole = |unpacked: Option<Vec<u8>>| {
            let unpacked = unpacked.filter(|unpacked| unpacked.len() as u64 == len);
            let bytes = Cow::Owned(unpacked.ok_or_else(|| wrong_length(offset))?);
            Ok::<_, FormatError>(Origin::Whole { bytes, at: 0 })
        };
        let from = match kind {
            Kind::None => Origin::Whole { bytes: Cow::Borrowed(bytes), at: 0 },
            Kind::Lz4 if len > at_once => Origin::Lz4(lz4::Stream::new(bytes)),
            Kind::Lz4 => whole(lz4::decompress(bytes, len as usize, &mut held)?)?,
            Kind::Zstd if len > at_once => {
                Origin::Zstd(zstandard::Stream::new(bytes, zstandard::WINDOW_BITS, &mut held)?)
            }
            Kind::Zstd => whole(zstandard::decompress_held(bytes, len as usize, &mut held)?)?,
        };
        Ok(Self { from, offset, left: len, held })
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next `len` bytes.
    pub(super) fn next(&mut self, len: usize) -> Result<&[u8], FormatError> {
        let piece = match &mut self.from {
            Origin::Whole { bytes, at } => {
                let start = *at;
                *at = start.saturating_add(len);
                bytes.get(start..*at)
            }
            Origin::Lz4(stream) => stream.next(len, &mut self.held)?,
            Origin::Zstd(stream) => stream.next(len, &mut self.held)?,
        };
        self.left = self.left.saturating_sub(len as u64);
        piece.ok_or_else(|| wrong_length(self.offset))
    }

    /// Puts what comes next in place of what `buffer` holds: all of it, or up to `len` bytes where it is unpacked piece by piece.
    pub(super) fn refill(&mut self, buffer: &mut Vec<u8>, len: usize) -> Result<(), FormatError> {
        if let Origin::Whole { bytes: Cow::Owned(bytes), at: 0 } = &mut self.from {
            *buffer = std::mem::take(bytes);
            self.left = 0;
            return Ok(());
        }
        let most = if matches!(self.from, Origin::Whole { .. }) { usize::MAX } else { len };
        let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(most);
        buffer.clear();
        self.held.reserve(buffer, len)?;
        buffer.extend_from_slice(self.next(len)?);
        Ok(())
    }

    /// The error for voxels that do not fit, at the place of the chunk where all of them stand.
    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        FormatError::corrupt(SECTION, self.offset, reason)
    }

    /// Fails where bytes are left.
    pub(super) fn finish(mut self) -> Result<(), FormatError> {
        let is_at_end = match &mut self.from {
            Origin::Whole { bytes, at } => *at == bytes.len(),
            Origin::Lz4(stream) => stream.is_at_end(),
            Origin::Zstd(stream) => stream.is_at_end(),
        };
        if is_at_end { Ok(()) } else { Err(wrong_length(self.offset)) }
    }
}
