//! What can be wrong with bytes that claim to be a medmask file.

use medmask_voxel::MemoryError;

/// Bytes that contradict the format, where they stand and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{section} at byte {offset} is damaged: {reason}")]
pub struct Corrupt {
    /// The part of the file, by its name in SPEC.md: `commit slot`, `index`, `blob header`, `chunk`.
    pub section: &'static str,
    /// Bytes from the start of the file; for a codec, from the start of its chunk.
    pub offset: u64,
    /// What does not fit, in words.
    pub reason: &'static str,
}

/// Why bytes could not be read as, or values not be written in, the medmask format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The first bytes are not those of any medmask file.
    #[error("not a medmask file: it starts with neither MSKA nor MSK1")]
    NotMedmask,
    /// The file's version is not one this crate reads.
    #[error("format version {major}.{minor} cannot be used here; only 2.x can{}", if *major == 1 { ", so convert it first" } else { "" })]
    UnsupportedVersion {
        /// Major version in the file.
        major: u8,
        /// Minor version in the file.
        minor: u8,
    },
    /// The file needs features that this reader lacks.
    #[error(
        "the file needs features this version does not have (bits {bits:#x}); a newer medmask can {action} it"
    )]
    UnsupportedFeature {
        /// The unknown bits.
        bits: u64,
        /// `read` or `write`.
        action: &'static str,
    },
    /// An entry uses a codec that this reader does not know or was built without.
    #[error("codec {id} is {why}")]
    UnsupportedCodec {
        /// The codec's number in the file.
        id: u8,
        /// `not known to this version` or `not built in (cargo feature …)`.
        why: &'static str,
    },
    /// Damaged bytes.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// Something exceeds a limit of the format.
    #[error("{what} is {asked}, more than the limit of {limit}")]
    LimitExceeded {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        asked: u64,
        /// How large it may be.
        limit: u64,
    },
    /// Something that the format has no place for.
    #[error("{what} cannot be stored")]
    Unwritable {
        /// What it is.
        what: &'static str,
    },
    /// More memory than there is, or than the caller allows.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

impl FormatError {
    /// The same of bytes that begin `by` bytes behind those that offsets are to count from.
    #[must_use]
    pub fn behind(self, by: u64) -> Self {
        match self {
            Self::Corrupt(damage) => {
                Self::Corrupt(Corrupt { offset: damage.offset.saturating_add(by), ..damage })
            }
            other => other,
        }
    }

    /// A [`Corrupt`] as an error.
    pub(crate) fn corrupt(section: &'static str, offset: u64, reason: &'static str) -> Self {
        Self::Corrupt(Corrupt { section, offset, reason })
    }
}
