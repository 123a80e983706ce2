//! What a picture shows.

use medmask_render::{Plane, Side, Style};

/// Which slices are drawn, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PictureOptions {
    /// Which way a montage is cut.
    pub plane: Plane,
    /// How many slices a montage has at most; those without a structure are left out.
    pub slices: usize,
    /// Instead of a montage, the three planes through this point of the world (x, y, z; LPS+, mm).
    pub at_lps_mm: Option<[f64; 3]>,
    /// Instead of slices, all structures as seen from one side.
    pub project: Option<Side>,
    /// The patient's left on the viewer's left.
    pub neurological: bool,
    /// Names, colours and volumes beside the slices.
    pub legend: bool,
    /// How panels are drawn.
    pub style: Style,
}

impl Default for PictureOptions {
    /// Nine axial slices, the patient's left on the viewer's right, with a legend.
    fn default() -> Self {
        Self {
            plane: Plane::Axial,
            slices: 9,
            at_lps_mm: None,
            project: None,
            neurological: false,
            legend: true,
            style: Style::default(),
        }
    }
}
