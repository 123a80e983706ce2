//! Context-modelled arithmetic coding: the smallest codec (SPEC.md, "Codec: context").
//!
//! Voxels are walked slice by slice in (y, x) order, from a slice in the middle of the chunk where that brings all of
//! them nearer. Where all neighbours already known agree nothing is coded; elsewhere an adaptive binary model,
//! started by a small network that knows smooth shapes, is asked label by label.

mod around;
mod cell;
mod coder;
mod contexts;
mod correction;
mod counter;
mod early_exit;
mod header;
mod history;
mod label;
mod logistic;
mod mixer;
mod number;
mod others;
mod palette;
mod predictor;
mod prior;
mod slabs;
#[cfg(test)]
mod tests;
mod walk;

use std::ops::ControlFlow;

use cell::Cell;
use coder::{Decoder, Encoder};
pub(super) use header::takes;
use header::{Header, Parts, Rules};
use palette::Palette;
use predictor::PriorUse;
pub(super) use slabs::{grid, most_slices};
use walk::{Truth, Walk};

use medmask_voxel::{Held, Memory, MemoryError};

use super::{ChunkShape, Sink, Source};
use crate::bytes::{Fields, put_varint};
use crate::{Dtype, FormatError, Run};

/// Bits a voxel beyond which a chunk is noise.
const MOST_BITS: u32 = 4;

/// Appends the chunk to `out`, with the prior where that takes fewer bytes. False, and nothing, where its slices are too large.
///
/// # Errors
/// `LimitExceeded` where a label does not fit `dtype`, `Memory` where a slice does not fit into memory.
pub fn encode(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<bool, FormatError> {
    if !takes(shape) {
        return Ok(false);
    }
    let palette = Palette::of(source, shape, dtype)?;
    if !header::slices_fit(shape, palette.len()) {
        return Ok(false);
    }
    let first = slabs::first_slice(source, shape)?;
    let coded = |prior| {
        let rules = Rules { prior, wide_first: true };
        encode_with(rules, first, source, shape, &palette)
    };
    let mut best = coded(PriorUse::EarlyExit)?;
    // Noise goes to the caller as it is, who keeps it in another codec: a mask takes far less than its packed bits, and than four a voxel.
    let bits = dtype.bits().min(MOST_BITS);
    if best.len() as u64 <= shape.bytes_of(bits) + 64 {
        let without = coded(PriorUse::None)?;
        // Where the prior gains little, as in masks enlarged without smoothing, it can err where it is sure.
        if without.len() * 5 < best.len() * 6 {
            let mixed = coded(PriorUse::Mixed)?;
            // Early exits are worth a per cent: they save a good part of the time.
            if mixed.len() * 100 < best.len() * 99 {
                best = mixed;
            }
        }
        if without.len() <= best.len() {
            best = without;
        }
    }
    out.append(&mut best);
    Ok(true)
}

/// The chunk by the rules given, with the slice `first` coded first.
fn encode_with(
    rules: Rules,
    first: u32,
    source: &dyn Source,
    shape: ChunkShape,
    palette: &Palette,
) -> Result<Vec<u8>, FormatError> {
    let has_labels = !palette.is_binary();
    // Without labels there are no decisions.
    let first = if palette.len() > 1 { first } else { 0 };
    let mut out = vec![Header { has_labels, from_middle: first > 0, rules }.to_byte()];
    if has_labels {
        put_varint(&mut out, palette.len() as u64 - 1);
    }
    match palette.len() {
        0..=1 => {}
        2..=256 => encode_parts::<u8>(rules, first, source, shape, palette, &mut out)?,
        _ => encode_parts::<u32>(rules, first, source, shape, palette, &mut out)?,
    }
    Ok(out)
}

fn encode_parts<C: Cell>(
    rules: Rules,
    first: u32,
    source: &dyn Source,
    shape: ChunkShape,
    palette: &Palette,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let memory = Memory::unlimited();
    let mut walk = Walk::<C>::new(rules, shape, palette.len(), &memory)?;
    let mut slice = SliceEncoder {
        source,
        shape,
        palette,
        cells: vec![C::default(); shape.width as usize],
        runs: Vec::new(),
        coded: Vec::new(),
    };
    let mut upper = Vec::new();
    let mut encoder = Encoder::new(&mut upper);
    if !palette.is_binary() {
        palette.write(&mut encoder);
    }
    slice.encode(&mut walk, &mut encoder, first);
    let below = if first > 0 { Some(walk.fork(shape)?) } else { None };
    (first + 1..shape.depth).for_each(|z| slice.encode(&mut walk, &mut encoder, z));
    encoder.finish();
    let Some(mut walk) = below else {
        out.append(&mut upper);
        return Ok(());
    };
    let mut lower = Vec::new();
    let mut encoder = Encoder::new(&mut lower);
    (0..first).rev().for_each(|z| slice.encode(&mut walk, &mut encoder, z));
    encoder.finish();
    Parts::write(first, &upper, &lower, out);
    Ok(())
}

struct SliceEncoder<'a, C> {
    source: &'a dyn Source,
    shape: ChunkShape,
    palette: &'a Palette,
    cells: Vec<C>,
    runs: Vec<Run>,
    coded: Vec<Run>,
}

