//! Rows of runs to bytes (SPEC.md, "Codec: runs").

use super::Op;
use super::streams::{self, STREAMS, put_number, zigzag};
use crate::codec::entropy::{self, Entropy};
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
    let mut rows = Rows::new(dtype);
    let most = streams::most_bytes(shape, dtype);
    let mut fits = true;
    let mut largest = 0;
    'rows: for z in 0..shape.depth {
        for y in 0..shape.height {
            source.row(z, y, &mut rows.current);
            for run in &rows.current {
                packed::check_label(run.label, dtype)?;
                largest = largest.max(run.label);
            }
            if fits {
                rows.add(z, y);
                fits =
                    rows.streams.iter().map(|stream| stream.len() as u64).sum::<u64>() + 16 <= most;
            }
            if !fits && largest == dtype.max_label() {
                break 'rows;
            }
        }
    }
    let before = out.len();
    if fits {
        rows.put_op();
        out.push(entropy.kind() as u8);
        streams::write(&rows.streams, entropy, out)?;
    }
    let bits = packed::bits_for(largest);
    let packed_len = packed::packed_len(shape, bits);
    if !fits || (out.len() - before) as u64 > packed_len / 2 {
        let voxels = packed::pack(source, shape, dtype, bits)?;
        let compressed = entropy::compress(entropy, &voxels)?;
        let kind = if compressed.is_some() { entropy.kind() as u8 } else { 0 };
        let voxels = compressed.unwrap_or(voxels);
        if !fits || voxels.len() + 2 < out.len() - before {
            out.truncate(before);
            out.extend([1 << 4 | kind, bits as u8]);
            out.extend_from_slice(&voxels);
        }
    }
    Ok(CodecId::Runs)
}

/// The rows so far, as far as the next one refers to them.
struct Rows {
    dtype: Dtype,
    streams: [Vec<u8>; STREAMS],
    current: Vec<Run>,
    row_before: Vec<Run>,
    /// Up to the row reached those of this slice, from there on those of the slice before.
    slice: Vec<Vec<Run>>,
    op: Op,
    repeats: u64,
}

impl Rows {
    fn new(dtype: Dtype) -> Self {
        Self {
            dtype,
            streams: Default::default(),
            current: Vec::new(),
            row_before: Vec::new(),
            slice: Vec::new(),
            op: Op::Empty,
            repeats: 0,
        }
    }

    /// Codes the row in `current`.
    fn add(&mut self, z: u32, y: u32) {
        if z == 0 {
            self.slice.push(Vec::new());
        }
        if y == 0 {
            self.row_before.clear();
        }
        let op = self.choose(y as usize);
        if op == self.op {
            self.repeats += 1;
        } else {
            self.put_op();
            (self.op, self.repeats) = (op, 1);
        }
        let [_, moves, literals] = &mut self.streams;
        match op {
            Op::ShiftSlice => put_moves(&self.slice[y as usize], &self.current, moves),
            Op::ShiftRow => put_moves(&self.row_before, &self.current, moves),
            Op::Literal => put_literal(&self.current, self.dtype, literals),
            Op::Empty | Op::CopySlice | Op::CopyRow => {}
        }
        self.slice[y as usize].clone_from(&self.current);
        std::mem::swap(&mut self.row_before, &mut self.current);
    }

    fn choose(&self, y: usize) -> Op {
        let slice_before = &self.slice[y];
        if self.current.is_empty() {
            return Op::Empty;
        }
        let as_slice = self.current == *slice_before;
        let as_row = self.current == self.row_before;
        match (as_slice, as_row) {
            (true, true) if self.op == Op::CopyRow => return Op::CopyRow,
            (true, _) => return Op::CopySlice,
            (_, true) => return Op::CopyRow,
            _ => {}
        }
        let by_slice = shift_cost(slice_before, &self.current);
        let by_row = shift_cost(&self.row_before, &self.current);
        match (by_slice, by_row) {
            (Some(slice), Some(row)) if row < slice => Op::ShiftRow,
            (Some(_), _) => Op::ShiftSlice,
            (None, Some(_)) => Op::ShiftRow,
            (None, None) => Op::Literal,
        }
    }

    /// Writes the operation that has been collected.
    fn put_op(&mut self) {
        let ops = &mut self.streams[0];
        while self.repeats > 0 {
            let long = u64::from(Op::LONG);
            let more = self.repeats.saturating_sub(long + 1).min(u32::MAX.into());
            let count = (self.repeats - 1).min(long);
            ops.push(self.op as u8 | (count as u8) << Op::BITS);
            if count == long {
                put_number(ops, more as u32);
            }
            self.repeats -= count + 1 + more;
        }
    }
}

/// The transitions of both rows, pair by pair, where they are equally many with the same labels.
fn same_build(from: &[Run], to: &[Run]) -> bool {
    let touches = |row: &[Run], index: usize| index > 0 && row[index - 1].end == row[index].start;
    from.len() == to.len()
        && (0..to.len()).all(|index| {
            from[index].label == to[index].label && touches(from, index) == touches(to, index)
        })
}

/// How far the transitions move, all together.
fn shift_cost(from: &[Run], to: &[Run]) -> Option<u64> {
    let distance = |(from, to): (&Run, &Run)| {
        u64::from(from.start.abs_diff(to.start)) + u64::from(from.end.abs_diff(to.end))
    };
    same_build(from, to).then(|| from.iter().zip(to).map(distance).sum())
}

fn put_moves(from: &[Run], to: &[Run], moves: &mut Vec<u8>) {
    let mut end = None;
    for (from, to) in from.iter().zip(to) {
        if end != Some(from.start) {
            put_number(moves, zigzag(to.start.wrapping_sub(from.start) as i32));
        }
        put_number(moves, zigzag(to.end.wrapping_sub(from.end) as i32));
        end = Some(from.end);
    }
}

fn put_literal(row: &[Run], dtype: Dtype, literals: &mut Vec<u8>) {
    put_number(literals, row.len() as u32);
    let mut at = 0;
    for run in row {
        put_number(literals, run.start - at);
        put_number(literals, run.end - run.start);
        if dtype != Dtype::Bool {
            put_number(literals, run.label);
        }
        at = run.end;
    }
}
