//! The mixer that joins the counters' opinions (SPEC.md, "Context: mixer").

use super::logistic::{LOGIT_LIMIT, squash};

/// Opinions that a mixer joins, the constant one included.
pub(super) const INPUTS: usize = 8;

/// A weight of 1.
pub(super) const WEIGHT_ONE: i16 = 1 << 13;

/// How fast weights learn.
const RATE: i32 = 48;

/// Two sets of weights, each chosen by a context of its own; the result is the mean of their logits.
pub(super) struct Mixer {
    weights: Vec<[i16; INPUTS]>,
    pub(super) inputs: [i16; INPUTS],
    chosen: [usize; 2],
    logits: [i32; 2],
}

impl Mixer {
    pub(super) fn new(sets: usize, start: [i16; INPUTS]) -> Self {
        Self { weights: vec![start; sets], inputs: [0; INPUTS], chosen: [0; 2], logits: [0; 2] }
    }

    /// The joint logit, with the weights of the two sets.
    #[inline]
    pub(super) fn mix(&mut self, chosen: [usize; 2]) -> i32 {
        self.chosen = chosen;
        for (logit, set) in self.logits.iter_mut().zip(chosen) {
            let sum = dot(&self.inputs, &self.weights[set]);
            *logit = (sum >> 13).clamp(-LOGIT_LIMIT, LOGIT_LIMIT);
        }
        (self.logits[0] + self.logits[1]) >> 1
    }

    /// Moves both sets towards what would have foretold `bit`.
    #[inline]
    pub(super) fn update(&mut self, bit: bool) {
        for (logit, set) in self.logits.iter().zip(self.chosen) {
            let error = (((i32::from(bit) << 16) - squash(*logit) as i32) * RATE) >> 8;
            for (input, weight) in self.inputs.iter().zip(&mut self.weights[set]) {
                let step = (i32::from(*input) * error + (1 << 14)) >> 15;
                *weight = (i32::from(*weight) + step).clamp(-32_767, 32_767) as i16;
            }
        }
    }
}

/// Sum of products, in four interleaved parts as vector units have them.
// Inlined, the compiler no longer finds the machine's instruction for it.
#[inline(never)]
pub(super) fn dot<const N: usize>(a: &[i16; N], b: &[i16; N]) -> i32 {
    let mut parts = [0_i32; 4];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for (i, part) in parts.iter_mut().enumerate() {
            let even = i32::from(a[2 * i]) * i32::from(b[2 * i]);
            let odd = i32::from(a[2 * i + 1]) * i32::from(b[2 * i + 1]);
            *part = part.wrapping_add(even.wrapping_add(odd));
        }
    }
    parts.into_iter().fold(0, i32::wrapping_add)
}
