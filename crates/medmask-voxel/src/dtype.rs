//! The types that voxels have.

/// The type of a mask's voxels. Its number is its code in the file.
///
/// There will be no others: a label is at most `u32::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Dtype {
    /// Background or label 1.
    Bool = 0,
    /// Labels 0 to 255.
    U8 = 1,
    /// Labels 0 to 65,535.
    U16 = 2,
    /// Labels 0 to 4,294,967,295.
    U32 = 3,
}

impl Dtype {
    const ALL: [Self; 4] = [Self::Bool, Self::U8, Self::U16, Self::U32];

    /// The type whose code in the file is `code`, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| *dtype as u8 == code)
    }

    /// The type called `name`, as [`name`](Self::name) has it, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// The narrowest type that holds `label`.
    #[must_use]
    pub fn for_label(label: u32) -> Self {
        match label {
            0..=1 => Self::Bool,
            2..=0xff => Self::U8,
            0x100..=0xffff => Self::U16,
            _ => Self::U32,
        }
    }

    /// Its name in NumPy: `bool`, `uint8`, `uint16` or `uint32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
        }
    }

    /// The largest label that fits.
    #[must_use]
    pub fn max_label(self) -> u32 {
        match self {
            Self::Bool => 1,
            Self::U8 => u8::MAX.into(),
            Self::U16 => u16::MAX.into(),
            Self::U32 => u32::MAX,
        }
    }

    /// Bits that a voxel needs: 1, 8, 16 or 32. In memory a `bool` takes a byte.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::Bool => 1,
            Self::U8 => 8,
            Self::U16 => 16,
            Self::U32 => 32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_those_of_the_file() {
        let known = [
            (0, "bool", Dtype::Bool),
            (1, "uint8", Dtype::U8),
            (2, "uint16", Dtype::U16),
            (3, "uint32", Dtype::U32),
        ];
        for (code, name, dtype) in known {
            assert_eq!(Dtype::from_code(code), Some(dtype));
            assert_eq!(Dtype::from_name(name), Some(dtype));
            assert_eq!((dtype as u8, dtype.name()), (code, name));
        }
        assert_eq!((Dtype::from_code(4), Dtype::from_name("int8")), (None, None));
    }

    #[test]
    fn the_narrowest_type_that_holds_a_label() {
        let labels = [0, 1, 2, 255, 256, 65_535, 65_536, u32::MAX];
        let types = labels.map(Dtype::for_label);
        let bits = types.map(Dtype::bits);
        assert_eq!(bits, [1, 1, 8, 8, 16, 16, 32, 32]);
        assert!(types.is_sorted(), "a wider type is a greater one");
        for (label, dtype) in labels.into_iter().zip(types) {
            assert!(label <= dtype.max_label());
        }
    }
}
