//! Numbers of any size (SPEC.md, "Context: numbers").

use std::cell::LazyCell;

use super::coder::BitCoder;
use super::counter::Counter;

/// Most bits of a number plus 1, less 1.
const MOST_LENGTH: usize = 31;
/// How many bits a counter remembers at most.
const MEMORY: u32 = 255;

/// An adaptive model of numbers most of which are small.
#[derive(Clone)]
pub(super) struct NumberModel {
    /// By bits that there are already: whether there is another.
    longer: [Counter; MOST_LENGTH],
    /// By bits that follow the highest: the first of them.
    first: [Counter; MOST_LENGTH + 1],
}

impl NumberModel {
    pub(super) fn new() -> Self {
        Self { longer: [Counter::EVEN; MOST_LENGTH], first: [Counter::EVEN; MOST_LENGTH + 1] }
    }

    /// Codes a number below 2^32 - 1; `actual` is asked once, by an encoder only.
    pub(super) fn code<B: BitCoder>(&mut self, coder: &mut B, actual: impl FnOnce() -> u32) -> u32 {
        // The length of 0 plus 1 says all of it.
        let actual = LazyCell::new(|| u64::from(actual()) + 1);
        let mut length = 0;
        for counter in &mut self.longer {
            if !counter.code(coder, MEMORY, || *actual >> (length + 1) != 0) {
                break;
            }
            length += 1;
        }
        let mut number = 1_u64;
        for place in (0..length).rev() {
            let bit = || *actual >> place & 1 == 1;
            let bit = if place + 1 == length {
                self.first[length].code(coder, MEMORY, bit)
            } else {
                coder.code(EVEN, bit)
            };
            number = number << 1 | u64::from(bit);
        }
        (number - 1) as u32
    }
}

/// The probability of a bit that nothing is known of.
const EVEN: u32 = 1 << 15;

/// Codes a number below `count`, of which nothing is known.
pub(super) fn code_evenly<B: BitCoder>(coder: &mut B, count: u32, actual: impl Fn() -> u32) -> u32 {
    let (mut start, mut end) = (0, count);
    while end - start > 1 {
        let middle = start + (end - start) / 2;
        if coder.code(EVEN, || actual() >= middle) {
            start = middle;
        } else {
            end = middle;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::coder::{Decoder, Encoder};
    use super::{NumberModel, code_evenly};

    proptest! {
        #[test]
        fn numbers_come_back(numbers in prop::collection::vec((0..33_u32, any::<u32>()), 0..40)) {
            let numbers: Vec<u32> = numbers
                .into_iter()
                .map(|(bits, number)| number.checked_shr(bits).unwrap_or(0).min(u32::MAX - 1))
                .collect();
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes);
            let mut model = NumberModel::new();
            for number in &numbers {
                model.code(&mut encoder, || *number);
                code_evenly(&mut encoder, number + 1, || *number);
            }
            encoder.finish();
            let mut decoder = Decoder::new(&bytes, 0);
            let mut model = NumberModel::new();
            for number in numbers {
                prop_assert_eq!(model.code(&mut decoder, || 0), number);
                prop_assert_eq!(code_evenly(&mut decoder, number + 1, || 0), number);
            }
            decoder.finish().unwrap();
        }
    }
}
