//! Voxels a machine word at a time.

/// Voxels that are compared eight bytes at a time: what keeps [`Voxel`] closed.
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
