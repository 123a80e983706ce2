//! Spaces made from a space: flipped, cropped, padded, resized, turned.

use super::matrix::{self, Vector};
use super::{Reorientation, Space, SpaceError};
use crate::Bounds;

/// What stays in place when a grid gets another number of voxels over the same extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridAlignment {
    /// The centres of the outermost voxels: `align_corners=True` in PyTorch and spacetransformer. An axis
    /// that has one voxel before or after keeps its outer faces instead.
    Centres,
    /// The outer faces of the outermost voxels: `align_corners=False`.
    Faces,
}

/// What gives way when the extent is no whole number of voxels of the new size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpacingFit {
    /// The spacing is exact; the last voxel's centre moves by at most half a voxel.
    Spacing,
    /// The centre of the last voxel stays; the spacing is the nearest that fits. An axis that ends up with
    /// one voxel takes the spacing as it is.
    Extent,
}

/// How a number of voxels that is not whole is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShapeRounding {
    /// Down.
    Floor,
    /// To the nearest; halves to the even number.
    Nearest,
    /// Up.
    Ceil,
}

/// The point that stays in place in a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RotationCentre {
    /// The middle of the volume.
    Volume,
    /// The centre of voxel 0.
    Origin,
}

impl Space {
    /// Axes permuted and flipped; see [`Reorientation`].
    #[must_use]
    pub fn reorient(&self, reorientation: &Reorientation) -> Self {
        reorientation.space(self)
    }

    /// The space of the array flipped along `axis`.
    ///
    /// # Errors
    /// Where the axis is above 2.
    pub fn flip(&self, axis: usize) -> Result<Self, SpaceError> {
        check_axes([axis; 3])?;
        let flips = std::array::from_fn(|n| n == axis);
        Ok(Reorientation::new([0, 1, 2], flips)?.space(self))
    }

    /// The space of the array whose axis n is this one's axis `order[n]`.
    ///
    /// # Errors
    /// Where `order` is not a permutation of 0, 1 and 2.
    pub fn permute(&self, order: [usize; 3]) -> Result<Self, SpaceError> {
        Ok(Reorientation::new(order, [false; 3])?.space(self))
    }

    /// The space of the array with two axes exchanged.
    ///
    /// # Errors
    /// Where an axis is above 2.
    pub fn swap(&self, first: usize, second: usize) -> Result<Self, SpaceError> {
        check_axes([first, second, 0])?;
        let mut order = [0, 1, 2];
        order.swap(first, second);
        self.permute(order)
    }

    /// The space of the transposed array: (z, y, x) becomes (x, y, z), and the other way round.
    #[must_use]
    pub fn reverse_axis_order(&self) -> Self {
        Reorientation::from_checked([2, 1, 0], [false; 3]).space(self)
    }

    /// The space of the part of the array inside `bounds`.
    ///
    /// # Errors
    /// Where the box is empty or reaches outside the grid.
    pub fn crop(&self, bounds: Bounds) -> Result<Self, SpaceError> {
        let Bounds { start, end } = bounds;
        if (0..3).any(|axis| start[axis] >= end[axis] || end[axis] > self.shape[axis]) {
            return Err(SpaceError::Bounds { start, end, shape: self.shape });
        }
        let origin = self.index_to_world(start.map(|n| n as f64));
        self.moved(bounds.shape(), origin)
    }

    /// The space of the array with `before` and `after` voxels added at the ends of each axis.
    ///
    /// # Errors
    /// Where the result would have too many voxels.
    pub fn pad(&self, before: [usize; 3], after: [usize; 3]) -> Result<Self, SpaceError> {
        let shape = std::array::from_fn(|axis| {
            before[axis].saturating_add(self.shape[axis]).saturating_add(after[axis])
        });
        let origin = self.index_to_world(before.map(|n| 0.0 - n as f64));
        self.moved(shape, origin)
    }

    /// The same steps from voxel to voxel, from another origin on.
    fn moved(&self, shape: [usize; 3], origin: [f64; 3]) -> Result<Self, SpaceError> {
        let upright = Self::new(shape, self.spacing, origin, self.direction)?;
        Ok(Self { slant: self.slant, ..upright })
    }

    /// A grid of `shape` voxels whose outermost centres are the points `start` and `end` in this space's
    /// voxel coordinates. An axis with one voxel covers from `start` to `end`, its centre half-way.
    ///
    /// # Errors
    /// Where `end` is not greater than `start` on every axis, a number is not finite, or the shape is refused.
    pub fn crop_between(
        &self,
        start: [f64; 3],
        end: [f64; 3],
        shape: [usize; 3],
    ) -> Result<Self, SpaceError> {
        super::check_shape(shape)?;
        for axis in 0..3 {
            check_number("extent of the box", end[axis] - start[axis], true)?;
        }
        let spacing = std::array::from_fn(|axis| {
            let steps = (shape[axis] - 1).max(1) as f64;
            self.spacing[axis] * (end[axis] - start[axis]) / steps
        });
        let first: Vector = std::array::from_fn(|axis| {
            if shape[axis] == 1 { f64::midpoint(start[axis], end[axis]) } else { start[axis] }
        });
        Self::new(shape, spacing, self.upright().index_to_world(first), self.direction)
    }

