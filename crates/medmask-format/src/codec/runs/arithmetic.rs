//! A binary range coder with adaptive probabilities (SPEC.md, "Codec: runs", "Arithmetic coding").
//!
//! Carry-propagating range coding as in G. N. N. Martin, "Range encoding" (1979), with 32-bit ranges.

/// The range is widened by a byte as soon as it falls below this.
const LEAST_RANGE: u32 = 1 << 24;
/// Probabilities are coded in steps of 2^-12.
const PROBABILITY_BITS: u32 = 12;
/// After this many bits a probability follows the newest ones only.
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

    /// In steps of 2^-12, never certain.
    fn coded(self) -> u32 {
        u32::from(self.of_true >> (16 - PROBABILITY_BITS)).max(1)
    }

    fn learn(&mut self, decision: bool) {
        /// 65,536 / (seen + 1.6), rounded down.
        const RATES: [u32; MEMORY as usize + 1] = {
            let mut rates = [0; MEMORY as usize + 1];
            let mut seen = 0;
            while seen < rates.len() {
                rates[seen] = 655_360 / (10 * seen as u32 + 16);
                seen += 1;
            }
            rates
        };
        let rate = RATES[usize::from(self.seen.min(MEMORY))];
        let chance = u32::from(self.of_true);
        self.of_true = if decision {
            chance + (((0xffff - chance) * rate) >> 16)
        } else {
            chance - ((chance * rate) >> 16)
        } as u16;
        self.seen = (self.seen + 1).min(MEMORY);
    }
}

/// Decisions to bytes.
pub(super) struct Encoder {
    low: u64,
    range: u32,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { low: 0, range: u32::MAX, bytes: Vec::new() }
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
            self.low += u64::from(bound);
            self.range -= bound;
        }
        chance.learn(decision);
        while self.range < LEAST_RANGE {
            self.range <<= 8;
            self.put_byte();
        }
    }

    /// Writes the highest byte of `low` and carries what overflows it into the bytes before.
    fn put_byte(&mut self) {
        if self.low >> 32 != 0 {
            self.carry();
        }
        self.bytes.push((self.low >> 24) as u8);
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        self.low &= 0xffff_ffff;
    }

    /// The bytes, without the zeros at their end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // Any number from low to low + range decodes to the same; the one with most zeros at its end is shortest.
        let end = self.low + u64::from(self.range);
        for zeros in (0..32).rev() {
            let rounded = (self.low + (1 << zeros) - 1) >> zeros << zeros;
            if rounded < end {
                self.low = rounded;
                break;
            }
        }
        for _ in 0..4 {
            self.put_byte();
        }
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}

/// Bytes to decisions.
pub(super) struct Decoder<'a> {
    code: u32,
    range: u32,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { code: 0, range: u32::MAX, bytes, at: 0 };
        for _ in 0..4 {
            decoder.take_byte();
        }
        decoder
    }

    #[inline]
    pub(super) fn get(&mut self, chance: &mut Chance) -> bool {
        let bound = (self.range >> PROBABILITY_BITS) * chance.coded();
        let decision = self.code < bound;
        if decision {
            self.range = bound;
        } else {
            self.code -= bound;
            self.range -= bound;
        }
        chance.learn(decision);
        while self.range < LEAST_RANGE {
            self.range <<= 8;
            self.take_byte();
        }
        decision
    }

    /// Zeros follow the last byte.
    #[inline]
    fn take_byte(&mut self) {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        self.code = self.code << 8 | u32::from(byte);
    }

    /// Whether bytes are left that no decision needed.
    pub(super) fn has_more(&self) -> bool {
        self.at < self.bytes.len()
    }

    /// Bytes read, those behind the end included.
    pub(super) fn position(&self) -> usize {
        self.at
    }
}
