//! What a file says about itself, apart from its voxels.

use std::fmt;

use medmask_core::{LabelMap, Space};

use crate::fields::Fields;
use crate::{Affine, AssumeAffine, Form, NiftiVersion};

/// NIFTI_INTENT_LABEL: the voxels are labels.
pub(crate) const INTENT_LABEL: i32 = 1002;

/// Header, geometry and label names of a file: everything but voxels.
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) fields: Fields,
    pub(crate) space: Space,
    pub(crate) affine: Affine,
    pub(crate) form: Form,
    pub(crate) label_names: LabelMap,
    pub(crate) notes: Vec<Note>,
}

impl Header {
    /// Where the voxels lie: axes (z, y, x), world LPS+, mm.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The affine of the form that was used: voxel (x, y, z) to world RAS+, mm. Its numbers are those of
    /// the file, unless xyzt_units says that they were not mm.
    #[must_use]
    pub fn affine(&self) -> Affine {
        self.affine
    }

    /// Which form the affine comes from.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The names in the header's extensions; empty where there are none.
    #[must_use]
    pub fn label_names(&self) -> &LabelMap {
        &self.label_names
    }

    /// What a careful reader would want to know.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// NIfTI-1 or NIfTI-2.
    #[must_use]
    pub fn version(&self) -> NiftiVersion {
        self.fields.version
    }

    /// The code of the voxel type (field datatype).
    #[must_use]
    pub fn datatype(&self) -> i16 {
        self.fields.datatype
    }

    /// What the qform is aligned to (field qform_code); 0: there is none.
    #[must_use]
    pub fn qform_code(&self) -> i32 {
        self.fields.qform_code
    }

    /// What the sform is aligned to (field sform_code); 0: there is none.
    #[must_use]
    pub fn sform_code(&self) -> i32 {
        self.fields.sform_code
    }

    /// Whether the file itself says where its voxels lie.
    pub(crate) fn has_form(&self) -> bool {
        self.qform_code() > 0 || self.sform_code() > 0
    }

    /// Whether lengths are mm; files that name no unit are taken as such.
    pub(crate) fn is_in_mm(&self) -> bool {
        matches!(self.fields.xyzt_units & 7, 0 | 2)
    }

    /// What the voxels mean (field intent_code); 1002 is a label map.
    #[must_use]
    pub fn intent_code(&self) -> i32 {
        self.fields.intent_code
    }

    /// Whether the file says that its voxels are labels: by its intent code, or with a table of their names.
    #[must_use]
    pub fn says_labels(&self) -> bool {
        self.intent_code() == INTENT_LABEL || !self.label_names.is_empty()
    }

    /// The free text of field descrip.
    #[must_use]
    pub fn descrip(&self) -> String {
        let text = self.fields.descrip.split(|byte| *byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }
}

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
            Self::ShearRepaired { voxels } => {
                write!(f, "the affine was made right-angled; a corner moved by {voxels:.4} voxel")
            }
            Self::ExtensionsCutOff => write!(f, "a header extension has an impossible size"),
            Self::LabelTable { reason } => write!(f, "label table: {reason}"),
        }
    }
}
