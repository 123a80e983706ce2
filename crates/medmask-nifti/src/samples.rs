//! Voxel values as stored, turned into labels.

use crate::fields::{ByteOrder, Fields};
use crate::{LabelProblem, Problem, ReadOptions};

/// How far from an integer the loop without exits takes float labels.
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

    pub(crate) fn bytes(self) -> usize {
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
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    sample_type: SampleType,
    byte_order: ByteOrder,
    scaling: Scaling,
    rule: Rule,
}

/// Which values are labels.
#[derive(Clone, Debug)]
struct Rule {
    /// How far from an integer a label may lie.
    tolerance: f64,
    /// Values that are background, as 0 is.
    background: Vec<f64>,
}

/// A sample that is no label: its position in the row and its value.
pub(crate) struct BadSample {
    pub index: usize,
    pub value: String,
    pub problem: LabelProblem,
}

impl Samples {
    pub(crate) fn new(fields: &Fields, options: &ReadOptions) -> Result<Self, Problem> {
        let (tolerance, background) = (options.label_tolerance, options.background.clone());
        Ok(Self {
            sample_type: SampleType::from_code(fields.datatype)?,
            byte_order: fields.byte_order,
            scaling: Scaling::from_fields(fields)?,
            rule: Rule { tolerance, background },
        })
    }

    /// Bytes of one sample.
    pub(crate) fn bytes(&self) -> usize {
        self.sample_type.bytes()
    }

    /// The type of the samples.
    pub(crate) fn sample_type(&self) -> SampleType {
        self.sample_type
    }

    /// Slope and intercept that make values of the samples.
    pub(crate) fn scaling(&self) -> (f64, f64) {
        match self.scaling {
            Scaling::Identity => (1.0, 0.0),
            Scaling::Integral { slope, inter } => (slope as f64, inter as f64),
            Scaling::Real { slope, inter } => (slope, inter),
        }
    }

    /// Whether the bytes of a sample stand in this machine's order.
    pub(crate) fn is_native(&self) -> bool {
        (self.byte_order == ByteOrder::Big) == cfg!(target_endian = "big")
    }

    /// Whether the samples are labels as they stand, one byte each.
    pub(crate) fn are_labels(&self) -> bool {
        let unscaled = self.scaling == Scaling::Identity && self.rule.background.is_empty();
        self.sample_type == SampleType::U8 && unscaled
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
            SampleType::U8 => self.integers::<1, u8>(raw, labels),
            SampleType::I8 => self.integers::<1, i8>(raw, labels),
            SampleType::U16 => self.integers::<2, u16>(raw, labels),
            SampleType::I16 => self.integers::<2, i16>(raw, labels),
            SampleType::U32 => self.integers::<4, u32>(raw, labels),
            SampleType::I32 => self.integers::<4, i32>(raw, labels),
            SampleType::U64 => self.integers::<8, u64>(raw, labels),
            SampleType::I64 => self.integers::<8, i64>(raw, labels),
            SampleType::F32 => self.floats::<4, f32>(raw, labels),
            SampleType::F64 => self.floats::<8, f64>(raw, labels),
        }
    }

    fn integers<const N: usize, T: Sample<N> + Into<i128>>(
        &self,
        raw: &[u8],
        labels: &mut [u32],
    ) -> Result<(), BadSample> {
        if self.quick::<N, T>(raw, labels) {
            return Ok(());
        }
        self.each(raw, labels, |sample: T| match self.scaling {
            Scaling::Identity => self.rule.integer_label(sample.into()),
            // Products of 64-bit numbers fit into 128 bits.
            Scaling::Integral { slope, inter } => {
                self.rule.integer_label(sample.into() * i128::from(slope) + i128::from(inter))
            }
            Scaling::Real { slope, inter } => {
                self.rule.float_label(slope * sample.into() as f64 + inter)
            }
        })
    }

    fn floats<const N: usize, T: Sample<N> + Into<f64>>(
        &self,
        raw: &[u8],
        labels: &mut [u32],
    ) -> Result<(), BadSample> {
        if self.quick::<N, T>(raw, labels) {
            return Ok(());
        }
        self.each(raw, labels, |sample: T| {
            self.rule.float_label(match self.scaling {
                Scaling::Identity => sample.into(),
                Scaling::Integral { slope, inter } => slope as f64 * sample.into() + inter as f64,
                Scaling::Real { slope, inter } => slope * sample.into() + inter,
            })
        })
    }

    /// The ordinary row, unscaled and of labels only, in a loop without exits. False where it is another.
    fn quick<const N: usize, T: Sample<N>>(&self, raw: &[u8], labels: &mut [u32]) -> bool {
        let Rule { tolerance, background } = &self.rule;
        if self.scaling != Scaling::Identity || *tolerance < ROUNDING || !background.is_empty() {
            return false;
        }
        let swap = self.byte_order == ByteOrder::Big;
        let mut all = true;
        for (bytes, out) in raw.as_chunks::<N>().0.iter().zip(labels) {
            let (label, exact) = T::from_bytes(*bytes, swap).quick_label();
            *out = label;
            all &= exact;
        }
        all
    }

    fn each<const N: usize, T: Sample<N>>(
        &self,
        raw: &[u8],
        labels: &mut [u32],
        label: impl Fn(T) -> Result<u32, (String, LabelProblem)>,
    ) -> Result<(), BadSample> {
        let swap = self.byte_order == ByteOrder::Big;
        for (index, (bytes, out)) in raw.as_chunks::<N>().0.iter().zip(labels).enumerate() {
            *out = label(T::from_bytes(*bytes, swap)).map_err(|(value, problem)| BadSample {
                index,
                value,
                problem,
            })?;
        }
        Ok(())
    }
}

