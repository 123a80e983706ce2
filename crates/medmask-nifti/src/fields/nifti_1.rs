//! The header of NIfTI-1: 348 bytes.

use nifti::NiftiHeader;

use super::checks::{self, bad_offset};
use super::numbers::Numbers;
use super::values::{ByteOrder, Fields, NIFTI_1_BYTES, NiftiVersion};
use crate::{Note, Problem};

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
    let (vox_offset, note) = offset_from_float(header.vox_offset)?;
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
        vox_offset,
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
        notes: note.into_iter().collect(),
    })
}

#[expect(clippy::expect_used, reason = "the crate reads the field, which has 80 bytes, whole")]
fn descrip(text: &[u8]) -> [u8; 80] {
    text.try_into().expect("the field descrip has 80 bytes")
}

fn offset_from_float(offset: f32) -> Result<(u64, Option<Note>), Problem> {
    // Above 2^63 the cast would saturate; no file is that long.
    if !(0.0..9.0e18).contains(&offset) {
        return Err(bad_offset(offset.to_string()));
    }
    let cut = offset.fract() != 0.0;
    Ok((offset as u64, cut.then_some(Note::OffsetCut { offset: offset.into() })))
}

/// Whether bytes that do not begin with the size of a header have the magic of NIfTI-1.
pub(super) fn has_magic(bytes: &[u8]) -> bool {
    matches!(bytes.get(344..NIFTI_1_BYTES), Some(b"n+1\0" | b"ni1\0"))
}

/// The fields of a header with the magic of NIfTI-1 whose field sizeof_hdr is `size`: dim[0] tells the order of bytes, as it does for
/// other readers.
pub(super) fn parse_of_any_size(bytes: &[u8], size: i32) -> Result<Fields, Problem> {
    let mut header = checks::header(bytes, NIFTI_1_BYTES)?.to_vec();
    let axes = Numbers::new(&header[40..], ByteOrder::Little).i16();
    let (byte_order, right) = if (1..=7).contains(&axes) {
        (ByteOrder::Little, 348_i32.to_le_bytes())
    } else {
        (ByteOrder::Big, 348_i32.to_be_bytes())
    };
    header[..4].copy_from_slice(&right);
    let mut fields = parse(&header, byte_order)?;
    fields.notes.push(Note::HeaderSize { size });
    Ok(fields)
}

/// The field vox_offset: a rounded one would shift all voxels.
fn offset_as_float(offset: u64) -> Result<f32, Problem> {
    let float = offset as f32;
    let exact = float as u64 == offset;
    exact
        .then_some(float)
        .ok_or(Problem::DoesNotFit { what: "vox_offset", value: offset.to_string() })
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
    out.extend(offset_as_float(fields.vox_offset)?.to_le_bytes());
    floats(&mut out, "scale", &[fields.scl_slope, fields.scl_inter])?;
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

#[cfg(test)]
mod tests {
    use super::{parse, to_bytes};
    use crate::fields::{ByteOrder, Fields};

    #[test]
    fn an_offset_is_written_as_it_is_or_not_at_all() {
        for (offset, exact) in
            [(352, true), (566_343_424, true), (566_343_392, false), ((1 << 24) + 1, false)]
        {
            let mut fields = Fields::empty();
            fields.vox_offset = offset;
            let written = to_bytes(&fields);
            assert_eq!(written.is_ok(), exact, "{offset}");
            if let Ok(bytes) = written {
                assert_eq!(parse(&bytes, ByteOrder::Little).unwrap().vox_offset, offset);
            }
        }
    }
}
