//! Names, colours and volumes beside the slices.

use svg::node::element::{Group, Rectangle, Text};

use crate::colours::{Colour, hex};
use crate::text::{cut, readable};

/// A line of the legend.
#[derive(Clone, Debug)]
pub struct LegendRow {
    /// The structure's colour.
    pub colour: Colour,
    /// Its name.
    pub name: String,
    /// Its volume in mL; `None` where it is not said.
    pub volume_ml: Option<f64>,
}

impl LegendRow {
    /// The volume in mL with three digits that count, such as `1530 mL`.
    #[must_use]
    pub fn volume_text(&self) -> Option<String> {
        let ml = self.volume_ml?;
        let digits =
            if ml >= 100.0 || ml == 0.0 { 0.0 } else { (2.0 - ml.log10().floor()).min(6.0) };
        Some(format!("{ml:.*} mL", digits as usize))
    }
}

/// Pixels of a letter's height.
const LETTERS: f64 = 13.0;
/// Pixels from line to line.
const LINE: f64 = 18.0;
/// Mean width of a letter of the font over its height.
const WIDTH: f64 = 0.62;
/// Letters that a name has at most.
const LONGEST: usize = 34;
/// Pixels around all.
const GAP: f64 = 14.0;

/// Rows in columns.
pub(crate) struct Legend<'a> {
    rows: &'a [LegendRow],
    in_column: usize,
    name_width: f64,
    volume_width: f64,
}

impl<'a> Legend<'a> {
    /// In as many columns as fit a height in pixels.
    pub fn new(rows: &'a [LegendRow], height: f64) -> Self {
        let in_column =
            (((height - 2.0 * GAP) / LINE).floor() as usize).clamp(1, rows.len().max(1));
        let letters = rows.iter().map(|row| readable(&row.name).chars().count().min(LONGEST)).max();
        let volume =
            rows.iter().filter_map(LegendRow::volume_text).map(|text| text.chars().count()).max();
        Self {
            rows,
            in_column,
            name_width: letters.unwrap_or(0) as f64 * LETTERS * WIDTH,
            volume_width: volume.map_or(0.0, |letters| (letters + 2) as f64 * LETTERS * WIDTH),
        }
    }

    fn column_width(&self) -> f64 {
        LINE + self.name_width + self.volume_width + GAP
    }

    /// Pixels to the right and down.
    pub fn size(&self) -> [f64; 2] {
        if self.rows.is_empty() {
            return [0.0; 2];
        }
        let columns = self.rows.len().div_ceil(self.in_column) as f64;
        [columns * self.column_width() + GAP, self.in_column as f64 * LINE + 2.0 * GAP]
    }

    pub fn draw(&self, x: f64, ink: &str) -> Group {
        let mut group = Group::new().set("font-size", LETTERS).set("fill", ink);
        for (place, row) in self.rows.iter().enumerate() {
            let left = x + GAP + (place / self.in_column) as f64 * self.column_width();
            let top = GAP + (place % self.in_column) as f64 * LINE;
            let square = Rectangle::new()
                .set("x", left)
                .set("y", top + 2.0)
                .set("width", LETTERS - 1.0)
                .set("height", LETTERS - 1.0)
                .set("fill", hex(row.colour));
            let name = Text::new(cut(&readable(&row.name), LONGEST));
            let line = top + LETTERS;
            group = group.add(square).add(name.set("x", left + LINE).set("y", line));
            if let Some(text) = row.volume_text() {
                let right = left + LINE + self.name_width + self.volume_width;
                let text = Text::new(text).set("x", right).set("y", line);
                group = group.add(text.set("text-anchor", "end"));
            }
        }
        group
    }
}
