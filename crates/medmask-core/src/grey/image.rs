//! An image whose values are measured beneath a mask.

use std::cmp::Ordering;

use ndarray::ArrayView3;

/// The numbers of an image, (z, y, x), in the type that they have.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is called for its type")]
pub enum ImageValues<'a> {
    I8(ArrayView3<'a, i8>),
    U8(ArrayView3<'a, u8>),
    I16(ArrayView3<'a, i16>),
    U16(ArrayView3<'a, u16>),
    I32(ArrayView3<'a, i32>),
    U32(ArrayView3<'a, u32>),
    I64(ArrayView3<'a, i64>),
    U64(ArrayView3<'a, u64>),
    F32(ArrayView3<'a, f32>),
    F64(ArrayView3<'a, f64>),
}

/// Evaluates `$body` with `$array` bound to the array inside [`ImageValues`], whatever its type.
macro_rules! with_values {
    ($values:expr, $array:ident => $body:expr) => {
        match $values {
            ImageValues::I8($array) => $body,
            ImageValues::U8($array) => $body,
            ImageValues::I16($array) => $body,
            ImageValues::U16($array) => $body,
            ImageValues::I32($array) => $body,
            ImageValues::U32($array) => $body,
            ImageValues::I64($array) => $body,
            ImageValues::U64($array) => $body,
            ImageValues::F32($array) => $body,
            ImageValues::F64($array) => $body,
        }
    };
}
pub(super) use with_values;

/// An image on a grid: what its voxels mean is `slope` times the stored number plus `intercept`, as in Hounsfield units of CT.
#[derive(Clone, Debug)]
pub struct Image<'a> {
    /// The numbers as they are stored, (z, y, x).
    pub values: ImageValues<'a>,
    /// By which each is multiplied.
    pub slope: f64,
    /// What is then added.
    pub intercept: f64,
}

impl<'a> Image<'a> {
    /// An image whose numbers are its values.
    #[must_use]
    pub fn new(values: ImageValues<'a>) -> Self {
        Self { values, slope: 1.0, intercept: 0.0 }
    }

    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        let (z, y, x) = with_values!(&self.values, array => array.dim());
        [z, y, x]
    }
}

/// A number that images hold.
pub(super) trait Grey: Copy {
    /// How many different ones there are, where that is few enough to count each by itself; else 0.
    const BINS: usize;

    fn to_f64(self) -> f64;

    /// How far it is above the lowest, where each is counted by itself.
    fn bin(self) -> usize;

    /// The number that is so far above the lowest.
    fn of_bin(bin: usize) -> f64;

    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    fn compare(&self, other: &Self) -> Ordering;
}

macro_rules! integers {
    ($bins:expr => $($type:ty),+) => {
        $(impl Grey for $type {
            const BINS: usize = $bins;

            fn to_f64(self) -> f64 {
                self as f64
            }

            fn bin(self) -> usize {
                self.abs_diff(Self::MIN) as usize
            }

            fn of_bin(bin: usize) -> f64 {
                Self::MIN as f64 + bin as f64
            }

            fn is_finite(self) -> bool {
                true
            }

            fn compare(&self, other: &Self) -> Ordering {
                self.cmp(other)
            }
        })+
    };
}

macro_rules! reals {
    ($($type:ty),+) => {
        $(impl Grey for $type {
            const BINS: usize = 0;

            fn to_f64(self) -> f64 {
                self.into()
            }

            fn bin(self) -> usize {
                0
            }

            fn of_bin(_: usize) -> f64 {
                0.0
            }

            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }

            fn compare(&self, other: &Self) -> Ordering {
                self.total_cmp(other)
            }
        })+
    };
}

integers!(1 << 8 => i8, u8);
integers!(1 << 16 => i16, u16);
integers!(0 => i32, u32, i64, u64);
reals!(f32, f64);
