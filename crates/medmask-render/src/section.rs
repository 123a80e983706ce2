//! What a slice of a mask covers.

use std::fmt::Write;
use std::ops::Range;

use medmask_core::{Bounds, Runs};

use crate::View;

/// What a mask covers of one slice, as it is drawn: stretches of rows, from the top and from the left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    spans: Vec<Span>,
}

/// A stretch of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    row: u32,
    columns: Range<u32>,
}

/// Which places of the smallest box around a section it covers.
struct Covered {
    rows: Range<usize>,
    columns: Range<usize>,
    places: Vec<bool>,
}

impl Section {
    /// Of the labelled voxels of `runs` in slice `index` across `view`, inside `bounds` (z, y, x). What lies outside the grid of the
    /// runs is not covered.
    #[must_use]
    pub fn new(runs: &Runs, view: &View, index: usize, bounds: &Bounds) -> Self {
        let mut inside = *bounds;
        inside.start[view.axes[0]] = index;
        inside.end[view.axes[0]] = index + 1;
        let Some(inside) = runs.bounds().and_then(|own| own.intersection(&inside)) else {
            return Self::default();
        };
        let last = inside.end.map(|end| end - 1);
        let [first, last] = [inside.start, last].map(|voxel| view.place(bounds, voxel));
        let between = |side: usize| first[side].min(last[side])..first[side].max(last[side]) + 1;
        let mut covered = Covered::new(between(0), between(1));
        let [z, y, x] = std::array::from_fn(|axis| inside.start[axis]..inside.end[axis]);
        for row in runs.rows_of_slices(z.start as u32, z.end as u32) {
            if !y.contains(&(row.y as usize)) {
                continue;
            }
            for run in row.runs {
                for x in (run.start as usize).max(x.start)..(run.end as usize).min(x.end) {
                    covered.add(view.place(bounds, [row.z as usize, row.y as usize, x]));
                }
            }
        }
        Self { spans: covered.spans() }
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The stretches that it covers: rows from the top, and columns from the left; ascending.
    pub fn spans(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        self.spans
            .iter()
            .map(|span| (span.row as usize, span.columns.start as usize..span.columns.end as usize))
    }

    /// The outline as a path of SVG along the edges of what is drawn as one, each so many units high and wide.
    #[must_use]
    pub fn outline(&self, [high, wide]: [f64; 2]) -> String {
        let mut path = String::new();
        let Some(covered) = self.covered() else { return path };
        let (rows, columns) = (covered.rows.clone(), covered.columns.clone());
        let before = |place: usize| place.wrapping_sub(1);
        let across = |row: usize, column: usize| {
            covered.has(before(row), column) != covered.has(row, column)
        };
        stretches(rows.start..rows.end + 1, &columns, across, |row, along| {
            let [start, end] = [along.start, along.end].map(|column| units(column, wide));
            let _ = write!(path, "M{start} {}H{end}", units(row, high));
        });
        let down = |column: usize, row: usize| {
            covered.has(row, before(column)) != covered.has(row, column)
        };
        stretches(columns.start..columns.end + 1, &rows, down, |column, along| {
            let [start, end] = [along.start, along.end].map(|row| units(row, high));
            let _ = write!(path, "M{} {start}V{end}", units(column, wide));
        });
        path
    }

    fn covered(&self) -> Option<Covered> {
        let rows = self.spans.first()?.row as usize..self.spans.last()?.row as usize + 1;
        let start = self.spans().map(|(_, columns)| columns.start).min()?;
        let end = self.spans().map(|(_, columns)| columns.end).max()?;
        let mut covered = Covered::new(rows, start..end);
        for (row, columns) in self.spans() {
            columns.for_each(|column| covered.add([row, column]));
        }
        Some(covered)
    }
}

impl Covered {
    fn new(rows: Range<usize>, columns: Range<usize>) -> Self {
        let places = vec![false; rows.len() * columns.len()];
        Self { rows, columns, places }
    }

    fn place(&self, row: usize, column: usize) -> usize {
        (row - self.rows.start) * self.columns.len() + column - self.columns.start
    }

    fn add(&mut self, [row, column]: [usize; 2]) {
        let place = self.place(row, column);
        self.places[place] = true;
    }

    fn has(&self, row: usize, column: usize) -> bool {
        self.rows.contains(&row)
            && self.columns.contains(&column)
            && self.places[self.place(row, column)]
    }

    fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let has = |row: usize, column: usize| self.places[self.place(row, column)];
        stretches(self.rows.clone(), &self.columns, has, |row, along| {
            let columns = along.start as u32..along.end as u32;
            spans.push(Span { row: row as u32, columns });
        });
        spans
    }
}

/// To a hundredth.
fn units(place: usize, size: f64) -> f64 {
    (place as f64 * size * 100.0).round() / 100.0
}

/// Calls `each(line, stretch)` for every stretch of a line over which `holds(line, place)`.
fn stretches(
    lines: Range<usize>,
    places: &Range<usize>,
    holds: impl Fn(usize, usize) -> bool,
    mut each: impl FnMut(usize, Range<usize>),
) {
    for line in lines {
        let mut start = None;
        for place in places.start..=places.end {
            match (start, place < places.end && holds(line, place)) {
                (None, true) => start = Some(place),
                (Some(from), false) => {
                    each(line, from..place);
                    start = None;
                }
                _ => {}
            }
        }
    }
}
