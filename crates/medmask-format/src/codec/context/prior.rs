//! A small integer network that knows smooth shapes before the first voxel
//! (SPEC.md, "Context: prior").

use std::sync::LazyLock;

use super::history::{Neighbours, WINDOWS};
use super::mixer::dot;

/// Written by `scripts/train_context_prior.py`.
static WEIGHTS: &[u8; SIZE] = include_bytes!("prior.bin");

/// Tables of 256 entries: one for each window, and one for the question's own bits.
const TABLES: usize = WINDOWS.len() + 1;
const FIRST: usize = 32;
const SECOND: usize = 16;
const SIZE: usize = TABLES * 8 * FIRST + 2 * FIRST + FIRST * SECOND + 2 * SECOND + SECOND + 4;

static PRIOR: LazyLock<Prior> = LazyLock::new(|| Prior::parse(WEIGHTS));

/// The network, with its first layer added up for every value of a window.
pub(super) struct Prior {
    sums: Vec<[i16; FIRST]>,
    /// `[output][input]`
    second: [[i16; FIRST]; SECOND],
    second_bias: [i32; SECOND],
    third: [i16; SECOND],
    third_bias: i32,
}

/// Reads numbers off the front of the weights.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().unwrap_or((&[0; N], &[]));
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

/// x where positive, else an eighth of it rounded down.
#[inline]
fn leaky(x: i16) -> i16 {
    x.max(x >> 3)
}

impl Prior {
    /// The network that ships with the format.
    pub(super) fn shipped() -> &'static Self {
        &PRIOR
    }

    fn parse(weights: &[u8]) -> Self {
        let mut reader = Reader(weights);
        let first: Vec<[i16; FIRST]> =
            (0..TABLES * 8).map(|_| std::array::from_fn(|_| reader.byte())).collect();
        let first_bias: [i16; FIRST] = std::array::from_fn(|_| reader.short());
        let mut second = [[0; FIRST]; SECOND];
        for input in 0..FIRST {
            for output in &mut second {
                output[input] = reader.byte();
            }
        }
        let second_bias = std::array::from_fn(|_| reader.short().into());
        let third = std::array::from_fn(|_| reader.byte());
        let third_bias = i32::from_le_bytes(reader.take());
        let mut sums = Vec::with_capacity(TABLES * 256);
        for table in 0..TABLES {
            // Every sum has the biases in one table only.
            sums.push(if table == 0 { first_bias } else { [0; FIRST] });
            for value in 1..256_usize {
                let highest = value.ilog2() as usize;
                let rest: [i16; FIRST] = sums[table * 256 + value - (1 << highest)];
                let added = &first[table * 8 + highest];
                sums.push(std::array::from_fn(|i| rest[i].wrapping_add(added[i])));
            }
        }
        Self { sums, second, second_bias, third, third_bias }
    }

    /// The logit, in 1/256, that the voxel's label is the one asked about.
    #[inline]
    pub(super) fn logit(&self, neighbours: &Neighbours, question: u32) -> i32 {
        let mut first = self.sums[(TABLES - 1) * 256 + question as usize];
        for (table, value) in neighbours.iter().enumerate() {
            let sum = &self.sums[table * 256 + *value as usize];
            for (first, sum) in first.iter_mut().zip(sum) {
                *first = first.wrapping_add(*sum);
            }
        }
        let first = first.map(leaky);
        let mut total = self.third_bias;
        for output in 0..SECOND {
            let sum = dot(&first, &self.second[output]);
            let activation = (sum >> 6) + self.second_bias[output];
            let activation = leaky(activation.clamp(-32_768, 32_767) as i16);
            total += i32::from(activation) * i32::from(self.third[output]);
        }
        total >> 3
    }
}
