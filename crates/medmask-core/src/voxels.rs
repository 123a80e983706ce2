//! Dense voxels in the four types that masks use.

use bytemuck::{Zeroable, try_zeroed_vec};
use medmask_voxel::for_each_run;
use ndarray::Array3;

use crate::{Dtype, Held, LabelCounter, Memory, MemoryError, Row, Run, Sink, Voxel};

/// A dense array of voxels, (z, y, x) in C order. Like [`Dtype`], it will have no other variants.
#[derive(Clone, Debug, PartialEq)]
pub enum Voxels {
    /// 1-bit labels, one byte each in memory.
    Bool(Array3<bool>),
    /// 8-bit labels.
    U8(Array3<u8>),
    /// 16-bit labels.
    U16(Array3<u16>),
    /// 32-bit labels.
    U32(Array3<u32>),
}

/// Evaluates `$body` with `$array` bound to the array inside a [`Voxels`], whatever its type.
#[macro_export]
macro_rules! with_voxels {
    ($voxels:expr, $array:ident => $body:expr) => {
        match $voxels {
            $crate::Voxels::Bool($array) => $body,
            $crate::Voxels::U8($array) => $body,
            $crate::Voxels::U16($array) => $body,
            $crate::Voxels::U32($array) => $body,
        }
    };
}

impl Voxels {
    /// An array of background of `shape` (z, y, x). Its memory comes zeroed from the allocator, so pages
    /// that stay background cost nothing.
    ///
    /// # Panics
    /// Where there is no memory for so many voxels.
    #[must_use]
    #[expect(clippy::expect_used, reason = "as every allocation, and so documented")]
    pub fn zeros(dtype: Dtype, shape: [usize; 3]) -> Self {
        Self::try_zeros(dtype, shape).expect("there is memory for the voxels")
    }

    /// As [`zeros`](Self::zeros), but `None` where there is no memory for so many voxels.
    #[must_use]
    pub fn try_zeros(dtype: Dtype, shape: [usize; 3]) -> Option<Self> {
        Some(match dtype {
            Dtype::Bool => Self::Bool(try_zeros(shape)?),
            Dtype::U8 => Self::U8(try_zeros(shape)?),
            Dtype::U16 => Self::U16(try_zeros(shape)?),
            Dtype::U32 => Self::U32(try_zeros(shape)?),
        })
    }

    /// As [`zeros`](Self::zeros), counted in `memory` until the second part of the result is dropped. A small file may describe a
    /// volume that no machine holds.
    ///
    /// # Errors
    /// Where there is no memory for so many voxels, or `memory` allows no more.
    pub fn zeros_within(
        dtype: Dtype,
        shape: [usize; 3],
        memory: &Memory,
    ) -> Result<(Self, Held<'_>), MemoryError> {
        let voxels = shape.iter().fold(1_u64, |all, axis| all.saturating_mul(*axis as u64));
        let bytes = voxels.saturating_mul(dtype.bits().div_ceil(8).into());
        let held = memory.hold("the dense voxels", bytes)?;
        let zeros = Self::try_zeros(dtype, shape).ok_or_else(|| held.refused(bytes))?;
        Ok((zeros, held))
    }

    /// The voxel type.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::Bool(_) => Dtype::Bool,
            Self::U8(_) => Dtype::U8,
            Self::U16(_) => Dtype::U16,
            Self::U32(_) => Dtype::U32,
        }
    }

    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        let (z, y, x) = with_voxels!(self, array => array.dim());
        [z, y, x]
    }

    /// The label at `[z, y, x]`, if that lies inside.
    #[must_use]
    pub fn get(&self, index: [usize; 3]) -> Option<u32> {
        with_voxels!(self, array => array.get(index).map(|voxel| voxel.to_label()))
    }

    /// The labels present, ascending, without background.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        with_voxels!(self, array => labels(array))
    }

    /// The binary mask of the voxels whose label `wanted` accepts.
    pub fn select(&self, mut wanted: impl FnMut(u32) -> bool) -> Array3<bool> {
        with_voxels!(self, array => array.map(|voxel| wanted(voxel.to_label())))
    }
}

impl Voxels {
    /// Hands the rows that hold labelled voxels to `sink`, ascending by (z, y), until it breaks off. What a row's runs take is
    /// counted in `memory`.
    ///
    /// # Errors
    /// Where that has none for them.
    pub fn for_each_row<S: Sink>(&self, memory: &Memory, sink: &mut S) -> Result<(), MemoryError> {
        with_voxels!(self, array => {
            let mut runs = Vec::new();
            let mut held = memory.hold("the runs of a row", 0)?;
            held.reserve(&mut runs, array.dim().2)?;
            for (z, slice) in array.outer_iter().enumerate() {
                for (y, row) in slice.outer_iter().enumerate() {
                    #[expect(clippy::expect_used, reason = "the voxels are in C order")]
                    let row = row.to_slice().expect("rows are contiguous");
                    runs.clear();
                    for_each_run(row, |run| runs.push(run));
                    if !runs.is_empty() && sink.row(z as u32, y as u32, &runs).is_break() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }
}

fn try_zeros<T: Zeroable>(shape: [usize; 3]) -> Option<Array3<T>> {
    // `Array3::default` would write each element, and so touch each page.
    let length = shape.iter().try_fold(1_usize, |length, axis| length.checked_mul(*axis))?;
    Array3::from_shape_vec(shape, try_zeroed_vec(length).ok()?).ok()
}

fn labels<T: Voxel>(array: &Array3<T>) -> Vec<u32> {
    // Row by row, so that noise needs no memory for its runs.
    let mut counter = LabelCounter::default();
    for row in array.rows() {
        let count = |run: Run| counter.add(Row { z: 0, y: 0, runs: &[run] });
        match row.to_slice() {
            Some(row) => for_each_run(row, count),
            None => for_each_run(&row.to_vec(), count),
        }
    }
    counter.finish().into_iter().map(|known| known.label).collect()
}

macro_rules! from_array {
    ($type:ty, $dtype:ident) => {
        impl From<Array3<$type>> for Voxels {
            fn from(array: Array3<$type>) -> Self {
                // The order of memory is part of the promise: (z, y, x), x contiguous.
                Self::$dtype(array.as_standard_layout().into_owned())
            }
        }
    };
}

from_array!(bool, Bool);
from_array!(u8, U8);
from_array!(u16, U16);
from_array!(u32, U32);
