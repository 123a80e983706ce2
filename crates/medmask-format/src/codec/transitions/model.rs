//! How likely each symbol is in its context, as learned from those before it (SPEC.md, "Transitions: symbols").

use std::sync::LazyLock;

use wide::bytemuck::cast;
use wide::{i16x8, u16x8};

use super::rans::{Decoder, Encoder, SHARE_BITS};
use crate::FormatError;

/// Symbols of each context.
pub(super) const SYMBOLS: usize = 16;
/// After this many symbols a context follows the newest ones only.
const MEMORY: u16 = 60;

/// The contexts of one kind of symbol: so many, from a first one on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contexts {
    first: usize,
    count: usize,
}

impl Contexts {
    const fn after(before: Self, count: usize) -> Self {
        Self { first: before.first + before.count, count }
    }

    /// The one with this number, below `count`.
    #[inline(always)]
    pub(super) fn at(self, number: usize) -> usize {
        debug_assert!(number < self.count);
        self.first + number
    }
}

/// Whether the rows of a stretch are all empty; whether it is in the first slice.
pub(super) const STRETCH: Contexts = Contexts { first: 0, count: 2 };
/// How a row comes about: three relations of rows around, and what the rows before were.
pub(super) const ROW: Contexts = Contexts::after(STRETCH, 5 * 5 * 5 * 9);
/// What becomes of a transition that both rows have.
pub(super) const BOTH: Contexts = Contexts::after(ROW, 7 * 6 * 6 * 4);
/// What becomes of a transition that one row has.
pub(super) const ALONE: Contexts = Contexts::after(BOTH, 6 * 6 * 8);
/// Whether a transition is added behind the last one of the rows around.
pub(super) const TAIL: Contexts = Contexts::after(ALONE, 4);
/// Which label an added transition has.
pub(super) const LABEL: Contexts = Contexts::after(TAIL, 8);
/// Numbers: of each kind the position of the highest bit, and for each of these the bits behind it.
const NUMBER: Contexts = Contexts::after(LABEL, Number::COUNT * (1 + SYMBOLS));
const CONTEXTS: usize = NUMBER.first + NUMBER.count;

/// What a number is.
#[derive(Clone, Copy)]
pub(super) enum Number {
    /// Empty rows before the next one that is not.
    Rows,
    /// Voxels before an added transition, behind background.
    GapOutside,
    /// Voxels before an added transition, behind a label.
    GapInside,
    /// How much farther than the nearest a transition moves.
    Move,
    /// A label that is nowhere around.
    Label,
}

impl Number {
    const COUNT: usize = 5;
}

/// The symbols of one context: where the share of each symbol but the first begins, in steps of 2^-16, and in the last place how many
/// symbols were seen.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Shares([u16; SYMBOLS]);

/// The place of the number of symbols seen.
const SEEN: usize = SYMBOLS - 1;

impl Shares {
    /// Where the share of `symbol` begins, in steps of 2^-15, and its width: no share is empty.
    #[inline(always)]
    fn share(&self, symbol: usize) -> (u16, u16) {
        let low = |symbol: usize| {
            let bound = self.0[(symbol + SEEN) % SYMBOLS];
            (bound >> 1) - (bound >> 12) + symbol as u16
        };
        let start = if symbol == 0 { 0 } else { low(symbol) };
        let end = if symbol == SYMBOLS - 1 { 1 << SHARE_BITS } else { low(symbol + 1) };
        (start, end - start)
    }

    /// The symbol whose share holds `place`. Without branches: which it is is hard to predict.
    #[inline(always)]
    fn find(&self, place: u16) -> usize {
        const NUMBERS: [u16x8; 2] =
            [u16x8::new([1, 2, 3, 4, 5, 6, 7, 8]), u16x8::new([9, 10, 11, 12, 13, 14, 15, 0])];
        let place = i16x8::splat(place as i16);
        let halves: [u16x8; 2] = cast(self.0);
        let [low, high] = [0, 1].map(|half: usize| {
            let bounds = halves[half];
            let lows: i16x8 = cast((bounds >> 1) - (bounds >> 12) + NUMBERS[half]);
            let beyond: u16x8 = cast(lows.simd_gt(place));
            beyond.to_bitmask()
        });
        // The last place is no bound.
        ((low | high << 8) & 0x7fff | 0x8000).trailing_zeros() as usize
    }

    #[inline(always)]
    fn learn(&mut self, symbol: usize) {
        /// 65,536 / (seen + 1.6), rounded down.
        static RATES: [u16; 64] = {
            let mut rates = [0; 64];
            let mut seen = 0;
            while seen < rates.len() {
                rates[seen] = (655_360 / (10 * seen as u32 + 16)) as u16;
                seen += 1;
            }
            rates
        };
        /// For each symbol all bits set where bounds lie behind it.
        static BEHIND: [[u16x8; 2]; SYMBOLS] = {
            let mut masks = [[u16x8::new([0; 8]); 2]; SYMBOLS];
            let mut symbol = 0;
            while symbol < SYMBOLS {
                let mut lanes = [[0; 8]; 2];
                let mut place = symbol;
                while place < SYMBOLS {
                    lanes[place / 8][place % 8] = u16::MAX;
                    place += 1;
                }
                masks[symbol] = [u16x8::new(lanes[0]), u16x8::new(lanes[1])];
                symbol += 1;
            }
            masks
        };
        let seen = self.0[SEEN];
        let rate = u16x8::splat(RATES[usize::from(seen % 64)]);
        let halves: [u16x8; 2] = cast(self.0);
        let behind = BEHIND[symbol % SYMBOLS];
        // Towards 0 up to the symbol and towards 65,535 behind it, where what is missing to 65,535 moves to 0.
        let learned = [0, 1].map(|half: usize| {
            let from = halves[half] ^ behind[half];
            (from - from.mul_keep_high(rate)) ^ behind[half]
        });
        self.0 = cast(learned);
        self.0[SEEN] = (seen + 1).min(MEMORY);
    }
}

