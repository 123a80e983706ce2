//! Where encoders get rows from: dense arrays.

use super::Source;
use crate::{Dtype, Run};

/// A type that dense voxels can have: `bool`, `u8`, `u16` or `u32`.
pub trait Voxel: Copy + Default + PartialEq {
    /// The type's code in the file.
    const DTYPE: Dtype;

    /// The voxel's label; `true` is 1.
    fn to_label(self) -> u32;

    /// The voxel that holds `label`, which must not exceed [`Dtype::max_label`]; higher bits are dropped.
    fn from_label(label: u32) -> Self;
}

impl Voxel for bool {
    const DTYPE: Dtype = Dtype::Bool;

    fn to_label(self) -> u32 {
        self.into()
    }

    fn from_label(label: u32) -> Self {
        label != 0
    }
}

macro_rules! unsigned_voxel {
    ($type:ty, $dtype:ident) => {
        impl Voxel for $type {
            const DTYPE: Dtype = Dtype::$dtype;

            fn to_label(self) -> u32 {
                self.into()
            }

            fn from_label(label: u32) -> Self {
                label as Self
            }
        }
    };
}

unsigned_voxel!(u8, U8);
unsigned_voxel!(u16, U16);
unsigned_voxel!(u32, U32);

/// A chunk inside a dense array whose x axis is contiguous.
#[derive(Clone, Copy, Debug)]
pub struct DenseSource<'a, T> {
    voxels: &'a [T],
    slice_stride: usize,
    row_stride: usize,
    width: usize,
}

impl<'a, T: Voxel> DenseSource<'a, T> {
    /// The chunk whose first voxel is `voxels[0]`, with rows of `width` voxels; the strides count voxels from one
    /// slice (z) and one row (y) to the next.
    ///
    /// Rows that reach beyond `voxels` are read as background.
    #[must_use]
    pub fn new(voxels: &'a [T], slice_stride: usize, row_stride: usize, width: usize) -> Self {
        Self { voxels, slice_stride, row_stride, width }
    }
}

impl<T: Voxel> Source for DenseSource<'_, T> {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        runs.clear();
        let start = z as usize * self.slice_stride + y as usize * self.row_stride;
        if let Some(row) = self.voxels.get(start..start + self.width) {
            find_runs(row, runs);
        }
    }
}

/// Appends the runs of one row.
pub(super) fn find_runs<T: Voxel>(row: &[T], runs: &mut Vec<Run>) {
    let mut start = 0;
    while let Some(first) = row.get(start) {
        let end = start + same_voxels(&row[start..], *first);
        if *first != T::default() {
            runs.push(Run { start: start as u32, end: end as u32, label: first.to_label() });
        }
        start = end;
    }
}

/// How many voxels at the front equal `value`.
fn same_voxels<T: Voxel>(row: &[T], value: T) -> usize {
    // Without a branch inside, the compiler compares a whole block at once.
    const BLOCK: usize = 32;
    let blocks = row.chunks_exact(BLOCK);
    let same =
        blocks.take_while(|block| block.iter().fold(true, |same, voxel| same & (*voxel == value)));
    let front = same.count() * BLOCK;
    front + row[front..].iter().take_while(|voxel| **voxel == value).count()
}
