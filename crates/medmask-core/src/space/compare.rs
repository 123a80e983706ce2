//! Whether two spaces are the same, and if not, which part differs and by how much.

use std::fmt;

use super::matrix::{self, Columns, Vector};
use super::{Affine, Space};

/// The part of two spaces that differs most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpacePart {
    /// The position of voxel 0.
    Origin,
    /// The voxel sizes.
    Spacing,
    /// The directions of the axes.
    Direction,
}

impl fmt::Display for SpacePart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Origin => "origin",
            Self::Spacing => "spacing",
            Self::Direction => "direction",
        })
    }
}

/// How two spaces differ.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceMismatch {
    /// The shapes differ.
    #[error("shapes {first:?} and {second:?} (z, y, x) differ")]
    Shape {
        /// Of the first space (z, y, x).
        first: [usize; 3],
        /// Of the second space (z, y, x).
        second: [usize; 3],
    },
    /// A corner lies elsewhere.
    #[error(
        "{part} differs by {part_mm:.4} mm: the corner at voxel {corner:?} (z, y, x) lies \
         {distance_mm:.4} mm away, more than {tolerance_mm} mm"
    )]
    Position {
        /// The part that alone moves a corner furthest.
        part: SpacePart,
        /// How far that part alone moves a corner, mm.
        part_mm: f64,
        /// The corner voxel that lies furthest from its partner (z, y, x).
        corner: [usize; 3],
        /// How far its outer corner lies from its partner, mm.
        distance_mm: f64,
        /// The tolerance asked for, mm.
        tolerance_mm: f64,
    },
}

impl Space {
    /// How far, in mm, a corner of two spaces may be apart that count as the same.
    pub const DEFAULT_TOLERANCE_MM: f64 = 0.1;

    /// The largest distance in mm between the outer corners of two spaces of one shape, where that is at
    /// most `tolerance_mm`. The outer corners are half a voxel beyond the centres of the corner voxels, so
    /// that the thickness of a single slice counts. Of slanted spaces ([`Space::slanted`]) those at right angles are compared.
    ///
    /// # Errors
    /// Where the shapes differ or a corner lies further away; the error names the part that differs most.
    pub fn compare(&self, other: &Self, tolerance_mm: f64) -> Result<f64, SpaceMismatch> {
        if self.shape != other.shape {
            return Err(SpaceMismatch::Shape { first: self.shape, second: other.shape });
        }
        let [first, second] = [self, other].map(|space| space.upright().affine());
        AffineDifference::between(self.shape, &first, &second).within(tolerance_mm)
    }
}

/// How two affines differ in where they put a volume.
///
/// [`Space::compare`] answers this for spaces, which have right angles. The affines of files may have shear,
/// and the spaces made of them would not show it.
///
/// ```
/// use medmask_core::{AffineDifference, Space, SpacePart};
///
/// let straight = Space::of_shape([10, 20, 31]).affine();
/// let mut sheared = straight;
/// // y grows by 0.01 mm from voxel to voxel along x.
/// sheared[1][2] = 0.01;
/// let difference = AffineDifference::between([10, 20, 31], &straight, &sheared);
/// assert_eq!(difference.corner[2], 30);
/// assert!((difference.distance_mm - 0.305).abs() < 1e-12);
/// assert_eq!(difference.part, SpacePart::Direction);
/// assert!(difference.within(0.1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AffineDifference {
    /// The corner voxel that lies furthest from its partner, in the order of the affines' columns.
    pub corner: [usize; 3],
    /// How far its outer corner, half a voxel beyond the centre, lies from its partner, mm.
    pub distance_mm: f64,
    /// The part that alone moves a corner furthest.
    pub part: SpacePart,
    /// How far that part alone moves a corner, mm.
    pub part_mm: f64,
}

impl AffineDifference {
    /// Compares two affines of a volume of `shape`. Each takes voxels to the world in mm; the shape and the columns of both
    /// are in the same order of axes, and the rows of both in the same world.
    #[must_use]
    pub fn between(shape: [usize; 3], first: &Affine, second: &Affine) -> Self {
        let (first, second) = (Parts::of(first), Parts::of(second));
        let (corner, distance_mm) = furthest_corner(shape, first, second);
        let alone = |part, changed| (part, furthest_corner(shape, first, changed).1);
        let parts = [
            alone(SpacePart::Origin, Parts { origin: second.origin, ..first }),
            alone(SpacePart::Spacing, Parts { spacing: second.spacing, ..first }),
            alone(SpacePart::Direction, Parts { direction: second.direction, ..first }),
        ];
        let (part, part_mm) =
            parts.into_iter().fold(parts[0], |a, b| if b.1 > a.1 { b } else { a });
        Self { corner, distance_mm, part, part_mm }
    }

    /// The distance in mm, where it is at most `tolerance_mm`.
    ///
    /// # Errors
    /// [`SpaceMismatch::Position`] where it is more, or not a number.
    pub fn within(self, tolerance_mm: f64) -> Result<f64, SpaceMismatch> {
        let Self { corner, distance_mm, part, part_mm } = self;
        if distance_mm <= tolerance_mm {
            return Ok(distance_mm);
        }
        Err(SpaceMismatch::Position { part, part_mm, corner, distance_mm, tolerance_mm })
    }
}

/// An affine taken apart; the directions have the length 1 and any angles.
#[derive(Clone, Copy)]
struct Parts {
    origin: Vector,
    spacing: Vector,
    direction: Columns,
}

impl Parts {
    fn of(affine: &Affine) -> Self {
        let column = |n: usize| std::array::from_fn(|row| affine[row][n]);
        let steps: Columns = std::array::from_fn(column);
        let spacing = steps.map(matrix::norm);
        let direction = std::array::from_fn(|axis| steps[axis].map(|n| n / spacing[axis]));
        Self { origin: column(3), spacing, direction }
    }

    fn steps(&self) -> Columns {
        std::array::from_fn(|axis| matrix::scale(self.direction[axis], self.spacing[axis]))
    }
}

/// The corner voxel, and the distance in mm of its outer corner; not a number where an affine is none.
fn furthest_corner(shape: [usize; 3], first: Parts, second: Parts) -> ([usize; 3], f64) {
    // Differences first: what both have in common, such as a far origin, then costs no digits.
    let origin = matrix::subtract(first.origin, second.origin);
    let (ours, theirs) = (first.steps(), second.steps());
    let steps = std::array::from_fn(|axis| matrix::subtract(ours[axis], theirs[axis]));
    let distance = |corner: usize| {
        let far = |axis: usize| corner >> (2 - axis) & 1 == 1;
        let index = |axis| if far(axis) { shape[axis] as f64 - 0.5 } else { -0.5 };
        let voxel = |axis| if far(axis) { shape[axis].saturating_sub(1) } else { 0 };
        let moved = matrix::add(origin, matrix::apply(steps, std::array::from_fn(index)));
        (std::array::from_fn(voxel), matrix::norm(moved))
    };
    let further = |a: ([usize; 3], f64), b: ([usize; 3], f64)| {
        if b.1.total_cmp(&a.1).is_gt() { b } else { a }
    };
    (1..8).map(distance).fold(distance(0), further)
}
