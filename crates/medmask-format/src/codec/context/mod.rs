//! Context-modelled arithmetic coding: the smallest codec (SPEC.md, "Codec: context").

mod coder;
mod correction;
mod counter;
mod history;
mod logistic;
mod mixer;
mod palette;
mod predictor;
#[cfg(test)]
mod tests;
mod walk;

use coder::{Decoder, Encoder};
use history::Cell;
use palette::Palette;
use walk::{Truth, Walk};

use super::{ChunkShape, Sink, Source};
use crate::{Dtype, FormatError, Run};

/// Header bit: a list of labels follows; without it the only label is 1.
const HAS_LABELS: u8 = 1;

fn corrupt(offset: usize, reason: &'static str) -> FormatError {
    FormatError::corrupt("context chunk", offset as u64, reason)
}

/// Appends the chunk to `out`.
///
/// # Errors
/// `LimitExceeded` where a label does not fit `dtype`, or a slice not this machine's memory.
pub fn encode(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let palette = Palette::of(source, shape, dtype)?;
    if palette.is_binary() {
        out.push(0);
    } else {
        out.push(HAS_LABELS);
        palette.write(out);
    }
    match palette.len() {
        0..=1 => Ok(()),
        2..=256 => encode_rows::<u8>(source, shape, &palette, out),
        _ => encode_rows::<u32>(source, shape, &palette, out),
    }
}

fn encode_rows<C: Cell>(
    source: &dyn Source,
    shape: ChunkShape,
    palette: &Palette,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let mut walk = Walk::<C>::new(shape, palette.len())?;
    let mut encoder = Encoder::new(out);
    let mut cells = vec![C::default(); shape.width as usize];
    let (mut runs, mut coded) = (Vec::new(), Vec::new());
    for z in 0..shape.depth {
        for y in 0..shape.height {
            source.row(z, y, &mut runs);
            cells.fill(C::default());
            for run in &runs {
                if let Some(cells) = cells.get_mut(run.start as usize..run.end as usize) {
                    cells.fill(C::from_number(palette.number(run.label)));
                }
            }
            let truth = Truth { cells: &cells, runs: &runs };
            walk.row(&mut encoder, z as usize, y as usize, Some(&truth), &mut coded);
        }
    }
    encoder.finish();
    Ok(())
}

/// Hands the chunk's rows to `sink`.
///
/// # Errors
/// `Corrupt` where `bytes` are not such a chunk, `LimitExceeded` where a slice does not fit this machine's memory.
pub fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    sink: &mut S,
) -> Result<(), FormatError> {
    let mut position = 1;
    let palette = match bytes.first() {
        Some(0) => Palette::binary(),
        Some(&HAS_LABELS) => Palette::read(bytes, &mut position, dtype)?,
        Some(_) => return Err(corrupt(0, "its first byte has unknown bits")),
        None => return Err(corrupt(0, "it is empty")),
    };
    let mut decoder = Decoder::new(bytes, position);
    match palette.len() {
        0..=1 => decoder.finish_empty(),
        2..=256 => decode_rows::<u8, S>(&mut decoder, shape, &palette, sink),
        _ => decode_rows::<u32, S>(&mut decoder, shape, &palette, sink),
    }
}

fn decode_rows<C: Cell, S: Sink + ?Sized>(
    decoder: &mut Decoder,
    shape: ChunkShape,
    palette: &Palette,
    sink: &mut S,
) -> Result<(), FormatError> {
    let mut walk = Walk::<C>::new(shape, palette.len())?;
    let mut runs: Vec<Run> = Vec::new();
    for z in 0..shape.depth {
        for y in 0..shape.height {
            walk.row(decoder, z as usize, y as usize, None, &mut runs);
            decoder.check()?;
            palette.restore(&mut runs);
            if !runs.is_empty() && sink.row(z, y, &runs).is_break() {
                return Ok(());
            }
        }
    }
    decoder.finish()
}