    /// A grid of `shape` voxels over the same extent.
    ///
    /// # Errors
    /// Where the shape is refused.
    pub fn with_shape(
        &self,
        shape: [usize; 3],
        alignment: GridAlignment,
    ) -> Result<Self, SpaceError> {
        super::check_shape(shape)?;
        let mut spacing = self.spacing;
        let mut first = [0.0; 3];
        for axis in 0..3 {
            let (old, new) = (self.shape[axis] as f64, shape[axis] as f64);
            if alignment == GridAlignment::Centres && self.shape[axis] > 1 && shape[axis] > 1 {
                spacing[axis] *= (old - 1.0) / (new - 1.0);
            } else {
                spacing[axis] *= old / new;
                first[axis] = 0.5 * (old / new - 1.0);
            }
        }
        Self::new(shape, spacing, self.upright().index_to_world(first), self.direction)
    }

    /// A grid of voxels of about `spacing` mm over the same extent; the centre of voxel 0 stays.
    ///
    /// # Errors
    /// Where a spacing is not positive and finite, or the result would have too many voxels.
    pub fn with_spacing(&self, spacing: [f64; 3], fit: SpacingFit) -> Result<Self, SpaceError> {
        if !spacing.iter().all(|mm| mm.is_finite() && *mm > 0.0) {
            return Err(SpaceError::Spacing { spacing });
        }
        let mut shape = [1; 3];
        let mut fitted = spacing;
        for axis in 0..3 {
            let extent = (self.shape[axis] - 1) as f64 * self.spacing[axis];
            let steps = (extent / spacing[axis]).round_ties_even();
            // A float that is too large becomes the largest integer, which the check of the shape refuses.
            shape[axis] = (steps as usize).saturating_add(1);
            if fit == SpacingFit::Extent && steps > 0.0 {
                fitted[axis] = extent / steps;
            }
        }
        Self::new(shape, fitted, self.origin, self.direction)
    }

    /// A grid with `factor` times as many voxels along each axis, at least one, over the same extent.
    ///
    /// # Errors
    /// Where a factor is not positive and finite, or the result would have too many voxels.
    pub fn zoom(
        &self,
        factor: [f64; 3],
        rounding: ShapeRounding,
        alignment: GridAlignment,
    ) -> Result<Self, SpaceError> {
        let mut shape = [1; 3];
        for axis in 0..3 {
            check_number("zoom factor", factor[axis], true)?;
            let voxels = self.shape[axis] as f64 * factor[axis];
            let rounded = match rounding {
                ShapeRounding::Floor => voxels.floor(),
                ShapeRounding::Nearest => voxels.round_ties_even(),
                ShapeRounding::Ceil => voxels.ceil(),
            };
            shape[axis] = (rounded as usize).max(1);
        }
        self.with_shape(shape, alignment)
    }

    /// The grid turned by `degrees` about the world direction of array axis `axis`, counter-clockwise where
    /// that direction points at the viewer.
    ///
    /// # Errors
    /// Where the axis is above 2 or the angle is not finite.
    pub fn rotate(
        &self,
        axis: usize,
        degrees: f64,
        centre: RotationCentre,
    ) -> Result<Self, SpaceError> {
        check_axes([axis; 3])?;
        check_number("angle", degrees, false)?;
        let about = matrix::scale(self.direction[axis], 1.0 / matrix::norm(self.direction[axis]));
        let (sine, cosine) = sine_cosine(degrees);
        // Rodrigues' formula.
        let turn = |vector: Vector| {
            let along = matrix::scale(about, matrix::dot(about, vector) * (1.0 - cosine));
            let beside = matrix::scale(matrix::cross(about, vector), sine);
            matrix::add(matrix::add(matrix::scale(vector, cosine), beside), along)
        };
        let pivot = match centre {
            RotationCentre::Volume => self.upright().centre(),
            RotationCentre::Origin => self.origin,
        };
        let origin = matrix::add(pivot, turn(matrix::subtract(self.origin, pivot)));
        Self::new(self.shape, self.spacing, origin, self.direction.map(turn))
    }
}

/// Exact at multiples of 90 degrees.
fn sine_cosine(degrees: f64) -> (f64, f64) {
    match degrees.rem_euclid(360.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        turn => turn.to_radians().sin_cos(),
    }
}

fn check_axes(axes: [usize; 3]) -> Result<(), SpaceError> {
    if axes.iter().all(|axis| *axis < 3) { Ok(()) } else { Err(SpaceError::Axes { axes }) }
}

fn check_number(what: &'static str, value: f64, positive: bool) -> Result<(), SpaceError> {
    if value.is_finite() && !(positive && value <= 0.0) {
        Ok(())
    } else {
        Err(SpaceError::Number { what, value, positive })
    }
}
