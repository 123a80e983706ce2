//! The space of a file (SPEC.md, "Space").

use crate::FormatError;
use crate::bytes::{Fields, put_varint};

/// Largest number of voxels along one axis.
pub const MAX_AXIS: u64 = (1 << 31) - 1;

/// Largest number of voxels of a space.
pub const MAX_VOXELS: u64 = 1 << 40;

/// The most bytes that a space has: axes of 31 bits, and fifteen numbers with their lengths.
pub(crate) const MAX_SPACE: usize = 3 * 5 + 15 * 9;

/// The grid that all masks of a file share. Axes are those of the arrays: (z, y, x).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridSpace {
    /// Voxels along each array axis.
    pub shape: [u64; 3],
    /// Voxel size in mm along each array axis.
    pub spacing: [f64; 3],
    /// World position (x, y, z; LPS+, mm) of the centre of voxel 0.
    pub origin: [f64; 3],
    /// For each array axis its unit vector in the world (x, y, z; LPS+).
    pub direction: [[f64; 3]; 3],
}

impl GridSpace {
    /// The space as it stands in a front.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        for axis in self.shape {
            put_varint(&mut out, axis);
        }
        for number in self.numbers() {
            // Most geometry is of few digits, whose last bytes are zeros.
            let bytes = number.to_be_bytes();
            let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            out.push(length as u8);
            out.extend_from_slice(&bytes[..length]);
        }
        out
    }

    /// Reads a space.
    pub(crate) fn parse(fields: &mut Fields<'_>) -> Result<Self, FormatError> {
        let mut shape = [0; 3];
        for axis in &mut shape {
            *axis = fields.varint()?;
        }
        let mut vectors = [[0.0; 3]; 5];
        for number in vectors.as_flattened_mut() {
            let [length] = fields.array()?;
            if length > 8 {
                return Err(fields.corrupt("a number of the geometry exceeds 64 bits"));
            }
            let mut bytes = [0; 8];
            bytes[..length.into()].copy_from_slice(fields.take(length.into())?);
            *number = f64::from_be_bytes(bytes);
        }
        let [spacing, origin, z, y, x] = vectors;
        let space = Self { shape, spacing, origin, direction: [z, y, x] };
        space.check(fields)?;
        Ok(space)
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        [self.spacing, self.origin].into_iter().chain(self.direction).flatten()
    }

    /// Checks the limits of SPEC.md, "Limits": axes, voxels, finite numbers.
    fn check(&self, fields: &Fields<'_>) -> Result<(), FormatError> {
        if self.shape.iter().any(|axis| *axis == 0 || *axis > MAX_AXIS) {
            return Err(fields.corrupt("an axis of the shape is 0 or over the limit"));
        }
        let voxels = self.shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
        if voxels.is_none_or(|voxels| voxels > MAX_VOXELS) {
            return Err(fields.corrupt("the shape has more voxels than the limit"));
        }
        if !self.numbers().all(f64::is_finite) || self.spacing.iter().any(|mm| *mm <= 0.0) {
            return Err(fields.corrupt(
                "the geometry has a number that is not finite, or a spacing that is not positive",
            ));
        }
        Ok(())
    }
}
