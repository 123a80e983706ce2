//! Signed numbers as unsigned ones.

/// Small numbers for small magnitudes: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.
pub(super) fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

/// The number that [`zigzag`] was given.
pub(super) fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}
