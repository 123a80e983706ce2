//! The header of NIfTI-2: 540 bytes.

use super::checks::{self, bad_offset};
use super::numbers::Numbers;
use super::values::{ByteOrder, Fields, NIFTI_2_BYTES, NiftiVersion};
use crate::Problem;

const PAIR: &[u8; 8] = b"ni2\0\r\n\x1a\n";
const SINGLE: &[u8; 8] = b"n+2\0\r\n\x1a\n";

/// The fields of a header.
pub(super) fn parse(bytes: &[u8], byte_order: ByteOrder) -> Result<Fields, Problem> {
    let bytes = checks::header(bytes, NIFTI_2_BYTES)?;
    let mut numbers = Numbers::new(bytes, byte_order);
    numbers.i32();
    let single_file = match &numbers.take() {
        SINGLE => true,
        PAIR => false,
        _ => return Err(Problem::NotNifti { reason: "its magic is neither n+2 nor ni2" }),
    };
    in_order(&mut numbers, byte_order, single_file)
}

fn in_order(
    n: &mut Numbers<'_>,
    byte_order: ByteOrder,
    single_file: bool,
) -> Result<Fields, Problem> {
    // Fields are evaluated in the order written here, which is the order of the file.
    Ok(Fields {
        version: NiftiVersion::Two,
        byte_order,
        single_file,
        datatype: n.i16(),
        bitpix: n.i16(),
        dim: checks::dim(std::array::from_fn(|_| n.i64()))?,
        intent_p: n.f64s(),
        pixdim: n.f64s(),
        vox_offset: offset_from_integer(n.i64())?,
        scl_slope: n.f64(),
        scl_inter: n.f64(),
        cal_max: n.f64(),
        cal_min: n.f64(),
        slice_duration: n.f64(),
        toffset: n.f64(),
        slice_start: n.i64(),
        slice_end: n.i64(),
        descrip: n.take(),
        aux_file: n.take(),
        qform_code: n.i32(),
        sform_code: n.i32(),
        quatern: n.f64s(),
        qoffset: n.f64s(),
        srow: std::array::from_fn(|_| n.f64s()),
        slice_code: n.i32(),
        xyzt_units: n.i32(),
        intent_code: n.i32(),
        intent_name: n.take(),
        dim_info: n.u8(),
        notes: Vec::new(),
    })
}

fn offset_from_integer(offset: i64) -> Result<u64, Problem> {
    u64::try_from(offset).map_err(|_| bad_offset(offset.to_string()))
}

/// The header's bytes, little-endian, for a file that holds its voxels, too.
pub(super) fn to_bytes(fields: &Fields) -> Vec<u8> {
    let mut out = Vec::with_capacity(NIFTI_2_BYTES);
    let doubles = |out: &mut Vec<u8>, values: &[f64]| {
        out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    out.extend(540_i32.to_le_bytes());
    out.extend(SINGLE);
    out.extend(fields.datatype.to_le_bytes());
    out.extend(fields.bitpix.to_le_bytes());
    out.extend(fields.dim.iter().flat_map(|axis| axis.to_le_bytes()));
    doubles(&mut out, &fields.intent_p);
    doubles(&mut out, &fields.pixdim);
    out.extend(fields.vox_offset.to_le_bytes());
    doubles(&mut out, &[fields.scl_slope, fields.scl_inter, fields.cal_max, fields.cal_min]);
    doubles(&mut out, &[fields.slice_duration, fields.toffset]);
    out.extend(fields.slice_start.to_le_bytes());
    out.extend(fields.slice_end.to_le_bytes());
    out.extend(fields.descrip);
    out.extend(fields.aux_file);
    out.extend(fields.qform_code.to_le_bytes());
    out.extend(fields.sform_code.to_le_bytes());
    doubles(&mut out, &fields.quatern);
    doubles(&mut out, &fields.qoffset);
    doubles(&mut out, fields.srow.as_flattened());
    out.extend(fields.slice_code.to_le_bytes());
    out.extend(fields.xyzt_units.to_le_bytes());
    out.extend(fields.intent_code.to_le_bytes());
    out.extend(fields.intent_name);
    out.push(fields.dim_info);
    out.extend([0; 15]);
    out
}
