//! Colours for labels that have none.

use super::LabelEntry;

impl LabelEntry {
    /// Red, green, blue and opacity, each 0 to 255: its own [`colour`](Self::colour), or else that of [`distinct_colour`].
    #[must_use]
    pub fn colour_or_distinct(&self) -> [u8; 4] {
        self.colour.unwrap_or_else(|| distinct_colour(self.label))
    }
}

/// A colour for a label that has none: red, green, blue and opacity, each 0 to 255, the same each time. Hues a golden angle
/// apart keep neighbouring labels distinct; background is transparent.
#[must_use]
pub fn distinct_colour(label: u32) -> [u8; 4] {
    if label == 0 {
        return [0; 4];
    }
    let hue = (f64::from(label) * 0.381_966).fract() * 6.0;
    let rising = (hue.fract() * 255.0).round() as u8;
    let [red, green, blue] = match hue as u8 {
        0 => [255, rising, 0],
        1 => [255 - rising, 255, 0],
        2 => [0, 255, rising],
        3 => [0, 255 - rising, 255],
        4 => [rising, 0, 255],
        _ => [255, 0, 255 - rising],
    };
    [red, green, blue, 255]
}
