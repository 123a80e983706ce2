//! Why numbers do not describe a space.

use medmask_voxel::{quoted, shortened};

/// Why numbers do not describe a space.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// An axis has no voxels or more than `i32::MAX`, or the whole has more than [`Space::MAX_VOXELS`](crate::Space::MAX_VOXELS).
    #[error("shape {shape:?} has an axis without voxels, or more voxels than can be addressed")]
    Shape {
        /// Along each axis.
        shape: [usize; 3],
    },
    /// A spacing is not a positive finite number.
    #[error("spacing {spacing:?} mm is not positive and finite")]
    Spacing {
        /// Along each array axis, mm.
        spacing: [f64; 3],
    },
    /// The origin, or a corner that follows from it, is not finite.
    #[error("origin {origin:?} mm, or a corner reckoned from it, is not finite")]
    Origin {
        /// World position of voxel 0 (x, y, z; mm).
        origin: [f64; 3],
    },
    /// The directions are not three unit vectors at right angles.
    #[error("directions are not orthonormal: a product of two of them is off by {deviation}")]
    Direction {
        /// Largest difference of a dot product from that of orthonormal vectors.
        deviation: f64,
    },
    /// Axes are not a permutation of 0, 1 and 2, or an axis is above 2.
    #[error("{axes:?} are not axes of a volume: each of 0, 1 and 2 is needed once")]
    Axes {
        /// The axes asked for.
        axes: [usize; 3],
    },
    /// A box is empty, or reaches outside the grid.
    #[error("box {start:?} to {end:?} is empty or reaches outside shape {shape:?}")]
    Bounds {
        /// First voxel.
        start: [usize; 3],
        /// One past the last voxel.
        end: [usize; 3],
        /// Of the grid.
        shape: [usize; 3],
    },
    /// A factor, angle or box corner is not usable.
    #[error("{what} {value} is not usable: it must be finite{}", if *.positive { " and positive" } else { "" })]
    Number {
        /// What the number is.
        what: &'static str,
        /// The number.
        value: f64,
        /// Whether it must be greater than 0.
        positive: bool,
    },
    /// An affine has numbers that are not finite, or its last row is not 0, 0, 0, 1.
    #[error("affine row {row} is {values:?}: numbers must be finite and the last row 0, 0, 0, 1")]
    Affine {
        /// Row, from 0.
        row: usize,
        /// The row.
        values: [f64; 4],
    },
    /// An affine maps the volume to a plane, line or point.
    #[error("the affine is singular: its columns lie in one plane")]
    Singular,
    /// An affine has shear, and the nearest rotation moves a corner too far.
    #[error(
        "the affine is not orthogonal: the nearest rotation moves a corner by {voxels:.4} voxels, \
         more than {limit}"
    )]
    Shear {
        /// Distance that the worst corner moves, in voxels.
        voxels: f64,
        /// The limit, in voxels.
        limit: f64,
    },
    /// Text is not the JSON of a space.
    #[error("not the JSON of a space: {reason}", reason = shortened(reason))]
    Json {
        /// What the parser says.
        reason: String,
    },
    /// Letters are not the codes of three axes.
    #[error("{letters} are not axis codes: one each of L or R, P or A, S or I is needed", letters = quoted(letters))]
    AxisCodes {
        /// The letters given.
        letters: String,
    },
}
