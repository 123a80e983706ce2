//! The codec `planes`: planes that are as the one before are left out, x and y are exchanged where rows are better along y, and another
//! codec codes the rest (SPEC.md, "Codec: planes").

mod axis;
mod kept;
mod spread;
mod turned;

use medmask_voxel::{Held, Memory};

use super::{ChunkShape, CodecId, Sink, Source};
use crate::FormatError;
use crate::bytes::Fields;
use axis::Axis;
pub(super) use kept::Kept;
use spread::Spread;
pub(super) use turned::Turned;
use turned::TurnedBack;

/// Set in the first byte of a chunk whose rest has its rows along y.
const ROWS_ALONG_Y: u8 = 16;

/// The most rows of a chunk that is turned: each takes memory, whatever is in it.
const MOST_TURNED_ROWS: u32 = 1 << 20;

/// In smaller boxes and chunks there is nothing to gain.
const FEW_VOXELS: u64 = 4096;
const FEW_BYTES: usize = 32;

/// What is left of the voxels of `source`, where that is a part of them of at most `most`.
///
/// # Errors
/// [`FormatError::Memory`].
pub(super) fn without_repeats(
    source: &dyn Source,
    shape: ChunkShape,
    most: f64,
) -> Result<Option<Kept<'_>>, FormatError> {
    if shape.voxels() < FEW_VOXELS {
        return Ok(None);
    }
    let kept = Kept::of(source, shape)?;
    let is_less = kept.shape().voxels() as f64 <= shape.voxels() as f64 * most;
    Ok(is_less.then_some(kept))
}

/// `source` turned, where its rows are likely to take fewer bytes along y.
///
/// # Errors
/// [`FormatError::Memory`].
pub(super) fn turned<'m>(
    source: &dyn Source,
    shape: ChunkShape,
    memory: &'m Memory,
) -> Result<Option<Turned<'m>>, FormatError> {
    if shape.voxels() < FEW_VOXELS || shape.height > MOST_TURNED_ROWS {
        return Ok(None);
    }
    Ok(Turned::of(source, shape, memory)?)
}

/// Appends the chunk, without its repeated planes and turned where that takes fewer bytes. `encode_all` appends a chunk as it is.
///
/// # Errors
/// As `encode_all`, and [`FormatError::Memory`].
pub(super) fn encode(
    source: &dyn Source,
    shape: ChunkShape,
    out: &mut Vec<u8>,
    encode_all: impl Fn(&dyn Source, ChunkShape, &mut Vec<u8>) -> Result<CodecId, FormatError>,
) -> Result<CodecId, FormatError> {
    let start = out.len();
    let mut id = encode_all(source, shape, out)?;
    if out.len() - start <= FEW_BYTES {
        return Ok(id);
    }
    let kept = without_repeats(source, shape, 0.9)?;
    let mut planes = Vec::new();
    let (rest, rest_shape): (&dyn Source, _) = match &kept {
        Some(kept) => {
            kept.put(&mut planes);
            (kept, kept.shape())
        }
        None => {
            Axis::put_all(&mut planes);
            (source, shape)
        }
    };
    let mut try_rest = |rest: &dyn Source, shape, flag| -> Result<(), FormatError> {
        let mut chunk = vec![0];
        chunk.extend_from_slice(&planes);
        chunk[0] = encode_all(rest, shape, &mut chunk)? as u8 | flag;
        if chunk.len() < out.len() - start {
            out.truncate(start);
            out.append(&mut chunk);
            id = CodecId::Planes;
        }
        Ok(())
    };
    if kept.is_some() {
        try_rest(rest, rest_shape, 0)?;
    }
    let memory = Memory::unlimited();
    if let Some(turned) = turned(rest, rest_shape, &memory)? {
        try_rest(&turned, turned.shape(), ROWS_ALONG_Y)?;
    }
    Ok(id)
}

/// The codec and the bytes of the rest of a chunk.
///
/// # Errors
/// [`FormatError::Corrupt`] where they end early, and [`FormatError::UnsupportedCodec`].
pub(super) fn rest(bytes: &[u8]) -> Result<(CodecId, &[u8]), FormatError> {
    let mut fields = Fields::new("chunk", bytes, 0);
    let [first] = fields.array()?;
    for _ in 0..3 {
        let period = fields.varint_u32()?;
        fields.take(period.div_ceil(8) as usize)?;
    }
    Ok((rest_of(first)?, &bytes[fields.position()..]))
}

/// Hands the rows of one chunk to `sink`. `decode_all` decodes the bytes of a chunk that has all its planes.
///
/// # Errors
/// As `decode_all`, [`FormatError::Corrupt`] and [`FormatError::Memory`].
pub(super) fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    memory: &Memory,
    sink: &mut S,
    decode_all: impl FnOnce(CodecId, &[u8], ChunkShape, &mut dyn Sink) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut fields = Fields::new("chunk", bytes, 0);
    let [first] = fields.array()?;
    let inner = rest_of(first)?;
    let mut held: Held<'_> = memory.hold("the planes of a chunk", 0)?;
    let mut axis = |planes: u32| Axis::parse(&mut fields, planes, &mut held);
    let axes = [axis(shape.depth)?, axis(shape.height)?, axis(shape.width)?];
    let [depth, height, width] = [0, 1, 2].map(|axis: usize| axes[axis].count());
    let start = fields.position();
    let mut spread = Spread::new(sink, &axes, memory)?;
    // A decoder of its own for each kind of sink would double the code of all decoders.
    let decode = |shape: ChunkShape, rows: &mut dyn Sink| {
        let decoded = decode_all(inner, &bytes[start..], shape, rows);
        decoded.map_err(|error| error.behind(start as u64))
    };
    if first & ROWS_ALONG_Y == 0 {
        decode(ChunkShape { depth, height, width }, &mut spread)?;
    } else if height > MOST_TURNED_ROWS {
        return Err(fields.corrupt("it has too many rows to lie along y"));
    } else {
        let mut back = TurnedBack::new(&mut spread, memory)?;
        decode(ChunkShape { depth, height: width, width: height }, &mut back)?;
        back.finish()?;
    }
    Ok(spread.finish()?)
}

/// The codec of the rest of a chunk that begins with the byte `first`.
///
/// # Errors
/// [`FormatError::UnsupportedCodec`].
fn rest_of(first: u8) -> Result<CodecId, FormatError> {
    CodecId::from_id(first & !ROWS_ALONG_Y)
}
