//! Voxels of any width in bits, one after the other: z, then y, then x fastest, the least significant
//! bit first (SPEC.md, "Codec: raw, lz4, zstd").

use medmask_voxel::{Memory, MemoryError, for_each_run};

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
    voxels: Pieces<'_>,
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
    memory: &Memory,
    sink: &mut S,
) -> Result<(), FormatError> {
    let packed = Packed { shape, dtype, bits, row_bits: u64::from(shape.width) * u64::from(bits) };
    if packed.row_bits > PIECE as u64 * 8 {
        packed.unpack_long_rows(voxels, memory, sink)
    } else {
        packed.unpack_rows(voxels, memory, sink)
    }
}

/// How voxels are packed.
struct Packed {
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
    row_bits: u64,
}

impl Packed {
    /// The most runs of so many voxels of a row.
    fn most_runs(&self, voxels: u32) -> usize {
        if self.bits == 1 { voxels as usize / 2 + 1 } else { voxels as usize }
    }

    fn fits(&self, runs: &[Run]) -> bool {
        runs.iter().all(|run| run.label <= self.dtype.max_label())
    }

    /// Unpacks some rows at once.
    fn unpack_rows<S: Sink + ?Sized>(
        &self,
        mut voxels: Pieces<'_>,
        memory: &Memory,
        sink: &mut S,
    ) -> Result<(), FormatError> {
        let ChunkShape { height, width, .. } = self.shape;
        // The fewest rows that end on a byte: 1, 2, 4 or 8.
        let fewest = 8 >> self.row_bits.trailing_zeros().min(3);
        let at_once = PIECE as u64 * 8 / self.row_bits.max(1);
        let at_once = at_once.next_multiple_of(fewest).max(fewest);
        let mut runs = Vec::new();
        let mut held = memory.hold("the runs of a row", 0)?;
        held.reserve(&mut runs, self.most_runs(width))?;
        let mut row = 0;
        while row < self.shape.rows() {
            let end = (row + at_once).min(self.shape.rows());
            let piece = voxels.next(((end - row) * self.row_bits).div_ceil(8) as usize)?;
            let mut row_start = 0;
            for row in row..end {
                runs.clear();
                find_runs(piece, row_start, width, self.bits, &mut runs);
                if !self.fits(&runs) {
                    return Err(voxels.corrupt("a label exceeds the voxel type"));
                }
                let (z, y) = (row / u64::from(height), row % u64::from(height));
                if !runs.is_empty() && sink.row(z as u32, y as u32, &runs).is_break() {
                    return Ok(());
                }
                row_start += u64::from(width);
            }
            row = end;
        }
        voxels.finish()
    }

    /// Unpacks parts of rows that are too long to be unpacked at once.
    fn unpack_long_rows<S: Sink + ?Sized>(
        &self,
        mut voxels: Pieces<'_>,
        memory: &Memory,
        sink: &mut S,
    ) -> Result<(), FormatError> {
        // Whole bytes, so that a piece ends in one row and may go on in the next.
        let at_once = (LONG_ROW_PIECE as u64 * 8 / u64::from(self.bits)) & !7;
        let mut runs = Vec::new();
        let mut held = memory.hold("the runs of a row", 0)?;
        let (mut z, mut y, mut x) = (0, 0, 0);
        let mut left = u128::from(self.shape.rows()) * u128::from(self.shape.width);
        while left > 0 {
            let count = left.min(at_once.into()) as u64;
            left -= u128::from(count);
            let piece = voxels.next((count * u64::from(self.bits)).div_ceil(8) as usize)?;
            let mut at = 0;
            while at < count {
                let part = (count - at).min(u64::from(self.shape.width - x)) as u32;
                held.reserve(&mut runs, self.most_runs(part))?;
                let before = runs.len();
                find_runs(piece, at, part, self.bits, &mut runs);
                join(&mut runs, before, x);
                (at, x) = (at + u64::from(part), x + part);
                if x < self.shape.width {
                    break;
                }
                if !self.fits(&runs) {
                    return Err(voxels.corrupt("a label exceeds the voxel type"));
                }
                if !runs.is_empty() && sink.row(z, y, &runs).is_break() {
                    return Ok(());
                }
                runs.clear();
                x = 0;
                (z, y) = if y + 1 < self.shape.height { (z, y + 1) } else { (z + 1, 0) };
            }
        }
        voxels.finish()
    }
}

/// Moves the runs from number `first` on behind the `x` voxels before them in their row.
fn join(runs: &mut Vec<Run>, first: usize, x: u32) {
    for run in &mut runs[first..] {
        run.start += x;
        run.end += x;
    }
    if let Some(next) = runs.get(first).copied()
        && let Some(last) = runs[..first].last_mut()
        && (last.end, last.label) == (next.start, next.label)
    {
        last.end = next.end;
        runs.remove(first);
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