/// Where all contexts start: written by `scripts/train_transitions_start.py`.
static TRAINED: &[u8; CONTEXTS * (SYMBOLS + 1)] = include_bytes!("start.bin");

static START: LazyLock<Vec<Shares>> = LazyLock::new(|| {
    let contexts = TRAINED.as_chunks::<{ SYMBOLS + 1 }>().0;
    contexts.iter().map(|[seen, bytes @ ..]| start(*seen, bytes)).collect()
});

/// The shares of symbols whose chances are to each other as 2^(-byte / 8).
fn start(seen: u8, bytes: &[u8; SYMBOLS]) -> Shares {
    /// 2^(20 - i / 8), rounded.
    const EIGHTHS: [u64; 8] =
        [1_048_576, 961_548, 881_744, 808_562, 741_455, 679_917, 623_487, 571_740];
    let weights = bytes.map(|byte| (EIGHTHS[usize::from(byte % 8)] >> (byte / 8)).max(1));
    let total: u64 = weights.iter().sum();
    let mut shares = Shares([u16::from(seen).min(MEMORY); SYMBOLS]);
    let mut before = 0;
    for (bound, weight) in shares.0[..SEEN].iter_mut().zip(weights) {
        before += weight;
        *bound = (65_535 * before / total) as u16;
    }
    shares
}

/// A coder of symbols: the same calls drive both directions, so that encoder and decoder learn the same.
pub(super) trait Coder {
    /// The symbol, below 16, which an encoder is given and a decoder finds.
    fn symbol(&mut self, context: usize, wanted: impl FnOnce() -> usize) -> usize;

    /// `count` bits, at most 15, all equally likely.
    fn bits(&mut self, count: u32, wanted: u32) -> u32;

    /// A number of any size: the position of the highest bit of one more, then the bits below it.
    fn number(&mut self, kind: Number, wanted: u32) -> u32 {
        let base = kind as usize * (1 + SYMBOLS);
        let wanted = u64::from(wanted) + 1;
        let length = wanted.ilog2();
        let most = SYMBOLS as u32 - 1;
        let first = self.symbol(NUMBER.at(base), || length.min(most) as usize) as u32;
        let length =
            if first < most { first } else { most + self.bits(5, length.max(most) - most) };
        let mut value = 1_u64;
        let mut left = length;
        if left > 0 {
            let count = left.min(3);
            left -= count;
            let bits = || (wanted >> left & ((1 << count) - 1)) as usize;
            let symbol = self.symbol(NUMBER.at(base + 1 + first as usize), bits) as u64;
            value = value << count | symbol & ((1 << count) - 1);
        }
        while left > 0 {
            let count = left.min(12);
            left -= count;
            let bits = (wanted >> left & ((1 << count) - 1)) as u32;
            value = value << count | u64::from(self.bits(count, bits));
        }
        // Only a damaged chunk holds more.
        u32::try_from(value - 1).unwrap_or(u32::MAX)
    }
}

/// Codes symbols behind the entropy coder.
pub(super) struct Writer {
    shares: Vec<Shares>,
    encoder: Encoder,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { shares: START.clone(), encoder: Encoder::new() }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.encoder.finish()
    }
}

impl Coder for Writer {
    fn symbol(&mut self, context: usize, wanted: impl FnOnce() -> usize) -> usize {
        let wanted = wanted();
        let (low, width) = self.shares[context].share(wanted);
        self.encoder.put(low, width);
        self.shares[context].learn(wanted);
        wanted
    }

    fn bits(&mut self, count: u32, wanted: u32) -> u32 {
        let width = 1 << (SHARE_BITS - count);
        self.encoder.put(wanted as u16 * width, width);
        wanted
    }
}

/// Reads what a [`Writer`] wrote.
pub(super) struct Reader<'a> {
    shares: Vec<Shares>,
    decoder: Decoder<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, FormatError> {
        Ok(Self { shares: START.clone(), decoder: Decoder::new(bytes)? })
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.decoder.is_at_end()
    }

    /// Bytes read.
    pub(super) fn position(&self) -> usize {
        self.decoder.position()
    }
}

impl Coder for Reader<'_> {
    #[inline(always)]
    fn symbol(&mut self, context: usize, _: impl FnOnce() -> usize) -> usize {
        let shares = &mut self.shares[context];
        let symbol = shares.find(self.decoder.place());
        let (low, width) = shares.share(symbol);
        self.decoder.take(low, width);
        shares.learn(symbol);
        symbol
    }

    #[inline]
    fn bits(&mut self, count: u32, _: u32) -> u32 {
        let shift = SHARE_BITS - count;
        let value = self.decoder.place() >> shift;
        self.decoder.take(value << shift, 1 << shift);
        value.into()
    }
}
