//! How files are compressed.

use std::fmt;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Names end in `.gz`.
    Gzip,
    /// Names end in `.bz2`.
    Bzip2,
    /// Names end in `.zst`.
    Zstandard,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Bzip2, Self::Zstandard];

    /// How many bytes of a file tell.
    pub(crate) const START_BYTES: usize = 4;

    /// How names of files end, in lower case and without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Bzip2 => "bz2",
            Self::Zstandard => "zst",
        }
    }

    /// By the first bytes of a file; `None` where it is not compressed.
    pub(crate) fn of_start(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Self::Bzip2),
            // A frame, or one that decoders skip.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                Some(Self::Zstandard)
            }
            _ => None,
        }
    }

    /// Data cannot be shrunk further than this; `None` where there is no such bound that is of use.
    pub(crate) fn max_ratio(self) -> Option<u64> {
        match self {
            Self::Gzip => Some(1032),
            Self::Bzip2 | Self::Zstandard => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Zstandard => "Zstandard",
        })
    }
}
