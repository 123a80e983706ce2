//! Runs found in dense voxels, a machine word at a time.

use crate::{Run, Voxel};

/// Bytes tested for background at once: long enough to fill the vector units, short enough to stay
/// near the next voxel.
const BLOCK_BYTES: usize = 256;

/// Bytes looked at word by word before whole blocks are.
const NEAR_BYTES: usize = 64;

/// The index of the first voxel that is not background; `None` where all are.
#[must_use]
pub fn first_labelled<T: Voxel>(voxels: &[T]) -> Option<usize> {
    let block = BLOCK_BYTES / size_of::<T>();
    let blocks = voxels.chunks_exact(block);
    let start = blocks.clone().position(T::any).unwrap_or(blocks.len()) * block;
    let found = start + first_other(&voxels[start..], T::default());
    (found < voxels.len()).then_some(found)
}

/// Calls `each` with the runs of one row, ascending. A row has at most `u32::MAX` voxels.
#[inline]
pub fn for_each_run<T: Voxel>(row: &[T], mut each: impl FnMut(Run)) {
    let mut x = first_other(row, T::default());
    while x < row.len() {
        let value = row[x];
        let start = x as u32;
        x += first_other(&row[x..], value);
        each(Run { start, end: x as u32, label: value.to_label() });
        if row.get(x).is_some_and(|next| *next == T::default()) {
            x += first_other(&row[x..], T::default());
        }
    }
}

/// Index of the first voxel that is not `value`; the length where all are.
#[inline(always)]
fn first_other<T: Voxel>(voxels: &[T], value: T) -> usize {
    // Most stretches are short, and word by word the end of one is found soonest.
    let near = voxels.len().min(NEAR_BYTES / size_of::<T>());
    let found = first_other_by_words(&voxels[..near], value);
    if found < near || near == voxels.len() {
        return found;
    }
    far_other(voxels, near, value)
}

/// As [`first_other`], where the first `from` voxels are known to be `value`.
#[inline(never)]
fn far_other<T: Voxel>(voxels: &[T], from: usize, value: T) -> usize {
    // Without a branch inside, the compiler compares a whole block at once.
    const BLOCK: usize = 32;
    let blocks = voxels[from..].chunks_exact(BLOCK);
    let same =
        blocks.take_while(|block| block.iter().fold(true, |same, voxel| same & (*voxel == value)));
    let start = from + same.count() * BLOCK;
    start + first_other_by_words(&voxels[start..], value)
}

#[inline(always)]
fn first_other_by_words<T: Voxel>(voxels: &[T], value: T) -> usize {
    let lane_bits = 64 / T::PER_WORD;
    let repeated = u64::from(value.to_label()) * (u64::MAX / (u64::MAX >> (64 - lane_bits)));
    let words = voxels.chunks_exact(T::PER_WORD);
    let tail = words.remainder();
    for (index, word) in words.enumerate() {
        let different = T::word(word) ^ repeated;
        if different != 0 {
            return index * T::PER_WORD + different.trailing_zeros() as usize / lane_bits;
        }
    }
    let rest = tail.iter().position(|voxel| *voxel != value).unwrap_or(tail.len());
    voxels.len() - tail.len() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive<T: Voxel>(row: &[T]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (x, label) in (0_u32..).zip(row.iter().map(|voxel| voxel.to_label())) {
            match runs.last_mut() {
                Some(run) if run.label == label && run.end == x => run.end += 1,
                _ if label == 0 => {}
                _ => runs.push(Run { start: x, end: x + 1, label }),
            }
        }
        runs
    }

    fn check<T: Voxel>(labels: &[u32]) {
        let row: Vec<T> = labels.iter().map(|label| T::from_label(*label)).collect();
        // Every start, so that stretches lie in every way to words and blocks.
        for start in 0..row.len().min(70) {
            let row = &row[start..];
            let mut runs = Vec::new();
            for_each_run(row, |run| runs.push(run));
            assert_eq!(runs, naive(row));
            assert_eq!(
                first_labelled(row),
                row.iter().position(|voxel| voxel.to_label() != 0),
                "from {start} on"
            );
        }
    }

    #[test]
    fn runs_are_those_of_a_naive_reading() {
        // Labels that differ in one bit of any byte, in stretches around the lengths of words and blocks.
        let labels = [0, 1, 0x80, 0, 0x8000, 0x0100, 0, 0x0100_0000, 0x8000_0000, 0, u32::MAX];
        let mut state = 1_u32;
        for longest in [2, 9, 40, 100, 700] {
            for length in [0, 1, 7, 8, 33, 800] {
                let mut row = Vec::new();
                while row.len() < length {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let label = labels[(state >> 16) as usize % labels.len()];
                    let stretch = 1 + (state >> 8) as usize % longest;
                    row.extend(std::iter::repeat_n(label, stretch.min(length - row.len())));
                }
                check::<bool>(&row);
                check::<u8>(&row);
                check::<u16>(&row);
                check::<u32>(&row);
            }
        }
    }
}
