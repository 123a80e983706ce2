//! Where the voxels of a file lie: qform, sform, units.

use medmask_core::{AffineDifference, Space, SpaceError};

use crate::fields::Fields;
use crate::unit::LengthUnit;
use crate::{Affine, AssumeAffine, Form, FormChoice, Note, Problem, ReadOptions, quaternion};

/// Qform and sform count as disagreeing where a corner of the volume lies this far apart, in mm.
const DISAGREEMENT_MM: f64 = Space::DEFAULT_TOLERANCE_MM;
/// Two forms say the same where no corner lies this far apart, in mm.
pub(crate) const EXACT_MM: f64 = 1e-4;

/// The affine that `options` and the header's codes choose, in mm, and what is notable about it.
pub(crate) fn choose_affine(
    fields: &Fields,
    shape: [usize; 3],
    options: &ReadOptions,
) -> Result<(Affine, Form, Vec<Note>), Problem> {
    let mut notes = fields.notes.clone();
    let unit = length_unit(fields, &mut notes);
    let sform = (fields.sform_code > 0).then(|| sform(fields));
    let qform = (fields.qform_code > 0).then(|| qform(fields));
    let (affine, form) = match (options.form, sform, qform) {
        (FormChoice::Qform, _, None) => {
            return Err(Problem::FormNotSet { form: Form::Qform, code: fields.qform_code });
        }
        (FormChoice::Sform, None, _) => {
            return Err(Problem::FormNotSet { form: Form::Sform, code: fields.sform_code });
        }
        (FormChoice::Standard | FormChoice::Sform, Some(sform), _) => (sform?, Form::Sform),
        (FormChoice::Standard, None, Some(qform)) | (FormChoice::Qform, _, Some(qform)) => {
            (qform?, Form::Qform)
        }
        (FormChoice::Standard, None, None) => {
            let choice = options.assume_affine.ok_or(Problem::NoOrientation)?;
            notes.push(Note::AffineAssumed(choice));
            (assumed(fields, shape, choice)?, Form::Assumed(choice))
        }
    };
    if form != Form::Sform {
        let unset = (1..=fields.dim[0].min(3) as usize).filter(|axis| fields.pixdim[*axis] == 0.0);
        notes.extend(unset.map(|axis| Note::SpacingUnset { axis }));
    }
    note_disagreement(fields, shape, unit.millimetres(), form, &mut notes);
    Ok((unit.in_mm(affine), form, notes))
}

/// Notes where both forms are set and place a corner of the volume differently.
fn note_disagreement(
    fields: &Fields,
    shape: [usize; 3],
    scale: f64,
    used: Form,
    notes: &mut Vec<Note>,
) {
    if fields.sform_code <= 0 || fields.qform_code <= 0 {
        return;
    }
    match (sform(fields), qform(fields)) {
        (Ok(sform), Ok(qform)) => {
            let mm = corner_distance(&sform, &qform, shape) * scale;
            if mm > DISAGREEMENT_MM {
                notes.push(Note::FormsDisagree { mm, used });
            }
        }
        (_, Err(Problem::Field { field, value, .. } | Problem::FormField { field, value, .. })) => {
            notes.push(Note::QformUnusable { field, value });
        }
        _ => {}
    }
}

/// The largest distance of a corner of the volume between two affines, in their unit. `shape` is (z, y, x).
pub(crate) fn corner_distance(a: &Affine, b: &Affine, shape: [usize; 3]) -> f64 {
    let [z, y, x] = shape;
    AffineDifference::between([x, y, z], a, b).distance_mm
}

/// The space of an affine of `shape` (z, y, x).
pub(crate) fn space_of(
    affine: &Affine,
    form: Form,
    shape: [usize; 3],
    options: &ReadOptions,
    notes: &mut Vec<Note>,
) -> Result<Space, Problem> {
    let [z, y, x] = shape;
    let limit = options.max_shear_voxels;
    let (space, voxels) = Space::from_nifti_affine_within([x, y, z], *affine, limit).map_err(
        |source| match source {
            SpaceError::Shear { voxels, limit } => Problem::Shear { form, voxels, limit },
            source => Problem::Geometry { form, source: Box::new(source) },
        },
    )?;
    if voxels > Space::NOTABLE_SHEAR {
        notes.push(Note::ShearRepaired { voxels });
    }
    Ok(space.slanted(*affine))
}

/// Whether an affine is still that of a grid of `shape` (z, y, x) once its numbers, and the spacing, have 32 bits.
pub(crate) fn fits_nifti_1(affine: &Affine, shape: [usize; 3]) -> bool {
    let narrow = |number: f64| f64::from(number as f32);
    let [z, y, x] = shape;
    let affine = affine.map(|row| row.map(narrow));
    let usable = |mm: f64| narrow(mm).is_finite() && narrow(mm) > 0.0;
    Space::from_nifti_affine_within([x, y, z], affine, f64::INFINITY)
        .is_ok_and(|(space, _)| space.spacing().into_iter().all(usable))
}