/// A number of `N` bytes.
trait Sample<const N: usize>: Copy {
    fn from_bytes(bytes: [u8; N], big_endian: bool) -> Self;

    /// The label that it is, unscaled, and whether it is one at all.
    fn quick_label(self) -> (u32, bool);
}

macro_rules! sample {
    ($bytes:literal, $type:ty, $sample:ident => $label:expr) => {
        impl Sample<$bytes> for $type {
            fn from_bytes(bytes: [u8; $bytes], big_endian: bool) -> Self {
                if big_endian { Self::from_be_bytes(bytes) } else { Self::from_le_bytes(bytes) }
            }

            fn quick_label(self) -> (u32, bool) {
                let $sample = self;
                $label
            }
        }
    };
}

sample!(1, u8, sample => (sample.into(), true));
sample!(1, i8, sample => (sample as u32, sample >= 0));
sample!(2, u16, sample => (sample.into(), true));
sample!(2, i16, sample => (sample as u32, sample >= 0));
sample!(4, u32, sample => (sample, true));
sample!(4, i32, sample => (sample as u32, sample >= 0));
sample!(8, u64, sample => (sample as u32, sample >> 32 == 0));
sample!(8, i64, sample => (sample as u32, sample >> 32 == 0));
sample!(4, f32, sample => f64::from(sample).quick_label());
sample!(8, f64, sample => {
    let label = (sample + 0.5) as u32;
    (label, (sample - f64::from(label)).abs() <= ROUNDING)
});

impl Rule {
    fn is_background(&self, value: f64) -> bool {
        self.background.iter().any(|background| {
            (value - background).abs() <= self.tolerance || (value.is_nan() && background.is_nan())
        })
    }

    fn integer_label(&self, value: i128) -> Result<u32, (String, LabelProblem)> {
        if self.is_background(value as f64) {
            return Ok(0);
        }
        u32::try_from(value).map_err(|_| {
            let problem = if value < 0 { LabelProblem::Negative } else { LabelProblem::TooLarge };
            (value.to_string(), problem)
        })
    }

    fn float_label(&self, value: f64) -> Result<u32, (String, LabelProblem)> {
        if self.is_background(value) {
            return Ok(0);
        }
        let nearest = value.round();
        let off = (value - nearest).abs();
        let problem = if value.is_nan() {
            LabelProblem::NotANumber
        } else if off.is_nan() || off > self.tolerance {
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ROUNDING, Rule, Sample};

    fn rule(tolerance: f64, background: &[f64]) -> Rule {
        Rule { tolerance, background: background.to_vec() }
    }

    fn float_label(value: f64) -> Result<u32, (String, super::LabelProblem)> {
        rule(ROUNDING, &[]).float_label(value)
    }

    fn integer_label(value: i128) -> Result<u32, (String, super::LabelProblem)> {
        rule(ROUNDING, &[]).integer_label(value)
    }

    #[test]
    fn tolerance_and_background_are_for_the_caller_to_choose() {
        let wide = rule(0.03, &[]);
        for (value, label) in [(6.971, Some(7)), (7.029, Some(7)), (7.031, None), (-0.03, Some(0))]
        {
            assert_eq!(wide.float_label(value).ok(), label, "{value}");
        }
        assert_eq!(rule(0.0, &[]).float_label(7.0001).ok(), None);
        let background = rule(ROUNDING, &[f64::NAN, -1024.0, 255.0]);
        for (value, label) in [
            (f64::NAN, Some(0)),
            (-1024.0, Some(0)),
            (-1024.0005, Some(0)),
            (255.0, Some(0)),
            (254.0, Some(254)),
            (-1.0, None),
            (0.5, None),
        ] {
            assert_eq!(background.float_label(value).ok(), label, "{value}");
        }
        assert_eq!(background.integer_label(-1024).ok(), Some(0));
        assert_eq!(background.integer_label(255).ok(), Some(0));
        assert_eq!(background.integer_label(-1023).ok(), None);
    }

    fn check_float(value: f64) {
        let (label, exact) = value.quick_label();
        assert_eq!(exact.then_some(label), float_label(value).ok(), "{value}");
    }

    #[test]
    fn labels_may_be_a_thousandth_off_and_no_more() {
        for (value, label) in [
            (0.9999999, Some(1)),
            (6.9991, Some(7)),
            (7.0009, Some(7)),
            (-0.0009, Some(0)),
            (4294967295.0009, Some(u32::MAX)),
            (7.0011, None),
            (6.9989, None),
            (-0.0011, None),
            (-1.0, None),
            (0.5, None),
            (4294967296.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (f64::NEG_INFINITY, None),
        ] {
            assert_eq!(float_label(value).ok(), label, "{value}");
            check_float(value);
        }
    }

    proptest! {
        #[test]
        fn the_quick_loop_agrees_with_the_exact_one(
            float in any::<f64>(),
            near in any::<u32>(),
            off in -0.01..0.01,
            signed in any::<i64>(),
            unsigned in any::<u64>(),
            short in any::<i16>(),
        ) {
            check_float(float);
            check_float(f64::from(near) + off);
            for value in [signed, i64::from(short), i64::from(near), i64::from(near) << 1] {
                let (label, exact) = value.quick_label();
                prop_assert_eq!(exact.then_some(label), integer_label(value.into()).ok());
            }
            let (label, exact) = unsigned.quick_label();
            prop_assert_eq!(exact.then_some(label), integer_label(unsigned.into()).ok());
            let (label, exact) = short.quick_label();
            prop_assert_eq!(exact.then_some(label), integer_label(short.into()).ok());
        }
    }
}
