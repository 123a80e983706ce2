//! The geometry of a file, kept to be given back.

use crate::fields::Fields;
use crate::geometry::{EXACT_MM, corner_distance, fits_nifti_1, qform, sform};
use crate::unit::LengthUnit;
use crate::{Affine, Header, Problem};

/// An affine, the codes that came with it, and what else the file says of where its voxels lie.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceGeometry {
    /// Voxel (x, y, z) to world RAS+, mm.
    pub affine: Affine,
    /// Field qform_code.
    pub qform_code: i32,
    /// Field sform_code.
    pub sform_code: i32,
    /// Both forms, where the file has two that differ; `affine` is that of one of them.
    pub forms: Option<Forms>,
    /// The file's unit of length, in which it gets its numbers back.
    pub unit: LengthUnit,
}

/// Two forms of one file that place voxels differently.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forms {
    /// Voxel (x, y, z) to world RAS+, mm.
    pub sform: Affine,
    /// The qform, exactly as it was.
    pub qform: QformFields,
}

impl Forms {
    /// An sform (voxel (x, y, z) to world RAS+, mm) and a qform.
    #[must_use]
    pub fn new(sform: Affine, qform: QformFields) -> Self {
        Self { sform, qform }
    }
}

/// The fields of a qform; lengths in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QformFields {
    /// Fields quatern_b, quatern_c and quatern_d.
    pub quatern: [f64; 3],
    /// Fields qoffset_x, qoffset_y and qoffset_z.
    pub offset: [f64; 3],
    /// Fields `pixdim[0]` (the handedness) to `pixdim[3]`.
    pub pixdim: [f64; 4],
}

impl QformFields {
    fn of(fields: &Fields, unit: LengthUnit) -> Self {
        let [handedness, x, y, z, ..] = fields.pixdim;
        let in_mm = |length: f64| length * unit.millimetres();
        let pixdim = [handedness, in_mm(x), in_mm(y), in_mm(z)];
        Self { quatern: fields.quatern, offset: fields.qoffset.map(in_mm), pixdim }
    }

    pub(crate) fn put_into(&self, fields: &mut Fields) {
        (fields.quatern, fields.qoffset) = (self.quatern, self.offset);
        fields.pixdim[..4].copy_from_slice(&self.pixdim);
    }

    /// Whether they place voxels somewhere, also in 32-bit numbers.
    fn is_usable(&self) -> bool {
        let mut fields = Fields::empty();
        let narrow = |number: f64| f64::from(number as f32);
        let narrowed = Self {
            quatern: self.quatern.map(narrow),
            offset: self.offset.map(narrow),
            pixdim: self.pixdim.map(narrow),
        };
        narrowed.put_into(&mut fields);
        qform(&fields).is_ok() && fields.has_finite_forms()
    }
}

impl SourceGeometry {
    /// An affine (voxel (x, y, z) to world RAS+, mm) with its codes; of a file in mm whose forms say the same.
    #[must_use]
    pub fn new(affine: Affine, qform_code: i32, sform_code: i32) -> Self {
        let (forms, unit) = (None, LengthUnit::default());
        Self { affine, qform_code, sform_code, forms, unit }
    }

    /// Refuses an affine that would be that of no grid, of `shape` (z, y, x), in the 32-bit numbers of a NIfTI-1 header, and another
    /// form with numbers that say nothing.
    ///
    /// # Errors
    /// [`Problem::DoesNotFit`].
    pub fn check_fits_nifti_1(&self, shape: [usize; 3]) -> Result<(), Problem> {
        let refused = |what, numbers: &[[f64; 4]]| {
            Err(Problem::DoesNotFit { what, value: format!("{numbers:?}") })
        };
        if !fits_nifti_1(&self.affine, shape) {
            return refused("affine", &self.affine[..3]);
        }
        match &self.forms {
            Some(Forms { sform, .. }) if !fits_nifti_1(sform, shape) => {
                refused("sform", &sform[..3])
            }
            Some(Forms { qform, .. }) if !qform.is_usable() => refused("qform", &[qform.pixdim]),
            _ => Ok(()),
        }
    }

    /// The geometry that `header` was read with.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self {
            affine: header.affine(),
            qform_code: header.qform_code(),
            sform_code: header.sform_code(),
            forms: forms_that_differ(header),
            unit: LengthUnit::of(&header.fields).unwrap_or_default(),
        }
    }
}

/// Both forms, where both are usable and say something else.
fn forms_that_differ(header: &Header) -> Option<Forms> {
    let fields = &header.fields;
    if fields.sform_code <= 0 || fields.qform_code <= 0 {
        return None;
    }
    let unit = LengthUnit::of(fields).unwrap_or_default();
    let [sform, qform] = [sform(fields).ok()?, qform(fields).ok()?].map(|form| unit.in_mm(form));
    let shape = header.space.shape();
    let differ = corner_distance(&sform, &qform, shape) >= EXACT_MM;
    (differ && fits_nifti_1(&sform, shape))
        .then(|| Forms { sform, qform: QformFields::of(fields, unit) })
}
