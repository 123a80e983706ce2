//! The symbols of a chunk as decisions whose chances are learned on the way
//! (SPEC.md, "Codec: runs", "Adaptive coding").

use medmask_voxel::Memory;

use super::arithmetic::{Chance, Decoder, Encoder};
use super::numbers::{unzigzag, zigzag};
use super::row::{Near, Op, Place, Step, SymbolReader, SymbolWriter, corrupt, label_at};
use super::stretches::Stretches;
use crate::{Dtype, FormatError, Run};

/// Contexts of a row's operation: what the rows around say, and the operations before.
const OP_CONTEXTS: usize = 64 * 5 * 5;
/// Contexts of a move: where three neighbours stand, and whether it must move.
const MOVE_CONTEXTS: usize = 8 * 6 * 4 * 2;
/// Distances that are told apart within a context; farther ones share theirs.
const NEAR_DISTANCES: usize = 6;
/// Bits of a number, and so contexts for its length.
const LENGTHS: usize = 32;

/// A coder of single decisions: the same model drives both directions.
trait Decisions {
    /// Codes `decision` where encoding, and says what it is in both directions.
    fn decide(&mut self, chance: &mut Chance, decision: bool) -> bool;
}

impl Decisions for Encoder {
    #[inline]
    fn decide(&mut self, chance: &mut Chance, decision: bool) -> bool {
        self.put(chance, decision);
        decision
    }
}

impl Decisions for Decoder<'_> {
    #[inline(always)]
    fn decide(&mut self, chance: &mut Chance, _: bool) -> bool {
        self.get(chance)
    }
}

/// Chances for numbers of any size: their length in bits first, then the bits.
struct NumberModel {
    lengths: [Chance; LENGTHS + 1],
    bits: Vec<Chance>,
}

impl NumberModel {
    fn new() -> Self {
        Self { lengths: [Chance::EVEN; LENGTHS + 1], bits: vec![Chance::EVEN; (LENGTHS + 1) * 8] }
    }

    fn code(&mut self, coder: &mut impl Decisions, number: u32) -> u32 {
        // One more than the number has one bit at least, and its highest bit is known.
        let number = u64::from(number) + 1;
        let wanted = number.ilog2() as usize;
        let mut length = 0;
        while length < LENGTHS && coder.decide(&mut self.lengths[length], length < wanted) {
            length += 1;
        }
        let mut value = 1_u64;
        for (position, bit) in (0..length).rev().enumerate() {
            // The first bits have contexts of their own by what precedes them.
            let context = if position < 3 { (value as usize) & 7 } else { 0 };
            let chance = &mut self.bits[length * 8 + context];
            value = value << 1 | u64::from(coder.decide(chance, number >> bit & 1 == 1));
        }
        // Only a damaged chunk holds 2^32.
        u32::try_from(value - 1).unwrap_or(u32::MAX)
    }
}

/// All chances of a chunk. Encoder and decoder call the same methods, so they learn the same.
struct Model {
    dtype: Dtype,
    ops: Vec<[Chance; 4]>,
    op_before: Op,
    stays: Vec<Chance>,
    grows: Vec<Chance>,
    farther: Vec<[Chance; NEAR_DISTANCES]>,
    far: NumberModel,
    steps: [[Chance; 4]; 10],
    step_before: Step,
    edit_moves: NumberModel,
    gaps: NumberModel,
    labels_near: [Chance; 8],
    labels: NumberModel,
}

impl Model {
    fn new(dtype: Dtype) -> Self {
        Self {
            dtype,
            ops: vec![[Chance::EVEN; 4]; OP_CONTEXTS],
            op_before: Op::CopySlice,
            stays: vec![Chance::EVEN; MOVE_CONTEXTS],
            grows: vec![Chance::EVEN; MOVE_CONTEXTS],
            farther: vec![[Chance::EVEN; NEAR_DISTANCES]; MOVE_CONTEXTS * 2],
            far: NumberModel::new(),
            steps: [[Chance::EVEN; 4]; 10],
            step_before: Step::End,
            edit_moves: NumberModel::new(),
            gaps: NumberModel::new(),
            labels_near: [Chance::EVEN; 8],
            labels: NumberModel::new(),
        }
    }

