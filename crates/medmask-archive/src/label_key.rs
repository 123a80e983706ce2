//! How labels are asked for.

/// How a label is asked for: by its name or by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKey<'a> {
    /// Its name.
    Name(&'a str),
    /// Its number in the voxels.
    Number(u32),
}

impl<'a> From<&'a str> for LabelKey<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

impl<'a> From<&'a String> for LabelKey<'a> {
    fn from(name: &'a String) -> Self {
        Self::Name(name)
    }
}

impl From<u32> for LabelKey<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}
