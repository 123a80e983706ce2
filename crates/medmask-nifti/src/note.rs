//! Remarks on what was read.

use std::fmt;

use crate::{AssumeAffine, Form};

/// Something in a header that was read, and that its owner may want to know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// Both forms are set, and corners of the volume lie this far apart in them. [`ReadOptions::form`](crate::ReadOptions::form)
    /// chooses.
    FormsDisagree {
        /// The largest distance of a corner, mm.
        mm: f64,
        /// The one that was taken.
        used: Form,
    },
    /// The sform was used; the qform, also set, has a value that cannot be.
    QformUnusable {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The file does not say where its voxels lie; the caller's choice was taken.
    AffineAssumed(AssumeAffine),
    /// The header's lengths were converted to mm.
    UnitConverted {
        /// The header's unit.
        unit: &'static str,
    },
    /// The header's unit of length is none that the standard knows; lengths were taken as mm.
    UnitUnknown {
        /// The lowest three bits of field xyzt_units.
        code: i32,
    },
    /// Field pixdim has a 0 for an axis; its voxels were taken to be 1 long, as other readers take them.
    SpacingUnset {
        /// The axis: 1 for x, 2 for y, 3 for z.
        axis: usize,
    },
    /// Field vox_offset is no whole number; its fraction was left out, as other readers do.
    OffsetCut {
        /// Its value.
        offset: f64,
    },
    /// Field sizeof_hdr is that of no header; the file's magic says that it is NIfTI-1.
    HeaderSize {
        /// Its value, the lowest byte first.
        size: i32,
    },
    /// The affine was not quite right-angled and was replaced by the nearest one that is.
    ShearRepaired {
        /// How far the corner that moved most did, in voxels.
        voxels: f64,
    },
    /// An extension has a size that cannot be; it and all after it were left out.
    ExtensionsCutOff,
    /// A label table in an extension has an entry that cannot be used.
    LabelTable {
        /// What is wrong with which entry.
        reason: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FormsDisagree { mm, used } => {
                write!(f, "qform and sform place a corner {mm:.3} mm apart; {used} was taken")
            }
            Self::QformUnusable { field, value } => {
                write!(f, "the qform is unusable ({field} is {value}); the sform was taken")
            }
            Self::AffineAssumed(choice) => {
                write!(f, "qform_code and sform_code are 0; the affine is assumed ({choice:?})")
            }
            Self::UnitConverted { unit } => write!(f, "lengths were converted from {unit} to mm"),
            Self::UnitUnknown { code } => {
                write!(f, "xyzt_units names no unit of length ({code}); mm were taken")
            }
            Self::SpacingUnset { axis } => {
                write!(f, "pixdim[{axis}] is 0; voxels were taken to be 1 long there")
            }
            Self::OffsetCut { offset } => {
                write!(f, "vox_offset is {offset}; its fraction was left out")
            }
            Self::HeaderSize { size } => {
                write!(f, "sizeof_hdr is {size} and not 348; the file's magic is that of NIfTI-1")
            }
            Self::ShearRepaired { voxels } => write!(
                f,
                "the affine was made right-angled, which moved a corner by {voxels:.4} voxel; \
                 the file's own is kept, and an extracted file gets it back"
            ),
            Self::ExtensionsCutOff => write!(f, "a header extension has an impossible size"),
            Self::LabelTable { reason } => write!(f, "label table: {reason}"),
        }
    }
}
