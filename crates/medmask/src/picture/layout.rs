//! Which slices are shown, and how much of them.

use medmask_core::{Bounds, Space};
use medmask_render::{Plane, View};

use super::PictureOptions;

/// What is shown around the structures, in mm.
const MARGIN_MM: f64 = 12.0;

/// A slice.
pub(super) struct Cut {
    pub view: View,
    /// Along the axis across it.
    pub index: usize,
    /// The point of the world (LPS+, mm) that it was asked to go through, and is shown though it may be empty.
    pub through: Option<[f64; 3]>,
}

impl Cut {
    /// Where the middle of the slice lies, or the point that it goes through, such as `S 313.2 mm`.
    pub fn title(&self, space: &Space, frame: &Bounds) -> String {
        let mut middle: [f64; 3] = std::array::from_fn(|axis| {
            f64::midpoint(frame.start[axis] as f64, frame.end[axis] as f64 - 1.0)
        });
        middle[self.view.axes[0]] = self.index as f64;
        let world = self.through.unwrap_or_else(|| space.index_to_world(middle));
        let (axis, [plus, minus]) = match self.view.plane {
            Plane::Sagittal => (0, ['L', 'R']),
            Plane::Coronal => (1, ['P', 'A']),
            Plane::Axial => (2, ['S', 'I']),
        };
        let mm = world[axis];
        let letter = if mm < 0.0 { minus } else { plus };
        format!("{} {letter} {:.1} mm", self.view.plane.name(), mm.abs())
    }
}

/// The box of the structures with a margin, which holds the point that is asked for, inside the grid.
pub(super) fn framed(space: &Space, bounds: Bounds, at_lps_mm: Option<[f64; 3]>) -> Bounds {
    let (shape, spacing) = (space.shape(), space.spacing());
    let margin = spacing.map(|mm| (MARGIN_MM / mm).ceil() as usize);
    let mut frame = Bounds {
        start: std::array::from_fn(|axis| bounds.start[axis].saturating_sub(margin[axis])),
        end: std::array::from_fn(|axis| (bounds.end[axis] + margin[axis]).min(shape[axis])),
    };
    if let Some(voxel) = at_lps_mm.and_then(|point| space.voxel_at_world(point)) {
        let end = voxel.map(|index| index + 1);
        frame = frame.union(&Bounds { start: voxel, end });
    }
    frame
}

/// The slices of a montage of `frame` through `bounds` from head to feet, front to back or right to left; or the three through a point,
/// none where it lies outside.
pub(super) fn cuts(
    space: &Space,
    bounds: &Bounds,
    frame: &Bounds,
    options: &PictureOptions<'_>,
) -> Vec<Cut> {
    let panels = if options.at_lps_mm.is_some() { 3 } else { options.slices };
    let most = options.most_pieces(panels);
    let view = |plane| View::new(space, plane, options.neurological).thinned(frame, most);
    if let Some(point) = options.at_lps_mm {
        let Some(voxel) = space.voxel_at_world(point) else { return Vec::new() };
        let cut = |plane| {
            let view = view(plane);
            Cut { view, index: voxel[view.axes[0]], through: Some(point) }
        };
        return Plane::ALL.map(cut).into();
    }
    let view = view(options.plane);
    let across = view.axes[0];
    let (start, length) = (bounds.start[across], bounds.end[across] - bounds.start[across]);
    let count = options.slices.clamp(1, length);
    // The middles of as many equal parts.
    let mut indices: Vec<usize> =
        (0..count).map(|part| start + (2 * part + 1) * length / (2 * count)).collect();
    indices.dedup();
    let direction = space.axis_codes().axes()[across].letter();
    if matches!(direction, 'S' | 'A' | 'R') {
        indices.reverse();
    }
    indices.into_iter().map(|index| Cut { view, index, through: None }).collect()
}
