//! The header of NIfTI-1: 348 bytes.

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
    in_order(&mut Numbers::new(bytes, byte_order), byte_order, single_file)
}

fn in_order(
    n: &mut Numbers<'_>,
    byte_order: ByteOrder,
    single_file: bool,
) -> Result<Fields, Problem> {
    // sizeof_hdr, and what was ANALYZE's: data_type, db_name, extents, session_error, regular.
    n.take::<39>();
    // Fields are evaluated in the order written here, which is the order of the file.
    Ok(Fields {
        version: NiftiVersion::One,
        byte_order,
        single_file,
        dim_info: n.u8(),
        dim: checks::dim(std::array::from_fn(|_| n.i16().into()))?,
        intent_p: n.f32s(),
        intent_code: n.i16().into(),
        datatype: n.i16(),
        bitpix: n.i16(),
        slice_start: n.i16().into(),
        pixdim: n.f32s(),
        vox_offset: offset_from_float(n.f32())?,
        scl_slope: n.f32().into(),
        scl_inter: n.f32().into(),
        slice_end: n.i16().into(),
        slice_code: n.u8().into(),
        xyzt_units: n.u8().into(),
        cal_max: n.f32().into(),
        cal_min: n.f32().into(),
        slice_duration: n.f32().into(),
        toffset: n.f32().into(),
        descrip: {
            // ANALYZE's glmax and glmin.
            n.take::<8>();
            n.take()
        },
        aux_file: n.take(),
        qform_code: n.i16().into(),
        sform_code: n.i16().into(),
        quatern: n.f32s(),
        qoffset: n.f32s(),
        srow: std::array::from_fn(|_| n.f32s()),
        intent_name: n.take(),
    })
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
    floats(&mut out, &fields.intent_p);
    out.extend(small("intent_code", fields.intent_code.into())?);
    out.extend(fields.datatype.to_le_bytes());
    out.extend(fields.bitpix.to_le_bytes());
    out.extend(small("slice_start", fields.slice_start)?);
    floats(&mut out, &fields.pixdim);
    floats(&mut out, &[fields.vox_offset as f64, fields.scl_slope, fields.scl_inter]);
    out.extend(small("slice_end", fields.slice_end)?);
    out.extend([fields.slice_code as u8, fields.xyzt_units as u8]);
    floats(&mut out, &[fields.cal_max, fields.cal_min, fields.slice_duration, fields.toffset]);
    out.extend([0; 8]);
    out.extend(fields.descrip);
    out.extend(fields.aux_file);
    out.extend(small("qform_code", fields.qform_code.into())?);
    out.extend(small("sform_code", fields.sform_code.into())?);
    floats(&mut out, &fields.quatern);
    floats(&mut out, &fields.qoffset);
    floats(&mut out, fields.srow.as_flattened());
    out.extend(fields.intent_name);
    out.extend(b"n+1\0");
    Ok(out)
}

fn floats(out: &mut Vec<u8>, values: &[f64]) {
    out.extend(values.iter().flat_map(|value| (*value as f32).to_le_bytes()));
}

fn small(what: &'static str, value: i64) -> Result<[u8; 2], Problem> {
    i16::try_from(value)
        .map(i16::to_le_bytes)
        .map_err(|_| Problem::DoesNotFit { what, value: value.to_string() })
}
