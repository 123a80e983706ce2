//! How slices of an array lie before who looks at them.

use medmask_core::{AxisDirection, Bounds, Space};

/// Which slices are looked at, by the axes of the body that are nearest to those of the array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Plane {
    /// From the feet: left and right, front and back.
    #[default]
    Axial,
    /// From the front: left and right, head and feet.
    Coronal,
    /// From the side: front and back, head and feet.
    Sagittal,
}

impl Plane {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// In a word, such as `axial`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Axial => "axial",
            Self::Coronal => "coronal",
            Self::Sagittal => "sagittal",
        }
    }

    /// World axes (0 = x, 1 = y, 2 = z) across the slices, down a picture and to its right.
    fn world_axes(self) -> [usize; 3] {
        match self {
            Self::Axial => [2, 1, 0],
            Self::Coronal => [1, 2, 0],
            Self::Sagittal => [0, 2, 1],
        }
    }
}

/// How slices of a plane are drawn: which array axis runs down the picture, which one to its right, and which way.
///
/// The front is at the top or on the left, the head at the top. The patient's left is on the viewer's right, or with `neurological`
/// on the left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Which plane it is.
    pub plane: Plane,
    /// Array axes (0 = z, 1 = y, 2 = x) across the slices, down and to the right.
    pub axes: [usize; 3],
    /// Whether the index falls down the picture, and to its right.
    pub flipped: [bool; 2],
    /// Letters of the body's directions at the left, the right, the top and the bottom.
    pub letters: [char; 4],
    /// Size in mm, down and to the right, of what is drawn as one: a voxel, or [`step`](Self::step) of them.
    pub spacing: [f64; 2],
    /// How many voxels down and to the right are drawn as one.
    pub step: [usize; 2],
}

impl View {
    /// Of arrays on `space`.
    #[must_use]
    pub fn new(space: &Space, plane: Plane, neurological: bool) -> Self {
        let directions = space.axis_codes().axes();
        let axes = plane
            .world_axes()
            .map(|world| (0..3).find(|axis| directions[*axis].world_axis() == world).unwrap_or(0));
        let right = |world: usize| match world {
            0 if neurological => AxisDirection::Right,
            0 => AxisDirection::Left,
            1 => AxisDirection::Posterior,
            _ => AxisDirection::Inferior,
        };
        let [_, down, across] = plane.world_axes().map(right);
        let flipped = [directions[axes[1]] != down, directions[axes[2]] != across];
        let letters = [across.opposite(), across, down.opposite(), down].map(AxisDirection::letter);
        let spacing = [axes[1], axes[2]].map(|axis| space.spacing()[axis]);
        Self { plane, axes, flipped, letters, spacing, step: [1; 2] }
    }

    /// This view with so many voxels of `bounds` (z, y, x) drawn as one that there are at most `most` down and to the right.
    ///
    /// What is drawn as one shows a mask where one of its voxels has it, so that thin structures stay.
    #[must_use]
    pub fn thinned(self, bounds: &Bounds, most: usize) -> Self {
        let sides = [1, 2].map(|side| bounds.end[self.axes[side]] - bounds.start[self.axes[side]]);
        let step = sides.map(|voxels| voxels.div_ceil(most.max(1)).max(1));
        let voxel = |side: usize| self.spacing[side] / self.step[side] as f64;
        let spacing = std::array::from_fn(|side| voxel(side) * step[side] as f64);
        Self { spacing, step, ..self }
    }

    /// How many pieces, each a voxel or [`step`](Self::step) of them, `bounds` (z, y, x) has down and to the right.
    #[must_use]
    pub fn size(&self, bounds: &Bounds) -> [usize; 2] {
        std::array::from_fn(|side| {
            let axis = self.axes[side + 1];
            (bounds.end[axis] - bounds.start[axis]).div_ceil(self.step[side])
        })
    }

    /// Row and column where a voxel (z, y, x) inside `bounds` is drawn.
    pub(crate) fn place(&self, bounds: &Bounds, voxel: [usize; 3]) -> [usize; 2] {
        std::array::from_fn(|side| {
            let axis = self.axes[side + 1];
            let voxels = match self.flipped[side] {
                true => bounds.end[axis] - 1 - voxel[axis],
                false => voxel[axis] - bounds.start[axis],
            };
            voxels / self.step[side]
        })
    }

    /// The voxel (z, y, x) in slice `index` that stands for what is drawn at `row` and `column` of `bounds`: the middle one.
    #[must_use]
    pub fn voxel_at(&self, bounds: &Bounds, index: usize, [row, column]: [usize; 2]) -> [usize; 3] {
        let mut voxel = [index; 3];
        for (side, place) in [row, column].into_iter().enumerate() {
            let axis = self.axes[side + 1];
            let last = bounds.end[axis] - bounds.start[axis] - 1;
            let step = self.step[side];
            let along = (place * step + step / 2).min(last);
            voxel[axis] = match self.flipped[side] {
                true => bounds.end[axis] - 1 - along,
                false => bounds.start[axis] + along,
            };
        }
        voxel
    }
}
