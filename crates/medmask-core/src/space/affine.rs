//! Four-by-four matrices: our own, and NIfTI's.

use super::matrix::{self, Columns, Vector};
use super::{Space, SpaceError};

/// Voxel indices to world positions in mm, row by row; the last row is 0, 0, 0, 1. Which voxel axis a column stands for, and
/// which world it is, says who gives one.
pub type Affine = [[f64; 4]; 4];

/// Columns of a unit matrix whose determinant is smaller than this count as lying in one plane.
const SINGULAR: f64 = 1e-6;

impl Space {
    /// How far, in voxels, a corner may move when the rotation nearest to a NIfTI affine is taken.
    pub const DEFAULT_SHEAR_LIMIT: f64 = 0.05;

    /// How far, in voxels, a corner moves where more than the rounding of 32-bit numbers is at work.
    pub const NOTABLE_SHEAR: f64 = 1e-3;

    /// The matrix that takes (z, y, x, 1) in voxels to (x, y, z, 1) in the world (LPS+, mm); row by row.
    #[must_use]
    pub fn affine(&self) -> Affine {
        affine_of(self.steps(), self.origin)
    }

    /// The space of a NIfTI image: `shape` and the columns of `affine` in NIfTI's order (x, y, z), world
    /// RAS+ in mm, rows as nibabel prints them. The result has the axes (z, y, x) and LPS+.
    ///
    /// The directions become the rotation nearest to the affine, so slight shear is taken out; the centre
    /// of voxel 0 and the voxel sizes stay. See [`Space::from_nifti_affine_within`] for the limit.
    ///
    /// ```
    /// use medmask_core::Space;
    ///
    /// let affine = [
    ///     [-1.5, 0.0, 0.0, 90.0],
    ///     [0.0, 1.5, 0.0, -120.0],
    ///     [0.0, 0.0, 3.0, 40.0],
    ///     [0.0, 0.0, 0.0, 1.0],
    /// ];
    /// let space = Space::from_nifti_affine([100, 90, 30], affine)?;
    /// assert_eq!(space.shape(), [30, 90, 100]);
    /// assert_eq!(space.origin(), [-90.0, 120.0, 40.0]);
    /// assert_eq!(space.to_nifti_affine(), affine);
    /// # Ok::<(), medmask_core::SpaceError>(())
    /// ```
    ///
    /// # Errors
    /// Where a number is not finite, the last row is not 0, 0, 0, 1, the affine is singular, a corner
    /// would move by more than [`Space::DEFAULT_SHEAR_LIMIT`] voxels, or the shape is refused.
    pub fn from_nifti_affine(shape: [usize; 3], affine: Affine) -> Result<Self, SpaceError> {
        Ok(Self::from_nifti_affine_within(shape, affine, Self::DEFAULT_SHEAR_LIMIT)?.0)
    }

    /// As [`Space::from_nifti_affine`], where no corner voxel's centre may move by more than
    /// `limit_voxels`. Also gives how far the worst moved, in voxels.
    ///
    /// # Errors
    /// As [`Space::from_nifti_affine`].
    pub fn from_nifti_affine_within(
        shape: [usize; 3],
        affine: Affine,
        limit_voxels: f64,
    ) -> Result<(Self, f64), SpaceError> {
        let sheared = Self::from_sheared_affine(shape, affine)?;
        let direction = matrix::nearest_orthonormal(sheared.direction);
        let space = Self::new(sheared.shape, sheared.spacing, sheared.origin, direction)?;
        let voxels = space.shear_in_voxels(sheared.steps());
        if voxels.is_nan() || voxels > limit_voxels {
            return Err(SpaceError::Shear { voxels, limit: limit_voxels });
        }
        Ok((space, voxels))
    }

