//! The logistic function and its inverse in integers (SPEC.md, "Context: logistic tables").
//!
//! Integers throughout the model: a decoder must find exactly the probabilities that the encoder had, and the functions of
//! floating-point numbers differ from machine to machine.

/// `round(65536 / (1 + exp(-i / 2)))` for i = 0, 1, ..., 24, the last one kept under 65,536.
const LOGISTIC: [u32; 25] = [
    32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374,
    65438, 65476, 65500, 65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535,
];

/// The largest logit, in units of 1/256.
pub(super) const LOGIT_LIMIT: i32 = 12 * 256 - 1;

/// Probability in 1/65,536 of a logit in 1/256; the result lies in 1..=65,535.
const fn logistic(logit: i32) -> u32 {
    let size = logit.unsigned_abs();
    let (index, part) = ((size >> 7) as usize, size & 127);
    let one = (LOGISTIC[index] * (128 - part) + LOGISTIC[index + 1] * part + 64) >> 7;
    if logit < 0 { 65536 - one } else { one }
}

/// The same for every logit from the least on.
static SQUASHED: [u16; 2 * LOGIT_LIMIT as usize + 1] = {
    let mut table = [0; 2 * LOGIT_LIMIT as usize + 1];
    let mut i = 0;
    while i < table.len() {
        table[i] = logistic(i as i32 - LOGIT_LIMIT) as u16;
        i += 1;
    }
    table
};

/// Probability in 1/65,536 of a logit in 1/256; the result lies in 1..=65,535.
#[inline]
pub(super) fn squash(logit: i32) -> u32 {
    SQUASHED[(logit.clamp(-LOGIT_LIMIT, LOGIT_LIMIT) + LOGIT_LIMIT) as usize].into()
}

/// The least logit whose probability reaches the middle of each of 4,096 equal parts of [0, 1].
static STRETCH: [i16; 4096] = stretch_table();

const fn stretch_table() -> [i16; 4096] {
    let mut table = [0; 4096];
    let mut logit = -LOGIT_LIMIT;
    let mut i = 0;
    while i < 4096 {
        while logit < LOGIT_LIMIT && logistic(logit) < (i * 16 + 8) as u32 {
            logit += 1;
        }
        table[i] = logit as i16;
        i += 1;
    }
    table
}

/// Logit in 1/256 of a probability in 1/65,536.
#[inline]
pub(super) fn stretch(one: u32) -> i16 {
    STRETCH[(one >> 4) as usize & 4095]
}
