//! The codec `planes`: planes that are as the one before are left out, and another codec codes the rest (SPEC.md, "Codec: planes").

mod axis;
mod kept;
mod spread;

use medmask_voxel::{Held, Memory};

use super::{ChunkShape, CodecId, Sink, Source};
use crate::bytes::Fields;
use crate::{Corrupt, FormatError};
use axis::Axis;
pub(super) use kept::Kept;
use spread::Spread;

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

/// Appends the chunk, without its repeated planes where that takes fewer bytes. `encode_all` appends a chunk with all its planes.
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
    let id = encode_all(source, shape, out)?;
    if out.len() - start <= FEW_BYTES {
        return Ok(id);
    }
    let Some(kept) = without_repeats(source, shape, 0.9)? else { return Ok(id) };
    let mut chunk = vec![0];
    kept.put(&mut chunk);
    chunk[0] = encode_all(&kept, kept.shape(), &mut chunk)? as u8;
    if chunk.len() >= out.len() - start {
        return Ok(id);
    }
    out.truncate(start);
    out.append(&mut chunk);
    Ok(CodecId::Planes)
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
    let [inner] = fields.array()?;
    let inner = CodecId::from_id(inner)?;
    let mut held: Held<'_> = memory.hold("the planes of a chunk", 0)?;
    let mut axis = |planes: u32| Axis::parse(&mut fields, planes, &mut held);
    let axes = [axis(shape.depth)?, axis(shape.height)?, axis(shape.width)?];
    let [depth, height, width] = [0, 1, 2].map(|axis: usize| axes[axis].count());
    let start = fields.position();
    let mut spread = Spread::new(sink, &axes, memory)?;
    let coded = ChunkShape { depth, height, width };
    // A decoder of its own for each kind of sink would double the code of all decoders.
    let rows: &mut dyn Sink = &mut spread;
    decode_all(inner, &bytes[start..], coded, rows).map_err(|error| match error {
        FormatError::Corrupt(damage) => {
            Corrupt { offset: damage.offset + start as u64, ..damage }.into()
        }
        other => other,
    })?;
    Ok(spread.finish()?)
}
