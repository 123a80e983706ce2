//! What a file says about itself, apart from its voxels.

use medmask_core::{LabelMap, Space};

use crate::fields::Fields;
use crate::{Affine, Form, NiftiVersion, Note};

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
