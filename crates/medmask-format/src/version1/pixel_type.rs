//! NumPy's names of voxel types (SPEC.md, "Version 1.0: voxels").

/// A type of voxels that the original writes: `bool` or a whole number.
///
/// It means to write `bool`, `uint8`, `uint16` and `uint32`, but stores whatever array it is given, and
/// turns some of its own arrays into `int64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelType {
    kind: Kind,
    bytes: u8,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Unsigned,
    Signed,
}

impl PixelType {
    /// `bool`, packed into bits in the file.
    pub const BOOL: Self = Self::native(Kind::Bool, 1);
    /// `uint8`.
    pub const U8: Self = Self::native(Kind::Unsigned, 1);
    /// `uint16`, little-endian.
    pub const U16: Self = Self::native(Kind::Unsigned, 2);
    /// `uint32`, little-endian.
    pub const U32: Self = Self::native(Kind::Unsigned, 4);

    const fn native(kind: Kind, bytes: u8) -> Self {
        Self { kind, bytes, big_endian: false }
    }

    /// The type of that name: `bool`, `uint8` to `uint64`, `int8` to `int64`, and the big-endian forms
    /// that NumPy calls `>u2` to `>i8`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "bool" {
            return Some(Self::BOOL);
        }
        let (kind, size, big_endian) = if let Some(size) = name.strip_prefix(">u") {
            (Kind::Unsigned, size.parse().ok()?, true)
        } else if let Some(size) = name.strip_prefix(">i") {
            (Kind::Signed, size.parse().ok()?, true)
        } else if let Some(bits) = name.strip_prefix("uint") {
            (Kind::Unsigned, bits.parse::<u8>().ok()? / 8, false)
        } else {
            (Kind::Signed, name.strip_prefix("int")?.parse::<u8>().ok()? / 8, false)
        };
        let known = [1, 2, 4, 8].contains(&size);
        let found = Self { kind, bytes: size, big_endian };
        (known && found.name() == name).then_some(found)
    }

    /// The name in the file.
    #[must_use]
    pub fn name(self) -> String {
        let bits = u32::from(self.bytes) * 8;
        match (self.kind, self.big_endian) {
            (Kind::Bool, _) => "bool".to_owned(),
            (Kind::Unsigned, false) => format!("uint{bits}"),
            (Kind::Signed, false) => format!("int{bits}"),
            (Kind::Unsigned, true) => format!(">u{}", self.bytes),
            (Kind::Signed, true) => format!(">i{}", self.bytes),
        }
    }

    /// Bytes of one voxel in memory; `bool` takes 1.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.bytes.into()
    }

    #[cfg(feature = "zstd")]
    pub(super) fn kind(self) -> Kind {
        self.kind
    }

    /// Whether each of its numbers is a label.
    #[cfg(feature = "zstd")]
    pub(super) fn fits_u32(self) -> bool {
        self.kind != Kind::Signed && self.bytes <= 4
    }

    #[cfg(feature = "zstd")]
    pub(super) fn is_big_endian(self) -> bool {
        self.big_endian
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_numpy_and_no_others() {
        for name in ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int64", ">u2", ">i8"] {
            assert_eq!(PixelType::from_name(name).map(PixelType::name).as_deref(), Some(name));
        }
        for name in ["", "float32", "uint", "uint9", "uint08", ">u1x", ">f4", ">u3", "<u2", "int+8"]
        {
            assert_eq!(PixelType::from_name(name), None, "{name}");
        }
    }
}
