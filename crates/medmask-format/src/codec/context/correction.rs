//! The last stage: what a logit has meant so far (SPEC.md, "Context: mixer").

use super::logistic::squash;

/// Logits between two entries of the table.
const STEP: i32 = 256;
/// An entry moves by one part in 2 to this power.
const RATE: u32 = 5;
/// Entries of one context: logits from -12 STEP to 12 STEP.
const ENTRIES: usize = 25;

/// Probabilities learnt for 25 logits in each of some contexts.
#[derive(Clone)]
pub(super) struct Correction {
    table: Vec<u16>,
    nearest: usize,
}

impl Correction {
    pub(super) fn new(contexts: usize) -> Self {
        let row: [u16; ENTRIES] = std::array::from_fn(|i| squash((i as i32 - 12) * STEP) as u16);
        Self { table: row.repeat(contexts), nearest: 0 }
    }

    /// The probability learnt for `logit`, which the mixer keeps within its limits, interpolated.
    #[inline]
    pub(super) fn refine(&mut self, logit: i32, context: usize) -> u32 {
        let position = (logit + 12 * STEP) as u32;
        let (index, part) = (position / STEP as u32, position % STEP as u32);
        let low = context * ENTRIES + index as usize;
        self.nearest = low + usize::from(part >= STEP as u32 / 2);
        (u32::from(self.table[low]) * (STEP as u32 - part) + u32::from(self.table[low + 1]) * part)
            / STEP as u32
    }

    /// Moves the nearer entry towards `bit`.
    #[inline]
    pub(super) fn update(&mut self, bit: bool) {
        let entry = &mut self.table[self.nearest];
        if bit {
            *entry += (65_535 - *entry) >> RATE;
        } else {
            *entry -= *entry >> RATE;
        }
    }
}
