//! What the neighbours say about a voxel (SPEC.md, "Context: mixer").

use super::coder::BitCoder;
use super::contexts::{CONTEXTS, PLACE, WIDER_PLACE, contexts};
use super::correction::Correction;
use super::counter::{Counter, LEAST, MOST};
use super::history::Neighbours;
use super::logistic::{squash, stretch};
use super::mixer::{INPUTS, Mixer, WEIGHT_ONE};
use super::prior::Prior;

/// Where the mixer gets the opinion that is always the same, the prior's, and that of the labels around.
const CONSTANT: usize = CONTEXTS;
const PRIOR: usize = CONTEXTS + 1;
const AROUND: usize = CONTEXTS + 2;
/// Logits that the mixer takes lie this close to 0.
const OPINION_LIMIT: i32 = 2047;
/// Weight sets of the mixer for each kind of question, and after them for the nearest neighbours.
const KINDS: usize = 18;
const PLACES: usize = 32;
/// How many bits a context's counter remembers at most.
const MEMORY: u32 = 255;

/// What is asked besides the neighbours.
#[derive(Clone, Copy)]
pub(super) struct Question {
    /// Slices of the chunk before this one.
    pub(super) z: usize,
    /// Whether the label asked about is background.
    pub(super) background: bool,
    /// How many labels were refused for this voxel before.
    pub(super) rank: usize,
    /// A number for the label asked about and those around, in chunks of several labels.
    pub(super) around: u32,
}

impl Question {
    /// The prior's own eight inputs.
    fn bits(self) -> u8 {
        let first_slices = if self.z < 3 { 2 << self.z } else { 0 };
        let refused = [0, 16, 32][self.rank.min(2)];
        u8::from(self.background) | first_slices | refused
    }

    /// Which of the mixer's first weight sets speaks.
    fn kind(self) -> usize {
        self.z.min(2) * 2 + usize::from(self.background) + 6 * self.rank.min(2)
    }
}

/// The adaptive model of the question "is the voxel's label this one?".
pub(super) struct Predictor {
    tables: [Vec<Counter>; CONTEXTS],
    /// The table of the labels around; empty in chunks of one label.
    around: Vec<Counter>,
    /// Bits of a table's index.
    bits: u32,
    mixer: Mixer,
    correction: Correction,
    prior: Option<&'static Prior>,
}

impl Predictor {
    /// A model for a chunk of so many voxels, with one label or several.
    pub(super) fn new(voxels: u64, several: bool, with_prior: bool) -> Self {
        let bits = voxels.max(1).ilog2().saturating_sub(7).clamp(10, 14);
        let mut weights = [0; INPUTS];
        let counted = WEIGHT_ONE / if with_prior { 10 } else { 3 };
        weights[..CONTEXTS].fill(counted);
        weights[AROUND] = counted;
        weights[PRIOR] = if with_prior { WEIGHT_ONE / 8 * 7 } else { 0 };
        Self {
            tables: std::array::from_fn(|_| vec![Counter::EVEN; 1 << bits]),
            around: if several { vec![Counter::EVEN; 1 << bits] } else { Vec::new() },
            bits,
            mixer: Mixer::new(KINDS + PLACES, weights),
            correction: Correction::new(128),
            prior: with_prior.then(Prior::shipped),
        }
    }

    /// Codes the answer.
    #[inline]
    pub(super) fn code<B: BitCoder>(
        &mut self,
        coder: &mut B,
        neighbours: &Neighbours,
        question: Question,
        actual: impl FnOnce() -> bool,
    ) -> bool {
        let mut inputs = [0; INPUTS];
        // First, since it takes the longest.
        if let Some(prior) = self.prior {
            let logit = prior.logit(neighbours, question.bits());
            inputs[PRIOR] = logit.clamp(-OPINION_LIMIT, OPINION_LIMIT) as i16;
        }
        let contexts = contexts(neighbours);
        let mut slots = [0; CONTEXTS];
        for (i, slot) in slots.iter_mut().enumerate() {
            *slot = self.slot(contexts[i].into(), question);
            inputs[i] = stretch(self.tables[i][*slot].one());
        }
        let place = usize::from(contexts[PLACE]);
        let around = self.scatter(question.around.wrapping_mul(32).wrapping_add(place as u32));
        if let Some(counter) = self.around.get(around) {
            inputs[AROUND] = stretch(counter.one());
        }
        inputs[CONSTANT] = 256;
        let logit = self.mixer.mix(inputs, [question.kind(), KINDS + place]);
        let one =
            (squash(logit) + self.correction.refine(logit, contexts[WIDER_PLACE].into())) >> 1;
        let bit = coder.code(one.clamp(LEAST, MOST), actual);
        self.mixer.update(bit);
        self.correction.update(bit);
        for (table, slot) in self.tables.iter_mut().zip(slots) {
            table[slot].update(bit, MEMORY);
        }
        if let Some(counter) = self.around.get_mut(around) {
            counter.update(bit, MEMORY);
        }
        bit
    }

    /// Where a table keeps a context: as it is where it fits and nothing was refused yet, else scattered.
    #[inline]
    fn slot(&self, context: u32, question: Question) -> usize {
        let context = context + ((question.rank.min(2) as u32) << 16);
        if context >> self.bits == 0 { context as usize } else { self.scatter(context) }
    }

    /// A place in a table for any number.
    #[inline]
    fn scatter(&self, context: u32) -> usize {
        (context.wrapping_mul(0x9e37_79b1) >> (32 - self.bits)) as usize
    }
}
