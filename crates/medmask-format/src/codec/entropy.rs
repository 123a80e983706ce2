//! The general compressors that stand behind the codecs, and the bounds on what they may unpack.

use std::borrow::Cow;

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
    /// Arithmetic coding that learns from the neighbouring rows: the smallest, needs no cargo feature, and takes two to
    /// three times as long to decode as Zstandard.
    Adaptive,
}

impl Entropy {
    /// The level of Zstandard where none is chosen: the bytes before it are few.
    pub const ZSTD_LEVEL: i32 = 15;
}

impl Default for Entropy {
    /// Zstandard of [`ZSTD_LEVEL`](Self::ZSTD_LEVEL); `Adaptive` where Zstandard is not built in.
    fn default() -> Self {
        if cfg!(feature = "zstd") { Self::Zstd { level: Self::ZSTD_LEVEL } } else { Self::Adaptive }
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
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::None | Self::Adaptive => Kind::None,
            Self::Lz4 => Kind::Lz4,
            Self::Zstd { .. } => Kind::Zstd,
        }
    }
}

/// The compressed bytes; `None` where they would not be fewer.
pub(super) fn compress(entropy: Entropy, bytes: &[u8]) -> Result<Option<Vec<u8>>, FormatError> {
    let compressed = match entropy {
        Entropy::None | Entropy::Adaptive => return Ok(None),
        Entropy::Lz4 => lz4::compress(bytes)?,
        Entropy::Zstd { level } => zstandard::compress(bytes, level)?,
    };
    Ok((compressed.len() < bytes.len()).then_some(compressed))
}

/// Exactly `len` bytes out of `bytes`, which stand at `offset` in the chunk.
pub(super) fn decompress(
    kind: Kind,
    bytes: &[u8],
    offset: u64,
    len: u64,
) -> Result<Cow<'_, [u8]>, FormatError> {
    let len = check_expansion(kind, bytes, offset, len)?;
    let unpacked = match kind {
        Kind::None => Some(Cow::Borrowed(bytes)),
        Kind::Lz4 => lz4::decompress(bytes, len)?.map(Cow::Owned),
        Kind::Zstd => zstandard::decompress(bytes, len)?.map(Cow::Owned),
    };
    unpacked.filter(|unpacked| unpacked.len() == len).ok_or_else(|| wrong_length(offset))
}

/// Refuses a length that no compressor packs into so few bytes.
fn check_expansion(kind: Kind, bytes: &[u8], offset: u64, len: u64) -> Result<usize, FormatError> {
    let stored = bytes.len() as u64;
    // LZ4 spends a byte on 255; Zstandard at least 4 bytes on a block of 128 KiB.
    let most = match kind {
        Kind::None => stored,
        Kind::Lz4 => stored.saturating_mul(255).saturating_add(64),
        Kind::Zstd => (stored / 4).saturating_add(1).saturating_mul(128 * 1024),
    };
    usize::try_from(len).ok().filter(|_| len <= most).ok_or_else(|| wrong_length(offset))
}

fn wrong_length(offset: u64) -> FormatError {
    FormatError::corrupt(SECTION, offset, "the compressed bytes do not give the length stated")
}

/// Longer than this, what Zstandard unpacks to is never in memory as a whole: it packs so densely that a small chunk
/// may be worth more than memory holds. Up to here unpacking at once is faster.
const AT_ONCE: u64 = 16 << 20;

/// Bytes that are taken piece by piece, front to back.
pub(super) struct Pieces<'a> {
    from: Origin<'a>,
    offset: u64,
}

enum Origin<'a> {
    Whole { bytes: Cow<'a, [u8]>, at: usize },
    Zstd(zstandard::Stream<'a>),
}

impl<'a> Pieces<'a> {
    /// Exactly `len` bytes out of `bytes`, which stand at `offset` in the chunk.
    pub(super) fn new(
        kind: Kind,
        bytes: &'a [u8],
        offset: u64,
        len: u64,
    ) -> Result<Self, FormatError> {
        let from = if kind == Kind::Zstd && len > AT_ONCE {
            check_expansion(kind, bytes, offset, len)?;
            Origin::Zstd(zstandard::Stream::new(bytes)?)
        } else {
            Origin::Whole { bytes: decompress(kind, bytes, offset, len)?, at: 0 }
        };
        Ok(Self { from, offset })
    }

    /// The next `len` bytes.
    pub(super) fn next(&mut self, len: usize) -> Result<&[u8], FormatError> {
        let piece = match &mut self.from {
            Origin::Whole { bytes, at } => {
                let start = *at;
                *at += len;
                bytes.get(start..*at)
            }
            Origin::Zstd(stream) => stream.next(len),
        };
        piece.ok_or_else(|| wrong_length(self.offset))
    }

    /// The error for voxels that do not fit, at the place of the chunk where all of them stand.
    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        FormatError::corrupt(SECTION, self.offset, reason)
    }

    /// Fails where bytes are left.
    pub(super) fn finish(mut self) -> Result<(), FormatError> {
        let is_at_end = match &mut self.from {
            Origin::Whole { bytes, at } => *at == bytes.len(),
            Origin::Zstd(stream) => stream.is_at_end(),
        };
        if is_at_end { Ok(()) } else { Err(wrong_length(self.offset)) }
    }
}

#[cfg(feature = "lz4")]
mod lz4 {
    use crate::FormatError;

    #[expect(clippy::unnecessary_wraps, reason = "fails where the feature is off")]
    pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
        Ok(lz4_flex::block::compress(bytes))
    }

    #[expect(clippy::unnecessary_wraps, reason = "fails where the feature is off")]
    pub(super) fn decompress(bytes: &[u8], len: usize) -> Result<Option<Vec<u8>>, FormatError> {
        let mut unpacked = Vec::new();
        if unpacked.try_reserve_exact(len).is_err() {
            return Ok(None);
        }
        unpacked.resize(len, 0);
        let written = lz4_flex::block::decompress_into(bytes, &mut unpacked).ok();
        Ok(written.filter(|written| *written == len).map(|_| unpacked))
    }
}

#[cfg(not(feature = "lz4"))]
mod lz4 {
    use crate::FormatError;
    use crate::codec::CodecId;

    const MISSING: FormatError = FormatError::UnsupportedCodec {
        id: CodecId::Lz4 as u8,
        why: "not built in (cargo feature lz4)",
    };

    pub(super) fn compress(_: &[u8]) -> Result<Vec<u8>, FormatError> {
        Err(MISSING)
    }

    pub(super) fn decompress(_: &[u8], _: usize) -> Result<Option<Vec<u8>>, FormatError> {
        Err(MISSING)
    }
}
