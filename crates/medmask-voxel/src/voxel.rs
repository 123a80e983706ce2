//! The types of Rust that voxels can have.

use crate::Dtype;
use crate::word::Scan;

/// A type that dense voxels can have: `bool`, `u8`, `u16` or `u32`. No other can be one.
pub trait Voxel: Scan + Copy + Default + PartialEq + Send + Sync + 'static {
    /// This type's [`Dtype`].
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
