//! Voxel values as stored, turned into labels.

use crate::fields::{ByteOrder, Fields};
use crate::{LabelProblem, Problem};

/// Float labels may lie this far from an integer.
const ROUNDING: f64 = 1e-3;

/// A number type of NIfTI that can hold labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SampleType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl SampleType {
    fn from_code(datatype: i16) -> Result<Self, Problem> {
        let name = match datatype {
            2 => return Ok(Self::U8),
            4 => return Ok(Self::I16),
            8 => return Ok(Self::I32),
            16 => return Ok(Self::F32),
            64 => return Ok(Self::F64),
            256 => return Ok(Self::I8),
            512 => return Ok(Self::U16),
            768 => return Ok(Self::U32),
            1024 => return Ok(Self::I64),
            1280 => return Ok(Self::U64),
            1 => "binary, 1 bit",
            32 | 1792 | 2048 => "complex",
            128 | 2304 => "colour",
            1536 => "float, 128 bits",
            _ => "unknown",
        };
        Err(Problem::Datatype { datatype, name })
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

/// Slope and intercept: value = slope * sample + intercept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scaling {
    Identity,
    /// Both are integers, so that integer samples stay exact.
    Integral {
        slope: i64,
        inter: i64,
    },
    Real {
        slope: f64,
        inter: f64,
    },
}

impl Scaling {
    /// A slope of 0, NaN or infinity means that there is no scaling.
    fn from_fields(fields: &Fields) -> Result<Self, Problem> {
        let (slope, inter) = (fields.scl_slope, fields.scl_inter);
        if slope == 0.0 || !slope.is_finite() || (slope == 1.0 && inter == 0.0) {
            return Ok(Self::Identity);
        }
        if !inter.is_finite() {
            return Err(Problem::Field {
                field: "scl_inter",
                value: inter.to_string(),
                reason: "scl_slope is set, so that the intercept must be a number",
            });
        }
        let integral = |value: f64| value.fract() == 0.0 && value.abs() < 9.2e18;
        if integral(slope) && integral(inter) {
            return Ok(Self::Integral { slope: slope as i64, inter: inter as i64 });
        }
        Ok(Self::Real { slope, inter })
    }
}

/// How a file's samples become labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Samples {
    sample_type: SampleType,
    byte_order: ByteOrder,
    scaling: Scaling,
}

/// A sample that is no label: its position in the row and its value.
pub(crate) struct BadSample {
    pub index: usize,
    pub value: String,
    pub problem: LabelProblem,
}

impl Samples {
    pub(crate) fn from_fields(fields: &Fields) -> Result<Self, Problem> {
        Ok(Self {
            sample_type: SampleType::from_code(fields.datatype)?,
            byte_order: fields.byte_order,
            scaling: Scaling::from_fields(fields)?,
        })
    }

    /// Bytes of one sample.
    pub(crate) fn bytes(&self) -> usize {
        self.sample_type.bytes()
    }

    /// Whether the samples are labels as they stand, one byte each.
    pub(crate) fn are_labels(&self) -> bool {
        self.sample_type == SampleType::U8 && self.scaling == Scaling::Identity
    }

    /// Whether samples whose bytes are all 0 are background.
    pub(crate) fn zero_is_background(&self) -> bool {
        match self.scaling {
            Scaling::Identity => true,
            Scaling::Integral { inter, .. } => inter == 0,
            Scaling::Real { inter, .. } => inter == 0.0,
        }
    }

    /// The labels of a row of samples.
    pub(crate) fn decode(&self, raw: &[u8], labels: &mut [u32]) -> Result<(), BadSample> {
        match self.sample_type {
            SampleType::U8 => self.integers(raw, labels, u8::from_le_bytes),
            SampleType::I8 => self.integers(raw, labels, i8::from_le_bytes),
            SampleType::U16 => self.integers(raw, labels, u16::from_le_bytes),
            SampleType::I16 => self.integers(raw, labels, i16::from_le_bytes),
            SampleType::U32 => self.integers(raw, labels, u32::from_le_bytes),
            SampleType::I32 => self.integers(raw, labels, i32::from_le_bytes),
            SampleType::U64 => self.integers(raw, labels, u64::from_le_bytes),
            SampleType::I64 => self.integers(raw, labels, i64::from_le_bytes),
            SampleType::F32 => self.floats(raw, labels, f32::from_le_bytes),
            SampleType::F64 => self.floats(raw, labels, f64::from_le_bytes),
        }
    }

    fn integers<const N: usize, T: Into<i128>>(
        &self,
        raw: &[u8],
        labels: &mut [u32],
        from_bytes: fn([u8; N]) -> T,
    ) -> Result<(), BadSample> {
        self.each(raw, labels, |bytes| {
            let sample: i128 = from_bytes(bytes).into();
            match self.scaling {
                Scaling::Identity => integer_label(sample),
                // Products of 64-bit numbers fit into 128 bits.
                Scaling::Integral { slope, inter } => {
                    integer_label(sample * i128::from(slope) + i128::from(inter))
                }
                Scaling::Real { slope, inter } => float_label(slope * sample as f64 + inter),
            }
        })
    }

    fn floats<const N: usize, T: Into<f64>>(
        &self,
        raw: &[u8],
        labels: &mut [u32],
        from_bytes: fn([u8; N]) -> T,
    ) -> Result<(), BadSample> {
        self.each(raw, labels, |bytes| {
            let sample: f64 = from_bytes(bytes).into();
            float_label(match self.scaling {
                Scaling::Identity => sample,
                Scaling::Integral { slope, inter } => slope as f64 * sample + inter as f64,
                Scaling::Real { slope, inter } => slope * sample + inter,
            })
        })
    }

    fn each<const N: usize>(
        &self,
        raw: &[u8],
        labels: &mut [u32],
        label: impl Fn([u8; N]) -> Result<u32, (String, LabelProblem)>,
    ) -> Result<(), BadSample> {
        let swap = self.byte_order == ByteOrder::Big;
        let (samples, _) = raw.as_chunks::<N>();
        for (index, (sample, out)) in samples.iter().zip(labels).enumerate() {
            let mut bytes = *sample;
            if swap {
                bytes.reverse();
            }
            *out = label(bytes).map_err(|(value, problem)| BadSample { index, value, problem })?;
        }
        Ok(())
    }
}

fn integer_label(value: i128) -> Result<u32, (String, LabelProblem)> {
    u32::try_from(value).map_err(|_| {
        let problem = if value < 0 { LabelProblem::Negative } else { LabelProblem::TooLarge };
        (value.to_string(), problem)
    })
}

fn float_label(value: f64) -> Result<u32, (String, LabelProblem)> {
    let nearest = value.round();
    let off = (value - nearest).abs();
    let problem = if off.is_nan() || off > ROUNDING {
        LabelProblem::NotIntegral
    } else if nearest < 0.0 {
        LabelProblem::Negative
    } else if nearest > f64::from(u32::MAX) {
        LabelProblem::TooLarge
    } else {
        return Ok(nearest as u32);
    };
    Err((value.to_string(), problem))
}
