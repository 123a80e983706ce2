//! The codecs by number and name.

use crate::FormatError;

/// The number that names a codec in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum CodecId {
    /// Voxels as they are; bool packed into bits.
    Raw = 0,
    /// `Raw` behind LZ4.
    Lz4 = 1,
    /// `Raw` behind Zstandard.
    Zstd = 2,
    /// Row-delta coded runs.
    Runs = 3,
    /// Context-modelled arithmetic coding.
    Context = 4,
    /// Another codec, of what is left where planes are as the one before, or with rows along y.
    Planes = 5,
    /// Rows as moves of the transitions around.
    Transitions = 6,
    /// Parts of large slices, each in another codec.
    Tiles = 7,
}

impl CodecId {
    const ALL: [Self; 8] = [
        Self::Raw,
        Self::Lz4,
        Self::Zstd,
        Self::Runs,
        Self::Context,
        Self::Planes,
        Self::Transitions,
        Self::Tiles,
    ];

    /// The codec whose number in the file is `id`.
    ///
    /// # Errors
    /// [`FormatError::UnsupportedCodec`] where this version knows none.
    pub fn from_id(id: u8) -> Result<Self, FormatError> {
        Self::ALL
            .into_iter()
            .find(|codec| *codec as u8 == id)
            .ok_or(FormatError::UnsupportedCodec { id, why: "not known to this version" })
    }

    /// The codec called `name`; `None` where this version knows none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.name() == name)
    }

    /// The name that commands and listings use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
            Self::Runs => "runs",
            Self::Context => "context",
            Self::Planes => "planes",
            Self::Transitions => "transitions",
            Self::Tiles => "tiles",
        }
    }
}
