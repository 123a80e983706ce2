//! Where voxels lie in the world.

mod affine;
mod change;
mod compare;
mod error;
mod faces;
mod geometry;
mod itk;
mod json;
pub(crate) mod matrix;
mod orientation;
mod reorientation;

pub use affine::Affine;
pub use change::{GridAlignment, RotationCentre, ShapeRounding, SpacingFit};
pub use compare::{AffineDifference, SpaceMismatch, SpacePart};
pub use error::SpaceError;
pub use itk::ItkGeometry;
pub use orientation::{AxisCodes, AxisDirection};
pub use reorientation::Reorientation;

use matrix::Columns;

/// Shape, spacing, origin and direction of a voxel grid.
///
/// Axis n of each field is axis n of the array: (z, y, x). World coordinates are LPS+ in mm, as ITK's
/// and DICOM's: x to the patient's left, y to the back, z to the head.
///
/// ```
/// use medmask_core::Space;
///
/// let space = Space::new(
///     [40, 64, 64],
///     [2.5, 1.0, 1.0],
///     [-32.0, -32.0, 100.0],
///     [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
/// )?;
/// assert_eq!(space.index_to_world([2.0, 0.0, 10.0]), [-22.0, -32.0, 105.0]);
/// assert_eq!(space.voxel_volume_mm3(), 2.5);
/// # Ok::<(), medmask_core::SpaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    shape: [usize; 3],
    spacing: [f64; 3],
    origin: [f64; 3],
    direction: Columns,
    /// Where the axes are not at right angles, the real steps from voxel to voxel; see [`Space::slanted`].
    slant: Option<Columns>,
}

impl Space {
    /// The most voxels a space may have, 2^40.
    pub const MAX_VOXELS: u64 = 1 << 40;

    /// How far a dot product of two directions may be from 0 or 1. Wide, since files of the original
    /// hold such directions; positions are always reckoned with the directions as they are.
    pub const ORTHONORMAL_TOLERANCE: f64 = 1e-2;

    /// A space of `shape` voxels, `spacing` mm along each array axis (z, y, x), the LPS+ world position
    /// `origin` (x, y, z in mm) of the centre of voxel 0, and for each array axis its unit vector in the
    /// world, `direction[axis]` (x, y, z).
    ///
    /// # Errors
    /// Where an axis has no voxels, the voxels are more than [`Space::MAX_VOXELS`], a spacing is not
    /// positive, a number is not finite, or the directions are not orthonormal within
    /// [`Space::ORTHONORMAL_TOLERANCE`].
    pub fn new(
        shape: [usize; 3],
        spacing: [f64; 3],
        origin: [f64; 3],
        direction: [[f64; 3]; 3],
    ) -> Result<Self, SpaceError> {
        check_shape(shape)?;
        if !spacing.iter().all(|mm| mm.is_finite() && *mm > 0.0) {
            return Err(SpaceError::Spacing { spacing });
        }
        let deviation = matrix::deviation_from_orthonormal(direction);
        // NaN is not within the tolerance either.
        if !direction.iter().flatten().all(|n| n.is_finite())
            || deviation > Self::ORTHONORMAL_TOLERANCE
        {
            return Err(SpaceError::Direction { deviation });
        }
        // Adding 0 turns -0 into 0, so that equal spaces print alike.
        let direction = direction.map(|vector| vector.map(|n| n + 0.0));
        let origin = origin.map(|n| n + 0.0);
        let space = Self { shape, spacing, origin, direction, slant: None };
        if !space.outer_corners().iter().flatten().all(|n| n.is_finite()) {
            return Err(SpaceError::Origin { origin });
        }
        Ok(space)
    }

    /// Spacing 1 mm, origin 0, array axes (z, y, x) along world z, y, x.
    #[must_use]
    pub fn of_shape(shape: [usize; 3]) -> Self {
        let direction = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
        Self { shape, spacing: [1.0; 3], origin: [0.0; 3], direction, slant: None }
    }

    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Voxel sizes in mm along z, y and x.
    #[must_use]
    pub fn spacing(&self) -> [f64; 3] {
        self.spacing
    }

    /// World position (x, y, z; LPS+, mm) of the centre of voxel 0.
    #[must_use]
    pub fn origin(&self) -> [f64; 3] {
        self.origin
    }

    /// For each array axis (z, y, x), its unit vector in the world (x, y, z; LPS+).
    #[must_use]
    pub fn direction(&self) -> [[f64; 3]; 3] {
        self.direction
    }
}

fn check_shape(shape: [usize; 3]) -> Result<(), SpaceError> {
    let voxels = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis as u64));
    let fits = shape.iter().all(|axis| *axis > 0 && i32::try_from(*axis).is_ok());
    if fits && voxels.is_some_and(|voxels| voxels <= Space::MAX_VOXELS) {
        Ok(())
    } else {
        Err(SpaceError::Shape { shape })
    }
}
