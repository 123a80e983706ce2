//! The header's fields, of both NIfTI versions and either byte order, and their bytes.

use nifti::NiftiHeader;

use crate::Problem;

/// Bytes of a NIfTI-1 header.
pub(crate) const NIFTI_1_BYTES: usize = 348;
/// Bytes of a NIfTI-2 header.
pub(crate) const NIFTI_2_BYTES: usize = 540;
const NIFTI_2_PAIR: &[u8; 8] = b"ni2\0\r\n\x1a\n";
const NIFTI_2_SINGLE: &[u8; 8] = b"n+2\0\r\n\x1a\n";

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
            return Err(ends_early(bytes, NIFTI_1_BYTES));
        };
        let (little, big) = (i32::from_le_bytes(*size), i32::from_be_bytes(*size));
        match (little, big) {
            (348, _) => Self::parse_one(bytes, ByteOrder::Little),
            (_, 348) => Self::parse_one(bytes, ByteOrder::Big),
            (540, _) => Self::parse_two(bytes, ByteOrder::Little),
            (_, 540) => Self::parse_two(bytes, ByteOrder::Big),
            _ => Err(Problem::NotNifti { reason: "sizeof_hdr is neither 348 nor 540" }),
        }
    }

    /// NIfTI-1, by the nifti crate. It guesses the byte order from dim[0], so that is checked first.
    fn parse_one(bytes: &[u8], byte_order: ByteOrder) -> Result<Self, Problem> {
        let bytes = bytes.get(..NIFTI_1_BYTES).ok_or_else(|| ends_early(bytes, NIFTI_1_BYTES))?;
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
        let axes = Numbers { bytes, at: 40, byte_order }.i16();
        check_axes(axes.into())?;
        let header = NiftiHeader::from_reader(bytes)
            .map_err(|_| Problem::NotNifti { reason: "its header cannot be parsed" })?;
        let wide = f64::from;
        Ok(Self {
            version: NiftiVersion::One,
            byte_order,
            single_file,
            dim_info: header.dim_info,
            // The crate has unsigned axes; the standard's are signed.
            dim: header.dim.map(|axis| i64::from(axis.cast_signed())),
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
            descrip: header.descrip.try_into().unwrap_or([0; 80]),
            aux_file: header.aux_file,
            qform_code: header.qform_code.into(),
            sform_code: header.sform_code.into(),
            quatern: [header.quatern_b, header.quatern_c, header.quatern_d].map(wide),
            qoffset: [header.quatern_x, header.quatern_y, header.quatern_z].map(wide),
            srow: [header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(wide)),
        })
    }

    /// NIfTI-2, which the nifti crate does not read.
    fn parse_two(bytes: &[u8], byte_order: ByteOrder) -> Result<Self, Problem> {
        let bytes = bytes.get(..NIFTI_2_BYTES).ok_or_else(|| ends_early(bytes, NIFTI_2_BYTES))?;
        let single_file = match bytes.get(4..12) {
            Some(magic) if magic == NIFTI_2_SINGLE => true,
            Some(magic) if magic == NIFTI_2_PAIR => false,
            _ => return Err(Problem::NotNifti { reason: "its magic is neither n+2 nor ni2" }),
        };
        let mut numbers = Numbers { bytes, at: 12, byte_order };
        let n = &mut numbers;
        // Fields are evaluated in the order written here, which is the order of the file.
        let fields = Self {
            version: NiftiVersion::Two,
            byte_order,
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
        };
        check_axes(fields.dim[0])?;
        Ok(fields)
    }

    /// The header's bytes, little-endian.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Problem> {
        match self.version {
            NiftiVersion::One => self.to_bytes_one(),
            NiftiVersion::Two => Ok(self.to_bytes_two()),
        }
    }

    fn to_bytes_one(&self) -> Result<Vec<u8>, Problem> {
        let mut out = Vec::with_capacity(NIFTI_1_BYTES);
        out.extend(348_i32.to_le_bytes());
        out.extend([0; 34]);
        out.extend([b'r', self.dim_info]);
        for axis in self.dim {
            out.extend(small("dim", axis)?);
        }
        floats(&mut out, &self.intent_p);
        out.extend(small("intent_code", self.intent_code.into())?);
        out.extend(self.datatype.to_le_bytes());
        out.extend(self.bitpix.to_le_bytes());
        out.extend(small("slice_start", self.slice_start)?);
        floats(&mut out, &self.pixdim);
        floats(&mut out, &[self.vox_offset as f64, self.scl_slope, self.scl_inter]);
        out.extend(small("slice_end", self.slice_end)?);
        out.extend([self.slice_code as u8, self.xyzt_units as u8]);
        floats(&mut out, &[self.cal_max, self.cal_min, self.slice_duration, self.toffset]);
        out.extend([0; 8]);
        out.extend(self.descrip);
        out.extend(self.aux_file);
        out.extend(small("qform_code", self.qform_code.into())?);
        out.extend(small("sform_code", self.sform_code.into())?);
        floats(&mut out, &self.quatern);
        floats(&mut out, &self.qoffset);
        floats(&mut out, self.srow.as_flattened());
        out.extend(self.intent_name);
        out.extend(b"n+1\0");
        Ok(out)
    }

    fn to_bytes_two(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(NIFTI_2_BYTES);
        let doubles = |out: &mut Vec<u8>, values: &[f64]| {
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        };
        out.extend(540_i32.to_le_bytes());
        out.extend(NIFTI_2_SINGLE);
        out.extend(self.datatype.to_le_bytes());
        out.extend(self.bitpix.to_le_bytes());
        out.extend(self.dim.iter().flat_map(|axis| axis.to_le_bytes()));
        doubles(&mut out, &self.intent_p);
        doubles(&mut out, &self.pixdim);
        out.extend(self.vox_offset.to_le_bytes());
        doubles(&mut out, &[self.scl_slope, self.scl_inter, self.cal_max, self.cal_min]);
        doubles(&mut out, &[self.slice_duration, self.toffset]);
        out.extend(self.slice_start.to_le_bytes());
        out.extend(self.slice_end.to_le_bytes());
        out.extend(self.descrip);
        out.extend(self.aux_file);
        out.extend(self.qform_code.to_le_bytes());
        out.extend(self.sform_code.to_le_bytes());
        doubles(&mut out, &self.quatern);
        doubles(&mut out, &self.qoffset);
        doubles(&mut out, self.srow.as_flattened());
        out.extend(self.slice_code.to_le_bytes());
        out.extend(self.xyzt_units.to_le_bytes());
        out.extend(self.intent_code.to_le_bytes());
        out.extend(self.intent_name);
        out.push(self.dim_info);
        out.extend([0; 15]);
        out
    }
}

fn floats(out: &mut Vec<u8>, values: &[f64]) {
    out.extend(values.iter().flat_map(|value| (*value as f32).to_le_bytes()));
}

fn small(what: &'static str, value: i64) -> Result<[u8; 2], Problem> {
    i16::try_from(value)
        .map(i16::to_le_bytes)
        .map_err(|_| Problem::DoesNotFit { what, value: value.to_string() })
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

fn offset_from_float(offset: f32) -> Result<u64, Problem> {
    // Above 2^63 the cast would saturate; no file is that long.
    if offset >= 0.0 && offset.fract() == 0.0 && offset < 9.0e18 {
        return Ok(offset as u64);
    }
    Err(bad_offset(offset.to_string()))
}

fn offset_from_integer(offset: i64) -> Result<u64, Problem> {
    u64::try_from(offset).map_err(|_| bad_offset(offset.to_string()))
}

fn bad_offset(value: String) -> Problem {
    Problem::Field {
        field: "vox_offset",
        value,
        reason: "the first voxel's position must be a whole number of bytes",
    }
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
