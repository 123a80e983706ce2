//! Where voxels lie in the world.

/// Shape, spacing, origin and direction of a voxel grid.
///
/// Axis n of each field is axis n of the array: (z, y, x). World coordinates are LPS+ in mm, as ITK's
/// and DICOM's: x to the patient's left, y to the back, z to the head.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    shape: [usize; 3],
    spacing: [f64; 3],
    origin: [f64; 3],
    direction: [[f64; 3]; 3],
}

/// Why numbers do not describe a space, or two spaces differ.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// A spacing is not a positive finite number.
    #[error("spacing {spacing:?} mm is not positive and finite")]
    Spacing {
        /// Along each array axis, mm.
        spacing: [f64; 3],
    },
}

impl Space {
    /// A space of `shape` voxels, `spacing` mm along each array axis (z, y, x), the LPS+ world position
    /// `origin` (x, y, z in mm) of the centre of voxel 0, and for each array axis its unit vector in the
    /// world, `direction[axis]` (x, y, z).
    ///
    /// # Errors
    /// Where a spacing is not positive and finite, or the directions are not orthonormal.
    pub fn new(
        shape: [usize; 3],
        spacing: [f64; 3],
        origin: [f64; 3],
        direction: [[f64; 3]; 3],
    ) -> Result<Self, SpaceError> {
        if !spacing.iter().all(|mm| mm.is_finite() && *mm > 0.0) {
            return Err(SpaceError::Spacing { spacing });
        }
        Ok(Self { shape, spacing, origin, direction })
    }

    /// Spacing 1 mm, origin 0, array axes (z, y, x) along world z, y, x.
    #[must_use]
    pub fn of_shape(shape: [usize; 3]) -> Self {
        let direction = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
        Self { shape, spacing: [1.0; 3], origin: [0.0; 3], direction }
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
