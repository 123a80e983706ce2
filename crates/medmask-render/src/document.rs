//! Panels, letters, a scale bar and a legend on one page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use svg::Document;
use svg::node::element::{Group, Image, Path, Rectangle, Text};

use crate::colours::hex;
use crate::legend::{Legend, LegendRow};
use crate::panel::Panel;
use crate::raster::{LARGEST, MOST_PIXELS, png_of_pixels, png_of_svg};
use crate::text::FAMILY;
use crate::{RenderError, Window, scale};

/// Pixels between panels.
const GAP: f64 = 6.0;
/// Pixels above a panel, for its title.
const TITLE: f64 = 20.0;
/// Pixels of a letter of a title at most, but for the widest ones.
const LETTER: f64 = 7.2;
const PAPER: &str = "#101214";
const INK: &str = "#f2f2f2";

/// How a picture is drawn.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Style {
    /// Pixels of the longest side of a panel.
    pub panel_pixels: u32,
    /// Panels in a row; `None` for about as many as there are rows.
    pub columns: Option<usize>,
    /// Whether masks are filled.
    pub fill: bool,
    /// Whether outlines of masks are drawn.
    pub contour: bool,
    /// How much a filled mask hides of the image under it, 0 to 1.
    pub opacity: f64,
}

impl Default for Style {
    /// Panels of 320 pixels, masks filled to one half.
    fn default() -> Self {
        Self { panel_pixels: 320, columns: None, fill: true, contour: false, opacity: 0.5 }
    }
}

/// Panels with a legend.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Row after row.
    pub panels: Vec<Panel>,
    /// Beside them.
    pub legend: Vec<LegendRow>,
    /// How it is drawn.
    pub style: Style,
    /// Which values of the image under the masks are black and white, where there is an image.
    pub window: Option<Window>,
}

/// Where panels lie.
struct Layout {
    columns: usize,
    /// Pixels for a mm.
    scale: f64,
    /// Pixels of a cell: to the right and down.
    cell: [f64; 2],
    panels: [f64; 2],
}

impl Picture {
    /// As an SVG document, which draws each voxel as a rectangle of its size in mm.
    ///
    /// # Errors
    /// [`RenderError::Nothing`] where there is no panel, and a picture that is too large.
    pub fn to_svg(&self) -> Result<String, RenderError> {
        let layout = self.layout()?;
        let legend = Legend::new(&self.legend, layout.panels[1]);
        let [legend_width, legend_height] = legend.size();
        let width = (layout.panels[0] + legend_width).ceil();
        let height = layout.panels[1].max(legend_height).ceil();
        if width > LARGEST || height > LARGEST || width * height > MOST_PIXELS {
            return Err(RenderError::TooLarge { width: width as u64, height: height as u64 });
        }
        let mut document = Document::new()
            .set("viewBox", (0, 0, width, height))
            .set("width", width)
            .set("height", height)
            .set("font-family", format!("'{FAMILY}', sans-serif"))
            .add(Rectangle::new().set("width", width).set("height", height).set("fill", PAPER));
        for (place, panel) in self.panels.iter().enumerate() {
            let [across, down] = [place % layout.columns, place / layout.columns];
            let x = GAP + across as f64 * (layout.cell[0] + GAP);
            let y = GAP + down as f64 * (layout.cell[1] + GAP);
            document = document.add(self.draw(panel, &layout, x, y, place == 0)?);
        }
        Ok(document.add(legend.draw(layout.panels[0], INK)).to_string())
    }

    /// As a PNG file, with the pixels that [`to_svg`](Self::to_svg) says.
    ///
    /// # Errors
    /// As [`to_svg`](Self::to_svg).
    pub fn to_png(&self) -> Result<Vec<u8>, RenderError> {
        png_of_svg(&self.to_svg()?)
    }

