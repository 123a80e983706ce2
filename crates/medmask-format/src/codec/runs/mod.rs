//! The codec `runs`: each row as a difference to a neighbouring row (SPEC.md, "Codec: runs").

mod decode;
mod encode;
mod streams;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// What an operation byte says of its rows; the rest of the byte is the repeat count less one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    /// No labelled voxel.
    Empty = 0,
    /// As the same row of the slice before.
    CopySlice = 1,
    /// As the row before in the same slice.
    CopyRow = 2,
    /// The same row of the slice before with each transition moved.
    ShiftSlice = 3,
    /// The row before in the same slice with each transition moved.
    ShiftRow = 4,
    /// Gaps and labels.
    Literal = 5,
}

impl Op {
    /// Bits of the operation; the repeat count has the others.
    const BITS: u32 = 3;
    /// The repeat count, less one, that says that more bytes follow.
    const LONG: u32 = 31;

    fn from_byte(byte: u8) -> Option<Self> {
        [
            Self::Empty,
            Self::CopySlice,
            Self::CopyRow,
            Self::ShiftSlice,
            Self::ShiftRow,
            Self::Literal,
        ]
        .into_iter()
        .find(|op| *op as u8 == byte & 7)
    }
}
