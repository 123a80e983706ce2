//! What was measured.

use medmask_core::{GreyValues, LabelStatistics, ShapeMeasures, SliceAreas, Space};

/// An entry, labels of one, or an expression, with what was measured of its labels.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MeasuredMask {
    /// The entry's name; of an expression its text.
    pub name: String,
    /// Its labels, or those that were chosen, in the order of the archive.
    pub labels: Vec<MeasuredLabel>,
}

/// A label, and what was measured of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MeasuredLabel {
    /// `None` for voxels that were stored without one.
    pub name: Option<String>,
    /// Its number in the voxels.
    pub number: u32,
    /// Voxels, box and sums of places; `None` where no voxel holds it.
    pub statistics: Option<LabelStatistics>,
    /// Voxels of each connected component, the largest first, where they were asked for.
    pub components: Option<Vec<u64>>,
    /// Its shape, where that was asked for and a voxel holds it.
    pub shape: Option<ShapeMeasures>,
    /// How large it is in each axial slice, where that was asked for and a voxel holds it.
    pub slices: Option<SliceAreas>,
    /// The values of an image beneath it, where one was given and a voxel holds it.
    pub grey: Option<GreyValues>,
}

impl MeasuredLabel {
    pub(super) fn new(
        name: Option<String>,
        number: u32,
        statistics: Option<LabelStatistics>,
    ) -> Self {
        Self { name, number, statistics, components: None, shape: None, slices: None, grey: None }
    }

    /// How many voxels hold it.
    #[must_use]
    pub fn voxels(&self) -> u64 {
        self.statistics.map_or(0, |known| known.voxels)
    }

    /// The centroid in the world (x, y, z; LPS+, mm); `None` where no voxel holds it.
    #[must_use]
    pub fn centroid_lps_mm(&self, space: &Space) -> Option<[f64; 3]> {
        Some(space.index_to_world(self.statistics?.centroid()))
    }
}
