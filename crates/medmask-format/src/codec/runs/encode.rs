//! Rows of runs to bytes (SPEC.md, "Codec: runs").

use super::adaptive::AdaptiveWriter;
use super::alignment::Aligner;
use super::row::{
    self, Near, Op, Shift, Step, SymbolWriter, Transition, same_build, transitions_of,
};
use super::streams::{self, StreamWriter};
use super::{ADAPTIVE, PACKED};
use crate::codec::entropy::{self, Entropy, Kind};
use crate::codec::{ChunkShape, CodecId, Source, packed};
use crate::{Dtype, FormatError, Run};

/// Appends one chunk.
pub(in crate::codec) fn encode(
    entropy: Entropy,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let mut largest = 0;
    let mut chunk = Vec::new();
    let rows = if entropy == Entropy::Adaptive {
        let mut writer = AdaptiveWriter::new(dtype);
        chunk.push(ADAPTIVE);
        put_rows(source, shape, dtype, &mut writer, &mut largest)?.then(|| Ok(writer.finish()))
    } else {
        let mut writer = StreamWriter::new(dtype);
        chunk.push(entropy.kind() as u8);
        put_rows(source, shape, dtype, &mut writer, &mut largest)?.then(|| writer.finish(entropy))
    };
    let fits = rows.is_some();
    if let Some(rows) = rows {
        chunk.extend(rows?);
    }
    // Where rows take about as many bytes as bits, the mask is noise and bits may be fewer.
    let bits = packed::bits_for(largest);
    if !fits || chunk.len() as u64 > shape.bytes_of(bits) / 4 {
        let packed = pack(entropy, source, shape, dtype, bits)?;
        if !fits || packed.len() < chunk.len() {
            chunk = packed;
        }
    }
    out.extend_from_slice(&chunk);
    Ok(CodecId::Runs)
}

/// The chunk as packed voxels, at `bits` bits or at whole bytes: in those compressors find what they look for.
fn pack(
    entropy: Entropy,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
) -> Result<Vec<u8>, FormatError> {
    // The adaptive coder codes rows alone.
    let behind = if entropy == Entropy::Adaptive { Entropy::default() } else { entropy };
    let packed = |bits: u32| -> Result<Vec<u8>, FormatError> {
        let voxels = packed::pack(source, shape, dtype, bits)?;
        let compressed = entropy::compress(behind, &voxels)?;
        let kind = if compressed.is_some() { behind.kind() as u8 } else { 0 };
        let mut chunk = vec![PACKED | kind, bits as u8];
        chunk.extend(compressed.unwrap_or(voxels));
        Ok(chunk)
    };
    let chunk = packed(bits)?;
    // Of one label there are no bytes to find.
    if bits == 1 || bits.is_multiple_of(8) || behind.kind() == Kind::None {
        return Ok(chunk);
    }
    let of_bytes = packed(bits.next_multiple_of(8))?;
    Ok(if of_bytes.len() < chunk.len() { of_bytes } else { chunk })
}

/// Writes all rows; `false` where they take more than the format allows. `largest` becomes the largest label.
fn put_rows<W: SymbolWriter>(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    writer: &mut W,
    largest: &mut u32,
) -> Result<bool, FormatError> {
    let mut rows = Rows::default();
    let most_bytes = streams::most_bytes(shape);
    let most_runs = row::most_runs(shape);
    let mut fits = true;
    for z in 0..shape.depth {
        for y in 0..shape.height {
            let y_index = y as usize;
            if z == 0 {
                rows.before.push(Vec::new());
                rows.slice.push(Vec::new());
            }
            source.row(z, y, &mut rows.slice[y_index]);
            for run in &rows.slice[y_index] {
                packed::check_label(run.label, dtype)?;
                *largest = run.label.max(*largest);
            }
            if fits {
                rows.put(y, writer);
                // A row's own symbols are not in the way of the limit.
                let spare = 16 + 12 * rows.slice[y_index].len() as u64;
                fits = writer.len() as u64 + spare < most_bytes && rows.spelled <= most_runs;
            }
        }
        std::mem::swap(&mut rows.before, &mut rows.slice);
    }
    Ok(fits)
}

