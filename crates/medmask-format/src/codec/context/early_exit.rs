//! Questions that the prior answers alone (SPEC.md, "Context: early exit").

use super::coder::BitCoder;
use super::counter::Counter;
use super::logistic::squash;

/// The prior is sure where its logit, in 1/256, lies at least this far from 0.
const SURE: i32 = 768;
/// Logits of one class, and how many classes there are; the last one has all that lies beyond.
const STEP: i32 = 128;
const CLASSES: i32 = 8;
/// How often, in 1/65,536, the prior must have been right to answer alone.
const TRUSTED: u32 = 64_512;
/// How many answers a class remembers at most, and how many the network's own opinion counts for at first.
const MEMORY: u32 = 255;
const HEAD_START: u32 = 16;

/// How often the prior was right in each class.
#[derive(Clone)]
pub(super) struct EarlyExit([Counter; CLASSES as usize]);

/// What the prior says where it is sure.
#[derive(Clone, Copy)]
pub(super) struct SureAnswer {
    class: usize,
    answer: bool,
}

impl SureAnswer {
    #[inline]
    pub(super) fn of(logit: i32) -> Option<Self> {
        let beyond = logit.abs() - SURE;
        let class = (beyond / STEP).min(CLASSES - 1) as usize;
        (beyond >= 0).then_some(Self { class, answer: logit > 0 })
    }
}

impl EarlyExit {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|class| {
            Counter::after(HEAD_START, squash(SURE + STEP / 2 + STEP * class as i32))
        }))
    }

    /// Codes the question by the prior's answer alone, where that has been right often enough.
    #[inline]
    pub(super) fn code<B: BitCoder>(
        &mut self,
        sure: SureAnswer,
        coder: &mut B,
        actual: impl FnOnce() -> bool,
    ) -> Option<bool> {
        let counter = &mut self.0[sure.class];
        if counter.one() < TRUSTED {
            return None;
        }
        let right = counter.code(coder, MEMORY, || actual() == sure.answer);
        Some(right == sure.answer)
    }

    /// Learns whether the prior was right where it did not answer alone.
    #[inline]
    pub(super) fn update(&mut self, sure: SureAnswer, bit: bool) {
        self.0[sure.class].update(bit == sure.answer, MEMORY);
    }
}
