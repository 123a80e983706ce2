//! The contexts: numbers made of neighbours, in which answers are counted
//! (SPEC.md, "Context: contexts").

use super::history::Neighbours;

/// How many contexts there are.
pub(super) const CONTEXTS: usize = 5;

/// `length` bits of a window from bit `from` on.
#[inline]
fn part(bits: u32, from: u32, length: u32) -> u32 {
    (bits >> from) & ((1 << length) - 1)
}

/// How many of the voxel over this one and its two neighbours have the label.
#[inline]
fn three(bits: u32) -> u32 {
    (bits & 0b0001_1100).count_ones()
}

/// The same for five voxels.
#[inline]
fn five(bits: u32) -> u32 {
    (bits & 0b0011_1110).count_ones()
}

/// The numbers of the five contexts, each below 65,536.
#[inline]
pub(super) fn contexts(neighbours: &Neighbours) -> [u32; CONTEXTS] {
    // Names: slices back (a, b, c, d) and rows on from that of the voxel (n north, s south).
    let [a, a_n1, a_n2, _, _, b_n2, b_n1, b, b_s1, b_s2, _, _, c_n1, c, c_s1, _, _, d, _] =
        *neighbours;
    let nearest = part(a, 6, 1)
        | part(a_n1, 1, 5) << 1
        | part(a_n2, 3, 1) << 6
        | part(b, 2, 3) << 7
        | part(b_n1, 3, 1) << 10
        | part(b_s1, 2, 3) << 11
        | part(c, 3, 1) << 14;
    let in_slice = a_n1 | part(a, 4, 3) << 8 | part(a_n2, 2, 3) << 11;
    let through_slices = part(a_n1, 3, 2)
        | part(b, 2, 3) << 2
        | part(c, 2, 3) << 5
        | part(b_s1, 3, 1) << 8
        | part(c_s1, 3, 1) << 9
        | part(c_n1, 3, 1) << 10
        | part(d, 2, 3) << 11;
    let counts_before = part(a_n1, 3, 1)
        | part(b, 3, 1) << 1
        | three(b) << 2
        | three(b_n1) << 4
        | three(b_s1) << 6
        | three(b_s2) << 8
        | three(b_n2) << 10
        | part(a_n1, 2, 3).count_ones() << 12;
    let counts = (part(a_n1, 0, 7).count_ones() + five(a_n2) + part(a, 4, 4).count_ones())
        | (b.count_ones() + b_n1.count_ones() + b_s1.count_ones()) << 5
        | (c.count_ones() + five(c_n1) + five(c_s1)) << 10;
    [nearest, in_slice, through_slices, counts_before, counts]
}

/// Small contexts of the nearest voxels, below 32 and below 128.
#[inline]
pub(super) fn direct(neighbours: &Neighbours) -> (usize, usize) {
    let [_, above, _, _, _, _, _, before, before_next, ..] = *neighbours;
    let next = part(before_next, 3, 1);
    let place = part(above, 3, 2) | part(before, 3, 2) << 2 | next << 4;
    let wider = part(above, 2, 3) | part(before, 2, 3) << 3 | next << 6;
    (place as usize, wider as usize)
}
