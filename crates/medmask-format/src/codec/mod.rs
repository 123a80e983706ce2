//! The voxel codecs: one chunk (a slab of an entry's box) to bytes and back (SPEC.md, "Codecs").
//!
//! An encoder reads rows of runs from a [`Source`], so neither a dense nor a sparse caller needs a
//! copy. A decoder hands rows of runs to a [`Sink`], so a query never needs a dense volume.

mod context;
mod dense;
mod entropy;
mod id;
mod lz4;
mod packed;
mod planes;
mod runs;
mod shape;
mod sinks;
mod source;
mod stored;
mod stretches;
mod tiles;
mod transition;
mod transitions;

pub use entropy::Entropy;
pub use id::CodecId;
pub use medmask_voxel::{Memory, Sink, Source, Voxel};
pub use shape::ChunkShape;
pub use sinks::{OneLabel, Painter};
pub use source::DenseSource;

use crate::{Dtype, FormatError};
use shape::equal_slabs;

/// How a writer wants its chunks coded. A reader needs only the [`CodecId`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// Voxels as they are; bool packed into bits.
    Raw,
    /// The voxels behind LZ4.
    Lz4,
    /// The voxels behind Zstandard.
    Zstd {
        /// Zstandard level, 1 to 22.
        level: i32,
    },
    /// Row-delta coded runs: the fastest.
    Runs {
        /// What compresses the streams.
        entropy: Entropy,
    },
    /// Context-modelled arithmetic coding: the smallest.
    Context,
    /// Rows as moves of the transitions around, by models that learn: small and fast. Noise is packed, behind Zstandard where that is
    /// built in.
    #[default]
    Transitions,
}

impl Codec {
    /// The codec whose number is `asked`, with what can be told of its settings from a chunk of the codec `id`: what compresses
    /// `runs`, but no level. `None` for `planes` and `tiles`, which nobody asks for.
    #[must_use]
    pub fn like(asked: CodecId, id: CodecId, chunk: &[u8]) -> Option<Self> {
        Some(match asked {
            CodecId::Raw => Self::Raw,
            CodecId::Lz4 => Self::Lz4,
            CodecId::Zstd => Self::Zstd { level: Entropy::ZSTD_LEVEL },
            CodecId::Runs => {
                Self::Runs { entropy: Entropy::of_runs(id, chunk).unwrap_or_default() }
            }
            CodecId::Context => Self::Context,
            CodecId::Transitions => Self::Transitions,
            CodecId::Planes | CodecId::Tiles => return None,
        })
    }

    /// The codec's number in the file. A chunk may be stored with another where this one would be larger.
    #[must_use]
    pub fn id(&self) -> CodecId {
        match self {
            Self::Raw => CodecId::Raw,
            Self::Lz4 => CodecId::Lz4,
            Self::Zstd { .. } => CodecId::Zstd,
            Self::Runs { .. } => CodecId::Runs,
            Self::Context => CodecId::Context,
            Self::Transitions => CodecId::Transitions,
        }
    }
}

/// The codec of what a chunk of the codec `id` holds, where that one is `planes` or `tiles`; else `id`.
///
/// # Errors
/// [`FormatError::Corrupt`] and [`FormatError::UnsupportedCodec`].
pub fn innermost(id: CodecId, chunk: &[u8]) -> Result<CodecId, FormatError> {
    match id {
        CodecId::Planes => {
            let (id, rest) = planes::rest(chunk)?;
            if id == CodecId::Tiles { tiles::first_codec(rest) } else { Ok(id) }
        }
        CodecId::Tiles => tiles::first_codec(chunk),
        _ => Ok(id),
    }
}

/// So many bytes or fewer another codec may do with fewer still than `context`.
const FEW_BYTES: usize = 64;

