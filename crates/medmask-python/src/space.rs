//! Spaces as tuples: shape, spacing (mm), origin (mm) and direction, each in the order of the array's axes; the world is LPS+.

use medmask::Space;
use pyo3::prelude::*;

use crate::errors::exception;

/// Shape, spacing, origin, and the direction of each axis.
pub(crate) type SpaceParts = ([usize; 3], [f64; 3], [f64; 3], [[f64; 3]; 3]);

pub(crate) fn parts_of(space: &Space) -> SpaceParts {
    (space.shape(), space.spacing(), space.origin(), space.direction())
}

pub(crate) fn space_of((shape, spacing, origin, direction): SpaceParts) -> PyResult<Space> {
    Space::new(shape, spacing, origin, direction)
        .map_err(|error| exception("InvalidSpaceError", error))
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
