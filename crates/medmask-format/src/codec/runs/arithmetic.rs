//! A binary range coder with adaptive probabilities (SPEC.md, "Codec: runs", "Arithmetic coding").
//!
//! Carry-propagating range coding as in G. N. N. Martin, "Range encoding" (1979), with 64-bit ranges that are
//! widened four bytes at a time.

/// The range is widened as soon as it falls below this.
const LEAST_RANGE: u64 = 1 << 32;
/// Probabilities are in steps of 2^-16.
const PROBABILITY_BITS: u32 = 16;
/// After this many decisions a probability follows the newest ones only.
const MEMORY: u8 = 40;

/// How likely a decision is to be true, as learned from those before it in its context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    /// In steps of 2^-16.
    of_true: u16,
    /// Decisions seen, at most `MEMORY`.
    seen: u8,
}

impl Chance {
    pub(super) const EVEN: Self = Self { of_true: 1 << 15, seen: 0 };

    /// Never 0 nor 1: an answer without a share of the range could not be coded.
    fn coded(self) -> u64 {
        u64::from(self.of_true.max(1))
    }

    #[inline(always)]
    fn learn(&mut self, decision: bool) {
        /// 65,536 / (seen + 1.6), rounded down.
        static RATES: [u32; MEMORY as usize + 1] = {
            let mut rates = [0; MEMORY as usize + 1];
            let mut seen = 0;
            while seen < rates.len() {
                rates[seen] = 655_360 / (10 * seen as u32 + 16);
                seen += 1;
            }
            rates
        };
        let rate = i64::from(RATES[usize::from(self.seen)]);
        let target = if decision { 0xffff } else { 0 };
        // Without branches: what decisions say is hard to predict.
        let chance = i64::from(self.of_true);
        self.of_true = (chance + (((target - chance) * rate) >> 16)) as u16;
        self.seen += u8::from(self.seen < MEMORY);
    }
}

/// Decisions to bytes.
pub(super) struct Encoder {
    low: u64,
    range: u64,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { low: 0, range: u64::MAX, bytes: Vec::new() }
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn put(&mut self, chance: &mut Chance, decision: bool) {
        let bound = (self.range >> PROBABILITY_BITS) * chance.coded();
        if decision {
            self.range = bound;
        } else {
            self.raise(bound);
            self.range -= bound;
        }
        chance.learn(decision);
        if self.range < LEAST_RANGE {
            self.bytes.extend(((self.low >> 32) as u32).to_be_bytes());
            self.low <<= 32;
            self.range <<= 32;
        }
    }

    /// Adds to `low`, and carries what overflows it into the bytes before.
    fn raise(&mut self, by: u64) {
        // Bytes that are out may still change: they count the high digits of `low`, and a carry reaches as far as bytes are 255.
        let (low, overflows) = self.low.overflowing_add(by);
        self.low = low;
        if overflows {
            for byte in self.bytes.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
    }

    /// The bytes, without the zeros at their end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // Any number from `low` on and below `low + range` decodes to the same; take one that ends in most zeros.
        for zeros in (0..64).rev() {
            let to_round = self.low.wrapping_neg() & ((1 << zeros) - 1);
            if to_round < self.range {
                self.raise(to_round);
                break;
            }
        }
        self.bytes.extend(self.low.to_be_bytes());
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}

/// Bytes to decisions.
pub(super) struct Decoder<'a> {
    code: u64,
    range: u64,
    /// What is left of the bytes; zeros follow.
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { code: 0, range: u64::MAX, bytes, len: bytes.len() };
        decoder.take_word();
        decoder.take_word();
        decoder
    }

    #[inline(always)]
    pub(super) fn get(&mut self, chance: &mut Chance) -> bool {
        let bound = (self.range >> PROBABILITY_BITS) * chance.coded();
        let decision = self.code < bound;
        let (skipped, rest) = if decision { (0, bound) } else { (bound, self.range - bound) };
        self.code -= skipped;
        self.range = rest;
        chance.learn(decision);
        if self.range < LEAST_RANGE {
            self.range <<= 32;
            self.take_word();
        }
        decision
    }

    #[inline]
    fn take_word(&mut self) {
        let word = match self.bytes.split_first_chunk() {
            Some((word, rest)) => {
                self.bytes = rest;
                u32::from_be_bytes(*word)
            }
            None => self.take_last_word(),
        };
        self.code = self.code << 32 | u64::from(word);
    }

    #[cold]
    fn take_last_word(&mut self) -> u32 {
        let mut word = [0; 4];
        for (byte, from) in word.iter_mut().zip(std::mem::take(&mut self.bytes)) {
            *byte = *from;
        }
        u32::from_be_bytes(word)
    }

    /// Whether bytes are left that no decision needed.
    pub(super) fn has_more(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Bytes read.
    pub(super) fn position(&self) -> usize {
        self.len - self.bytes.len()
    }
}
