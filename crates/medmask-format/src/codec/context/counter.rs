//! Probabilities that learn (SPEC.md, "Context: counters").

use super::coder::BitCoder;

/// The probability of a bit to be 1, and how often it was seen.
#[derive(Clone, Copy)]
// 22 bits of probability and 10 of count: a look-up in a table of counters fetches both at once.
pub(super) struct Counter(u32);

/// The coder's probabilities of 1, in 1/65,536, lie between these.
pub(super) const LEAST: u32 = 16;
pub(super) const MOST: u32 = 65_536 - LEAST;

const COUNT_BITS: u32 = 10;
const COUNT_MASK: u32 = (1 << COUNT_BITS) - 1;

/// `131072 / (2 count + 3)`, the share of the error by which a counter moves, in 1/65,536.
// That is 1 / (count + 1.5): a counter that has seen little is about the mean of what it saw. A table, since a division would
// take longer than the rest of the update.
static SHARES: [u16; 1024] = {
    let mut table = [0; 1024];
    let mut count = 0;
    while count < 1024 {
        table[count] = (131_072 / (2 * count + 3)) as u16;
        count += 1;
    }
    table
};

impl Counter {
    /// Nothing seen, both bits alike.
    pub(super) const EVEN: Self = Self(1 << 31);

    /// As if 1 had been seen with the probability `one / 65536` in so many bits.
    pub(super) fn after(count: u32, one: u32) -> Self {
        Self(one << 16 | count)
    }

    /// The probability of 1 in 1/65,536.
    #[inline]
    pub(super) fn one(self) -> u32 {
        self.0 >> 16
    }

    /// The probability of 1 kept away from 0 and 1, as the coder wants it.
    #[inline]
    fn safe_one(self) -> u32 {
        self.one().clamp(LEAST, MOST)
    }

    /// Codes a bit by this probability alone, and learns it.
    #[inline]
    pub(super) fn code<B: BitCoder>(
        &mut self,
        coder: &mut B,
        limit: u32,
        actual: impl FnOnce() -> bool,
    ) -> bool {
        let bit = coder.code(self.safe_one(), actual);
        self.update(bit, limit);
        bit
    }

    /// Moves towards `bit`, by less the more was seen; `limit < 1024` keeps it moving.
    #[inline]
    pub(super) fn update(&mut self, bit: bool, limit: u32) {
        let count = self.0 & COUNT_MASK;
        let before = (self.0 >> COUNT_BITS) as i32;
        let target = if bit { (1 << 22) - 1 } else { 0 };
        let share = i64::from(SHARES[count as usize]);
        let after = before + ((i64::from(target - before) * share) >> 16) as i32;
        self.0 = (after as u32) << COUNT_BITS | (count + u32::from(count < limit));
    }
}
