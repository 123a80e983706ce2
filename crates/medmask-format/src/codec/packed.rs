//! Voxels of any width in bits, one after the other: z, then y, then x fastest, the least significant
//! bit first (SPEC.md, "Codec: raw, lz4, zstd").

use std::ops::ControlFlow;

use medmask_voxel::for_each_run;

use super::entropy::Pieces;
use super::{ChunkShape, Sink, Source};
use crate::{Dtype, FormatError, Run};

/// Bits that hold every label up to `largest`, at least 1.
pub(super) fn bits_for(largest: u32) -> u32 {
    (u32::BITS - largest.leading_zeros()).max(1)
}

/// The error for a label that `dtype` does not hold.
pub(super) fn check_label(label: u32, dtype: Dtype) -> Result<(), FormatError> {
    let limit = dtype.max_label();
    if label > limit {
        return Err(FormatError::LimitExceeded {
            what: "a label",
            asked: label.into(),
            limit: limit.into(),
        });
    }
    Ok(())
}

/// The chunk's voxels at `bits` each. Labels above `dtype`'s largest are an error; those above `bits` are
/// the caller's to avoid.
pub(super) fn pack(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
) -> Result<Vec<u8>, FormatError> {
    let asked = shape.bytes_of(bits);
    let too_large = || FormatError::OutOfMemory { what: "a chunk", bytes: asked };
    let len = isize::try_from(asked).map_err(|_| too_large())?.unsigned_abs();
    Vec::<u8>::new().try_reserve_exact(len).map_err(|_| too_large())?;
    let mut bytes = vec![0; len];
    let mut runs = Vec::new();
    let mut row_start = 0;
    for z in 0..shape.depth {
        for y in 0..shape.height {
            source.row(z, y, &mut runs);
            for run in &runs {
                check_label(run.label, dtype)?;
                fill(&mut bytes, row_start, *run, bits);
            }
            row_start += u64::from(shape.width);
        }
    }
    Ok(bytes)
}

fn fill(bytes: &mut [u8], row_start: u64, run: Run, bits: u32) {
    let first = row_start + u64::from(run.start);
    let last = row_start + u64::from(run.end);
    if bits == 8 {
        bytes[first as usize..last as usize].fill(run.label as u8);
        return;
    }
    if bits == 1 {
        set_bits(bytes, first, last);
        return;
    }
    for voxel in first..last {
        let bit = voxel * u64::from(bits);
        let word = u64::from(run.label) << (bit % 8);
        for (byte, part) in bytes[(bit / 8) as usize..].iter_mut().zip(word.to_le_bytes()) {
            *byte |= part;
        }
    }
}

fn set_bits(bytes: &mut [u8], mut first: u64, last: u64) {
    while first < last {
        let bit = first % 8;
        let count = (8 - bit).min(last - first);
        bytes[(first / 8) as usize] |= (((1_u16 << count) - 1) << bit) as u8;
        first += count;
    }
}

/// Bytes that are unpacked at once, about: they stay in the processor's cache.
const PIECE: usize = 64 * 1024;

/// Hands the rows of packed voxels to `sink`.
pub(super) fn unpack<S: Sink + ?Sized>(
    mut voxels: Pieces<'_>,
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
    sink: &mut S,
) -> Result<(), FormatError> {
    let row_bits = u64::from(shape.width) * u64::from(bits);
    // The fewest rows that end on a byte: 1, 2, 4 or 8.
    let fewest = 8 >> row_bits.trailing_zeros().min(3);
    let at_once = (PIECE as u64 * 8 / row_bits.max(1)).next_multiple_of(fewest).max(fewest);
    let mut runs = Vec::new();
    let mut row = 0;
    while row < shape.rows() {
        let end = (row + at_once).min(shape.rows());
        let piece = usize::try_from((u128::from(end - row) * u128::from(row_bits)).div_ceil(8));
        let piece = voxels.next(piece.unwrap_or(usize::MAX))?;
        let mut row_start = 0;
        for row in row..end {
            runs.clear();
            find_runs(piece, row_start, shape.width, bits, &mut runs);
            if runs.iter().any(|run| run.label > dtype.max_label()) {
                return Err(voxels.corrupt("a label exceeds the voxel type"));
            }
            let (z, y) = (row / u64::from(shape.height), row % u64::from(shape.height));
            if !runs.is_empty() && sink.row(z as u32, y as u32, &runs) == ControlFlow::Break(()) {
                return Ok(());
            }
            row_start += u64::from(shape.width);
        }
        row = end;
    }
    voxels.finish()
}

fn find_runs(bytes: &[u8], row_start: u64, width: u32, bits: u32, runs: &mut Vec<Run>) {
    match bits {
        1 => find_bit_runs(bytes, row_start, width, runs),
        8 => {
            let row = &bytes[row_start as usize..][..width as usize];
            for_each_run(row, |run| runs.push(run));
        }
        _ => find_any_runs(bytes, row_start, width, bits, runs),
    }
}

/// Runs of set bits, up to 56 bits at once: as many whole bytes as are left of a word that starts within a byte.
fn find_bit_runs(bytes: &[u8], row_start: u64, width: u32, runs: &mut Vec<Run>) {
    let mut open = None;
    let mut x = 0;
    while x < width {
        let count = (width - x).min(56);
        let word = word_at(bytes, row_start + u64::from(x));
        let changes = if open.is_some() { !word } else { word };
        let same = changes.trailing_zeros().min(count);
        x += same;
        if same < count {
            match open.take() {
                Some(start) => runs.push(Run { start, end: x, label: 1 }),
                None => open = Some(x),
            }
        }
    }
    if let Some(start) = open {
        runs.push(Run { start, end: width, label: 1 });
    }
}

fn find_any_runs(bytes: &[u8], row_start: u64, width: u32, bits: u32, runs: &mut Vec<Run>) {
    let mut open = Run { start: 0, end: 0, label: 0 };
    for x in 0..width {
        let label = voxel(bytes, (row_start + u64::from(x)) * u64::from(bits), bits);
        if label != open.label {
            if open.label != 0 {
                runs.push(Run { end: x, ..open });
            }
            open = Run { start: x, end: 0, label };
        }
    }
    if open.label != 0 {
        runs.push(Run { end: width, ..open });
    }
}

fn voxel(bytes: &[u8], bit: u64, bits: u32) -> u32 {
    let mask = u64::from(u32::MAX >> (u32::BITS - bits));
    (word_at(bytes, bit) & mask) as u32
}

/// At least 57 bits from `bit` on, zeros beyond the end.
fn word_at(bytes: &[u8], bit: u64) -> u64 {
    let rest = &bytes[(bit / 8) as usize..];
    let word = match rest.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    word >> (bit % 8)
}
