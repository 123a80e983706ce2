//! Where an affine comes from.

use std::fmt;

use crate::AssumeAffine;

/// Voxel (x, y, z, 1) to world position (RAS+, mm), row by row.
pub type Affine = [[f64; 4]; 4];

/// Where a file's affine comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// The srow fields.
    Sform,
    /// The quaternion, qoffset and pixdim fields.
    Qform,
    /// Neither is in the file; the caller chose.
    Assumed(AssumeAffine),
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sform => "the sform",
            Self::Qform => "the qform",
            Self::Assumed(_) => "the assumed affine",
        })
    }
}
