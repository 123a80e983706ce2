//! Size against time to decode, as SVG.

use std::fmt::Write;
use std::path::Path;

use medmask::codec_comparison::{Masks, Measurement};
use medmask::medmask_files::{Durability, write_whole};

use crate::failure::Result;
use crate::output::milliseconds;
use crate::output::{self, plural};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 60.0;
const LETTER: f64 = 6.6;
const LINE: f64 = 14.0;

/// Writes the drawing to `path`, whole or not at all.
pub fn write(path: &Path, masks: &Masks, measured: &[Measurement], overwrite: bool) -> Result {
    let drawing = draw(masks, measured);
    Ok(write_whole(path, drawing.as_bytes(), overwrite, Durability::Buffered)?)
}

/// A logarithmic axis.
struct Axis {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// An axis from `start` to `end` on paper with room around `values`.
    fn new(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        let logarithms = values.filter(|value| *value > 0.0).map(f64::log10);
        let low = logarithms.clone().fold(f64::INFINITY, f64::min);
        let high = logarithms.fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return Self { low: 0.0, high: 1.0, start, end };
        }
        let room = ((high - low) * 0.08).max(0.1);
        Self { low: low - room, high: high + room, start, end }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.max(f64::MIN_POSITIVE).log10() - self.low) / (self.high - self.low);
        self.start + share * (self.end - self.start)
    }

    /// Round values along the axis, the roundest that give at least three.
    fn ticks(&self) -> Vec<f64> {
        const STEPS: [&[f64]; 3] =
            [&[1.0], &[1.0, 2.0, 5.0], &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]];
        let along = |steps: &&[f64]| -> Vec<f64> {
            let decades = self.low.floor() as i32..=self.high.ceil() as i32;
            let values =
                decades.flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
            values.filter(|value| (self.low..=self.high).contains(&value.log10())).collect()
        };
        let sets = STEPS.iter().map(along);
        sets.reduce(|few, more| if few.len() >= 3 { few } else { more }).unwrap_or_default()
    }
}

fn draw(masks: &Masks, measured: &[Measurement]) -> String {
    let x = Axis::new(measured.iter().map(|point| milliseconds(point.decode)), LEFT, WIDTH - RIGHT);
    let y = Axis::new(measured.iter().map(|point| point.bytes as f64), HEIGHT - BOTTOM, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"26\" font-size=\"16\" font-weight=\"600\">Size and time to decode, by codec</text>\n\
         <text x=\"{LEFT}\" y=\"46\" fill=\"#666\">{}, {} not empty; lower left is better</text>\n",
        plural(masks.count(), "mask", "masks"),
        output::count(masks.non_empty() as u64),
    );
    draw_axes(&mut svg, &x, &y);
    let points: Vec<(f64, f64, String)> = measured
        .iter()
        .map(|point| {
            (
                x.place(milliseconds(point.decode)),
                y.place(point.bytes as f64),
                point.codec.to_string(),
            )
        })
        .collect();
    for ((px, py, name), (tx, ty)) in points.iter().zip(label_places(&points)) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"5\" fill=\"#1769aa\"/><text x=\"{tx:.1}\" y=\"{ty:.1}\">{name}</text>"
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Lines, numbers and titles of both axes.
fn draw_axes(svg: &mut String, x: &Axis, y: &Axis) {
    // Writing to a string cannot fail, here and below.
    for value in x.ticks() {
        let place = x.place(value);
        let _ = writeln!(
            svg,
            "<line x1=\"{place:.1}\" y1=\"{TOP}\" x2=\"{place:.1}\" y2=\"{:.1}\" stroke=\"#e4e4e4\"/>\
             <text x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0,
            // Powers of ten below 1 are not exact.
            (value * 1e6).round() / 1e6,
        );
    }
    for value in y.ticks() {
        let place = y.place(value);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{place:.1}\" x2=\"{:.1}\" y2=\"{place:.1}\" stroke=\"#e4e4e4\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            place + 4.0,
            output::bytes(value as u64),
        );
    }
    let (middle_x, middle_y) = ((LEFT + WIDTH - RIGHT) / 2.0, (TOP + HEIGHT - BOTTOM) / 2.0);
    let _ = writeln!(
        svg,
        "<text x=\"{middle_x}\" y=\"{}\" text-anchor=\"middle\">all masks to dense arrays, ms</text>\n\
         <text transform=\"translate(18 {middle_y}) rotate(-90)\" text-anchor=\"middle\">archive</text>",
        HEIGHT - 16.0,
    );
}

/// Where the name of each point starts: beside it, above, or below, wherever it covers no other name and no point.
fn label_places(points: &[(f64, f64, String)]) -> Vec<(f64, f64)> {
    let mut boxes: Vec<[f64; 4]> =
        points.iter().map(|(x, y, _)| [x - 6.0, y - 6.0, x + 6.0, y + 6.0]).collect();
    let mut places = Vec::new();
    for (x, y, name) in points {
        let width = name.len() as f64 * LETTER;
        let beside = [0.0, -LINE, LINE, -2.0 * LINE, 2.0 * LINE];
        let right = beside.map(|shift| (x + 9.0, y + 4.0 + shift));
        let left = beside.map(|shift| (x - 9.0 - width, y + 4.0 + shift));
        let extent = |(x, y): (f64, f64)| [x, y - 11.0, x + width, y + 3.0];
        let free = |place: &(f64, f64)| {
            let [x0, y0, x1, y1] = extent(*place);
            x0 > LEFT && boxes.iter().all(|b| x1 < b[0] || b[2] < x0 || y1 < b[1] || b[3] < y0)
        };
        let candidates = right.into_iter().zip(left).flat_map(|(right, left)| [right, left]);
        let place = candidates.clone().find(free).unwrap_or(right[0]);
        boxes.push(extent(place));
        places.push(place);
    }
    places
}
