//! Distances within a margin, as whole numbers that no rounding changes.

/// Parts of the smallest spacing that make one unit of length, unless the margin is so long that its square would be too large.
const PARTS: f64 = 1e6;
/// Units that a margin has at most; its square fits 61 bits.
const LONGEST: f64 = (1_u64 << 30) as f64;

/// The distances between voxel centres along the axes, and the largest distance that counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    /// From one voxel to the next along z, y and x, in units.
    steps: [u64; 3],
    /// The square of the margin, in units.
    square: u64,
    /// Voxels that the margin reaches along each axis.
    reach: [usize; 3],
}

impl Metric {
    /// Of voxels `spacing` mm (z, y, x) apart on a grid of `shape`.
    pub fn new(margin_mm: f64, spacing: [f64; 3], shape: [usize; 3]) -> Self {
        let side = |axis: usize| spacing[axis] * shape[axis] as f64;
        // No two voxels are as far apart, so that all larger margins are alike.
        let diagonal = side(0).hypot(side(1)).hypot(side(2));
        let margin = margin_mm.min(diagonal);
        let finest = spacing.into_iter().fold(f64::INFINITY, f64::min);
        let unit = (finest / PARTS).max(margin / LONGEST);
        // A step longer than every margin needs no exact length.
        let steps = spacing.map(|mm| (mm / unit).round().min(2.0 * LONGEST) as u64);
        let longest = (margin / unit * (1.0 + 1.0 / PARTS)) as u64;
        let reach = std::array::from_fn(|axis| {
            // A step of no length is one that is nothing beside the margin.
            let voxels = longest.checked_div(steps[axis]).map(|voxels| voxels as usize);
            voxels.map_or(shape[axis], |voxels| voxels.min(shape[axis]))
        });
        Self { steps, square: longest * longest, reach }
    }

    /// Voxels that the margin reaches along each axis (z, y, x), at most those of the grid.
    pub fn reach(&self) -> [usize; 3] {
        self.reach
    }

    /// The square of the margin.
    pub fn square(&self) -> u64 {
        self.square
    }

    /// The square of the distance over `voxels` along `axis`, which the margin reaches.
    pub fn square_of(&self, axis: usize, voxels: usize) -> u64 {
        let distance = self.steps[axis] * voxels as u64;
        distance * distance
    }

    /// How many voxels along `axis` a distance of this square reaches, at most those of the grid.
    pub fn voxels_within(&self, axis: usize, square: u64) -> usize {
        let voxels = square.isqrt().checked_div(self.steps[axis]);
        voxels.map_or(self.reach[axis], |voxels| (voxels as usize).min(self.reach[axis]))
    }
}
