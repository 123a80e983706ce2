//! What drawing refuses.

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// There is nothing to draw.
    #[error("there is nothing to draw: no structure has a voxel in the slices that were asked for")]
    Nothing,
    /// A point through which planes shall go lies outside the grid.
    #[error("the point {}, {}, {} mm lies outside the grid of the masks", point[0], point[1], point[2])]
    PointOutside {
        /// The point of the world (x, y, z; LPS+, mm).
        point: [f64; 3],
    },
    /// An image shall lie under masks of which no slice is drawn.
    #[error("a projection shows no slices, so that no image can lie under the masks")]
    ImageInProjection,
    /// More pixels than a picture may have.
    #[error("a picture of {width} x {height} pixels is too large")]
    TooLarge {
        /// Pixels to the right.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// The picture could not be encoded.
    #[error("cannot encode the picture: {0}")]
    Png(String),
}