    /// `slice_op` is the operation of the same row of the slice before.
    fn op(
        &mut self,
        coder: &mut impl Decisions,
        near: &Near<'_>,
        y: u32,
        slice_op: Op,
        wanted: Op,
    ) -> Op {
        if y == 0 {
            self.op_before = Op::CopySlice;
        }
        let same_as_row = near.slice == near.row;
        let around = [
            near.slice.is_empty(),
            near.row.is_empty(),
            same_as_row,
            near.slice.len() == near.row.len(),
            near.slice == near.slice_before,
            near.slice == near.slice_after,
        ];
        let around = around.iter().fold(0, |bits, bit| bits << 1 | usize::from(*bit));
        let context = (around * 5 + self.op_before as usize) * 5 + slice_op as usize;
        let chances = &mut self.ops[context];
        let mut is = |op: Op, possible: bool| {
            possible && coder.decide(&mut chances[op as usize], wanted == op)
        };
        let op = if is(Op::CopySlice, true) {
            Op::CopySlice
        } else if is(Op::ShiftSlice, !near.slice.is_empty()) {
            Op::ShiftSlice
        } else if is(Op::CopyRow, !same_as_row) {
            Op::CopyRow
        } else if is(Op::ShiftRow, !near.row.is_empty() && !same_as_row) {
            Op::ShiftRow
        } else {
            Op::Edit
        };
        self.op_before = op;
        op
    }

    #[inline]
    fn shift(
        &mut self,
        coder: &mut impl Decisions,
        place: &Place<'_>,
        is_end: bool,
        wanted: i32,
    ) -> i32 {
        // A run that grows has its start move down and its end move up.
        let outward = |by: i32| if is_end { by } else { by.wrapping_neg() };
        let position = |run: &Run| if is_end { run.end } else { run.start } as i32;
        let base = position(place.from);
        let beside = |which: usize, most: i32| {
            let run = place.beside[which];
            let by = outward(position(run).wrapping_sub(base)).clamp(-most, most) + most;
            if run.label == place.from.label { by as usize } else { 2 * most as usize + 1 }
        };
        let context = ((beside(0, 3) * 6 + beside(1, 2)) * 4 + beside(2, 1)) * 2
            + usize::from(place.must_move);
        let wanted = outward(wanted);
        if coder.decide(&mut self.stays[context], wanted == 0) {
            return 0;
        }
        let grows = coder.decide(&mut self.grows[context], wanted > 0);
        let wanted = wanted.unsigned_abs();
        let mut distance = 1;
        for chance in &mut self.farther[context * 2 + usize::from(grows)] {
            if !coder.decide(chance, wanted > distance) {
                break;
            }
            distance += 1;
        }
        if distance > NEAR_DISTANCES as u32 {
            distance = distance.wrapping_add(self.far.code(coder, wanted.wrapping_sub(distance)));
        }
        outward(if grows { distance as i32 } else { (distance as i32).wrapping_neg() })
    }

    /// `is_open` says whether the reference has a transition left.
    fn step(&mut self, coder: &mut impl Decisions, is_open: bool, wanted: Step) -> Step {
        let chances = &mut self.steps[self.step_before as usize * 2 + usize::from(is_open)];
        let mut is = |step: Step, possible: bool| {
            possible && coder.decide(&mut chances[step as usize], wanted == step)
        };
        let step = if is(Step::Keep, is_open) {
            Step::Keep
        } else if is(Step::Insert, true) {
            Step::Insert
        } else if is(Step::Delete, is_open) {
            Step::Delete
        } else if is(Step::Relabel, is_open) {
            Step::Relabel
        } else {
            Step::End
        };
        self.step_before = step;
        step
    }

    fn label(
        &mut self,
        coder: &mut impl Decisions,
        near: &Near<'_>,
        x: u32,
        before: u32,
        wanted: u32,
    ) -> u32 {
        if self.dtype == Dtype::Bool {
            return u32::from(before == 0);
        }
        let mut refused = [before; 5];
        let rows = [near.row, near.slice, near.slice_after];
        let likely = [label_at(rows[0], x), label_at(rows[1], x), label_at(rows[2], x), 0];
        for (index, likely) in likely.into_iter().enumerate() {
            if refused.contains(&likely) {
                continue;
            }
            let chance = &mut self.labels_near[index * 2 + usize::from(likely == 0)];
            if coder.decide(chance, wanted == likely) {
                return likely;
            }
            refused[index + 1] = likely;
        }
        self.labels.code(coder, wanted)
    }
}

