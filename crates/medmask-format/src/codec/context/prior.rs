//! A small integer network that knows smooth shapes before the first voxel
//! (SPEC.md, "Context: prior").

use std::sync::LazyLock;

use wide::bytemuck::cast;
use wide::{i16x8, i32x4};

use super::around::{Neighbours, WINDOWS};

/// Written by `scripts/train_context_prior.py`.
static WEIGHTS: &[u8; SIZE] = include_bytes!("prior.bin");

/// Tables of 256 entries: one for each window, and one for the question's own bits.
const TABLES: usize = WINDOWS.len() + 1;
const FIRST: usize = 32;
const SECOND: usize = 16;
const SIZE: usize = TABLES * 8 * FIRST + 2 * FIRST + FIRST * SECOND + 2 * SECOND + SECOND + 4;

/// Entries from one table to the next. A power of two would let the same values of all windows compete for the
/// same few lines of the machine's cache.
const STRIDE: usize = 256 + 13;

static PRIOR: LazyLock<Prior> = LazyLock::new(|| Prior::parse(WEIGHTS));

/// One value's part of the first layer: a line of the machine's memory.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Sums([i16x8; FIRST / 8]);

/// The network, with its first layer added up for every value of a window.
pub(super) struct Prior {
    sums: Box<[[Sums; STRIDE]; TABLES]>,
    /// For each two inputs the weights of both, side by side, for all outputs.
    second: [[i16x8; SECOND / 4]; FIRST / 2],
    second_bias: [i32x4; SECOND / 4],
    third: [i16x8; SECOND / 8],
    third_bias: i32,
}

/// Reads numbers off the front of the weights.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    #[expect(clippy::expect_used, reason = "the weights are part of the program")]
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect("the weights are complete");
        self.0 = rest;
        *taken
    }

    fn byte(&mut self) -> i16 {
        i8::from_le_bytes(self.take()).into()
    }

    fn short(&mut self) -> i16 {
        i16::from_le_bytes(self.take())
    }
}

/// Each number where positive, else an eighth of it rounded down.
#[inline]
fn leaky(x: i16x8) -> i16x8 {
    x.max(x >> 3)
}

impl Prior {
    /// The network that ships with the format.
    pub(super) fn shipped() -> &'static Self {
        &PRIOR
    }

    fn parse(weights: &[u8]) -> Self {
        let mut reader = Reader(weights);
        let first: Vec<Sums> = (0..TABLES * 8).map(|_| Sums(vectors(|_| reader.byte()))).collect();
        let first_bias = Sums(vectors(|_| reader.short()));
        let mut second = [[0; 2 * SECOND]; FIRST / 2];
        for input in 0..FIRST {
            for output in 0..SECOND {
                second[input / 2][2 * output + input % 2] = reader.byte();
            }
        }
        let second_bias: [i32; SECOND] = std::array::from_fn(|_| reader.short().into());
        let third = vectors(|_| reader.byte());
        let third_bias = i32::from_le_bytes(reader.take());
        let mut sums = vec![[Sums::default(); STRIDE]; TABLES];
        // Every sum has the biases in one table only.
        sums[0][0] = first_bias;
        for (sums, first) in sums.iter_mut().zip(first.as_chunks::<8>().0) {
            for value in 1..256_usize {
                let highest = value.ilog2() as usize;
                let (Sums(rest), Sums(added)) = (sums[value - (1 << highest)], first[highest]);
                sums[value] = Sums(std::array::from_fn(|i| rest[i] + added[i]));
            }
        }
        Self {
            sums: sums.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!()),
            second: second.map(|weights| vectors(|i| weights[i])),
            second_bias: std::array::from_fn(|i| {
                i32x4::new(std::array::from_fn(|j| second_bias[4 * i + j]))
            }),
            third,
            third_bias,
        }
    }

    /// The logit, in 1/256, that the voxel's label is the one asked about.
    #[inline]
    pub(super) fn logit(&self, neighbours: &Neighbours, question: u8) -> i32 {
        let Sums(mut first) = self.sums[TABLES - 1][usize::from(question)];
        for (sums, value) in self.sums.iter().zip(neighbours) {
            let Sums(sum) = &sums[usize::from(*value)];
            for (first, sum) in first.iter_mut().zip(sum) {
                *first += *sum;
            }
        }
        let mut second = [i32x4::ZERO; SECOND / 4];
        for (four, weights) in first.iter().zip(self.second.as_chunks::<4>().0) {
            let pairs: [i32; 4] = cast(leaky(*four));
            for (pair, weights) in pairs.into_iter().zip(weights) {
                let pair: i16x8 = cast(i32x4::splat(pair));
                for (second, weights) in second.iter_mut().zip(weights) {
                    *second += pair.dot(*weights);
                }
            }
        }
        for (second, bias) in second.iter_mut().zip(self.second_bias) {
            *second = (*second >> 6) + bias;
        }
        let [a, b, c, d] = second;
        let low = leaky(i16x8::from_i32x8_saturate(cast([a, b])));
        let high = leaky(i16x8::from_i32x8_saturate(cast([c, d])));
        let total = low.dot(self.third[0]) + high.dot(self.third[1]);
        (self.third_bias + total.reduce_add()) >> 3
    }
}

/// Vectors of the numbers that `number` gives for 0, 1, ...
fn vectors<const N: usize>(mut number: impl FnMut(usize) -> i16) -> [i16x8; N] {
    std::array::from_fn(|i| i16x8::new(std::array::from_fn(|j| number(8 * i + j))))
}
