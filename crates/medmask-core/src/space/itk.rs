//! Geometry as ITK and DICOM write it.

use super::{Space, SpaceError};

/// The geometry of an ITK image: axes in the order (x, y, z), world LPS+ in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItkGeometry {
    /// `GetSize()`: voxels along x, y and z.
    pub size: [usize; 3],
    /// `GetOrigin()`: world position (x, y, z) of the centre of voxel 0, mm.
    pub origin: [f64; 3],
    /// `GetSpacing()`: voxel sizes along x, y and z, mm.
    pub spacing: [f64; 3],
    /// `GetDirection()` of SimpleITK: row by row, and column n is the direction of axis n.
    pub direction: [f64; 9],
}

impl Space {
    /// The space of an ITK image.
    ///
    /// # Errors
    /// As [`Space::new`].
    pub fn from_itk(geometry: &ItkGeometry) -> Result<Self, SpaceError> {
        let [x, y, z] = geometry.size;
        let [dx, dy, dz] = geometry.spacing;
        let column = |n: usize| std::array::from_fn(|row| geometry.direction[row * 3 + n]);
        Self::new([z, y, x], [dz, dy, dx], geometry.origin, [column(2), column(1), column(0)])
    }

    /// The geometry to give an ITK image whose buffer is this space's array.
    #[must_use]
    pub fn to_itk(&self) -> ItkGeometry {
        let [z, y, x] = self.shape;
        let [dz, dy, dx] = self.spacing;
        let direction = std::array::from_fn(|place| self.direction[2 - place % 3][place / 3]);
        ItkGeometry { size: [x, y, z], origin: self.origin, spacing: [dx, dy, dz], direction }
    }

    /// DICOM's Image Orientation (Patient), (0020,0037): the direction along a row of pixels (array axis
    /// x), then that along a column (array axis y), LPS+.
    #[must_use]
    pub fn to_dicom_orientation(&self) -> [f64; 6] {
        let [_, y, x] = self.direction;
        [x[0], x[1], x[2], y[0], y[1], y[2]]
    }
}