/// Writes symbols behind the arithmetic coder.
pub(super) struct AdaptiveWriter {
    model: Model,
    coder: Encoder,
    /// Operations of the slice before from the row reached on, of this slice up to there.
    slice_ops: Vec<Op>,
}

impl AdaptiveWriter {
    pub(super) fn new(dtype: Dtype) -> Self {
        Self { model: Model::new(dtype), coder: Encoder::new(), slice_ops: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.coder.finish()
    }
}

impl SymbolWriter for AdaptiveWriter {
    fn op(&mut self, near: &Near<'_>, y: u32, op: Op) {
        if self.slice_ops.len() <= y as usize {
            self.slice_ops.push(Op::default());
        }
        let slice_op = std::mem::replace(&mut self.slice_ops[y as usize], op);
        self.model.op(&mut self.coder, near, y, slice_op, op);
    }

    fn shift(&mut self, place: &Place<'_>, is_end: bool, by: i32) {
        self.model.shift(&mut self.coder, place, is_end, by);
    }

    fn step(&mut self, is_open: bool, step: Step) {
        self.model.step(&mut self.coder, is_open, step);
    }

    fn edit_move(&mut self, by: i32) {
        self.model.edit_moves.code(&mut self.coder, zigzag(by));
    }

    fn gap(&mut self, gap: u32) {
        self.model.gaps.code(&mut self.coder, gap);
    }

    fn label(&mut self, near: &Near<'_>, x: u32, before: u32, label: u32) {
        self.model.label(&mut self.coder, near, x, before, label);
    }

    fn len(&self) -> usize {
        self.coder.len()
    }
}

/// Reads what an [`AdaptiveWriter`] wrote.
pub(super) struct AdaptiveReader<'a> {
    model: Model,
    coder: Decoder<'a>,
    offset: usize,
    /// Operations of the slice before, and of this one up to the row reached.
    before: Stretches<'a, Op>,
    slice: Stretches<'a, Op>,
}

impl<'a> AdaptiveReader<'a> {
    /// `offset` is where `bytes` begin in the chunk, for errors.
    pub(super) fn new(
        bytes: &'a [u8],
        offset: usize,
        dtype: Dtype,
        memory: &'a Memory,
    ) -> Result<Self, FormatError> {
        let ops = || Stretches::new(memory, "the operations of a chunk's slices");
        let (model, coder) = (Model::new(dtype), Decoder::new(bytes));
        Ok(Self { model, coder, offset, before: ops()?, slice: ops()? })
    }
}

impl SymbolReader for AdaptiveReader<'_> {
    const LOOKS_AROUND: bool = true;

    fn op(&mut self, near: &Near<'_>, y: u32) -> Result<Op, FormatError> {
        if y == 0 {
            std::mem::swap(&mut self.before, &mut self.slice);
            self.slice.clear();
        }
        self.before.look_at(y);
        let op = self.model.op(&mut self.coder, near, y, self.before.here(), Op::default());
        self.slice.push(y, op)?;
        Ok(op)
    }

    #[inline]
    fn shift(&mut self, place: &Place<'_>, is_end: bool) -> Result<i32, FormatError> {
        Ok(self.model.shift(&mut self.coder, place, is_end, 0))
    }

    fn step(&mut self, is_open: bool) -> Result<Step, FormatError> {
        Ok(self.model.step(&mut self.coder, is_open, Step::End))
    }

    fn edit_move(&mut self) -> Result<i32, FormatError> {
        Ok(unzigzag(self.model.edit_moves.code(&mut self.coder, 0)))
    }

    fn gap(&mut self) -> Result<u32, FormatError> {
        Ok(self.model.gaps.code(&mut self.coder, 0))
    }

    fn label(&mut self, near: &Near<'_>, x: u32, before: u32) -> Result<u32, FormatError> {
        Ok(self.model.label(&mut self.coder, near, x, before, 0))
    }

    fn finish(self) -> Result<(), FormatError> {
        if self.coder.has_more() {
            return Err(self.corrupt("bytes are left over"));
        }
        Ok(())
    }

    fn corrupt(&self, reason: &'static str) -> FormatError {
        corrupt(self.offset + self.coder.position(), reason)
    }
}
