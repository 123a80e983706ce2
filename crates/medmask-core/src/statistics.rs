//! What is known of a label without looking at voxels again.

use crate::Bounds;

/// Voxel count, bounding box and coordinate sums of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelStatistics {
    /// The label, at least 1.
    pub label: u32,
    /// Number of voxels, at least 1.
    pub voxels: u64,
    /// The tight bounding box, in voxels (z, y, x).
    pub bounds: Bounds,
    /// Sums of the voxel indices along z, y and x.
    pub sums: [u64; 3],
}

impl LabelStatistics {
    /// The centroid in voxel coordinates (z, y, x); the centre of voxel 0 is 0.
    #[must_use]
    pub fn centroid(&self) -> [f64; 3] {
        self.sums.map(|sum| sum as f64 / self.voxels as f64)
    }
}
