//! Voxels out of a mask's data (SPEC.md, "Version 1.0: voxels").

use medmask_voxel::Memory;

use super::blob::{BlobHeader, Labels};
#[cfg(feature = "zstd")]
use super::inflate;
use crate::FormatError;

/// The decoded voxels of one mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// What stood before them.
    pub header: BlobHeader,
    /// The voxels.
    pub labels: Labels,
}

/// Why nothing is decoded: this crate was built without the feature `zstd`.
#[cfg(not(feature = "zstd"))]
const MISSING: FormatError = FormatError::UnsupportedCodec {
    id: super::header::CODEC_ZSTD,
    why: "not built in (cargo feature zstd)",
};

impl Blob {
    /// Decodes a mask's data, which start at byte `offset` of the file.
    ///
    /// Takes memory for as many voxels as the shape has, and only where that many can come from so many
    /// compressed bytes. It is counted in `memory` until this returns.
    ///
    /// # Errors
    /// Those of [`BlobHeader::parse`]; [`FormatError::Corrupt`] where the compressed voxels are damaged
    /// or are not as many as the shape says; [`FormatError::Memory`]; [`FormatError::UnsupportedCodec`] without the feature `zstd`.
    pub fn decode(bytes: &[u8], offset: u64, memory: &Memory) -> Result<Self, FormatError> {
        let header = BlobHeader::parse(bytes, offset)?;
        let at = offset.saturating_add(header.bytes as u64);
        #[cfg(feature = "zstd")]
        let labels = inflate::labels(&bytes[header.bytes..], at, &header, memory)?;
        #[cfg(feature = "zstd")]
        return Ok(Self { header, labels });
        #[cfg(not(feature = "zstd"))]
        return Err((at, memory, MISSING).2);
    }

    /// Checks the data as [`decode`](Self::decode) does, in memory for a piece of the voxels. Gives the first label that is
    /// negative or above the largest `u32`, if there is one.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn check(bytes: &[u8], offset: u64, memory: &Memory) -> Result<Option<i64>, FormatError> {
        let header = BlobHeader::parse(bytes, offset)?;
        let at = offset.saturating_add(header.bytes as u64);
        #[cfg(feature = "zstd")]
        return inflate::check(&bytes[header.bytes..], at, &header, memory);
        #[cfg(not(feature = "zstd"))]
        return Err((at, memory, MISSING).2);
    }
}
