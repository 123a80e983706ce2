//! The general compressors that stand behind the codecs, and the bounds on what they may unpack.

use std::borrow::Cow;

use crate::FormatError;

const SECTION: &str = "chunk";

/// What compresses the streams of the `runs` codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Adaptive arithmetic coding of what the neighbouring rows leave open: the smallest, and needs no
    /// feature. Only for the `runs` codec.
    Adaptive,
}

impl Default for Entropy {
    fn default() -> Self {
        Self::Adaptive
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
    let stored = bytes.len() as u64;
    // LZ4 spends a byte on 255; Zstandard at least 4 bytes on a block of 128 KiB.
    let most = match kind {
        Kind::None => stored,
        Kind::Lz4 => stored.saturating_mul(255).saturating_add(64),
        Kind::Zstd => (stored / 4).saturating_add(1).saturating_mul(128 * 1024),
    };
    let wrong = || {
        FormatError::corrupt(SECTION, offset, "the compressed bytes do not give the length stated")
    };
    let len = usize::try_from(len).ok().filter(|_| len <= most).ok_or_else(wrong)?;
    let unpacked = match kind {
        Kind::None => Some(Cow::Borrowed(bytes)),
        Kind::Lz4 => lz4::decompress(bytes, len)?.map(Cow::Owned),
        Kind::Zstd => zstandard::decompress(bytes, len)?.map(Cow::Owned),
    };
    unpacked.filter(|unpacked| unpacked.len() == len).ok_or_else(wrong)
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
        let mut unpacked = vec![0; len];
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

#[cfg(feature = "zstd")]
mod zstandard {
    use crate::FormatError;

    pub(super) fn compress(bytes: &[u8], level: i32) -> Result<Vec<u8>, FormatError> {
        let out_of_memory = |_| FormatError::LimitExceeded {
            what: "chunk size",
            asked: bytes.len() as u64,
            limit: u32::MAX.into(),
        };
        zstd::bulk::compress(bytes, level).map_err(out_of_memory)
    }

    #[expect(clippy::unnecessary_wraps, reason = "fails where the feature is off")]
    pub(super) fn decompress(bytes: &[u8], len: usize) -> Result<Option<Vec<u8>>, FormatError> {
        Ok(zstd::bulk::decompress(bytes, len).ok())
    }
}

#[cfg(not(feature = "zstd"))]
mod zstandard {
    use crate::FormatError;
    use crate::codec::CodecId;

    const MISSING: FormatError = FormatError::UnsupportedCodec {
        id: CodecId::Zstd as u8,
        why: "not built in (cargo feature zstd)",
    };

    pub(super) fn compress(_: &[u8], _: i32) -> Result<Vec<u8>, FormatError> {
        Err(MISSING)
    }

    pub(super) fn decompress(_: &[u8], _: usize) -> Result<Option<Vec<u8>>, FormatError> {
        Err(MISSING)
    }
}