/// Appends the chunk's bytes to `out` and says which codec they are in: another than the one asked for
/// where that one would make noise larger than its bits, or where planes that are repeated can be left out, or rows lie along y. `Context` also
/// takes another where that is smaller, and cuts large slices.
///
/// # Errors
/// [`FormatError::LimitExceeded`] where a label does not fit `dtype`, [`FormatError::Memory`],
/// [`FormatError::UnsupportedCodec`] where the codec is not built in.
pub fn encode(
    codec: &Codec,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    match codec {
        // What these are is known: the voxels behind a compressor, all of them.
        Codec::Raw | Codec::Lz4 | Codec::Zstd { .. } => {
            encode_all(codec, source, shape, dtype, out)
        }
        Codec::Runs { .. } | Codec::Transitions => encode_planes(codec, source, shape, dtype, out),
        Codec::Context => {
            let start = out.len();
            let mut id = encode_planes(codec, source, shape, dtype, out)?;
            if out.len() - start <= FEW_BYTES {
                let runs = Codec::Runs { entropy: Entropy::None };
                for other in [Codec::Transitions, runs] {
                    let mut bytes = Vec::new();
                    let other = encode_planes(&other, source, shape, dtype, &mut bytes)?;
                    if bytes.len() < out.len() - start {
                        out.truncate(start);
                        out.append(&mut bytes);
                        id = other;
                    }
                }
            }
            Ok(id)
        }
    }
}

/// As [`encode`], with planes left out or turned where that takes fewer bytes.
fn encode_planes(
    codec: &Codec,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    planes::encode(source, shape, out, |source, shape, out| {
        encode_all(codec, source, shape, dtype, out)
    })
}

/// As [`encode`], with every plane.
fn encode_all(
    codec: &Codec,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    match codec {
        Codec::Raw => dense::encode(Entropy::None, source, shape, dtype, out),
        Codec::Lz4 => dense::encode(Entropy::Lz4, source, shape, dtype, out),
        Codec::Zstd { level } => {
            dense::encode(Entropy::Zstd { level: *level }, source, shape, dtype, out)
        }
        Codec::Runs { entropy } => runs::encode(*entropy, source, shape, dtype, out),
        Codec::Context => encode_context(source, shape, dtype, out),
        Codec::Transitions => encode_transitions(source, shape, dtype, out),
    }
}

/// Transitions, or packed voxels where these are fewer bytes, for noise.
fn encode_transitions(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let mut largest = 0;
    let rows = transitions::encode(source, shape, dtype, &mut largest)?;
    let rows = rows.map(|rows| (CodecId::Transitions, rows));
    runs::or_packed(rows, largest, Entropy::default(), source, shape, dtype, out)
}

/// Context coding, of tiles where slices are large, or `transitions` where that is smaller.
fn encode_context(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let Some(grid) = context::grid(source, shape, dtype)? else {
        return encode_context_whole(source, shape, dtype, out);
    };
    let mut tiled = Vec::new();
    tiles::encode(source, grid, &mut tiled, |source, shape, out| {
        encode_context_whole(source, shape, dtype, out)
    })?;
    or_transitions(Some((CodecId::Tiles, tiled)), source, shape, dtype, out)
}

/// As [`encode_context`], without tiles.
fn encode_context_whole(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let mut coded = Vec::new();
    let is_context = context::encode(source, shape, dtype, &mut coded)?;
    or_transitions(is_context.then_some((CodecId::Context, coded)), source, shape, dtype, out)
}

/// Appends `coded`, or `transitions` where that is smaller.
fn or_transitions(
    coded: Option<(CodecId, Vec<u8>)>,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let before = out.len();
    let id = encode_transitions(source, shape, dtype, out)?;
    match coded {
        Some((coded_id, mut coded)) if coded.len() <= out.len() - before => {
            out.truncate(before);
            out.append(&mut coded);
            Ok(coded_id)
        }
        _ => Ok(id),
    }
}

