//! Runs found in dense voxels, a machine word at a time.

use ndarray::ArrayView3;

use super::{Run, Runs, RunsBuilder};
use crate::{Voxel, Voxels};

/// Why a slice of voxels does not fit a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunsError {
    /// The slice has more or fewer voxels than the shape.
    #[error("{len} voxels do not fill shape {shape:?} (z, y, x)")]
    Length {
        /// Of the slice.
        len: usize,
        /// The shape asked for (z, y, x).
        shape: [usize; 3],
    },
    /// An axis is longer than `u32::MAX` voxels.
    #[error("shape {shape:?} (z, y, x) has an axis of more than 4,294,967,295 voxels")]
    AxisTooLong {
        /// The shape asked for (z, y, x).
        shape: [usize; 3],
    },
}

/// Voxels that are compared eight bytes at a time.
///
/// It is in the signature of [`Voxel`] only; nobody else can implement it.
pub trait Scan: Sized {
    /// Voxels in eight bytes.
    const PER_WORD: usize;

    /// `PER_WORD` voxels, the first in the lowest bits.
    fn word(voxels: &[Self]) -> u64;

    /// Whether any voxel is not background; compiles to vector instructions.
    fn any(voxels: &[Self]) -> bool;
}

macro_rules! scan {
    ($type:ty, $bits:ty) => {
        impl Scan for $type {
            const PER_WORD: usize = 8 / size_of::<$type>();

            #[inline(always)]
            fn word(voxels: &[Self]) -> u64 {
                let mut word = 0;
                for (place, voxel) in voxels[..Self::PER_WORD].iter().enumerate() {
                    word |= u64::from(*voxel) << (place * 64 / Self::PER_WORD);
                }
                word
            }

            #[inline(always)]
            fn any(voxels: &[Self]) -> bool {
                voxels.iter().fold(0, |all: $bits, voxel| all | <$bits>::from(*voxel)) != 0
            }
        }
    };
}

scan!(bool, u8);
scan!(u8, u8);
scan!(u16, u16);
scan!(u32, u32);

/// Bytes tested for background at once: long enough to fill the vector units, short enough to stay
/// near the next voxel.
const BLOCK_BYTES: usize = 256;

impl Runs {
    /// The runs of an array, which may have any strides; rows that are contiguous along x are fastest.
    ///
    /// # Panics
    /// Where an axis is longer than `u32::MAX` voxels; [`Space`](crate::Space) refuses such shapes.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn from_array<T: Voxel>(array: ArrayView3<'_, T>) -> Self {
        let (depth, height, width) = array.dim();
        let shape = [depth, height, width];
        assert!(axes_fit(shape), "{}", RunsError::AxisTooLong { shape });
        if let Some(voxels) = array.to_slice() {
            return of_contiguous(voxels, shape);
        }
        let mut builder = RunsBuilder::new(shape);
        let mut copy = Vec::with_capacity(width);
        for (z, slice) in array.outer_iter().enumerate() {
            for (y, row) in slice.outer_iter().enumerate() {
                let voxels = row.to_slice().unwrap_or_else(|| {
                    copy.clear();
                    copy.extend(row.iter().copied());
                    &copy
                });
                push_row(&mut builder, [z as u32, y as u32], voxels, 0);
            }
        }
        builder.finish()
    }

    /// The runs of dense voxels in C order, `shape` (z, y, x).
    ///
    /// # Errors
    /// Where the slice does not fill the shape, or an axis is longer than `u32::MAX` voxels.
    pub fn from_slice<T: Voxel>(voxels: &[T], shape: [usize; 3]) -> Result<Self, RunsError> {
        let len = shape.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
        if len != Some(voxels.len()) {
            return Err(RunsError::Length { len: voxels.len(), shape });
        }
        if !axes_fit(shape) {
            return Err(RunsError::AxisTooLong { shape });
        }
        Ok(of_contiguous(voxels, shape))
    }

    /// The runs of dense voxels.
    #[must_use]
    pub fn from_voxels(voxels: &Voxels) -> Self {
        crate::with_voxels!(voxels, array => Self::from_array(array.view()))
    }
}

fn axes_fit(shape: [usize; 3]) -> bool {
    shape.iter().all(|axis| u32::try_from(*axis).is_ok())
}

fn of_contiguous<T: Voxel>(voxels: &[T], shape: [usize; 3]) -> Runs {
    let [_, height, width] = shape;
    let mut builder = RunsBuilder::new(shape);
    let mut position = 0;
    // Background is skipped without regard to rows; only a row that holds a label is looked up.
    while let Some(found) = next_labelled(voxels, position) {
        let row = found / width;
        let start = row * width;
        let place = [(row / height) as u32, (row % height) as u32];
        push_row(&mut builder, place, &voxels[start..start + width], found - start);
        position = start + width;
    }
    builder.finish()
}

fn next_labelled<T: Voxel>(voxels: &[T], from: usize) -> Option<usize> {
    let block = BLOCK_BYTES / size_of::<T>();
    let blocks = voxels[from..].chunks_exact(block);
    let labelled = blocks.clone().position(T::any).unwrap_or(blocks.len());
    let start = from + labelled * block;
    let found = start + first_other(&voxels[start..], T::default());
    (found < voxels.len()).then_some(found)
}

/// Index of the first voxel that is not `value`; the length where all are.
#[inline(always)]
fn first_other<T: Voxel>(voxels: &[T], value: T) -> usize {
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

/// Pushes the runs of one row, whose first `from` voxels are background.
fn push_row<T: Voxel>(builder: &mut RunsBuilder, [z, y]: [u32; 2], row: &[T], from: usize) {
    let mut x = from + first_other(&row[from..], T::default());
    while x < row.len() {
        let value = row[x];
        let start = x as u32;
        x += first_other(&row[x..], value);
        builder.push(z, y, Run { start, end: x as u32, label: value.to_label() });
        if row.get(x).is_some_and(|next| *next == T::default()) {
            x += first_other(&row[x..], T::default());
        }
    }
}
