//! Context-modelled arithmetic coding: the smallest codec (SPEC.md, "Codec: context").
//!
//! Voxels are walked in (z, y, x) order. Where all neighbours already known agree nothing is coded; elsewhere
//! an adaptive binary model, started by a small network that knows smooth shapes, is asked label by label.

mod coder;
mod contexts;
mod correction;
mod counter;
mod history;
mod logistic;
mod mixer;
mod palette;
mod predictor;
mod prior;
#[cfg(test)]
mod tests;
mod walk;

use std::ops::RangeInclusive;

use coder::{Decoder, Encoder};
use history::Cell;
use palette::Palette;
use walk::{Truth, Walk};

use super::{ChunkShape, Sink, Source};
use crate::{Dtype, FormatError, Run};

/// Header bit: a list of labels follows; without it the only label is 1.
const HAS_LABELS: u8 = 1;
/// Header bit: the model starts with the prior.
const HAS_PRIOR: u8 = 2;

/// Loud voxels that a slab of one label has at most, unless its slices are so large that fewer than the least height
/// would fit. About as many voxels are coded, and take half a millisecond to decode.
const MOST_LOUD: u64 = 5000;

/// Slices of a slab of one label: in lower ones the model would learn too little, and higher ones gain little.
const HEIGHTS: RangeInclusive<u32> = 8..=64;

/// The most slices of a box that go into one chunk.
///
/// A slice takes the time of all that is coded in its slab up to it. Slabs of label maps are higher, since the model
/// has more to learn in them.
///
/// # Errors
/// As [`walk::loud_voxels`].
pub(super) fn most_slices(
    source: &dyn Source,
    box_shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    if dtype != Dtype::Bool {
        return Ok(96);
    }
    let loud = walk::loud_voxels(source, box_shape)?;
    let fits = |most: &u32| {
        let height = super::equal_slabs(box_shape.depth, *most) as usize;
        loud.chunks(height).all(|slab| slab.iter().sum::<u64>() <= MOST_LOUD)
    };
    Ok(HEIGHTS.rev().find(fits).unwrap_or(*HEIGHTS.start()))
}

fn corrupt(offset: usize, reason: &'static str) -> FormatError {
    FormatError::corrupt("chunk", offset as u64, reason)
}

/// Appends the chunk to `out`, with the prior where that takes fewer bytes.
///
/// # Errors
/// `LimitExceeded` where a label does not fit `dtype`, `OutOfMemory` where a slice does not fit into memory.
pub fn encode(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let palette = Palette::of(source, shape, dtype)?;
    let mut with_prior = Vec::new();
    encode_with(source, shape, &palette, HAS_PRIOR, &mut with_prior)?;
    if with_prior.len() as u64 > shape.packed_bytes(dtype) + 64 {
        // Noise, which the caller keeps in another codec.
        out.append(&mut with_prior);
        return Ok(());
    }
    let mut without = Vec::new();
    encode_with(source, shape, &palette, 0, &mut without)?;
    out.append(if without.len() <= with_prior.len() { &mut without } else { &mut with_prior });
    Ok(())
}

fn encode_with(
    source: &dyn Source,
    shape: ChunkShape,
    palette: &Palette,
    prior: u8,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    if palette.is_binary() {
        out.push(prior);
    } else {
        out.push(prior | HAS_LABELS);
        palette.write(out);
    }
    match palette.len() {
        0..=1 => Ok(()),
        2..=256 => encode_rows::<u8>(source, shape, palette, prior, out),
        _ => encode_rows::<u32>(source, shape, palette, prior, out),
    }
}

fn encode_rows<C: Cell>(
    source: &dyn Source,
    shape: ChunkShape,
    palette: &Palette,
    prior: u8,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let mut walk = Walk::<C>::new(shape, palette.len(), prior != 0)?;
    let mut encoder = Encoder::new(out);
    let mut cells = vec![C::default(); shape.width as usize];
    let (mut runs, mut coded) = (Vec::new(), Vec::new());
    for z in 0..shape.depth {
        for y in 0..shape.height {
            source.row(z, y, &mut runs);
            walk::paint(&runs, &mut cells, |label| C::from_number(palette.number(label)));
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
/// `Corrupt` where `bytes` are not such a chunk, `OutOfMemory` where a slice does not fit into memory.
pub fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    sink: &mut S,
) -> Result<(), FormatError> {
    let Some(&header) = bytes.first() else {
        return Err(corrupt(0, "it is empty"));
    };
    if header & !(HAS_LABELS | HAS_PRIOR) != 0 {
        return Err(corrupt(0, "its first byte has unknown bits"));
    }
    let mut position = 1;
    let palette = if header & HAS_LABELS == 0 {
        Palette::binary()
    } else {
        Palette::read(bytes, &mut position, dtype)?
    };
    let with_prior = header & HAS_PRIOR != 0;
    let rest = bytes.len() - position;
    let mut decoder = Decoder::new(bytes, position);
    match palette.len() {
        0..=1 if rest == 0 => Ok(()),
        0..=1 => Err(corrupt(position, "bytes follow its end")),
        2..=256 => decode_rows::<u8, S>(&mut decoder, shape, &palette, with_prior, sink),
        _ => decode_rows::<u32, S>(&mut decoder, shape, &palette, with_prior, sink),
    }
}

fn decode_rows<C: Cell, S: Sink + ?Sized>(
    decoder: &mut Decoder,
    shape: ChunkShape,
    palette: &Palette,
    with_prior: bool,
    sink: &mut S,
) -> Result<(), FormatError> {
    let mut walk = Walk::<C>::new(shape, palette.len(), with_prior)?;
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
