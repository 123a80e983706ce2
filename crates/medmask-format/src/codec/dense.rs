//! The codecs `raw`, `lz4` and `zstd`: every voxel, and a general compressor behind them
//! (SPEC.md, "Codec: raw, lz4, zstd").

use medmask_voxel::Memory;

use super::entropy::{self, AT_ONCE, Entropy, Pieces};
use super::{ChunkShape, CodecId, Sink, Source, packed};
use crate::{Dtype, FormatError};

/// Appends the voxels, compressed where that makes them smaller.
pub(super) fn encode(
    entropy: Entropy,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let voxels = packed::pack(source, shape, dtype, dtype.bits())?;
    let compressed = entropy::compress(entropy, &voxels)?;
    let (bytes, id) = match (compressed, entropy) {
        (Some(bytes), Entropy::Lz4) => (bytes, CodecId::Lz4),
        (Some(bytes), Entropy::Zstd { .. }) => (bytes, CodecId::Zstd),
        _ => (voxels, CodecId::Raw),
    };
    out.extend_from_slice(&bytes);
    Ok(id)
}

/// Hands the rows of the voxels to `sink`.
pub(super) fn decode<S: Sink + ?Sized>(
    id: CodecId,
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let kind = match id {
        CodecId::Lz4 => entropy::Kind::Lz4,
        CodecId::Zstd => entropy::Kind::Zstd,
        _ => entropy::Kind::None,
    };
    let voxels = Pieces::new(kind, (bytes, 0), shape.packed_bytes(dtype), AT_ONCE, memory)?;
    packed::unpack(voxels, shape, dtype, dtype.bits(), memory, sink)
}
