//! Images, whose values are measured beneath masks: numbers as they are stored.

use bytemuck::{AnyBitPattern, try_zeroed_vec};
use medmask_core::{Image, ImageValues, MemoryError};
use ndarray::ArrayView3;

use crate::inflate::STORED_VOXELS;
use crate::samples::{SampleType, Samples};
use crate::{Header, Problem};

/// A volume of any numbers, such as a CT: of at most 64 bits, whole or real. It is in memory once, as its file stores it.
#[derive(Clone, Debug)]
pub struct ImageFile {
    header: Header,
    sample_type: SampleType,
    slope: f64,
    intercept: f64,
    /// The samples in the order of bytes that this machine has, and what was read around them.
    bytes: Vec<u8>,
    /// Where they start, as their type has to be aligned.
    start: usize,
}

impl ImageFile {
    /// Of the samples that `bytes` hold from `start` on.
    pub(crate) fn new(
        header: Header,
        samples: &Samples,
        mut bytes: Vec<u8>,
        start: usize,
    ) -> Result<Self, Problem> {
        let (sample_type, (slope, intercept)) = (samples.sample_type(), samples.scaling());
        let size = sample_type.bytes();
        let length = header.space.shape().iter().product::<usize>() * size;
        if !samples.is_native() {
            bytes[start..start + length].chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
        let (bytes, start) = aligned(bytes, start, length, size)?;
        Ok(Self { header, sample_type, slope, intercept, bytes, start })
    }

    /// Header and geometry.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The values, (z, y, x), which scl_slope and scl_inter make of the stored numbers.
    #[must_use]
    pub fn image(&self) -> Image<'_> {
        let values = match self.sample_type {
            SampleType::U8 => ImageValues::U8(self.array()),
            SampleType::I8 => ImageValues::I8(self.array()),
            SampleType::U16 => ImageValues::U16(self.array()),
            SampleType::I16 => ImageValues::I16(self.array()),
            SampleType::U32 => ImageValues::U32(self.array()),
            SampleType::I32 => ImageValues::I32(self.array()),
            SampleType::U64 => ImageValues::U64(self.array()),
            SampleType::I64 => ImageValues::I64(self.array()),
            SampleType::F32 => ImageValues::F32(self.array()),
            SampleType::F64 => ImageValues::F64(self.array()),
        };
        Image { values, slope: self.slope, intercept: self.intercept }
    }

    #[expect(
        clippy::expect_used,
        reason = "the samples were aligned, and are as many as the shape has"
    )]
    fn array<T: AnyBitPattern>(&self) -> ArrayView3<'_, T> {
        let shape = self.header.space.shape();
        let length = shape.iter().product::<usize>() * size_of::<T>();
        let numbers = bytemuck::try_cast_slice(&self.bytes[self.start..self.start + length]);
        ArrayView3::from_shape(shape, numbers.expect("the samples are aligned"))
            .expect("there is a sample for each voxel")
    }
}

/// The bytes with `length` of them moved from `start` to where numbers of `size` bytes can stand.
fn aligned(
    mut bytes: Vec<u8>,
    start: usize,
    length: usize,
    size: usize,
) -> Result<(Vec<u8>, usize), MemoryError> {
    let place = |bytes: &[u8]| bytes.as_ptr().align_offset(size);
    if place(&bytes[start..]) == 0 {
        return Ok((bytes, start));
    }
    let first = place(&bytes);
    if first < start {
        bytes.copy_within(start..start + length, first);
        return Ok((bytes, first));
    }
    let refused = |()| MemoryError::of_machine(STORED_VOXELS, length as u64);
    let mut moved: Vec<u8> = try_zeroed_vec(length + size).map_err(refused)?;
    let first = place(&moved);
    moved[first..first + length].copy_from_slice(&bytes[start..start + length]);
    Ok((moved, first))
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn samples_stand_where_their_type_can() {
        for (start, length) in [(0, 64), (1, 40), (3, 64), (9, 8), (16, 32)] {
            for size in [1, 2, 4, 8] {
                let bytes: Vec<u8> = (0..start + length).map(|n| n as u8).collect();
                let wanted = bytes[start..].to_vec();
                let (moved, first) = aligned(bytes, start, length, size).unwrap();
                assert_eq!(moved[first..first + length], wanted);
                assert_eq!(moved[first..].as_ptr().align_offset(size), 0);
            }
        }
    }
}
