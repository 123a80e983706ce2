//! What a picture shows.

use medmask_render::{Plane, Side, Style, Window};

use crate::adapter::ImageFile;

/// Which slices are drawn, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PictureOptions<'a> {
    /// Which way a montage is cut.
    pub plane: Plane,
    /// How many slices a montage has at most; those without a structure are left out.
    pub slices: usize,
    /// Instead of a montage, the three planes through this point of the world (x, y, z; LPS+, mm).
    pub at_lps_mm: Option<[f64; 3]>,
    /// Instead of slices, all structures as seen from one side.
    pub project: Option<Side>,
    /// An image under the masks of the slices; it is interpolated linearly where it lies on another grid.
    pub image: Option<&'a ImageFile>,
    /// Which of its values are black and white; `None` for [`Window::SOFT_TISSUE`] where a value is below -500, as in a CT, and else from
    /// the 1st to the 99th percentile of what is shown.
    pub window: Option<Window>,
    /// The patient's left on the viewer's left.
    pub neurological: bool,
    /// Names, colours and volumes beside the slices.
    pub legend: bool,
    /// How panels are drawn.
    pub style: Style,
}

impl Default for PictureOptions<'_> {
    /// Nine axial slices, the patient's left on the viewer's right, with a legend.
    fn default() -> Self {
        Self {
            plane: Plane::Axial,
            slices: 9,
            at_lps_mm: None,
            project: None,
            image: None,
            window: None,
            neurological: false,
            legend: true,
            style: Style::default(),
        }
    }
}

/// Pieces of a slice that all panels together hold at most, so that memory has a bound whatever the grid is.
const MOST_PIECES: f64 = 67_108_864.0;

impl PictureOptions<'_> {
    /// How many pieces a slice of `panels` has at most down and to the right: about two for a pixel, so that a picture of vectors can be
    /// enlarged, and no fewer than the slices of a usual CT have.
    pub(super) fn most_pieces(&self, panels: usize) -> usize {
        let most = (2 * self.style.panel_pixels as usize).max(1024);
        most.min((MOST_PIECES / panels.max(1) as f64).sqrt() as usize)
    }
}
