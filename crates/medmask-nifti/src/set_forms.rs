//! Saying where voxels lie, in the fields of a file to be written.

use medmask_core::Space;

use crate::fields::Fields;
use crate::geometry::{EXACT_MM, corner_distance, qform};
use crate::unit::LengthUnit;
use crate::{Affine, NiftiVersion, Problem, SourceGeometry, quaternion};

/// Cosine between two axes up to which SimpleITK reads an affine.
const SIMPLEITK_SHEAR: f64 = 1e-4;

/// Sets sform, qform, pixdim, codes and units. The sform gets the source's own numbers, the qform the same
/// with right angles, and where the two differed in the source both are as they were. Codes above 0 are kept; a code of 0 becomes
/// that of the other form, so that both are set, unless the quaternion is too coarse to say what the sform says: SimpleITK takes
/// the qform where sform_code is not 1.
///
/// A source whose affine is that of no grid is refused: nobody could say where the voxels would lie.
pub(crate) fn set_forms(
    fields: &mut Fields,
    space: &Space,
    source: Option<&SourceGeometry>,
) -> Result<(), Problem> {
    let [z, y, x] = space.shape();
    let upright = match source {
        Some(source) => {
            Space::from_nifti_affine_within([x, y, z], source.affine, f64::INFINITY)
                .map_err(|source| Problem::SourceAffine { source: Box::new(source) })?
                .0
        }
        None => space.upright(),
    };
    let affine = source.map_or_else(|| space.to_nifti_affine(), |source| source.affine);
    let forms = source.and_then(|source| source.forms);
    let [x, y, z, _] = forms.map_or(affine, |forms| forms.sform);
    fields.srow = [x, y, z];
    set_qform(fields, &upright);
    let (qform_code, sform_code) = source.map_or((0, 0), |s| (s.qform_code, s.sform_code));
    let code = if sform_code > 0 { sform_code } else { qform_code.max(1) };
    fields.sform_code = code;
    fields.qform_code = if qform_code > 0 {
        qform_code
    } else if sform_code <= 0 || is_sheared(&affine) || qform_equals(fields, &affine, space) {
        code
    } else {
        0
    };
    if let Some(forms) = forms {
        forms.qform.put_into(fields);
    }
    set_unit(fields, source.map_or_else(LengthUnit::default, |source| source.unit));
    Ok(())
}

/// Turns the numbers, which are in mm, into those of `unit`; the bits of the unit of time stay.
fn set_unit(fields: &mut Fields, unit: LengthUnit) {
    fields.xyzt_units = (fields.xyzt_units & !7) | unit.code();
    if unit == LengthUnit::Millimetre {
        return;
    }
    let lengths = fields.srow.as_flattened_mut().iter_mut().chain(&mut fields.qoffset);
    lengths.chain(&mut fields.pixdim[1..4]).for_each(|number| *number /= unit.millimetres());
}

/// Sets the quaternion, the offsets and pixdim to what a space says, rounded as the file will.
fn set_qform(fields: &mut Fields, space: &Space) {
    let affine = space.to_nifti_affine();
    let [dz, dy, dx] = space.spacing();
    let mut rotation: [[f64; 3]; 3] =
        std::array::from_fn(|row| [affine[row][0] / dx, affine[row][1] / dy, affine[row][2] / dz]);
    let qfac = if quaternion::determinant(&rotation) < 0.0 { -1.0 } else { 1.0 };
    rotation.iter_mut().for_each(|row| row[2] *= qfac);
    let rounded = |value: f64| match fields.version {
        NiftiVersion::One => f64::from(value as f32),
        NiftiVersion::Two => value,
    };
    fields.quatern = quaternion::of_rotation(&rotation).map(rounded);
    fields.qoffset = [affine[0][3], affine[1][3], affine[2][3]].map(rounded);
    fields.pixdim[..4].copy_from_slice(&[qfac, dx, dy, dz].map(rounded));
}

/// Whether SimpleITK refuses an affine, so that it can read nothing but the qform.
fn is_sheared(affine: &Affine) -> bool {
    let column = |axis: usize| [affine[0][axis], affine[1][axis], affine[2][axis]];
    let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    [(0, 1), (0, 2), (1, 2)].into_iter().any(|(a, b)| {
        let (a, b) = (column(a), column(b));
        (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).abs() > SIMPLEITK_SHEAR
    })
}

/// Whether readers of the qform see every corner where `affine` puts it.
fn qform_equals(fields: &Fields, affine: &Affine, space: &Space) -> bool {
    qform(fields).is_ok_and(|qform| corner_distance(&qform, affine, space.shape()) < EXACT_MM)
}
