//! The two notions every part of the format shares: the voxel type and the run.

/// The type of an entry's voxels (SPEC.md, "Blob").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Dtype {
    /// One bit a voxel: background or label 1.
    Bool = 0,
    /// Labels 0 to 255.
    U8 = 1,
    /// Labels 0 to 65,535.
    U16 = 2,
    /// Labels 0 to 4,294,967,295.
    U32 = 3,
}

impl Dtype {
    /// The type whose code in the file is `code`, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Bool, Self::U8, Self::U16, Self::U32].into_iter().find(|dtype| *dtype as u8 == code)
    }

    /// The name in the index: `bool`, `uint8`, `uint16` or `uint32`, as NumPy writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
        }
    }

    /// The type of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Bool, Self::U8, Self::U16, Self::U32].into_iter().find(|dtype| dtype.name() == name)
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

    /// Bits that one voxel takes when packed: 1, 8, 16 or 32.
    #[must_use]
    pub fn bits(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::U8 => 8,
            Self::U16 => 16,
            Self::U32 => 32,
        }
    }
}

/// Neighbouring voxels of one row (fixed z and y) that hold the same label: `start <= x < end`.
///
/// The label is never 0: background is what no run covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// First voxel, along x.
    pub start: u32,
    /// One past the last voxel, along x; greater than `start`.
    pub end: u32,
    /// The label, at least 1.
    pub label: u32,
}
