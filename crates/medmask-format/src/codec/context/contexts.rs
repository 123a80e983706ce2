//! The contexts: numbers made of neighbours, in which answers are counted
//! (SPEC.md, "Context: contexts").

use wide::u16x16;

use super::around::{Neighbours, WINDOWS};

/// How many contexts there are.
pub(super) const CONTEXTS: usize = 9;

/// The numbers of the contexts, then a small one of the nearest voxels, below 32, and one of some more,
/// below 128.
pub(super) type Numbers = [u16; 16];

/// Where the small numbers stand.
pub(super) const PLACE: usize = 9;
pub(super) const WIDER_PLACE: usize = 10;

/// `length` bits of a window from bit `from` on.
const fn part(bits: u8, from: u32, length: u32) -> u16 {
    (bits as u16 >> from) & ((1 << length) - 1)
}

/// How many of `length` voxels from bit `from` on have the label.
const fn count(bits: u8, from: u32, length: u32) -> u16 {
    part(bits, from, length).count_ones() as u16
}

/// The numbers for some neighbours.
const fn numbers(neighbours: &Neighbours) -> Numbers {
    let [nearest, in_slice, through_slices, far_in_slice, place, wider_place] =
        of_voxels(neighbours);
    let [counts_before, counts, all, rows, rows_before] = of_counts(neighbours);
    let mut numbers = [0; 16];
    let (contexts, rest) = numbers.split_at_mut(CONTEXTS);
    contexts.copy_from_slice(&[
        nearest,
        in_slice,
        through_slices,
        counts_before,
        counts,
        far_in_slice,
        all,
        rows,
        rows_before,
    ]);
    rest[PLACE - CONTEXTS] = place;
    rest[WIDER_PLACE - CONTEXTS] = wider_place;
    numbers
}

// Names: slices back (a, b, c, d) and rows on from that of the voxel (n north, s south).

/// Numbers of single voxels.
const fn of_voxels(neighbours: &Neighbours) -> [u16; 6] {
    let [a, a_n1, a_n2, a_n3, _, _, b_n1, b, b_s1, _, _, _, c_n1, c, c_s1, _, _, d, _] =
        *neighbours;
    let nearest = part(a, 6, 1)
        | part(a_n1, 1, 5) << 1
        | part(a_n2, 3, 1) << 6
        | part(b, 2, 3) << 7
        | part(b_n1, 3, 1) << 10
        | part(b_s1, 2, 3) << 11
        | part(c, 3, 1) << 14;
    let in_slice = a_n1 as u16 | part(a, 4, 3) << 8 | part(a_n2, 2, 3) << 11;
    let through_slices = part(a_n1, 3, 2)
        | part(b, 2, 3) << 2
        | part(c, 2, 3) << 5
        | part(b_s1, 3, 1) << 8
        | part(c_s1, 3, 1) << 9
        | part(c_n1, 3, 1) << 10
        | part(d, 2, 3) << 11;
    let far_in_slice =
        part(a, 5, 3) | part(a_n1, 0, 7) << 3 | part(a_n2, 2, 4) << 10 | part(a_n3, 3, 2) << 14;
    let place = part(a_n1, 3, 2) | part(b, 3, 2) << 2 | part(b_s1, 3, 1) << 4;
    let wider_place = part(a_n1, 2, 3) | part(b, 2, 3) << 3 | part(b_s1, 3, 1) << 6;
    [nearest, in_slice, through_slices, far_in_slice, place, wider_place]
}

/// Numbers that say how many of some voxels have the label.
const fn of_counts(neighbours: &Neighbours) -> [u16; 5] {
    let [a, a_n1, a_n2, a_n3, _, b_n2, b_n1, b, b_s1, b_s2, _, _, c_n1, c, c_s1, _, _, _, _] =
        *neighbours;
    let counts_before = part(a_n1, 3, 1)
        | part(b, 3, 1) << 1
        | count(b, 2, 3) << 2
        | count(b_n1, 2, 3) << 4
        | count(b_s1, 2, 3) << 6
        | count(b_s2, 2, 3) << 8
        | count(b_n2, 2, 3) << 10
        | count(a_n1, 2, 3) << 12;
    let counts = (count(a_n1, 0, 7) + count(a_n2, 1, 5) + count(a, 4, 4))
        | (count(b, 0, 8) + count(b_n1, 0, 8) + count(b_s1, 0, 8)) << 5
        | (count(c, 0, 8) + count(c_n1, 1, 5) + count(c_s1, 1, 5)) << 10;
    let (mut all, mut window) = (0, 0);
    while window < neighbours.len() {
        all += count(neighbours[window], 0, 8);
        window += 1;
    }
    let rows =
        count(a, 0, 8) | count(a_n1, 0, 8) << 4 | count(a_n2, 0, 8) << 8 | count(a_n3, 0, 8) << 12;
    let rows_before = count(b_n2, 1, 6)
        | count(b_n1, 1, 6) << 3
        | count(b, 1, 6) << 6
        | count(b_s1, 1, 6) << 9
        | count(b_s2, 1, 6) << 12;
    [counts_before, counts, all, rows, rows_before]
}

/// Entries from one window's to the next, for the reason given in `prior.rs`.
const STRIDE: usize = 256 + 12;

/// What each value of a window gives to the numbers: every number is the sum of its windows' parts.
static PARTS: [[u16x16; STRIDE]; WINDOWS.len()] = {
    let mut parts = [[u16x16::ZERO; STRIDE]; WINDOWS.len()];
    let mut i = 0;
    while i < WINDOWS.len() {
        let mut bits = 0;
        while bits < 256 {
            let mut neighbours = [0; WINDOWS.len()];
            neighbours[i] = bits as u8;
            parts[i][bits] = u16x16::new(numbers(&neighbours));
            bits += 1;
        }
        i += 1;
    }
    parts
};

/// The numbers for some neighbours.
#[inline]
pub(super) fn contexts(neighbours: &Neighbours) -> Numbers {
    let mut sum = u16x16::ZERO;
    for (parts, window) in PARTS.iter().zip(neighbours) {
        sum += parts[usize::from(*window)];
    }
    sum.to_array()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{contexts, numbers};

    proptest! {
        #[test]
        fn the_parts_add_up(neighbours in any::<[u8; 19]>()) {
            prop_assert_eq!(contexts(&neighbours), numbers(&neighbours));
        }
    }
}