/// The srow fields, in the header's unit.
pub(crate) fn sform(fields: &Fields) -> Result<Affine, Problem> {
    for (row, field) in fields.srow.iter().zip(["srow_x", "srow_y", "srow_z"]) {
        if !row.iter().all(|value| value.is_finite()) {
            return Err(Problem::FormField {
                form: Form::Sform,
                field,
                value: shown(row),
                reason: "an affine has finite numbers",
            });
        }
    }
    let [x, y, z] = fields.srow;
    Ok([x, y, z, [0.0, 0.0, 0.0, 1.0]])
}

/// Numbers as they were before they were widened from 32 bits.
fn shown(values: &[f64]) -> String {
    values.iter().map(|value| (*value as f32).to_string()).collect::<Vec<_>>().join(", ")
}

/// "Method 2" of the NIfTI-1 standard, in the header's unit.
pub(crate) fn qform(fields: &Fields) -> Result<Affine, Problem> {
    let [b, c, d] = fields.quatern;
    let squares = b * b + c * c + d * d;
    // Header numbers are rounded to 32 bits, so that a half turn may come out a little above 1.
    if squares.is_nan() || squares > 1.0 + 3.0 * f64::from(f32::EPSILON) {
        return Err(Problem::FormField {
            form: Form::Qform,
            field: "quatern_b, quatern_c, quatern_d",
            value: shown(&fields.quatern),
            reason: "their squares may sum to 1 at most",
        });
    }
    let qfac = if fields.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
    let [dx, dy, dz] = spacing(fields)?;
    let rotation = quaternion::to_rotation(fields.quatern);
    if !fields.qoffset.iter().all(|value| value.is_finite()) {
        return Err(Problem::FormField {
            form: Form::Qform,
            field: "qoffset_x, qoffset_y, qoffset_z",
            value: shown(&fields.qoffset),
            reason: "an offset has finite numbers",
        });
    }
    let row = |n: usize| {
        let [x, y, z] = rotation[n];
        [x * dx, y * dy, z * dz * qfac, fields.qoffset[n]]
    };
    Ok([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]])
}

/// pixdim[1..4], each positive. Axes that the file does not have get 1, and so do those with a 0, as nibabel and SimpleITK have it.
fn spacing(fields: &Fields) -> Result<[f64; 3], Problem> {
    const NAMES: [&str; 3] = ["pixdim[1]", "pixdim[2]", "pixdim[3]"];
    let mut spacing = [1.0; 3];
    for axis in 0..3 {
        let value = fields.pixdim[axis + 1];
        if value.is_finite() && value > 0.0 {
            spacing[axis] = value;
        } else if axis < fields.dim[0] as usize && value != 0.0 {
            return Err(Problem::Field {
                field: NAMES[axis],
                value: shown(&[value]),
                reason: "a spacing is positive",
            });
        }
    }
    Ok(spacing)
}

fn assumed(fields: &Fields, shape: [usize; 3], choice: AssumeAffine) -> Result<Affine, Problem> {
    let [dx, dy, dz] = spacing(fields)?;
    let diagonal = |x: f64, y: f64, origin: [f64; 3]| {
        [
            [x, 0.0, 0.0, origin[0]],
            [0.0, y, 0.0, origin[1]],
            [0.0, 0.0, dz, origin[2]],
            [0.0, 0.0, 0.0, 1.0],
        ]
    };
    let middle = |axis: usize| (shape[2 - axis].saturating_sub(1)) as f64 / 2.0;
    Ok(match choice {
        AssumeAffine::Pixdim => diagonal(dx, dy, [0.0; 3]),
        AssumeAffine::SimpleItk => diagonal(-dx, -dy, [0.0; 3]),
        AssumeAffine::Nibabel => {
            diagonal(-dx, dy, [dx * middle(0), -dy * middle(1), -dz * middle(2)])
        }
    })
}

/// The header's unit of length; where it names none of the three, millimetres, as other readers take it.
fn length_unit(fields: &Fields, notes: &mut Vec<Note>) -> LengthUnit {
    match LengthUnit::of(fields) {
        Some(LengthUnit::Millimetre) => {}
        Some(unit) => notes.push(Note::UnitConverted { unit: unit.name() }),
        None => notes.push(Note::UnitUnknown { code: fields.xyzt_units & 7 }),
    }
    LengthUnit::of(fields).unwrap_or_default()
}