/// The rows so far, as far as the next one refers to them.
#[derive(Default)]
struct Rows {
    before: Vec<Vec<Run>>,
    slice: Vec<Vec<Run>>,
    /// Runs that rows have spelled out.
    spelled: usize,
    from: Vec<Transition>,
    to: Vec<Transition>,
    steps: Vec<Step>,
    aligner: Aligner,
}

impl Rows {
    /// Writes row `y` of `slice`.
    fn put<W: SymbolWriter>(&mut self, y: u32, writer: &mut W) {
        let y_index = y as usize;
        let near = Near {
            slice: &self.before[y_index],
            row: y_index.checked_sub(1).map_or(&[], |y| &self.slice[y]),
            slice_before: y_index.checked_sub(1).map_or(&[], |y| &self.before[y]),
            slice_after: self.before.get(y_index + 1).map_or(&[], Vec::as_slice),
        };
        let current = self.slice[y_index].as_slice();
        let op = choose(&near, current);
        writer.op(&near, y, op);
        match op {
            Op::CopySlice | Op::CopyRow => return,
            Op::ShiftSlice | Op::ShiftRow => put_shift(writer, &near, op, current),
            Op::Edit => {
                transitions_of(near.edited(), &mut self.from);
                transitions_of(current, &mut self.to);
                self.aligner.align(&self.from, &self.to, &mut self.steps);
                put_edit(writer, &near, &self.from, &self.to, &self.steps);
            }
        }
        self.spelled += current.len();
    }
}

/// The operation with the fewest symbols; between equals the slice before goes first.
fn choose(near: &Near<'_>, current: &[Run]) -> Op {
    if current == near.slice {
        Op::CopySlice
    } else if current == near.row {
        Op::CopyRow
    } else if !current.is_empty() && same_build(near.slice, current) {
        Op::ShiftSlice
    } else if !current.is_empty() && same_build(near.row, current) {
        Op::ShiftRow
    } else {
        Op::Edit
    }
}

fn put_shift<W: SymbolWriter>(writer: &mut W, near: &Near<'_>, op: Op, current: &[Run]) {
    let shift = Shift::new(near, op);
    let mut stays = true;
    for (index, (from, to)) in shift.from.iter().zip(current).enumerate() {
        let mut place = shift.place(index);
        if !shift.touches(index) {
            let by = to.start.wrapping_sub(from.start) as i32;
            writer.shift(&place, false, by);
            stays &= by == 0;
        }
        let by = to.end.wrapping_sub(from.end) as i32;
        place.must_move = stays && index + 1 == current.len();
        writer.shift(&place, true, by);
        stays &= by == 0;
    }
}

#[expect(clippy::expect_used, reason = "the steps were made of these transitions")]
fn put_edit<W: SymbolWriter>(
    writer: &mut W,
    near: &Near<'_>,
    from: &[Transition],
    to: &[Transition],
    steps: &[Step],
) {
    let (mut from, mut to) = (from.iter(), to.iter());
    let mut open = Transition { at: 0, label: 0 };
    let mut least = 0;
    for step in steps {
        writer.step(!from.as_slice().is_empty(), *step);
        let reference = if *step == Step::Insert { None } else { from.next() };
        if matches!(step, Step::Delete | Step::End) {
            continue;
        }
        let next = to.next().expect("each step but a deletion has its transition");
        match reference {
            Some(reference) => writer.edit_move(next.at.wrapping_sub(reference.at) as i32),
            None => writer.gap(next.at - least),
        }
        if *step != Step::Keep {
            writer.label(near, next.at, open.label, next.label);
        }
        open = *next;
        least = next.at + 1;
    }
}
