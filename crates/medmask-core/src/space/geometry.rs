//! Positions, sizes and angles.

use super::Space;
use super::matrix::{self, Columns, Vector};

impl Space {
    /// World position (x, y, z; LPS+, mm) of a point in voxel coordinates (z, y, x). Whole numbers are
    /// centres of voxels.
    #[must_use]
    pub fn index_to_world(&self, index: [f64; 3]) -> [f64; 3] {
        matrix::add(self.origin, matrix::apply(self.steps(), index))
    }

    /// Voxel coordinates (z, y, x) of a world position (x, y, z; LPS+, mm).
    #[must_use]
    pub fn world_to_index(&self, world: [f64; 3]) -> [f64; 3] {
        let offset = matrix::subtract(world, self.origin);
        matrix::inverse_rows(self.steps()).map(|row| matrix::dot(row, offset))
    }

    /// [`Space::index_to_world`] of many points.
    #[must_use]
    pub fn indices_to_world(&self, indices: &[[f64; 3]]) -> Vec<[f64; 3]> {
        indices.iter().map(|index| self.index_to_world(*index)).collect()
    }

    /// [`Space::world_to_index`] of many points.
    #[must_use]
    pub fn world_to_indices(&self, points: &[[f64; 3]]) -> Vec<[f64; 3]> {
        let rows = matrix::inverse_rows(self.steps());
        let index = |world: &Vector| {
            let offset = matrix::subtract(*world, self.origin);
            rows.map(|row| matrix::dot(row, offset))
        };
        points.iter().map(index).collect()
    }

    /// The voxel (z, y, x) that holds a world position (x, y, z; LPS+, mm); `None` outside the volume.
    /// Half-way between two voxels the higher index wins, as in ITK.
    #[must_use]
    pub fn voxel_at_world(&self, world: [f64; 3]) -> Option<[usize; 3]> {
        self.voxel_at_index(self.world_to_index(world))
    }

    /// [`Space::voxel_at_world`] of a point in voxel coordinates (z, y, x).
    #[must_use]
    pub fn voxel_at_index(&self, index: [f64; 3]) -> Option<[usize; 3]> {
        let rounded = index.map(|n| (n + 0.5).floor());
        let inside = |axis: usize| rounded[axis] >= 0.0 && rounded[axis] < self.shape[axis] as f64;
        (0..3).all(inside).then(|| rounded.map(|n| n as usize))
    }

    /// Whether a point in voxel coordinates (z, y, x) lies between the centres of the outermost voxels,
    /// these included. [`Space::voxel_at_world`] counts half a voxel more on each side.
    #[must_use]
    pub fn contains_index(&self, index: [f64; 3]) -> bool {
        (0..3).all(|axis| index[axis] >= 0.0 && index[axis] <= (self.shape[axis] - 1) as f64)
    }

    /// [`Space::contains_index`] of a world position (x, y, z; LPS+, mm).
    #[must_use]
    pub fn contains_world(&self, world: [f64; 3]) -> bool {
        self.contains_index(self.world_to_index(world))
    }

    /// World position (x, y, z; LPS+, mm) of the centre of the last voxel.
    #[must_use]
    pub fn end(&self) -> [f64; 3] {
        self.index_to_world(self.last_index())
    }

    /// From the centre of the first voxel to that of the last, in the world (x, y, z; LPS+, mm).
    #[must_use]
    pub fn physical_span(&self) -> [f64; 3] {
        matrix::apply(self.steps(), self.last_index())
    }

    /// World position (x, y, z; LPS+, mm) of the middle of the volume.
    #[must_use]
    pub fn centre(&self) -> [f64; 3] {
        self.index_to_world(self.last_index().map(|n| n / 2.0))
    }

    /// World positions (x, y, z; LPS+, mm) of the centres of the eight corner voxels. Bit 2 of the place
    /// in the result is the far end of z, bit 1 of y, bit 0 of x.
    #[must_use]
    pub fn corners(&self) -> [[f64; 3]; 8] {
        let last = self.last_index();
        std::array::from_fn(|corner| {
            self.index_to_world(
                at_corner(corner).map_with(last, |far, n| if far { n } else { 0.0 }),
            )
        })
    }

    /// World positions (x, y, z; LPS+, mm) of the eight outer corners, half a voxel beyond
    /// [`Space::corners`] and in their order.
    #[must_use]
    pub fn outer_corners(&self) -> [[f64; 3]; 8] {
        let last = self.last_index();
        std::array::from_fn(|corner| {
            let index = at_corner(corner).map_with(last, |far, n| if far { n + 0.5 } else { -0.5 });
            self.index_to_world(index)
        })
    }

    /// Volume of one voxel in cubic millimetres.
    #[must_use]
    pub fn voxel_volume_mm3(&self) -> f64 {
        matrix::determinant(self.steps()).abs()
    }

    /// Volume of `voxels` voxels in millilitres.
    #[must_use]
    pub fn volume_ml(&self, voxels: u64) -> f64 {
        voxels as f64 * self.voxel_volume_mm3() / 1000.0
    }

    /// The least number of voxels whose volume is at least `volume_ml`, in mL. One that is less by under a millionth counts: files keep
    /// spacing and direction in 32 bits, and a volume that was reckoned from them shall be reached.
    #[must_use]
    pub fn voxels_of_ml(&self, volume_ml: f64) -> u64 {
        // The conversion stops at the largest number, and makes 0 of what is below it or no number.
        let voxels = (volume_ml * 1000.0 / self.voxel_volume_mm3()).round() as u64;
        let is_enough = self.volume_ml(voxels) >= volume_ml * (1.0 - 1e-6);
        if is_enough { voxels } else { voxels.saturating_add(1) }
    }

    /// Whether the axes taken as x, y, z (the last array axis first) form a left-handed system: the sign
    /// of the NIfTI affine's determinant is negative.
    #[must_use]
    pub fn is_left_handed(&self) -> bool {
        let [z, y, x] = self.direction;
        matrix::determinant([x, y, z]) < 0.0
    }

    /// Largest angle in degrees between a world axis and the array axis nearest to it; 0 where the grid is
    /// aligned with the world. The largest of nibabel's `obliquity`.
    #[must_use]
    pub fn obliqueness_degrees(&self) -> f64 {
        let angle = |world: usize| {
            let along = self.direction.map(|vector| vector[world].abs());
            let nearest = along.into_iter().fold(0.0, f64::max);
            let beside = matrix::dot(along, along) - nearest * nearest;
            // The arc tangent stays exact near 0, where the arc cosine loses half the digits.
            beside.max(0.0).sqrt().atan2(nearest)
        };
        [0, 1, 2].map(angle).into_iter().fold(0.0, f64::max).to_degrees()
    }

    /// From one voxel to the next along each array axis, in the world (x, y, z; LPS+, mm).
    pub(crate) fn steps(&self) -> Columns {
        let upright =
            || std::array::from_fn(|axis| matrix::scale(self.direction[axis], self.spacing[axis]));
        self.slant.unwrap_or_else(upright)
    }

    pub(crate) fn last_index(&self) -> Vector {
        self.shape.map(|voxels| (voxels - 1) as f64)
    }
}

struct Corner([bool; 3]);

/// Which ends of z, y and x a corner has: bit 2, 1 and 0 of its place.
fn at_corner(corner: usize) -> Corner {
    Corner([corner & 4 != 0, corner & 2 != 0, corner & 1 != 0])
}

impl Corner {
    fn map_with(&self, last: Vector, place: impl Fn(bool, f64) -> f64) -> Vector {
        std::array::from_fn(|axis| place(self.0[axis], last[axis]))
    }
}