    /// This space with positions, volumes and affines as the NIfTI `affine` has them, from which it was made right-angled: of a CT with a
    /// tilted gantry, say, whose slices lie on each other at a slant. Spacing and direction stay those at right angles, which ITK, for
    /// one, asks for; and no file of ours keeps the slant, since each entry keeps the affine of its own source. Parts of the grid, and
    /// the grid turned, keep it; grids of other voxels are at right angles. A space that no corner
    /// leaves by more than [`Space::NOTABLE_SHEAR`] stays as it is.
    ///
    /// ```
    /// use medmask_core::Space;
    ///
    /// let tilted =
    ///     [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.5, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
    /// let (space, _) = Space::from_nifti_affine_within([10, 10, 10], tilted, 100.0)?;
    /// assert_eq!(space.voxel_volume_mm3(), 2.5);
    /// assert_eq!(space.slanted(tilted).voxel_volume_mm3(), 2.0);
    /// # Ok::<(), medmask_core::SpaceError>(())
    /// ```
    #[must_use]
    pub fn slanted(mut self, affine: Affine) -> Self {
        let [z, y, x] = self.shape;
        if let Ok(sheared) = Self::from_sheared_affine([x, y, z], affine) {
            let steps = sheared.steps();
            if self.upright().shear_in_voxels(steps) > Self::NOTABLE_SHEAR {
                self.slant = Some(steps);
            }
        }
        self
    }

    /// This space at right angles: without what [`Space::slanted`] has given it.
    #[must_use]
    pub fn upright(&self) -> Self {
        Self { slant: None, ..self.clone() }
    }

    /// The NIfTI affine: from (x, y, z, 1) in voxels to (x, y, z, 1) in the world, RAS+ in mm; row by row.
    #[must_use]
    pub fn to_nifti_affine(&self) -> Affine {
        let [z, y, x] = self.steps();
        let mut affine = affine_of([x, y, z], self.origin);
        for row in &mut affine[..2] {
            // Subtracting from 0 keeps zeros positive.
            *row = row.map(|n| 0.0 - n);
        }
        affine
    }

    /// A space whose directions are unit vectors at any angles. It leaves this module in no other way than
    /// made orthonormal.
    fn from_sheared_affine(shape: [usize; 3], affine: Affine) -> Result<Self, SpaceError> {
        check_affine(affine)?;
        let [x, y, z, translation] = std::array::from_fn(|column| {
            // RAS to LPS negates the first two rows, not columns: world axes turn, array axes do not.
            [-affine[0][column], -affine[1][column], affine[2][column]]
        });
        let shape = [shape[2], shape[1], shape[0]];
        super::check_shape(shape)?;
        let steps: Columns = [z, y, x];
        let spacing = steps.map(matrix::norm);
        if spacing.contains(&0.0) {
            return Err(SpaceError::Singular);
        }
        let unit: Columns =
            std::array::from_fn(|axis| steps[axis].map(|component| component / spacing[axis]));
        if matrix::determinant(unit).abs() < SINGULAR {
            return Err(SpaceError::Singular);
        }
        Ok(Self { shape, spacing, origin: translation, direction: unit, slant: None })
    }

    /// Largest distance in voxels of a corner from where `steps` put it.
    fn shear_in_voxels(&self, steps: Columns) -> f64 {
        let moved: Columns =
            std::array::from_fn(|axis| matrix::subtract(steps[axis], self.steps()[axis]));
        let rows = matrix::inverse_rows(self.steps());
        let last = self.last_index();
        (0..8).fold(0.0, |worst: f64, corner: usize| {
            let index: Vector =
                std::array::from_fn(|axis| if corner >> axis & 1 == 1 { last[axis] } else { 0.0 });
            let offset = matrix::apply(moved, index);
            worst.max(matrix::norm(rows.map(|row| matrix::dot(row, offset))))
        })
    }
}

fn affine_of(columns: Columns, translation: Vector) -> Affine {
    let [a, b, c] = columns;
    let row = |n: usize| [a[n], b[n], c[n], translation[n]];
    [row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]
}

fn check_affine(affine: Affine) -> Result<(), SpaceError> {
    for (row, values) in affine.into_iter().enumerate() {
        let last_row_wrong = row == 3 && values != [0.0, 0.0, 0.0, 1.0];
        if last_row_wrong || !values.iter().all(|n| n.is_finite()) {
            return Err(SpaceError::Affine { row, values });
        }
    }
    Ok(())
}
