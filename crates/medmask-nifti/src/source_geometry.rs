//! The geometry of a file, kept to be given back.

use crate::geometry::fits_nifti_1;
use crate::{Affine, Form, Header, Note, Problem};

/// An affine and the codes that came with it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceGeometry {
    /// Voxel (x, y, z) to world RAS+, mm.
    pub affine: Affine,
    /// Field qform_code.
    pub qform_code: i32,
    /// Field sform_code.
    pub sform_code: i32,
}

impl SourceGeometry {
    /// An affine (voxel (x, y, z) to world RAS+, mm) with its codes.
    #[must_use]
    pub fn new(affine: Affine, qform_code: i32, sform_code: i32) -> Self {
        Self { affine, qform_code, sform_code }
    }

    /// Refuses an affine that would be that of no grid, of `shape` (z, y, x), in the 32-bit numbers of a NIfTI-1 header.
    ///
    /// # Errors
    /// [`Problem::DoesNotFit`].
    pub fn check_fits_nifti_1(&self, shape: [usize; 3]) -> Result<(), Problem> {
        if fits_nifti_1(&self.affine, shape) {
            return Ok(());
        }
        Err(Problem::DoesNotFit { what: "affine", value: format!("{:?}", &self.affine[..3]) })
    }

    /// The geometry that `header` was read with. Where sform and qform disagree, the one that was not taken has code 0.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        let disagree = header.notes().iter().any(|note| matches!(note, Note::FormsDisagree { .. }));
        // Only one affine is kept, and the code of the form that said something else must not vouch for it.
        let kept = |form: Form, code: i32| if disagree && header.form() != form { 0 } else { code };
        Self {
            affine: header.affine(),
            qform_code: kept(Form::Qform, header.qform_code()),
            sform_code: kept(Form::Sform, header.sform_code()),
        }
    }
}
