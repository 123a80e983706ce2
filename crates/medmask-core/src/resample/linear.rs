//! Values between the voxels of an image.

use super::path::{Position, steps_between};
use crate::Space;

/// Linear interpolation in a source grid at the voxels of a target grid.
pub(crate) struct Linear {
    /// Source position (z, y, x) of the target's voxel 0, in voxels.
    start: [f64; 3],
    /// Source steps, in voxels, for one voxel along each target axis.
    steps: [[f64; 3]; 3],
    source_shape: [usize; 3],
}

impl Linear {
    pub fn new(source: &Space, target: &Space) -> Self {
        let (start, steps) = steps_between(source, target);
        Self { start, steps, source_shape: source.shape() }
    }

    /// The value at the voxel `index` (z, y, x) of the target, of the voxels `at` of the source; `None` further than half a voxel
    /// outside of it.
    pub fn value(&self, index: [usize; 3], at: impl Fn([usize; 3]) -> f64) -> Option<f64> {
        let point = std::array::from_fn(|axis| {
            let moved = (0..3).map(|n| index[n] as f64 * self.steps[n][axis]);
            self.start[axis] + moved.sum::<f64>()
        });
        let (low, high, [z, y, x]) =
            Position::inside(point, self.source_shape)?.between(self.source_shape);
        // A neighbour without weight does not count, whatever it holds.
        let between = |a: f64, b: f64, part: f64| if part == 0.0 { a } else { a + (b - a) * part };
        let edge = |k: usize, j: usize| between(at([k, j, low[2]]), at([k, j, high[2]]), x);
        let face = |k: usize| between(edge(k, low[1]), edge(k, high[1]), y);
        Some(between(face(low[0]), face(high[0]), z))
    }
}
