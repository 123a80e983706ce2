//! The header's fields, of both NIfTI versions and either byte order, and their bytes.

mod nifti_1;
mod nifti_2;

use crate::Problem;

pub(crate) use nifti_1::HEADER_BYTES as NIFTI_1_BYTES;
pub(crate) use nifti_2::HEADER_BYTES as NIFTI_2_BYTES;

/// Which of the two header layouts a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NiftiVersion {
    /// 348 bytes, 16-bit axes, 32-bit floats.
    One,
    /// 540 bytes, 64-bit axes, 64-bit floats. SimpleITK does not read it.
    Two,
}

impl NiftiVersion {
    /// Bytes before the four bytes that announce extensions.
    pub(crate) fn header_bytes(self) -> usize {
        match self {
            Self::One => NIFTI_1_BYTES,
            Self::Two => NIFTI_2_BYTES,
        }
    }
}

/// The order of bytes in a file's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// All fields that both versions have, in types wide enough for either. The fields that NIfTI-1 keeps
/// unused for ANALYZE 7.5 are left out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fields {
    pub version: NiftiVersion,
    pub byte_order: ByteOrder,
    /// Whether the voxels follow in the same file.
    pub single_file: bool,
    pub dim_info: u8,
    pub dim: [i64; 8],
    pub intent_p: [f64; 3],
    pub intent_code: i32,
    pub intent_name: [u8; 16],
    pub datatype: i16,
    pub bitpix: i16,
    pub pixdim: [f64; 8],
    pub vox_offset: u64,
    pub scl_slope: f64,
    pub scl_inter: f64,
    pub cal_max: f64,
    pub cal_min: f64,
    pub slice_start: i64,
    pub slice_end: i64,
    pub slice_code: i32,
    pub slice_duration: f64,
    pub toffset: f64,
    pub xyzt_units: i32,
    pub descrip: [u8; 80],
    pub aux_file: [u8; 24],
    pub qform_code: i32,
    pub sform_code: i32,
    pub quatern: [f64; 3],
    pub qoffset: [f64; 3],
    pub srow: [[f64; 4]; 3],
}

impl Fields {
    /// Fields with the values of an empty 3-D NIfTI-1 file.
    pub(crate) fn empty() -> Self {
        Self {
            version: NiftiVersion::One,
            byte_order: ByteOrder::Little,
            single_file: true,
            dim_info: 0,
            dim: [3, 1, 1, 1, 1, 1, 1, 1],
            intent_p: [0.0; 3],
            intent_code: 0,
            intent_name: [0; 16],
            datatype: 0,
            bitpix: 0,
            pixdim: [1.0; 8],
            vox_offset: 0,
            scl_slope: 1.0,
            scl_inter: 0.0,
            cal_max: 0.0,
            cal_min: 0.0,
            slice_start: 0,
            slice_end: 0,
            slice_code: 0,
            slice_duration: 0.0,
            toffset: 0.0,
            xyzt_units: 2,
            descrip: [0; 80],
            aux_file: [0; 24],
            qform_code: 0,
            sform_code: 0,
            quatern: [0.0; 3],
            qoffset: [0.0; 3],
            srow: [[0.0; 4]; 3],
        }
    }

    /// The fields of a header of either version and byte order. `bytes` starts at the header and holds
    /// up to 540 bytes of the file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let Some(size) = bytes.first_chunk::<4>() else {
            return Err(ends_early(bytes, nifti_1::HEADER_BYTES));
        };
        let (little, big) = (i32::from_le_bytes(*size), i32::from_be_bytes(*size));
        match (little, big) {
            (348, _) => nifti_1::parse(bytes, ByteOrder::Little),
            (_, 348) => nifti_1::parse(bytes, ByteOrder::Big),
            (540, _) => nifti_2::parse(bytes, ByteOrder::Little),
            (_, 540) => nifti_2::parse(bytes, ByteOrder::Big),
            _ => Err(Problem::NotNifti { reason: "sizeof_hdr is neither 348 nor 540" }),
        }
    }

    /// The header's bytes, little-endian.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Problem> {
        match self.version {
            NiftiVersion::One => nifti_1::to_bytes(self),
            NiftiVersion::Two => Ok(nifti_2::to_bytes(self)),
        }
    }
}

fn ends_early(bytes: &[u8], header_bytes: usize) -> Problem {
    Problem::Truncated { expected: header_bytes as u64, found: bytes.len() as u64 }
}

fn check_axes(axes: i64) -> Result<(), Problem> {
    if (1..=7).contains(&axes) {
        return Ok(());
    }
    Err(Problem::Field {
        field: "dim[0]",
        value: axes.to_string(),
        reason: "a file has 1 to 7 axes",
    })
}

fn bad_offset(value: String) -> Problem {
    Problem::Field {
        field: "vox_offset",
        value,
        reason: "the first voxel's position must be a whole number of bytes",
    }
}
