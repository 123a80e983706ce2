//! The mixer that joins the counters' opinions (SPEC.md, "Context: mixer").

use wide::bytemuck::cast;
use wide::{i16x8, u16x8};

use super::logistic::{LOGIT_LIMIT, squash};

/// Opinions that a mixer joins, the constant one included.
pub(super) const INPUTS: usize = 16;

/// Opinions or weights, eight side by side.
type Eights<T> = [T; INPUTS / 8];

/// A weight of 1.
pub(super) const WEIGHT_ONE: i16 = 1 << 13;

/// How fast a set learns that learnt so often: fast at first, so that small chunks gain, and slowly later, since many weights that learn
/// fast disturb each other.
static RATES: [u8; 4096] = {
    let mut table = [0; 4096];
    let mut count = 0;
    while count < table.len() {
        table[count] = (16 + 40_960 / (512 + count)) as u8;
        count += 1;
    }
    table
};

/// Weights, as numbers of 32 bits in two halves: opinions are joined by the high ones, and the low ones let weights learn by less than
/// these can tell.
#[derive(Clone)]
struct Weights {
    high: Eights<i16x8>,
    low: Eights<u16x8>,
    learnt: u16,
}

/// Two sets of weights, each chosen by a context of its own; the result is the mean of their logits.
#[derive(Clone)]
pub(super) struct Mixer {
    sets: Vec<Weights>,
    inputs: Eights<i16x8>,
    chosen: [usize; 2],
    logits: [i32; 2],
}

impl Mixer {
    pub(super) fn new(sets: usize, start: [i16; INPUTS]) -> Self {
        let start = Weights { high: cast(start), low: Eights::default(), learnt: 0 };
        Self { sets: vec![start; sets], inputs: Eights::default(), chosen: [0; 2], logits: [0; 2] }
    }

    /// The joint logit, with the weights of the two sets.
    #[inline]
    pub(super) fn mix(&mut self, inputs: Eights<i16x8>, chosen: [usize; 2]) -> i32 {
        self.inputs = inputs;
        self.chosen = chosen;
        for (logit, set) in self.logits.iter_mut().zip(chosen) {
            let [low, high] = self.sets[set].high;
            let sum = (inputs[0].dot(low) + inputs[1].dot(high)).reduce_add();
            *logit = (sum >> 13).clamp(-LOGIT_LIMIT, LOGIT_LIMIT);
        }
        (self.logits[0] + self.logits[1]) >> 1
    }

    /// Moves both sets towards what would have foretold `bit`.
    #[inline]
    pub(super) fn update(&mut self, bit: bool) {
        for (logit, set) in self.logits.iter().zip(self.chosen) {
            let set = &mut self.sets[set];
            let rate = i32::from(RATES[usize::from(set.learnt)]);
            set.learnt = (set.learnt + 1).min(RATES.len() as u16 - 1);
            // The error lies within 24,576 of 0.
            let error = (((i32::from(bit) << 16) - squash(*logit) as i32) * rate) >> 8;
            let error = i16x8::splat(error as i16);
            for ((high, low), input) in set.high.iter_mut().zip(&mut set.low).zip(self.inputs) {
                let (step_low, step_high) = input.mul_keep_low_high(error);
                *low += step_low;
                // It is 1 less than 0 where the low half passed its end.
                let carry: i16x8 = cast(low.simd_lt(step_low));
                *high = high.saturating_add(step_high - carry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wide::bytemuck::cast;

    use super::{INPUTS, Mixer, squash};

    proptest! {
        #[test]
        fn weights_are_numbers_of_32_bits(
            start in any::<[i16; INPUTS]>(),
            steps in prop::collection::vec((any::<[i16; INPUTS]>(), 0..16_u32, any::<bool>()), 1..200)
        ) {
            let mut mixer = Mixer::new(1, start);
            let mut weights = start.map(|weight| i64::from(weight) << 16);
            for (count, (inputs, smaller, bit)) in (0..).zip(steps) {
                let inputs = inputs.map(|input| input >> smaller);
                // Both choose the one set, so that it learns twice, each time from the logit before.
                let logit = mixer.mix(cast(inputs), [0, 0]);
                let highs = weights.map(|weight| (weight >> 16) as i32);
                let products = inputs.iter().zip(highs);
                let sum = products
                    .map(|(input, high)| i32::from(*input).wrapping_mul(high))
                    .fold(0, i32::wrapping_add);
                prop_assert_eq!(logit, (sum >> 13).clamp(-3071, 3071));
                mixer.update(bit);
                for time in [2 * count, 2 * count + 1] {
                    let error = (i64::from(bit) << 16) - i64::from(squash(logit));
                    let error = (error * (16 + 40_960 / (512 + time))) >> 8;
                    for (weight, input) in weights.iter_mut().zip(inputs) {
                        let sum = *weight + i64::from(input) * error;
                        *weight = (sum >> 16).clamp(-32_768, 32_767) << 16 | sum & 0xffff;
                    }
                }
            }
        }
    }
}
