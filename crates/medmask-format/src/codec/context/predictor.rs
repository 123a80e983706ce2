//! What the neighbours say about a voxel (SPEC.md, "Codec: context", "Contexts").

use super::coder::BitCoder;
use super::correction::Correction;
use super::counter::Counter;
use super::history::Neighbours;
use super::logistic::{squash, stretch};
use super::mixer::{INPUTS, Mixer, WEIGHT_ONE};

const CONTEXTS: usize = 8;
/// Bits of each context's table.
const BITS: [u32; CONTEXTS] = [15, 14, 14, 14, 13, 14, 13, 15];

/// What is asked besides the neighbours.
#[derive(Clone, Copy)]
pub(super) struct Question {
    /// Slices of the chunk before this one.
    pub(super) z: usize,
    /// Whether the label asked about is background.
    pub(super) background: bool,
    /// How many labels were refused for this voxel before.
    pub(super) rank: usize,
}

/// The adaptive model of the question "is the voxel's label this one?".
pub(super) struct Predictor {
    tables: [Vec<Counter>; CONTEXTS],
    slots: [usize; CONTEXTS],
    mixer: Mixer,
    correction: Correction,
}

#[inline]
fn part(bits: u32, from: u32, length: u32) -> u32 {
    (bits >> from) & ((1 << length) - 1)
}

#[inline]
fn near(bits: u32) -> u32 {
    (bits & 0b0001_1100).count_ones()
}

#[inline]
fn wide(bits: u32) -> u32 {
    (bits & 0b0011_1110).count_ones()
}

impl Predictor {
    pub(super) fn new() -> Self {
        let mut start = [0; INPUTS];
        start[..CONTEXTS].fill((WEIGHT_ONE / 3) as i16);
        Self {
            tables: BITS.map(|bits| vec![Counter::EVEN; 1 << bits]),
            slots: [0; CONTEXTS],
            mixer: Mixer::new(1024, start),
            correction: Correction::new(256),
        }
    }

    #[inline]
    fn contexts(w: &Neighbours) -> [u32; CONTEXTS] {
        let [w0, n, nn, n3, _, p2, pn, p, ps, p3, _, _, qn, q, qs, _, _, r, _] = *w;
        let w2 = part(w0, 6, 1);
        [
            w2 | part(n, 1, 5) << 1
                | part(nn, 3, 1) << 6
                | part(p, 2, 3) << 7
                | part(pn, 3, 1) << 10
                | part(ps, 2, 3) << 11
                | part(q, 3, 1) << 14,
            part(n, 2, 3) | part(p, 1, 5) << 3 | part(ps, 2, 3) << 8 | part(pn, 2, 3) << 11,
            part(n, 0, 8) | part(w0, 4, 3) << 8 | part(nn, 2, 3) << 11,
            part(n, 3, 2)
                | part(p, 2, 3) << 2
                | part(q, 2, 3) << 5
                | part(ps, 3, 1) << 8
                | part(qs, 3, 1) << 9
                | part(qn, 3, 1) << 10
                | part(r, 2, 3) << 11,
            part(n, 3, 1)
                | part(p, 3, 1) << 1
                | (w0 & 0xf0).count_ones() << 2
                | wide(n) << 5
                | wide(nn) << 8
                | near(n3) << 11,
            part(n, 3, 1)
                | part(p, 3, 1) << 1
                | near(p) << 2
                | near(pn) << 4
                | near(ps) << 6
                | near(p3) << 8
                | near(p2) << 10
                | part(n, 2, 3).count_ones() << 12,
            part(n, 3, 1)
                | part(p, 3, 1) << 1
                | near(q) << 2
                | near(qn) << 4
                | near(qs) << 6
                | near(r) << 8
                | (near(p) + near(ps)) << 10,
            ((n & 0x7f).count_ones() + wide(nn) + (w0 & 0xf0).count_ones())
                | (p.count_ones() + pn.count_ones() + ps.count_ones()) << 5
                | (q.count_ones() + wide(qn) + wide(qs)) << 10,
        ]
    }

    /// Codes the answer.
    #[inline]
    pub(super) fn code<C: BitCoder>(
        &mut self,
        coder: &mut C,
        w: &Neighbours,
        question: Question,
        actual: impl FnOnce() -> bool,
    ) -> bool {
        let contexts = Self::contexts(w);
        let rank = question.rank.min(2) as u32;
        for i in 0..CONTEXTS {
            let context = contexts[i].wrapping_add(rank << 16);
            let slot = if context >> BITS[i] == 0 {
                context
            } else {
                context.wrapping_mul(0x9E37_79B1) >> (32 - BITS[i])
            };
            self.slots[i] = slot as usize;
            self.mixer.inputs[i] = stretch(self.tables[i][slot as usize].one()) as i16;
        }
        self.mixer.inputs[CONTEXTS] = 256;
        let [w0, n, _, _, _, _, _, p, ps, ..] = *w;
        let seen = |i: usize| self.tables[i][self.slots[i]].count().min(3) as usize;
        let place = (part(n, 3, 2) | part(p, 3, 2) << 2 | part(ps, 3, 1) << 4) as usize;
        let kind = question.z.min(2) * 2 + usize::from(question.background) + 6 * rank as usize;
        let sets = [place + 32 * kind, 576 + seen(0) + 4 * seen(1) + 16 * seen(3)];
        let logit = self.mixer.mix(sets);
        let place = part(n, 2, 3) | part(p, 2, 3) << 3 | part(ps, 3, 1) << 6 | part(w0, 6, 1) << 7;
        let refined = self.correction.refine(logit, place as usize);
        let one = ((squash(logit) + refined) >> 1).clamp(16, 65_520);
        let bit = coder.code(one, actual);
        self.mixer.update(bit, 10);
        self.correction.update(bit);
        for i in 0..CONTEXTS {
            self.tables[i][self.slots[i]].update(bit, 255);
        }
        bit
    }
}
