//! What both versions ask of a header.

use crate::Problem;

/// A header's bytes, without what follows.
pub(super) fn header(bytes: &[u8], header_bytes: usize) -> Result<&[u8], Problem> {
    bytes.get(..header_bytes).ok_or_else(|| ends_early(bytes, header_bytes))
}

pub(super) fn ends_early(bytes: &[u8], header_bytes: usize) -> Problem {
    Problem::Truncated { expected: header_bytes as u64, found: bytes.len() as u64 }
}

/// The field dim, whose first number counts the others that are used.
pub(super) fn dim(dim: [i64; 8]) -> Result<[i64; 8], Problem> {
    if (1..=7).contains(&dim[0]) {
        return Ok(dim);
    }
    Err(Problem::Field {
        field: "dim[0]",
        value: dim[0].to_string(),
        reason: "a file has 1 to 7 axes",
    })
}

pub(super) fn bad_offset(value: String) -> Problem {
    Problem::Field {
        field: "vox_offset",
        value,
        reason: "the first voxel lies at no place in a file",
    }
}
