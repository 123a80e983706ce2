//! The header of NIfTI-2: 540 bytes. The nifti crate does not read it.

use super::{ByteOrder, Fields, NiftiVersion, bad_offset, check_axes, ends_early};
use crate::Problem;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 540;
const PAIR: &[u8; 8] = b"ni2\0\r\n\x1a\n";
const SINGLE: &[u8; 8] = b"n+2\0\r\n\x1a\n";

/// The fields of a header.
pub(super) fn parse(bytes: &[u8], byte_order: ByteOrder) -> Result<Fields, Problem> {
    let bytes = bytes.get(..HEADER_BYTES).ok_or_else(|| ends_early(bytes, HEADER_BYTES))?;
    let single_file = match bytes.get(4..12) {
        Some(magic) if magic == SINGLE => true,
        Some(magic) if magic == PAIR => false,
        _ => return Err(Problem::NotNifti { reason: "its magic is neither n+2 nor ni2" }),
    };
    let fields = in_order(&mut Numbers { bytes, at: 12, byte_order }, single_file)?;
    check_axes(fields.dim[0])?;
    Ok(fields)
}

fn in_order(n: &mut Numbers<'_>, single_file: bool) -> Result<Fields, Problem> {
    // Fields are evaluated in the order written here, which is the order of the file.
    Ok(Fields {
        version: NiftiVersion::Two,
        byte_order: n.byte_order,
        single_file,
        datatype: n.i16(),
        bitpix: n.i16(),
        dim: std::array::from_fn(|_| n.i64()),
        intent_p: n.floats(),
        pixdim: n.floats(),
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
        quatern: n.floats(),
        qoffset: n.floats(),
        srow: std::array::from_fn(|_| n.floats()),
        slice_code: n.i32(),
        xyzt_units: n.i32(),
        intent_code: n.i32(),
        intent_name: n.take(),
        dim_info: n.take::<1>()[0],
    })
}

fn offset_from_integer(offset: i64) -> Result<u64, Problem> {
    u64::try_from(offset).map_err(|_| bad_offset(offset.to_string()))
}

/// The header's bytes, little-endian, for a file that holds its voxels, too.
pub(super) fn to_bytes(fields: &Fields) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES);
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

/// A cursor over a header whose length has been checked.
struct Numbers<'a> {
    bytes: &'a [u8],
    at: usize,
    byte_order: ByteOrder,
}

impl Numbers<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        self.at += N;
        bytes.copied().unwrap_or([0; N])
    }

    fn ordered<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = self.take::<N>();
        if self.byte_order == ByteOrder::Big {
            bytes.reverse();
        }
        bytes
    }

    fn i16(&mut self) -> i16 {
        i16::from_le_bytes(self.ordered())
    }

    fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.ordered())
    }

    fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.ordered())
    }

    fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.ordered())
    }

    fn floats<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.f64())
    }
}
