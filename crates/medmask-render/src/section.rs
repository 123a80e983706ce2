//! What a slice of a mask covers.

use medmask_core::{Bounds, Runs};

use crate::View;

/// The voxels of one slice that a mask has, as they are drawn: row after row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) covered: Vec<bool>,
}

impl Section {
    /// Of the labelled voxels of `runs` in slice `index` across `view`, inside `bounds` (z, y, x). What lies outside the grid of the
    /// runs is not covered.
    #[must_use]
    pub fn new(runs: &Runs, view: &View, index: usize, bounds: &Bounds) -> Self {
        let [_, height, width] = view.sizes(bounds);
        let mut section = Self { height, width, covered: vec![false; height * width] };
        let mut inside = *bounds;
        inside.start[view.axes[0]] = index;
        inside.end[view.axes[0]] = index + 1;
        let [z, y, x] = std::array::from_fn(|axis| inside.start[axis]..inside.end[axis]);
        for row in runs.rows_of_slices(z.start as u32, z.end as u32) {
            if !y.contains(&(row.y as usize)) {
                continue;
            }
            for run in row.runs {
                let (start, end) =
                    ((run.start as usize).max(x.start), (run.end as usize).min(x.end));
                for x in start..end {
                    section.cover(view, bounds, [row.z as usize, row.y as usize, x]);
                }
            }
        }
        section
    }

    fn cover(&mut self, view: &View, bounds: &Bounds, voxel: [usize; 3]) {
        let [row, column] = place(view, bounds, voxel);
        self.covered[row * self.width + column] = true;
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.covered.contains(&true)
    }

    /// The outline as a path of SVG along the edges of voxels, each 1 unit large.
    #[must_use]
    pub fn outline(&self) -> String {
        let mut path = String::new();
        let at = |row: usize, column: usize| {
            row < self.height && column < self.width && self.covered[row * self.width + column]
        };
        let before = |row: Option<usize>, column: Option<usize>| {
            row.zip(column).is_some_and(|(row, column)| at(row, column))
        };
        let across =
            |row: usize, column: usize| before(row.checked_sub(1), Some(column)) != at(row, column);
        stretches(self.height + 1, self.width, across, |row, start, end| {
            path.push_str(&format!("M{start} {row}H{end}"));
        });
        let down =
            |column: usize, row: usize| before(Some(row), column.checked_sub(1)) != at(row, column);
        stretches(self.width + 1, self.height, down, |column, start, end| {
            path.push_str(&format!("M{column} {start}V{end}"));
        });
        path
    }
}

/// Calls `each(line, start, end)` for every stretch of a line over which `is_edge(line, place)` holds.
fn stretches(
    lines: usize,
    places: usize,
    is_edge: impl Fn(usize, usize) -> bool,
    mut each: impl FnMut(usize, usize, usize),
) {
    for line in 0..lines {
        let mut start = None;
        for place in 0..=places {
            let edge = place < places && is_edge(line, place);
            match (start, edge) {
                (None, true) => start = Some(place),
                (Some(from), false) => {
                    each(line, from, place);
                    start = None;
                }
                _ => {}
            }
        }
    }
}

/// Row and column of a voxel (z, y, x) inside `bounds`.
pub(crate) fn place(view: &View, bounds: &Bounds, voxel: [usize; 3]) -> [usize; 2] {
    let along = |side: usize| {
        let axis = view.axes[side + 1];
        match view.flipped[side] {
            true => bounds.end[axis] - 1 - voxel[axis],
            false => voxel[axis] - bounds.start[axis],
        }
    };
    [along(0), along(1)]
}
