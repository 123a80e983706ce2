//! All structures of a case at a glance, shaded as seen from one side.

use medmask_core::{Bounds, Runs, Space};

use crate::colours::Colour;
use crate::{Panel, Plane, View};

/// From where the body is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// From the front.
    #[default]
    Front,
    /// From the patient's left.
    Side,
    /// From the head.
    Top,
}

impl Side {
    fn plane(self) -> Plane {
        match self {
            Self::Front => Plane::Coronal,
            Self::Side => Plane::Sagittal,
            Self::Top => Plane::Axial,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Front => "from the front",
            Self::Side => "from the left",
            Self::Top => "from the head",
        }
    }
}

/// What is nearest to who looks from one side, of masks that are added one after the other.
#[derive(Clone, Debug)]
pub struct Projection {
    side: Side,
    view: View,
    bounds: Bounds,
    /// Whether a larger index across is nearer.
    from_end: bool,
    /// Size of a voxel across, in mm.
    across_mm: f64,
    /// Of each pixel, how many voxels from the nearest end of the box, and the colour there.
    nearest: Vec<Option<(u32, Colour)>>,
}

impl Projection {
    /// Of masks on `space`, inside `bounds` (z, y, x), drawn with at most `most` pieces down and to the right.
    #[must_use]
    pub fn new(space: &Space, side: Side, neurological: bool, bounds: Bounds, most: usize) -> Self {
        let view = View::new(space, side.plane(), neurological).thinned(&bounds, most);
        let [height, width] = view.size(&bounds);
        let direction = space.axis_codes().axes()[view.axes[0]];
        // The front, the patient's left and the head are nearest.
        let from_end = matches!(direction.letter(), 'A' | 'L' | 'S');
        let across_mm = space.spacing()[view.axes[0]];
        let nearest = vec![None; height * width];
        Self { side, view, bounds, from_end, across_mm, nearest }
    }

    /// Adds the labelled voxels of a mask.
    pub fn add(&mut self, runs: &Runs, colour: Colour) {
        let [_, width] = self.view.size(&self.bounds);
        let across = self.view.axes[0];
        for row in runs.rows() {
            for run in row.runs {
                for x in run.start..run.end {
                    let voxel = [row.z as usize, row.y as usize, x as usize];
                    if !self.bounds.contains(voxel) {
                        continue;
                    }
                    let depth = match self.from_end {
                        true => self.bounds.end[across] - 1 - voxel[across],
                        false => voxel[across] - self.bounds.start[across],
                    } as u32;
                    let [row, column] = self.view.place(&self.bounds, voxel);
                    let pixel = &mut self.nearest[row * width + column];
                    if pixel.is_none_or(|(known, _)| depth < known) {
                        *pixel = Some((depth, colour));
                    }
                }
            }
        }
    }

    /// The picture: colours as light from the upper left makes them, darker further away.
    #[must_use]
    pub fn finish(self) -> Panel {
        let mut panel = Panel::new(self.side.name(), self.view, &self.bounds);
        let [height, width] = panel.size;
        let deepest = self.nearest.iter().flatten().map(|(depth, _)| *depth).max().unwrap_or(0);
        let mut shaded = vec![[0; 3]; height * width];
        for (place, pixel) in shaded.iter_mut().enumerate() {
            let Some((depth, colour)) = self.nearest[place] else { continue };
            let (row, column) = (place / width, place % width);
            let light = self.light(row, column, depth, width)
                * (1.0 - 0.45 * f64::from(depth) / f64::from(deepest.max(1)));
            *pixel = colour.map(|channel| (f64::from(channel) * light).round() as u8);
        }
        panel.shaded = Some(shaded);
        panel
    }

    /// Lambert's law on the surface that the depths make, 0.25 to 1.
    fn light(&self, row: usize, column: usize, depth: u32, width: usize) -> f64 {
        let height = self.nearest.len() / width;
        let depth_at = |row: usize, column: usize| {
            let found =
                (row < height && column < width).then(|| self.nearest[row * width + column]);
            found.flatten().map_or(f64::from(depth), |(known, _)| f64::from(known))
        };
        let slope = |before: f64, after: f64, spacing: f64| {
            ((after - before) * self.across_mm / (2.0 * spacing)).clamp(-4.0, 4.0)
        };
        let [down_mm, across_mm] = self.view.spacing;
        let down = slope(depth_at(row.wrapping_sub(1), column), depth_at(row + 1, column), down_mm);
        let across =
            slope(depth_at(row, column.wrapping_sub(1)), depth_at(row, column + 1), across_mm);
        // The normal is (across, down, 1) turned to the viewer; the light comes from the upper left.
        let towards = 0.825 - (across + down) * 0.4;
        let length = (across * across + down * down + 1.0).sqrt();
        0.25 + 0.75 * (towards / length).clamp(0.0, 1.0)
    }
}
