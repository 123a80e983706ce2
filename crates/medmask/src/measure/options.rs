//! What is measured.

use medmask_core::Connectivity;

use crate::adapter::ImageFile;

/// What is measured beside counts, boxes and centroids; by default nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct MeasureOptions<'a> {
    /// The neighbourhood by which each label is taken apart into connected components.
    pub components: Option<Connectivity>,
    /// Whether diameters, the oriented box and areas are measured.
    pub shape: bool,
    /// Whether the area in each axial slice is.
    pub slices: bool,
    /// An image whose values are measured beneath each label.
    pub image: Option<&'a ImageFile>,
    /// Whether an image on another grid is interpolated linearly, and not refused.
    pub resample_image: bool,
}

impl MeasureOptions<'_> {
    /// Whether voxels are looked at for it.
    pub(super) fn needs_voxels(&self) -> bool {
        self.components.is_some() || self.shape || self.slices || self.image.is_some()
    }
}
