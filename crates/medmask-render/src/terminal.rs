//! Pictures on a terminal.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::colours::Colour;
use crate::text::cut;
use crate::{Panel, Picture, RenderError};

/// Columns of a terminal between panels.
const GAP: usize = 2;
/// Bytes of base64 that one command of the protocol may hold.
const CHUNK: usize = 4096;
/// From dark to light, where there are no colours.
const RAMP: &[u8] = b" .:-=+*#%@";

impl Picture {
    /// The panels in characters, `columns` wide at most: each cell of the terminal is two pixels, one above the other, with their colours in 24 bits;
    /// or with `plain` one character by its lightness. Masks are filled. Letters of orientation and titles stand above.
    ///
    /// # Errors
    /// [`RenderError::Nothing`] where there is no panel.
    pub fn to_half_blocks(&self, columns: usize, plain: bool) -> Result<String, RenderError> {
        let sizes = self.panels.iter().map(Panel::size_mm);
        let wide = sizes.map(|[_, width]| width).fold(0.0, f64::max);
        if wide <= 0.0 {
            return Err(RenderError::Nothing);
        }
        let in_row = self.style.columns.unwrap_or(1).clamp(1, self.panels.len());
        let cell = (columns + GAP).saturating_div(in_row).saturating_sub(GAP).max(1);
        let mut text = String::new();
        for panels in self.panels.chunks(in_row) {
            let titles: Vec<String> = panels.iter().map(|panel| title(panel, cell)).collect();
            let _ = writeln!(text, "{}", titles.join(&" ".repeat(GAP)).trim_end());
            let drawn: Vec<Cells> = panels
                .iter()
                .map(|panel| Cells::new(panel, cell as f64 / wide, self.style.opacity))
                .collect();
            let lines = drawn.iter().map(|cells| cells.size[0].div_ceil(2)).max().unwrap_or(0);
            for line in 0..lines {
                for (place, cells) in drawn.iter().enumerate() {
                    let gap = if place + 1 < drawn.len() { cell + GAP } else { cell };
                    cells.line(&mut text, line, gap, plain);
                }
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        Ok(text)
    }

    /// The picture as a command of kitty's graphics protocol, which several terminals know; no wider than `columns`.
    ///
    /// # Errors
    /// As [`to_png`](Self::to_png).
    pub fn to_kitty(&self, columns: usize) -> Result<String, RenderError> {
        let png = self.to_png()?;
        // The width stands in bytes 16 to 19 of a PNG. Where a cell has fewer pixels than this, the terminal makes it smaller.
        let width = png.get(16..20).map_or(0, |bytes| {
            bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
        });
        let fit = if width > columns * 8 { format!(",c={columns}") } else { String::new() };
        let encoded = STANDARD.encode(png);
        let mut text = String::with_capacity(encoded.len() + 100);
        let mut rest = encoded.as_str();
        let mut keys = format!("a=T,f=100{fit},");
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(CHUNK));
            let more = u8::from(!after.is_empty());
            let _ = write!(text, "\x1b_G{keys}m={more};{chunk}\x1b\\");
            keys.clear();
            rest = after;
        }
        text.push('\n');
        Ok(text)
    }
}

/// The letters at the left and right with the title between them, as wide as `cell`.
fn title(panel: &Panel, cell: usize) -> String {
    let [left, right, ..] = panel.view.letters;
    let title = cut(&panel.title, cell.saturating_sub(4));
    let text = format!("{left} {title:^width$} {right}", width = cell.saturating_sub(4));
    format!("{text:<cell$}")
}

/// A panel in pixels of which two make a cell.
struct Cells {
    size: [usize; 2],
    pixels: Vec<Colour>,
}

impl Cells {
    /// With `scale` pixels for a mm.
    fn new(panel: &Panel, scale: f64, opacity: f64) -> Self {
        let voxels = panel.pixels(opacity);
        let size = panel.size_mm().map(|mm| ((mm * scale).round() as usize).max(1));
        let [height, width] = size;
        // The voxel at the middle of the pixel.
        let from = |place: usize, side: usize| {
            ((2 * place + 1) * panel.size[side] / (2 * size[side])).min(panel.size[side] - 1)
        };
        let pixels = (0..height * width)
            .map(|place| voxels[from(place / width, 0) * panel.size[1] + from(place % width, 1)])
            .collect();
        Self { size, pixels }
    }

    fn at(&self, row: usize, column: usize) -> Option<Colour> {
        let [height, width] = self.size;
        (row < height && column < width).then(|| self.pixels[row * width + column])
    }

    /// Adds one line of cells, and blanks up to `columns`.
    fn line(&self, text: &mut String, line: usize, columns: usize, plain: bool) {
        let mut drawn = None;
        for column in 0..columns {
            let pair = [2 * line, 2 * line + 1].map(|row| self.at(row, column));
            if plain {
                text.push(character(pair));
                continue;
            }
            if drawn != Some(pair) {
                text.push_str(&colours(pair, drawn.is_some()));
                drawn = Some(pair);
            }
            text.push(match pair {
                [None, _] => ' ',
                [Some(_), _] => '▀',
            });
        }
        if !plain {
            text.push_str("\x1b[0m");
        }
    }
}

/// The command that sets the colours of a cell: that of the character, and that behind it.
fn colours([above, below]: [Option<Colour>; 2], after_others: bool) -> String {
    let mut text = if after_others { "\x1b[0m".to_owned() } else { String::new() };
    for (ground, colour) in [(38, above), (48, below)] {
        if let Some([red, green, blue]) = colour {
            let _ = write!(text, "\x1b[{ground};2;{red};{green};{blue}m");
        }
    }
    text
}

/// By the lightness of both pixels.
fn character(pair: [Option<Colour>; 2]) -> char {
    let light = |[red, green, blue]: Colour| {
        0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)
    };
    let lights = pair.map(|colour| colour.map_or(0.0, light));
    let place = (lights[0] + lights[1]) / 2.0 / 255.0 * (RAMP.len() - 1) as f64;
    char::from(RAMP[place.round() as usize])
}
