//! An entropy coder that takes the last symbol first (SPEC.md, "Transitions: entropy coder").
//!
//! Range asymmetric numeral systems as in J. Duda, "Asymmetric numeral systems" (2009), with a 32-bit state and 16-bit words. The encoder
//! starts from state 1, below the range of the state, so that a chunk takes no more bytes than its symbols have bits for, and the
//! decoder sees at the end whether it read what was written.

use super::corrupt;
use crate::FormatError;

/// A symbol's share is counted in steps of 2^-15.
pub(super) const SHARE_BITS: u32 = 15;
/// A smaller state takes a word.
const LEAST: u32 = 1 << 16;

/// Symbols to bytes.
pub(super) struct Encoder {
    /// Where each symbol's share begins, and how large it is.
    shares: Vec<(u16, u16)>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { shares: Vec::new() }
    }

    pub(super) fn put(&mut self, low: u16, width: u16) {
        self.shares.push((low, width));
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut state = 1_u32;
        let mut words = Vec::new();
        for (low, width) in self.shares.into_iter().rev() {
            let width = u32::from(width);
            if u64::from(state) >= u64::from(width) << (32 - SHARE_BITS) {
                words.push(state as u16);
                state >>= 16;
            }
            state = ((state / width) << SHARE_BITS) + u32::from(low) + state % width;
        }
        let mut bytes = state.to_be_bytes()[state.leading_zeros() as usize / 8..].to_vec();
        bytes.extend(words.iter().rev().flat_map(|word| word.to_be_bytes()));
        bytes
    }
}

/// Bytes to symbols.
pub(super) struct Decoder<'a> {
    state: u32,
    /// What is left of the bytes.
    words: &'a [u8],
    len: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, FormatError> {
        // With words behind it the state has three or four bytes, and words have two each.
        let of_state = match bytes.len() {
            len @ 0..=4 => len,
            len => 4 - len % 2,
        };
        let (state, words) = bytes.split_at(of_state);
        if state.first().is_none_or(|first| *first == 0) {
            return Err(corrupt(0, "the state does not begin"));
        }
        let state = state.iter().fold(0, |state, byte| state << 8 | u32::from(*byte));
        Ok(Self { state, words, len: bytes.len() })
    }

    /// The place within all shares that the next symbol's share holds.
    #[inline(always)]
    pub(super) fn place(&self) -> u16 {
        (self.state & ((1 << SHARE_BITS) - 1)) as u16
    }

    /// Goes on behind a symbol whose share, from `low` on, holds the place.
    #[inline(always)]
    pub(super) fn take(&mut self, low: u16, width: u16) {
        let rest = u32::from(self.place().wrapping_sub(low));
        self.state = u32::from(width) * (self.state >> SHARE_BITS) + rest;
        if self.state < LEAST
            && let Some((word, rest)) = self.words.split_first_chunk()
        {
            self.state = self.state << 16 | u32::from(u16::from_be_bytes(*word));
            self.words = rest;
        }
    }

    /// Whether the symbols read so far are all that were written.
    pub(super) fn is_at_end(&self) -> bool {
        self.state == 1 && self.words.is_empty()
    }

    /// Bytes read.
    pub(super) fn position(&self) -> usize {
        self.len - self.words.len()
    }
}
