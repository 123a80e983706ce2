//! The binary arithmetic coder (SPEC.md, "Context: arithmetic coder").

use crate::FormatError;

/// Probabilities are of the bit 1, in units of 1/65,536, and lie in this range.
pub(super) const PROBABILITY_BITS: u32 = 16;

/// One direction of the arithmetic coder, so that the model is walked by the same code both ways.
pub(super) trait BitCoder {
    /// Codes one bit whose probability to be 1 is `one / 65536`; `actual` is asked by an encoder only.
    fn code(&mut self, one: u32, actual: impl FnOnce() -> bool) -> bool;

    /// Whether more bytes were asked for than an encoder can have left out: what follows means nothing.
    fn is_exhausted(&self) -> bool {
        false
    }
}

fn split(low: u32, high: u32, one: u32) -> u32 {
    debug_assert!(one > 0 && one < 1 << PROBABILITY_BITS);
    low + ((u64::from(high - low) * u64::from(one)) >> PROBABILITY_BITS) as u32
}

/// Writes bits.
pub(super) struct Encoder<'a> {
    low: u32,
    high: u32,
    out: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { low: 0, high: u32::MAX, out }
    }

    /// Writes as few bytes as tell the last interval apart.
    pub(super) fn finish(self) {
        // Bytes after the end read as zero, so the shortest prefix with a multiple inside the interval. With four bytes
        // that is `low` itself.
        for bytes in 0..=4_u32 {
            let mask =
                if bytes == 0 { u32::MAX } else { u32::MAX.checked_shr(8 * bytes).unwrap_or(0) };
            let candidate = if self.low & mask == 0 {
                Some(self.low)
            } else {
                (self.low | mask).checked_add(1)
            };
            if let Some(value) = candidate.filter(|value| *value <= self.high) {
                self.out.extend_from_slice(&value.to_be_bytes()[..bytes as usize]);
                return;
            }
        }
    }
}

impl BitCoder for Encoder<'_> {
    #[inline]
    fn code(&mut self, one: u32, actual: impl FnOnce() -> bool) -> bool {
        let middle = split(self.low, self.high, one);
        let bit = actual();
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
        }
        bit
    }
}

/// Reads bits; bytes after the end are zero.
pub(super) struct Decoder<'a> {
    low: u32,
    high: u32,
    value: u32,
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Decoder<'a> {
    /// Reads from `bytes[position..]`.
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        let mut decoder = Self { low: 0, high: u32::MAX, value: 0, bytes, position };
        for _ in 0..4 {
            decoder.value = decoder.value << 8 | decoder.next_byte();
        }
        decoder
    }

    #[inline]
    fn next_byte(&mut self) -> u32 {
        let byte = self.bytes.get(self.position).copied().unwrap_or(0);
        self.position += 1;
        byte.into()
    }

    /// An error where it is exhausted.
    #[inline]
    pub(super) fn check(&self) -> Result<(), FormatError> {
        if self.is_exhausted() {
            return Err(self.corrupt("it ends too early"));
        }
        Ok(())
    }

    /// The error that names `reason` at what was read last.
    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        let offset = self.position.min(self.bytes.len());
        FormatError::corrupt("chunk", offset as u64, reason)
    }

    /// Checks, after the last bit, that no bytes are left.
    pub(super) fn finish(&self) -> Result<(), FormatError> {
        if self.position < self.bytes.len() {
            return Err(FormatError::corrupt(
                "chunk",
                self.position as u64,
                "bytes follow its end",
            ));
        }
        self.check()
    }
}

impl BitCoder for Decoder<'_> {
    #[inline]
    fn code(&mut self, one: u32, _: impl FnOnce() -> bool) -> bool {
        let middle = split(self.low, self.high, one);
        let bit = self.value <= middle;
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xff;
            self.value = self.value << 8 | self.next_byte();
        }
        bit
    }
    #[inline]
    fn is_exhausted(&self) -> bool {
        // It reads four bytes ahead of what it decodes, and an encoder leaves out no more than these.
        self.position > self.bytes.len() + 4
    }
}
