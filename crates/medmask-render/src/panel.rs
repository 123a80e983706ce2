//! One slice with masks over it.

use medmask_core::Bounds;

use crate::View;
use crate::colours::Colour;
use crate::section::Section;

/// A mask over a slice.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its colour.
    pub colour: Colour,
    /// What it covers.
    pub section: Section,
}

/// A slice as it is drawn.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What stands above it.
    pub title: String,
    /// How it lies.
    pub view: View,
    /// What is drawn as one, a voxel or several, down and to the right.
    pub size: [usize; 2],
    /// Grey values under the masks, 0 to 255, row after row.
    pub grey: Option<Vec<u8>>,
    /// Masks; the later ones lie over the earlier ones.
    pub layers: Vec<Layer>,
    /// A picture instead of slice and masks: red, green and blue, row after row.
    pub shaded: Option<Vec<Colour>>,
}

impl Panel {
    /// A slice across `view` inside `bounds` (z, y, x), without masks.
    #[must_use]
    pub fn new(title: impl Into<String>, view: View, bounds: &Bounds) -> Self {
        let (title, size) = (title.into(), view.size(bounds));
        Self { title, view, size, grey: None, layers: Vec::new(), shaded: None }
    }

    /// Height and width in mm.
    #[must_use]
    pub fn size_mm(&self) -> [f64; 2] {
        std::array::from_fn(|side| self.size[side] as f64 * self.view.spacing[side])
    }

    /// Red, green and blue of every voxel; masks are mixed in by `opacity`, 0 to 1.
    pub(crate) fn pixels(&self, opacity: f64) -> Vec<Colour> {
        if let Some(shaded) = &self.shaded {
            return shaded.clone();
        }
        let mut pixels = self.without_masks();
        // Without an image there is nothing that should shine through.
        let opacity = if self.grey.is_some() { opacity } else { opacity.max(0.85) };
        for layer in &self.layers {
            for (row, columns) in layer.section.spans() {
                let start = row * self.size[1];
                let along = start + columns.start..start + columns.end;
                for pixel in pixels.get_mut(along).into_iter().flatten() {
                    *pixel = mixed(*pixel, layer.colour, opacity);
                }
            }
        }
        pixels
    }

    /// Red, green and blue of every voxel of the image alone.
    pub(crate) fn without_masks(&self) -> Vec<Colour> {
        match (&self.shaded, &self.grey) {
            (Some(shaded), _) => shaded.clone(),
            (None, Some(grey)) => grey.iter().map(|value| [*value; 3]).collect(),
            (None, None) => vec![[0; 3]; self.size[0] * self.size[1]],
        }
    }
}

/// A colour over another one.
fn mixed(under: Colour, over: Colour, opacity: f64) -> Colour {
    std::array::from_fn(|channel| {
        let [under, over] = [under, over].map(|colour| f64::from(colour[channel]));
        (under * (1.0 - opacity) + over * opacity).round() as u8
    })
}
