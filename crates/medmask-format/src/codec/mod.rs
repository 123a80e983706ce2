//! The voxel codecs: one chunk (a slab of an entry's box) to bytes and back (SPEC.md, "Codecs").
//!
//! An encoder reads rows of runs from a [`Source`], so neither a dense nor a sparse caller needs a
//! copy. A decoder hands rows of runs to a [`Sink`], so a query never needs a dense volume.

mod context;
mod dense;
mod entropy;
mod packed;
mod runs;
mod sinks;
mod source;

pub use entropy::Entropy;
pub use medmask_voxel::{Sink, Source, Voxel};
pub use sinks::{OneLabel, Painter};
pub use source::DenseSource;

use crate::{Dtype, FormatError};

/// Voxels of one chunk along z, y and x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkShape {
    /// Slices (z).
    pub depth: u32,
    /// Rows of a slice (y).
    pub height: u32,
    /// Voxels of a row (x).
    pub width: u32,
}

impl ChunkShape {
    /// Voxels of the chunk; the largest number where there are more.
    #[must_use]
    pub fn voxels(self) -> u64 {
        self.rows().saturating_mul(self.width.into())
    }

    /// Rows of the chunk.
    #[must_use]
    pub fn rows(self) -> u64 {
        u64::from(self.depth) * u64::from(self.height)
    }

    /// Bytes of the chunk's voxels when each takes `dtype.bits()` bits and nothing is compressed.
    #[must_use]
    pub fn packed_bytes(self, dtype: Dtype) -> u64 {
        packed::packed_len(self, dtype.bits())
    }
}

/// The number that names a codec in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
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
}

impl CodecId {
    const ALL: [Self; 5] = [Self::Raw, Self::Lz4, Self::Zstd, Self::Runs, Self::Context];

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
        }
    }
}

/// How a writer wants its chunks coded. A reader needs only the [`CodecId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Row-delta coded runs.
    Runs {
        /// What compresses the streams.
        entropy: Entropy,
    },
    /// Context-modelled arithmetic coding.
    Context,
}

impl Default for Codec {
    /// `runs`, with the default behind it.
    fn default() -> Self {
        Self::Runs { entropy: Entropy::default() }
    }
}

impl Codec {
    /// The codec's number in the file. A chunk may be stored with another where this one would be larger.
    #[must_use]
    pub fn id(&self) -> CodecId {
        match self {
            Self::Raw => CodecId::Raw,
            Self::Lz4 => CodecId::Lz4,
            Self::Zstd { .. } => CodecId::Zstd,
            Self::Runs { .. } => CodecId::Runs,
            Self::Context => CodecId::Context,
        }
    }
}

/// Appends the chunk's bytes to `out` and says which codec they are in: another than the one asked for
/// where that one would make noise larger than its bits.
///
/// # Errors
/// [`FormatError::LimitExceeded`] where a label does not fit `dtype`, [`FormatError::OutOfMemory`],
/// [`FormatError::UnsupportedCodec`] where the codec is not built in.
pub fn encode(
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
    }
}

/// Context coding, or `runs` where that is smaller: noise.
fn encode_context(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let before = out.len();
    context::encode(source, shape, dtype, out)?;
    // Below a quarter of a bit a voxel the mask is no noise, and trying the other codec would be in vain.
    if ((out.len() - before) as u64) * 32 < shape.voxels() {
        return Ok(CodecId::Context);
    }
    let mut runs = Vec::new();
    let id = runs::encode(Entropy::Adaptive, source, shape, dtype, &mut runs)?;
    if runs.len() >= out.len() - before {
        return Ok(CodecId::Context);
    }
    out.truncate(before);
    out.append(&mut runs);
    Ok(id)
}

/// Hands the rows of one chunk to `sink`, until it breaks off.
///
/// # Errors
/// [`FormatError::Corrupt`] with an offset from the chunk's first byte where the bytes contradict the
/// codec, [`FormatError::UnsupportedCodec`] where the codec is not built in. The sink may have got rows
/// by then.
pub fn decode<S: Sink + ?Sized>(
    id: CodecId,
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    sink: &mut S,
) -> Result<(), FormatError> {
    match id {
        CodecId::Raw | CodecId::Lz4 | CodecId::Zstd => dense::decode(id, bytes, shape, dtype, sink),
        CodecId::Runs => runs::decode(bytes, shape, dtype, sink),
        CodecId::Context => context::decode(bytes, shape, dtype, sink),
    }
}

/// How many slices of an entry's box, which `source` holds, go into one chunk, so that one slice comes out fast
/// and cutting costs few bytes.
///
/// # Errors
/// [`FormatError::OutOfMemory`] where eight slices of the box, or two numbers for each slice, do not fit into memory.
pub fn slab_height(
    codec: &Codec,
    source: &dyn Source,
    box_shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    let most = match codec {
        // The time to skip slices grows with the bytes before them.
        Codec::Raw | Codec::Lz4 | Codec::Zstd { .. } => 16,
        // Behind Zstandard a row takes 10 ns to decode, and of several labels 20 to 30: boxes of up to 170 rows a slice give
        // one out within 100 us, and larger ones in proportion. Still lower slabs would cost more bytes.
        Codec::Runs { .. } if dtype == Dtype::Bool => {
            (4096 / box_shape.height.max(1)).clamp(24, 64)
        }
        Codec::Runs { .. } => (3072 / box_shape.height.max(1)).clamp(16, 64),
        Codec::Context => context::most_slices(source, box_shape, dtype)?,
    };
    Ok(equal_slabs(box_shape.depth, most))
}

/// The height of as few slabs as have at most `most` slices each: equal ones rather than a thin last one.
fn equal_slabs(depth: u32, most: u32) -> u32 {
    let slabs = depth.div_ceil(most).max(1);
    depth.div_ceil(slabs).max(1)
}