/// Hands the rows of one chunk to `sink`, until it breaks off. What decoding holds on the way is counted in `memory`: a few bytes may
/// stand for more than any machine has.
///
/// # Errors
/// [`FormatError::Corrupt`] with an offset from the chunk's first byte where the bytes contradict the
/// codec, [`FormatError::UnsupportedCodec`] where the codec is not built in, and [`FormatError::Memory`]. The sink may have got rows
/// by then.
pub fn decode<S: Sink + ?Sized>(
    id: CodecId,
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    decode_within(None, id, bytes, shape, dtype, memory, sink)
}

/// As [`decode`], of a chunk that stands in one of the codec `outer`, if in any.
fn decode_within<S: Sink + ?Sized>(
    outer: Option<CodecId>,
    id: CodecId,
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let inner = |inner, bytes: &[u8], shape, sink: &mut dyn Sink| {
        decode_within(Some(id), inner, bytes, shape, dtype, memory, sink)
    };
    match id {
        CodecId::Planes if outer.is_none() => planes::decode(bytes, shape, memory, sink, inner),
        CodecId::Tiles if outer != Some(CodecId::Tiles) => {
            tiles::decode(bytes, shape, memory, sink, inner)
        }
        CodecId::Planes | CodecId::Tiles => {
            let reason = match outer {
                Some(CodecId::Planes) => "it has planes within planes",
                _ => "it has planes or tiles within tiles",
            };
            Err(FormatError::corrupt("chunk", 0, reason))
        }
        CodecId::Raw | CodecId::Lz4 | CodecId::Zstd => {
            dense::decode(id, bytes, shape, dtype, memory, sink)
        }
        CodecId::Runs => runs::decode(bytes, shape, dtype, memory, sink),
        CodecId::Context => context::decode(bytes, shape, dtype, memory, sink),
        CodecId::Transitions => transitions::decode(bytes, shape, dtype, memory, sink),
    }
}

/// How many slices of an entry's box, which `source` holds, go into one chunk, so that one slice comes out fast
/// and cutting costs few bytes.
///
/// # Errors
/// [`FormatError::Memory`] where eight slices of the box, or two numbers for each slice, do not fit into memory.
pub fn slab_height(
    codec: &Codec,
    source: &dyn Source,
    box_shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    if let Codec::Raw | Codec::Lz4 | Codec::Zstd { .. } = codec {
        let most = most_slices(codec, source, box_shape, dtype)?;
        return Ok(equal_slabs(box_shape.depth, most));
    }
    let kept = planes::without_repeats(source, box_shape, 0.5)?;
    let (rest, rest_shape): (&dyn Source, _) = match &kept {
        Some(kept) => (kept, kept.shape()),
        None => (source, box_shape),
    };
    let memory = Memory::unlimited();
    let most = match planes::turned(rest, rest_shape, &memory)? {
        Some(turned) => most_slices(codec, &turned, turned.shape(), dtype)?,
        None => most_slices(codec, rest, rest_shape, dtype)?,
    };
    // Planes that are left out cost next to nothing.
    let most = u64::from(most) * u64::from(box_shape.depth) / u64::from(rest_shape.depth.max(1));
    Ok(equal_slabs(box_shape.depth, u32::try_from(most).unwrap_or(u32::MAX)))
}

/// The most slices that go into one chunk.
fn most_slices(
    codec: &Codec,
    source: &dyn Source,
    box_shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    Ok(match codec {
        // The time to skip slices grows with the bytes before them.
        Codec::Raw | Codec::Lz4 | Codec::Zstd { .. } => 16,
        Codec::Context if context::takes(box_shape) => {
            context::most_slices(source, box_shape, dtype)?
        }
        // A row takes 10 to 20 ns to decode, and of several labels 20 to 50: boxes of up to 170 rows a slice give one out within some
        // 100 us, and larger ones in proportion. Still lower slabs would cost more bytes, and most where models learn.
        Codec::Transitions if dtype == Dtype::Bool => {
            (6144 / box_shape.height.max(1)).clamp(32, 96)
        }
        _ if dtype == Dtype::Bool => (4096 / box_shape.height.max(1)).clamp(24, 64),
        _ => (3072 / box_shape.height.max(1)).clamp(16, 64),
    })
}
