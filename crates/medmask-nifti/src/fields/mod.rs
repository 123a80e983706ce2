//! The header's fields, of both NIfTI versions and either byte order, and their bytes.

mod checks;
mod nifti_1;
mod nifti_2;
mod numbers;
mod values;

use crate::Problem;

pub use values::NiftiVersion;
pub(crate) use values::{ByteOrder, Fields, NIFTI_1_BYTES, NIFTI_2_BYTES};

/// The fields of a header of either version and byte order. `bytes` starts at the header and holds up to 540 bytes of the
/// file.
pub(crate) fn parse(bytes: &[u8]) -> Result<Fields, Problem> {
    let Some(size) = bytes.first_chunk::<4>() else {
        return Err(checks::ends_early(bytes, NIFTI_1_BYTES));
    };
    let (little, big) = (i32::from_le_bytes(*size), i32::from_be_bytes(*size));
    match (little, big) {
        (348, _) => nifti_1::parse(bytes, ByteOrder::Little),
        (_, 348) => nifti_1::parse(bytes, ByteOrder::Big),
        (540, _) => nifti_2::parse(bytes, ByteOrder::Little),
        (_, 540) => nifti_2::parse(bytes, ByteOrder::Big),
        _ if nifti_1::has_magic(bytes) => nifti_1::parse_of_any_size(bytes, little),
        _ => Err(Problem::NotNifti { reason: "sizeof_hdr is neither 348 nor 540" }),
    }
}

/// A header's bytes, little-endian, for a file that holds its voxels, too.
pub(crate) fn to_bytes(fields: &Fields) -> Result<Vec<u8>, Problem> {
    match fields.version {
        NiftiVersion::One => nifti_1::to_bytes(fields),
        NiftiVersion::Two => Ok(nifti_2::to_bytes(fields)),
    }
}
