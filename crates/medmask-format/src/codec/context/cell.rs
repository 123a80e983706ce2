//! What a label's number is kept in.

use wide::bytemuck::{Zeroable, cast};
use wide::u8x16;

/// Cells of a row that are looked at together: 16 and one more.
const LOOKED_AT: usize = 17;

/// What a label's number is kept in.
pub(super) trait Cell: Copy + Default + Eq + Zeroable {
    fn from_number(number: u32) -> Self;
    fn number(self) -> u32;
    /// Bit i tells whether cell i of `a` is `self`, bit 8 + i whether cell i of `b` is.
    fn same(self, a: &[Self; 8], b: &[Self; 8]) -> u16;
    /// Appends `self` some times, and drops as many of the first cells.
    fn append_to(self, cells: &mut [Self; 8], times: usize);
    /// Bit i tells whether any of cells i and i + 1 of the three is not like cell i of the first.
    fn differ(rows: [&[Self; LOOKED_AT]; 3]) -> u16;
}

impl Cell for u8 {
    fn from_number(number: u32) -> Self {
        number as Self
    }

    #[inline]
    fn number(self) -> u32 {
        self.into()
    }

    #[inline]
    fn same(self, a: &[Self; 8], b: &[Self; 8]) -> u16 {
        let cells: u8x16 = cast([*a, *b]);
        cells.simd_eq(u8x16::splat(self)).to_bitmask() as u16
    }

    #[inline]
    fn append_to(self, cells: &mut [Self; 8], times: usize) {
        let cells_and_more = u128::from_le_bytes(cast([*cells, [self; 8]]));
        *cells = ((cells_and_more >> (8 * times.min(8))) as u64).to_le_bytes();
    }

    #[inline]
    fn differ(rows: [&[Self; LOOKED_AT]; 3]) -> u16 {
        let [a, b, c] = rows.map(|[here @ .., _]| u8x16::new(*here));
        let next = rows.map(|[_, next @ ..]| u8x16::new(*next));
        let differ = next.into_iter().fold((a ^ b) | (a ^ c), |differ, next| differ | (a ^ next));
        !differ.simd_eq(u8x16::ZERO).to_bitmask() as u16
    }
}

impl Cell for u32 {
    fn from_number(number: u32) -> Self {
        number
    }

    fn number(self) -> u32 {
        self
    }

    #[inline]
    fn same(self, a: &[Self; 8], b: &[Self; 8]) -> u16 {
        b.iter()
            .rev()
            .chain(a.iter().rev())
            .fold(0, |bits, cell| bits << 1 | u16::from(*cell == self))
    }

    fn append_to(self, cells: &mut [Self; 8], times: usize) {
        let times = times.min(8);
        cells.rotate_left(times);
        cells[8 - times..].fill(self);
    }

    fn differ(rows: [&[Self; LOOKED_AT]; 3]) -> u16 {
        (0..16).fold(0, |bits, i| {
            let differ = rows.iter().any(|row| row[i] != rows[0][i] || row[i + 1] != rows[0][i]);
            bits | u16::from(differ) << i
        })
    }
}
