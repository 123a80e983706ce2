//! Spaces as tuples: shape, spacing (mm), origin (mm) and direction, each in the order of the array's axes, and the affine of a slanted one;
//! the world is LPS+.

use medmask::medmask_core::AxisDirection;
use medmask::{Bounds, Space};
use pyo3::prelude::*;

use crate::errors::exception;
use crate::reading::Corners;

/// Shape, spacing, origin, and the direction of each axis; of a slanted space its affine (voxel (x, y, z) to RAS+, mm).
pub(crate) type SpaceParts = ([usize; 3], [f64; 3], [f64; 3], [[f64; 3]; 3], Option<[[f64; 4]; 4]>);

pub(crate) fn parts_of(space: &Space) -> SpaceParts {
    let slant = (*space != space.upright()).then(|| space.to_nifti_affine());
    (space.shape(), space.spacing(), space.origin(), space.direction(), slant)
}

pub(crate) fn space_of((shape, spacing, origin, direction, slant): SpaceParts) -> PyResult<Space> {
    let space = Space::new(shape, spacing, origin, direction)
        .map_err(|error| exception("InvalidSpaceError", error))?;
    Ok(match slant {
        Some(affine) => space.slanted(affine),
        None => space,
    })
}

/// The volume of a voxel in mL.
#[pyfunction]
pub(crate) fn voxel_ml(space: SpaceParts) -> PyResult<f64> {
    Ok(space_of(space)?.volume_ml(1))
}

/// The space of a volume of `shape` (x, y, z) with the affine of a NIfTI file (voxel (x, y, z) to RAS+, mm); its axes are (z, y, x).
#[pyfunction]
pub(crate) fn space_of_affine(shape: [usize; 3], affine: [[f64; 4]; 4]) -> PyResult<SpaceParts> {
    let space = Space::from_nifti_affine(shape, affine);
    Ok(parts_of(&space.map_err(|error| exception("InvalidSpaceError", error))?))
}

/// The affine of a NIfTI file for an array in reversed order of axes: voxel (x, y, z) to RAS+, mm.
#[pyfunction]
pub(crate) fn affine_of_space(space: SpaceParts) -> PyResult<[[f64; 4]; 4]> {
    Ok(space_of(space)?.to_nifti_affine())
}

/// Refuses two spaces that are not the same, within the tolerance that archives have.
#[pyfunction]
pub(crate) fn check_same_space(first: SpaceParts, second: SpaceParts) -> PyResult<()> {
    let compared = space_of(first)?.compare(&space_of(second)?, Space::DEFAULT_TOLERANCE_MM);
    compared.map(drop).map_err(|error| exception("SpaceMismatchError", error))
}

/// The faces of the volume that a box (first voxel, one past the last) touches, named for the body.
#[pyfunction]
pub(crate) fn faces_touched(space: SpaceParts, corners: Corners) -> PyResult<Vec<&'static str>> {
    let bounds = Bounds { start: corners.0, end: corners.1 };
    let faces = space_of(space)?.faces_touched(&bounds);
    Ok(faces.into_iter().map(AxisDirection::name).collect())
}