    fn layout(&self) -> Result<Layout, RenderError> {
        let sizes = self.panels.iter().map(Panel::size_mm);
        let [high, wide] = sizes
            .fold([0.0; 2], |most: [f64; 2], size| [most[0].max(size[0]), most[1].max(size[1])]);
        if self.panels.is_empty() || high <= 0.0 || wide <= 0.0 {
            return Err(RenderError::Nothing);
        }
        let scale = f64::from(self.style.panel_pixels) / high.max(wide);
        // Titles stand beside each other, also over narrow slices.
        let title = self.panels.iter().map(|panel| panel.title.chars().count()).max().unwrap_or(0);
        let width = (wide * scale).round().max((title as f64 * LETTER).ceil());
        let cell = [width, (high * scale).round().max(1.0) + TITLE];
        let count = self.panels.len();
        // About as wide as high; the legend stands beside.
        let even = (count as f64 * cell[1] / cell[0]).sqrt().round() as usize;
        let columns = self.style.columns.unwrap_or(even).clamp(1, count);
        let rows = count.div_ceil(columns);
        let all = |cells: usize, pixels: f64| cells as f64 * (pixels + GAP) + GAP;
        Ok(Layout { columns, scale, cell, panels: [all(columns, cell[0]), all(rows, cell[1])] })
    }

    fn draw(
        &self,
        panel: &Panel,
        layout: &Layout,
        x: f64,
        y: f64,
        first: bool,
    ) -> Result<Group, RenderError> {
        let [height, width] = panel.size_mm().map(|mm| (mm * layout.scale).round().max(1.0));
        let left = x + ((layout.cell[0] - width) / 2.0).floor();
        let top = y + TITLE;
        let title = Text::new(panel.title.clone()).set("x", left + 2.0).set("y", y + 14.0);
        let mut group = Group::new()
            .set("font-size", 12)
            .set("fill", INK)
            .add(title)
            .add(self.image(panel, [left, top, width, height])?);
        if self.style.contour {
            group = group.add(outlines(panel, [left, top], [width, height]));
        }
        let [at_left, at_right, at_top, at_bottom] = panel.view.letters;
        let middle = (left + width / 2.0, top + height / 2.0 + 4.0);
        for (letter, x, y, anchor) in [
            (at_left, left + 4.0, middle.1, "start"),
            (at_right, left + width - 4.0, middle.1, "end"),
            (at_top, middle.0, top + 13.0, "middle"),
            (at_bottom, middle.0, top + height - 4.0, "middle"),
        ] {
            group = group.add(over(letter.to_string(), x, y).set("text-anchor", anchor));
        }
        if first {
            group = group.add(bar(layout.scale, left, top + height, width));
        }
        Ok(group)
    }

    fn image(&self, panel: &Panel, [x, y, width, height]: [f64; 4]) -> Result<Image, RenderError> {
        let opacity = if self.style.fill { self.style.opacity } else { 0.0 };
        let pixels = if self.style.fill { panel.pixels(opacity) } else { panel.without_masks() };
        let png = png_of_pixels(&pixels, panel.size)?;
        Ok(Image::new()
            .set("x", x)
            .set("y", y)
            .set("width", width)
            .set("height", height)
            .set("preserveAspectRatio", "none")
            .set("image-rendering", "optimizeSpeed")
            .set("style", "image-rendering:pixelated")
            .set("href", format!("data:image/png;base64,{}", STANDARD.encode(png))))
    }
}

/// The outlines of all masks of a panel, of one width whatever the size of a voxel.
fn outlines(panel: &Panel, [x, y]: [f64; 2], [width, height]: [f64; 2]) -> Group {
    let size = [height / panel.size[0] as f64, width / panel.size[1] as f64];
    let mut group = Group::new()
        .set("transform", format!("translate({x} {y})"))
        .set("fill", "none")
        .set("stroke-width", 1.5)
        .set("stroke-linecap", "square");
    for layer in &panel.layers {
        let path =
            Path::new().set("d", layer.section.outline(size)).set("stroke", hex(layer.colour));
        group = group.add(path);
    }
    group
}

/// Text that can be read over light and dark.
fn over(text: String, x: f64, y: f64) -> Text {
    Text::new(text)
        .set("x", x)
        .set("y", y)
        .set("paint-order", "stroke")
        .set("stroke", PAPER)
        .set("stroke-width", 3)
}

/// A scale bar at the bottom of a panel.
fn bar(scale: f64, left: f64, bottom: f64, width: f64) -> Group {
    let mm = scale::bar_mm(width / scale / 3.0);
    let rectangle = Rectangle::new()
        .set("x", left + 8.0)
        .set("y", bottom - 10.0)
        .set("width", mm * scale)
        .set("height", 3)
        .set("stroke", PAPER);
    Group::new().add(rectangle).add(over(scale::named(mm), left + 8.0, bottom - 15.0))
}