impl<C: Cell> SliceEncoder<'_, C> {
    fn encode(&mut self, walk: &mut Walk<'_, C>, encoder: &mut Encoder, z: u32) {
        for y in 0..self.shape.height {
            self.source.row(z, y, &mut self.runs);
            let cell = |label| C::from_number(self.palette.number(label));
            walk::paint(&self.runs, &mut self.cells, cell);
            let truth = Truth { cells: &self.cells, runs: &self.runs };
            walk.row(encoder, y as usize, Some(&truth), &mut self.coded);
        }
        walk.end_slice();
    }
}

/// Hands the chunk's rows to `sink`.
///
/// # Errors
/// `Corrupt` where `bytes` are not such a chunk, `Memory` where `memory` has none for its slices.
pub fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    dtype: Dtype,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let mut fields = Fields::new("chunk", bytes, 0);
    let header = Header::read(&mut fields)?;
    let labels = if header.has_labels { fields.varint_u32()? as usize } else { 1 };
    if labels == 0 {
        let ends = fields.remaining() == 0 && !header.from_middle;
        return if ends { Ok(()) } else { Err(fields.corrupt("bytes follow its end")) };
    }
    if !header::slices_fit(shape, labels.saturating_add(1)) {
        return Err(fields.corrupt("its slices or labels are more than this codec takes"));
    }
    let mut parts = Parts::read(&mut fields, bytes, header.from_middle, shape)?;
    let palette = if header.has_labels {
        Palette::read(labels, &mut parts.upper, dtype, memory)?
    } else {
        Palette::binary()
    };
    let slice = SliceDecoder { shape, palette: &palette, memory };
    match palette.len() {
        ..=256 => decode_parts::<u8, S>(header.rules, parts, slice, sink),
        _ => decode_parts::<u32, S>(header.rules, parts, slice, sink),
    }
}

fn decode_parts<C: Cell, S: Sink + ?Sized>(
    rules: Rules,
    parts: Parts,
    slice: SliceDecoder<'_>,
    sink: &mut S,
) -> Result<(), FormatError> {
    let [wanted, ..] = sink.wanted();
    let SliceDecoder { shape, palette, memory } = slice;
    let Parts { first, mut upper, mut lower } = parts;
    let mut walk = Walk::<C>::new(rules, shape, palette.len(), memory)?;
    let mut next = first;
    if wanted.start < first {
        // Sinks take rows in ascending order, so that those below wait.
        let mut waiting = vec![slice.decode_waiting(&mut walk, &mut upper, next)?];
        next += 1;
        let mut below = walk.fork(shape)?;
        for z in (wanted.start..first).rev() {
            waiting.push(slice.decode_waiting(&mut below, &mut lower, z)?);
        }
        if wanted.start == 0 {
            lower.finish()?;
        }
        for (z, rows) in (wanted.start..).zip(waiting.iter().rev()) {
            if rows.hand_over(z, sink).is_break() {
                return Ok(());
            }
        }
    }
    for z in next..shape.depth {
        if z >= wanted.end || slice.decode(&mut walk, &mut upper, z, sink)?.is_break() {
            return Ok(());
        }
    }
    upper.finish()
}

#[derive(Clone, Copy)]
struct SliceDecoder<'a> {
    shape: ChunkShape,
    palette: &'a Palette,
    memory: &'a Memory,
}

impl<'a> SliceDecoder<'a> {
    fn decode_waiting<C: Cell>(
        &self,
        walk: &mut Walk<'_, C>,
        decoder: &mut Decoder,
        z: u32,
    ) -> Result<Waiting<'a>, FormatError> {
        let held = self.memory.hold("rows that wait for those of slices below them", 0)?;
        let mut waiting = Waiting { rows: Vec::new(), held, refused: None };
        let _ended = self.decode(walk, decoder, z, &mut waiting)?;
        waiting.refused.map_or(Ok(waiting), |error| Err(error.into()))
    }

    fn decode<C: Cell, S: Sink + ?Sized>(
        &self,
        walk: &mut Walk<'_, C>,
        decoder: &mut Decoder,
        z: u32,
        sink: &mut S,
    ) -> Result<ControlFlow<()>, FormatError> {
        let mut runs: Vec<Run> = Vec::new();
        let mut held = self.memory.hold("the runs of a row", 0)?;
        held.reserve(&mut runs, self.shape.width as usize)?;
        for y in 0..self.shape.height {
            walk.row(decoder, y as usize, None, &mut runs);
            decoder.check()?;
            self.palette.restore(&mut runs);
            if !runs.is_empty() && sink.row(z, y, &runs).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        walk.end_slice();
        Ok(ControlFlow::Continue(()))
    }
}

/// The rows of a slice that wait for those of the slices below it.
struct Waiting<'a> {
    rows: Vec<(u32, Run)>,
    held: Held<'a>,
    /// Why it took no more.
    refused: Option<MemoryError>,
}

impl Sink for Waiting<'_> {
    fn row(&mut self, _: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        if let Err(error) = self.held.reserve(&mut self.rows, runs.len()) {
            self.refused = Some(error);
            return ControlFlow::Break(());
        }
        self.rows.extend(runs.iter().map(|run| (y, *run)));
        ControlFlow::Continue(())
    }
}

impl Waiting<'_> {
    fn hand_over<S: Sink + ?Sized>(&self, z: u32, sink: &mut S) -> ControlFlow<()> {
        let mut runs = Vec::new();
        for row in self.rows.chunk_by(|(y, _), (next, _)| y == next) {
            runs.clear();
            runs.extend(row.iter().map(|(_, run)| *run));
            sink.row(z, row[0].0, &runs)?;
        }
        ControlFlow::Continue(())
    }
}
