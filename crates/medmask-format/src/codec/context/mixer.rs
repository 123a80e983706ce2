//! The mixer that joins the counters' opinions (SPEC.md, "Context: mixer").

use wide::i16x8;

use super::logistic::{LOGIT_LIMIT, squash};

/// Opinions that a mixer joins, the constant one included.
pub(super) const INPUTS: usize = 8;

/// A weight of 1.
pub(super) const WEIGHT_ONE: i16 = 1 << 13;

/// How fast weights learn.
const RATE: i32 = 48;

/// Two sets of weights, each chosen by a context of its own; the result is the mean of their logits.
#[derive(Clone)]
pub(super) struct Mixer {
    weights: Vec<i16x8>,
    inputs: i16x8,
    chosen: [usize; 2],
    logits: [i32; 2],
}

impl Mixer {
    pub(super) fn new(sets: usize, start: [i16; INPUTS]) -> Self {
        Self {
            weights: vec![i16x8::new(start); sets],
            inputs: i16x8::ZERO,
            chosen: [0; 2],
            logits: [0; 2],
        }
    }

    /// The joint logit, with the weights of the two sets.
    #[inline]
    pub(super) fn mix(&mut self, inputs: i16x8, chosen: [usize; 2]) -> i32 {
        self.inputs = inputs;
        self.chosen = chosen;
        for (logit, set) in self.logits.iter_mut().zip(chosen) {
            let sum = inputs.dot(self.weights[set]).reduce_add();
            *logit = (sum >> 13).clamp(-LOGIT_LIMIT, LOGIT_LIMIT);
        }
        (self.logits[0] + self.logits[1]) >> 1
    }

    /// Moves both sets towards what would have foretold `bit`.
    #[inline]
    pub(super) fn update(&mut self, bit: bool) {
        for (logit, set) in self.logits.iter().zip(self.chosen) {
            let error = (((i32::from(bit) << 16) - squash(*logit) as i32) * RATE) >> 8;
            // The error lies within 12,288 of 0.
            let step = self.inputs.mul_scale_round(i16x8::splat(error as i16));
            let weights = &mut self.weights[set];
            *weights = weights.saturating_add(step).max(i16x8::splat(-32_767));
        }
    }
}
