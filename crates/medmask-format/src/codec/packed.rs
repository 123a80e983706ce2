//! Voxels of any width in bits, one after the other: z, then y, then x fastest, the least significant
//! bit first (SPEC.md, "Codec: raw, lz4, zstd").

use std::ops::ControlFlow;

use medmask_voxel::{Held, Memory, MemoryError, for_each_run};

use super::entropy::Pieces;
use super::{ChunkShape, Sink, Source};
use crate::memory::zeros;
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
    let (what, asked) = ("a chunk's voxels", shape.bytes_of(bits));
    let length = usize::try_from(asked).map_err(|_| MemoryError::of_machine(what, asked))?;
    let memory = Memory::unlimited();
    let (mut bytes, _held) = zeros(&memory, what, length)?;
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
/// The same of rows that are longer: there is room for as many runs as a piece can have.
const LONG_ROW_PIECE: usize = 4 * 1024;

/// Hands the rows of packed voxels to `sink`.
pub(super) fn unpack<S: Sink + ?Sized>(
    mut voxels: Pieces<'_>,
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let at_once = voxels_at_once(shape.width, bits);
    let mut row = PartialRow { runs: Vec::new(), held: memory.hold("the runs of a row", 0)?, x: 0 };
    let (mut z, mut y) = (0, 0);
    let mut left = u128::from(shape.rows()) * u128::from(shape.width);
    while left > 0 {
        let count = left.min(at_once.into()) as u64;
        left -= u128::from(count);
        let piece = voxels.next((count * u64::from(bits)).div_ceil(8) as usize)?;
        let mut at = 0;
        while at < count {
            let part = (count - at).min(u64::from(shape.width - row.x)) as u32;
            row.add(piece, at, part, bits)?;
            at += u64::from(part);
            if row.x < shape.width {
                break;
            }
            if row.runs.iter().any(|run| run.label > dtype.max_label()) {
                return Err(voxels.corrupt("a label exceeds the voxel type"));
            }
            if !row.runs.is_empty() && sink.row(z, y, &row.runs) == ControlFlow::Break(()) {
                return Ok(());
            }
            row.clear();
            (z, y) = if y + 1 < shape.height { (z, y + 1) } else { (z + 1, 0) };
        }
    }
    voxels.finish()
}

/// How many voxels of rows of `width` are taken at once: whole rows where these are short, and whole bytes.
fn voxels_at_once(width: u32, bits: u32) -> u64 {
    let row_bits = u64::from(width) * u64::from(bits);
    if row_bits > PIECE as u64 * 8 {
        return (LONG_ROW_PIECE as u64 * 8 / u64::from(bits)) & !7;
    }
    // The fewest rows that end on a byte: 1, 2, 4 or 8.
    let fewest = 8 >> row_bits.trailing_zeros().min(3);
    let rows = (PIECE as u64 * 8 / row_bits.max(1)).next_multiple_of(fewest).max(fewest);
    rows * u64::from(width)
}

/// A row, as far as its voxels were unpacked.
struct PartialRow<'a> {
    runs: Vec<Run>,
    held: Held<'a>,
    /// Voxels so far.
    x: u32,
}

impl PartialRow<'_> {
    /// Goes on with `count` voxels, from voxel `at` of `bytes` on.
    fn add(&mut self, bytes: &[u8], at: u64, count: u32, bits: u32) -> Result<(), FormatError> {
        let before = self.runs.len();
        let most = if bits == 1 { count / 2 + 1 } else { count };
        self.held.reserve(&mut self.runs, most as usize)?;
        find_runs(bytes, at, count, bits, &mut self.runs);
        if self.x > 0 {
            self.join(before);
        }
        self.x += count;
        Ok(())
    }

    /// Moves the runs from number `first` on behind the voxels before them.
    fn join(&mut self, first: usize) {
        for run in &mut self.runs[first..] {
            run.start += self.x;
            run.end += self.x;
        }
        if let Some([.., last]) = self.runs.get(..first)
            && let Some(next) = self.runs.get(first)
            && (last.end, last.label) == (next.start, next.label)
        {
            self.runs[first - 1].end = next.end;
            self.runs.remove(first);
        }
    }

    fn clear(&mut self) {
        self.runs.clear();
        self.x = 0;
    }
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
