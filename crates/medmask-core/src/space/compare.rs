//! Whether two spaces are the same, and if not, which part differs and by how much.

use std::fmt;

use super::{Space, SpaceError, matrix};

/// The part of two spaces that differs most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// What should be compared is no space.
    #[error(transparent)]
    NoSpace(#[from] SpaceError),
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
    /// that the thickness of a single slice counts.
    ///
    /// # Errors
    /// Where the shapes differ or a corner lies further away; the error names the part that differs most.
    pub fn compare(&self, other: &Self, tolerance_mm: f64) -> Result<f64, SpaceMismatch> {
        if self.shape != other.shape {
            return Err(SpaceMismatch::Shape { first: self.shape, second: other.shape });
        }
        let (place, distance_mm) = self.furthest_corner(other);
        if distance_mm <= tolerance_mm {
            return Ok(distance_mm);
        }
        let alone = |changed: Self| self.furthest_corner(&changed).1;
        let parts = [
            (SpacePart::Origin, alone(Self { origin: other.origin, ..self.clone() })),
            (SpacePart::Spacing, alone(Self { spacing: other.spacing, ..self.clone() })),
            (SpacePart::Direction, alone(Self { direction: other.direction, ..self.clone() })),
        ];
        let (part, part_mm) =
            parts.into_iter().fold(parts[0], |a, b| if b.1 > a.1 { b } else { a });
        let corner = std::array::from_fn(|axis| {
            if place >> (2 - axis) & 1 == 1 { self.shape[axis] - 1 } else { 0 }
        });
        Err(SpaceMismatch::Position { part, part_mm, corner, distance_mm, tolerance_mm })
    }

    /// Place among the outer corners, and distance in mm, of the one that lies furthest from its partner.
    fn furthest_corner(&self, other: &Self) -> (usize, f64) {
        let (ours, theirs) = (self.outer_corners(), other.outer_corners());
        (0..8)
            .map(|n| (n, matrix::norm(matrix::subtract(ours[n], theirs[n]))))
            .fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a })
    }
}
