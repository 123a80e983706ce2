//! The header's fields, whichever version they are from.

use crate::Note;

/// Bytes of a NIfTI-1 header.
pub(crate) const NIFTI_1_BYTES: usize = 348;
/// Bytes of a NIfTI-2 header.
pub(crate) const NIFTI_2_BYTES: usize = 540;

/// Which of the two header layouts a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// What is odd and was read as other readers do.
    pub notes: Vec<Note>,
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
            notes: Vec::new(),
        }
    }

    /// Whether all numbers of sform, qform and pixdim that say where voxels lie are finite.
    pub(crate) fn has_finite_forms(&self) -> bool {
        let forms = self.srow.as_flattened().iter().chain(&self.quatern).chain(&self.qoffset);
        forms.chain(&self.pixdim[..4]).all(|number| number.is_finite())
    }

    /// Makes 0 of what is not finite among the numbers that a single volume of labels has no use for.
    pub(crate) fn clear_unused_that_are_not_finite(&mut self) {
        let unused = self.pixdim[4..].iter_mut();
        for number in unused.chain([&mut self.slice_duration, &mut self.toffset]) {
            if !number.is_finite() {
                *number = 0.0;
            }
        }
    }
}
