//! The header of NIfTI-1: 348 bytes.

use nifti::NiftiHeader;

use super::checks::{self, bad_offset};
use super::numbers::Numbers;
use super::values::{ByteOrder, Fields, NIFTI_1_BYTES, NiftiVersion};
use crate::Problem;

/// The fields of a header.
pub(super) fn parse(bytes: &[u8], byte_order: ByteOrder) -> Result<Fields, Problem> {
    let bytes = checks::header(bytes, NIFTI_1_BYTES)?;
    let single_file = match &bytes[344..] {
        b"n+1\0" => true,
        b"ni1\0" => false,
        [0, 0, 0, 0] => {
            return Err(Problem::NotNifti {
                reason: "it has no magic, as ANALYZE 7.5 files, which do not say where left and right are",
            });
        }
        _ => return Err(Problem::NotNifti { reason: "its magic is neither n+1 nor ni1" }),
    };
    // The nifti crate guesses the byte order from dim[0], so that is checked first.
    let mut numbers = Numbers::new(&bytes[40..], byte_order);
    let dim = checks::dim(std::array::from_fn(|_| numbers.i16().into()))?;
    let header = NiftiHeader::from_reader(bytes)
        .map_err(|_| Problem::NotNifti { reason: "its header cannot be parsed" })?;
    let wide = f64::from;
    Ok(Fields {
        version: NiftiVersion::One,
        byte_order,
        single_file,
        dim_info: header.dim_info,
        dim,
        intent_p: [header.intent_p1, header.intent_p2, header.intent_p3].map(wide),
        intent_code: header.intent_code.into(),
        intent_name: header.intent_name,
        datatype: header.datatype,
        bitpix: header.bitpix,
        pixdim: header.pixdim.map(wide),
        vox_offset: offset_from_float(header.vox_offset)?,
        scl_slope: header.scl_slope.into(),
        scl_inter: header.scl_inter.into(),
        cal_max: header.cal_max.into(),
        cal_min: header.cal_min.into(),
        slice_start: header.slice_start.into(),
        slice_end: header.slice_end.into(),
        slice_code: header.slice_code.into(),
        slice_duration: header.slice_duration.into(),
        toffset: header.toffset.into(),
        xyzt_units: header.xyzt_units.into(),
        descrip: descrip(&header.descrip),
        aux_file: header.aux_file,
        qform_code: header.qform_code.into(),
        sform_code: header.sform_code.into(),
        quatern: [header.quatern_b, header.quatern_c, header.quatern_d].map(wide),
        qoffset: [header.quatern_x, header.quatern_y, header.quatern_z].map(wide),
        srow: [header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(wide)),
    })
}

#[expect(clippy::expect_used, reason = "the crate reads the field, which has 80 bytes, whole")]
fn descrip(text: &[u8]) -> [u8; 80] {
    text.try_into().expect("the field descrip has 80 bytes")
}

fn offset_from_float(offset: f32) -> Result<u64, Problem> {
    // Above 2^63 the cast would saturate; no file is that long.
    if offset >= 0.0 && offset.fract() == 0.0 && offset < 9.0e18 {
        return Ok(offset as u64);
    }
    Err(bad_offset(offset.to_string()))
}

/// The header's bytes, little-endian, for a file that holds its voxels, too.
pub(super) fn to_bytes(fields: &Fields) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::with_capacity(NIFTI_1_BYTES);
    out.extend(348_i32.to_le_bytes());
    out.extend([0; 34]);
    out.extend([b'r', fields.dim_info]);
    for axis in fields.dim {
        out.extend(small("dim", axis)?);
    }
    floats(&mut out, "intent_p", &fields.intent_p)?;
    out.extend(small("intent_code", fields.intent_code.into())?);
    out.extend(fields.datatype.to_le_bytes());
    out.extend(fields.bitpix.to_le_bytes());
    out.extend(small("slice_start", fields.slice_start)?);
    floats(&mut out, "pixdim", &fields.pixdim)?;
    let scale = [fields.vox_offset as f64, fields.scl_slope, fields.scl_inter];
    floats(&mut out, "vox_offset or scale", &scale)?;
    out.extend(small("slice_end", fields.slice_end)?);
    out.extend([fields.slice_code as u8, fields.xyzt_units as u8]);
    floats(&mut out, "cal_max or cal_min", &[fields.cal_max, fields.cal_min])?;
    floats(&mut out, "time of a slice", &[fields.slice_duration, fields.toffset])?;
    out.extend([0; 8]);
    out.extend(fields.descrip);
    out.extend(fields.aux_file);
    out.extend(small("qform_code", fields.qform_code.into())?);
    out.extend(small("sform_code", fields.sform_code.into())?);
    floats(&mut out, "quatern", &fields.quatern)?;
    floats(&mut out, "qoffset", &fields.qoffset)?;
    floats(&mut out, "srow", fields.srow.as_flattened())?;
    out.extend(fields.intent_name);
    out.extend(b"n+1\0");
    Ok(out)
}

fn floats(out: &mut Vec<u8>, what: &'static str, values: &[f64]) -> Result<(), Problem> {
    for value in values {
        let narrow = *value as f32;
        if !narrow.is_finite() {
            return Err(Problem::DoesNotFit { what, value: value.to_string() });
        }
        out.extend(narrow.to_le_bytes());
    }
    Ok(())
}

fn small(what: &'static str, value: i64) -> Result<[u8; 2], Problem> {
    i16::try_from(value)
        .map(i16::to_le_bytes)
        .map_err(|_| Problem::DoesNotFit { what, value: value.to_string() })
}
