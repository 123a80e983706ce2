//! Rows of runs to bytes (SPEC.md, "Codec: runs").

use super::PACKED;
use super::alignment::Aligner;
use super::row::{Near, Op, Step, same_build, touches};
use super::streams::{self, StreamWriter};
use crate::codec::entropy::{self, Entropy, Kind};
use crate::codec::transition::{Transition, most_runs, transitions_of};
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
    let mut writer = StreamWriter::new(dtype);
    let fits = put_rows(source, shape, dtype, &mut writer, &mut largest)?;
    let rows = fits.then(|| {
        let mut chunk = vec![entropy.kind() as u8];
        chunk.extend(writer.finish(entropy)?);
        Ok::<_, FormatError>((CodecId::Runs, chunk))
    });
    or_packed(rows.transpose()?, largest, entropy, source, shape, dtype, out)
}

/// Appends the chunk as `rows`, or as packed voxels where there are no rows or these are fewer bytes. `largest` is its largest label.
pub(in crate::codec) fn or_packed(
    rows: Option<(CodecId, Vec<u8>)>,
    largest: u32,
    entropy: Entropy,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    out: &mut Vec<u8>,
) -> Result<CodecId, FormatError> {
    let bits = packed::bits_for(largest);
    // Where rows take far fewer bytes than bits, the mask is no noise.
    let tried = match &rows {
        Some((_, rows)) if rows.len() as u64 <= shape.bytes_of(bits) / 4 => None,
        _ => Some(pack(entropy, source, shape, dtype, bits)?),
    };
    let (id, chunk) = match (rows, tried) {
        (Some((_, rows)), Some(packed)) if packed.len() < rows.len() => (CodecId::Runs, packed),
        (Some(rows), _) => rows,
        (None, packed) => (CodecId::Runs, packed.unwrap_or_default()),
    };
    out.extend_from_slice(&chunk);
    Ok(id)
}

/// The chunk as packed voxels, at `bits` bits or at whole bytes: in those compressors find what they look for.
fn pack(
    entropy: Entropy,
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    bits: u32,
) -> Result<Vec<u8>, FormatError> {
    let packed = |bits: u32| -> Result<Vec<u8>, FormatError> {
        let voxels = packed::pack(source, shape, dtype, bits)?;
        let compressed = entropy::compress(entropy, &voxels)?;
        let kind = if compressed.is_some() { entropy.kind() as u8 } else { 0 };
        let mut chunk = vec![PACKED | kind, bits as u8];
        chunk.extend(compressed.unwrap_or(voxels));
        Ok(chunk)
    };
    let chunk = packed(bits)?;
    // Of one label there are no bytes to find.
    if bits == 1 || bits.is_multiple_of(8) || entropy.kind() == Kind::None {
        return Ok(chunk);
    }
    let of_bytes = packed(bits.next_multiple_of(8))?;
    Ok(if of_bytes.len() < chunk.len() { of_bytes } else { chunk })
}

/// Writes all rows; `false` where they take more than the format allows. `largest` becomes the largest label.
fn put_rows(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    writer: &mut StreamWriter,
    largest: &mut u32,
) -> Result<bool, FormatError> {
    let mut rows = Rows::default();
    let most_bytes = streams::most_bytes(shape);
    let most_runs = most_runs(shape);
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
    fn put(&mut self, y: u32, writer: &mut StreamWriter) {
        let y_index = y as usize;
        let near = Near {
            slice: &self.before[y_index],
            row: y_index.checked_sub(1).map_or(&[], |y| &self.slice[y]),
        };
        let current = self.slice[y_index].as_slice();
        let op = choose(&near, current);
        writer.op(op);
        match op {
            Op::CopySlice | Op::CopyRow => return,
            Op::ShiftSlice => put_shift(writer, near.slice, current),
            Op::ShiftRow => put_shift(writer, near.row, current),
            Op::Edit => {
                transitions_of(near.edited(), &mut self.from);
                transitions_of(current, &mut self.to);
                self.aligner.align(&self.from, &self.to, &mut self.steps);
                put_edit(writer, &self.from, &self.to, &self.steps);
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

fn put_shift(writer: &mut StreamWriter, reference: &[Run], current: &[Run]) {
    for (index, (from, to)) in reference.iter().zip(current).enumerate() {
        if !touches(reference, index) {
            writer.shift(to.start.wrapping_sub(from.start) as i32);
        }
        writer.shift(to.end.wrapping_sub(from.end) as i32);
    }
}

#[expect(clippy::expect_used, reason = "the steps were made of these transitions")]
fn put_edit(writer: &mut StreamWriter, from: &[Transition], to: &[Transition], steps: &[Step]) {
    let (mut from, mut to) = (from.iter(), to.iter());
    let mut least = 0;
    for step in steps {
        writer.step(*step);
        let reference = if *step == Step::Insert { None } else { from.next() };
        if matches!(step, Step::Delete | Step::End) {
            continue;
        }
        let next = to.next().expect("each step but a deletion has its transition");
        match reference {
            Some(reference) => writer.shift(next.at.wrapping_sub(reference.at) as i32),
            None => writer.gap(next.at - least),
        }
        if *step != Step::Keep {
            writer.label(next.label);
        }
        least = next.at + 1;
    }
}
