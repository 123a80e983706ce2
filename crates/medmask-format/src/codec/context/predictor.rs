//! What the neighbours say about a voxel (SPEC.md, "Context: mixer").

use wide::i16x8;

use super::around::Neighbours;
use super::coder::BitCoder;
use super::contexts::{CONTEXTS, PLACE, WIDER_PLACE, contexts};
use super::correction::Correction;
use super::counter::{Counter, LEAST, MOST};
use super::early_exit::{EarlyExit, SureAnswer};
use super::logistic::{squash, stretch};
use super::mixer::{INPUTS, Mixer, WEIGHT_ONE};
use super::prior::Prior;

/// The mixer's inputs after the contexts' opinions: one that is always the same, the prior's, and that of the labels
/// around.
const CONSTANT_OPINION: i16 = 256;
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
    /// Slices coded before this one.
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

/// What a model has the prior for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PriorUse {
    /// Nothing: it learns all by itself.
    None,
    /// One of the mixer's opinions.
    Mixed,
    /// The same, and where it is sure and has been right it answers alone.
    EarlyExit,
}

/// The adaptive model of the question "is the voxel's label this one?".
#[derive(Clone)]
pub(super) struct Predictor {
    tables: [Vec<Counter>; CONTEXTS],
    /// The table of the labels around; empty in chunks of one label.
    around: Vec<Counter>,
    /// Bits of a table's index.
    bits: u32,
    mixer: Mixer,
    correction: Correction,
    prior: Option<&'static Prior>,
    early_exit: Option<EarlyExit>,
}

impl Predictor {
    /// A model for a chunk of so many voxels, with one label or several.
    pub(super) fn new(voxels: u64, several: bool, prior: PriorUse) -> Self {
        let with_prior = prior != PriorUse::None;
        let bits = voxels.max(1).ilog2().saturating_sub(7).clamp(10, 14);
        let mut weights = [0; INPUTS];
        let counted = WEIGHT_ONE / if with_prior { 20 } else { 5 };
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
            early_exit: (prior == PriorUse::EarlyExit).then(EarlyExit::new),
        }
    }

    /// Codes the answer.
    #[inline]
    pub(super) fn code<B: BitCoder>(
        &mut self,
        coder: &mut B,
        neighbours: &Neighbours,
        question: Question,
        actual: impl Fn() -> bool,
    ) -> bool {
        let (mut prior_opinion, mut sure) = (0, None);
        if let Some(prior) = self.prior {
            let logit = prior.logit(neighbours, question.bits());
            if let Some(early_exit) = &mut self.early_exit {
                sure = SureAnswer::of(logit);
                if let Some(bit) = sure.and_then(|sure| early_exit.code(sure, coder, &actual)) {
                    return bit;
                }
            }
            prior_opinion = logit.clamp(-OPINION_LIMIT, OPINION_LIMIT) as i16;
        }
        let contexts = contexts(neighbours);
        let slots: [usize; CONTEXTS] =
            std::array::from_fn(|i| self.slot(contexts[i].into(), question));
        let [a, b, c, d, e, f, g, h, i]: [i16; CONTEXTS] =
            std::array::from_fn(|i| stretch(self.tables[i][slots[i]].one()));
        let place = usize::from(contexts[PLACE]);
        let around = self.scatter(question.around.wrapping_mul(32).wrapping_add(place as u32));
        let around_opinion = self.around.get(around).map_or(0, |counter| stretch(counter.one()));
        // Built at once: a vector that is read where its parts were just written waits for them.
        let inputs = [
            i16x8::new([a, b, c, d, e, f, g, h]),
            i16x8::new([i, CONSTANT_OPINION, prior_opinion, around_opinion, 0, 0, 0, 0]),
        ];
        let logit = self.mixer.mix(inputs, [question.kind(), KINDS + place]);
        let one =
            (squash(logit) + self.correction.refine(logit, contexts[WIDER_PLACE].into())) >> 1;
        let bit = coder.code(one.clamp(LEAST, MOST), actual);
        if let (Some(early_exit), Some(sure)) = (&mut self.early_exit, sure) {
            early_exit.update(sure, bit);
        }
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
        // Contexts that share an entry learn from each other's voxels. That costs bits, and nothing else.
        let context = context + ((question.rank.min(2) as u32) << 16);
        if context >> self.bits == 0 { context as usize } else { self.scatter(context) }
    }

    /// A place in a table for any number.
    #[inline]
    fn scatter(&self, context: u32) -> usize {
        // The golden ratio in 32 bits: its product's high bits tell numbers apart that differ in few bits.
        (context.wrapping_mul(0x9e37_79b1) >> (32 - self.bits)) as usize
    }
}
