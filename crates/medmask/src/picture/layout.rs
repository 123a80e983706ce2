//! Which slices are shown, and how much of them.

use std::ops::Range;

use medmask_core::{Bounds, Space};
use medmask_render::{Panel, Plane, RenderError, View};

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

/// The slices of a montage of `frame` through `boxes` from head to feet, front to back or right to left; or the three through a point.
///
/// # Errors
/// [`RenderError::PointOutside`].
pub(super) fn cuts(
    space: &Space,
    boxes: &[Bounds],
    frame: &Bounds,
    options: &PictureOptions<'_>,
) -> Result<Vec<Cut>, RenderError> {
    let panels = if options.at_lps_mm.is_some() { 3 } else { options.slices };
    let most = options.most_pieces(panels);
    let view = |plane| View::new(space, plane, options.neurological).thinned(frame, most);
    if let Some(point) = options.at_lps_mm {
        let voxel = space.voxel_at_world(point).ok_or(RenderError::PointOutside { point })?;
        let cut = |plane| {
            let view = view(plane);
            Cut { view, index: voxel[view.axes[0]], through: Some(point) }
        };
        return Ok(Plane::ALL.map(cut).into());
    }
    let view = view(options.plane);
    let across = view.axes[0];
    let occupied = occupied(boxes, across);
    let length: usize = occupied.iter().map(ExactSizeIterator::len).sum();
    let count = options.slices.clamp(1, length.max(1));
    // The middles of as many equal parts of what the boxes cover.
    let middles = (0..count).map(|part| (2 * part + 1) * length / (2 * count));
    let mut indices: Vec<usize> =
        middles.filter_map(|place| occupied.iter().cloned().flatten().nth(place)).collect();
    indices.dedup();
    let direction = space.axis_codes().axes()[across].letter();
    if matches!(direction, 'S' | 'A' | 'R') {
        indices.reverse();
    }
    Ok(indices.into_iter().map(|index| Cut { view, index, through: None }).collect())
}

/// The slices across an axis that boxes reach, ascending.
fn occupied(boxes: &[Bounds], across: usize) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = boxes.iter().map(|own| own.start[across]..own.end[across]).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let mut occupied: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match occupied.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => occupied.push(range),
        }
    }
    occupied
}

/// The slices that `panel` gives something for. Where that is none of a montage, it is the first slice of the boxes: a structure may have
/// gaps, but its box is tight.
pub(super) fn drawn<E>(
    cuts: Vec<Cut>,
    boxes: &[Bounds],
    mut panel: impl FnMut(&Cut) -> Result<Option<Panel>, E>,
) -> Result<Vec<(Cut, Panel)>, E> {
    let first = cuts.first().map(|cut| {
        let across = cut.view.axes[0];
        let index = boxes.iter().map(|own| own.start[across]).min().unwrap_or(cut.index);
        Cut { view: cut.view, index, through: None }
    });
    let mut shown = Vec::new();
    for cut in cuts {
        shown.extend(panel(&cut)?.map(|panel| (cut, panel)));
    }
    if let (true, Some(cut)) = (shown.is_empty(), first) {
        shown.extend(panel(&cut)?.map(|panel| (cut, panel)));
    }
    Ok(shown)
}
