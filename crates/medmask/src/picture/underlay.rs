//! The image under the masks.

use medmask_core::{Bounds, Image, ImageOnGrid, Space, percentile};
use medmask_render::{Panel, Window};

use super::PictureOptions;
use super::layout::Cut;
use crate::adapter::ImageFile;
use crate::{Error, Result};

/// An image with a value below this is a CT: of other images hardly one has it.
const OF_CT: f64 = -500.0;

/// An image seen from the grid of the masks.
pub(super) struct Underlay<'a> {
    image: Image<'a>,
    on_grid: ImageOnGrid<'a>,
    window: Option<Window>,
}

impl<'a> Underlay<'a> {
    /// Of the image that the options name, if it covers the masks on `space`, which lie in `boxes`.
    pub fn new(
        options: &PictureOptions<'a>,
        space: &Space,
        boxes: &[Bounds],
    ) -> Result<Option<Self>> {
        let Some(file) = options.image else { return Ok(None) };
        refuse_elsewhere(file, space, boxes)?;
        let on_grid = on_grid(file, space)?;
        Ok(Some(Self { image: file.image(), on_grid, window: options.window }))
    }

    /// Puts the image under the panels, of slices of `frame`, and says which values are black and white.
    pub fn draw(&self, panels: &mut [(Cut, Panel)], frame: &Bounds) -> Window {
        let shown: Vec<Vec<f32>> =
            panels.iter().map(|(cut, panel)| self.values(cut, panel, frame)).collect();
        let window = self.window.unwrap_or_else(|| usual_window(&self.image, &shown.concat()));
        for ((_, panel), values) in panels.iter_mut().zip(shown) {
            panel.grey = Some(values.into_iter().map(|value| window.grey(value.into())).collect());
        }
        window
    }

    /// Row after row; not a number where there is no image.
    fn values(&self, cut: &Cut, panel: &Panel, frame: &Bounds) -> Vec<f32> {
        let [height, width] = panel.size;
        let value = |place: usize| {
            let voxel = cut.view.voxel_at(frame, cut.index, [place / width, place % width]);
            self.on_grid.value(voxel).map_or(f32::NAN, |value| value as f32)
        };
        (0..height * width).map(value).collect()
    }
}

/// The image seen from the grid `space`.
pub(super) fn on_grid<'a>(file: &'a ImageFile, space: &Space) -> Result<ImageOnGrid<'a>> {
    file.image()
        .on_grid(&file.space, space)
        .map_err(|source| Error::MaskShape { name: file.path.display().to_string(), source })
}

/// The window of an image of which `shown` is seen.
pub(super) fn usual_window(image: &Image<'_>, shown: &[f32]) -> Window {
    if image.has_value_below(OF_CT) {
        return Window::SOFT_TISSUE;
    }
    let mut values: Vec<f32> = shown.iter().copied().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return Window::between(0.0, 0.0);
    }
    // Two ranks each are asked for, so that nothing needs sorting.
    let mut at = |share| {
        percentile(values.len() as u64, share, |rank| {
            let (_, value, _) = values.select_nth_unstable_by(rank as usize, f32::total_cmp);
            f64::from(*value)
        })
    };
    Window::between(at(0.01), at(0.99))
}

/// Voxels at the edge may reach beyond the image by one, as grids of another spacing do that were made for it.
pub(super) fn refuse_elsewhere(file: &ImageFile, space: &Space, boxes: &[Bounds]) -> Result<()> {
    let bounds = boxes.iter().copied().reduce(|a, b| a.union(&b));
    let beyond_mm = bounds.map_or(0.0, |bounds| space.reach_beyond(&bounds, &file.space));
    let allowed = space.spacing().into_iter().fold(0.0, f64::max);
    if beyond_mm > allowed {
        return Err(Error::ImageElsewhere { path: file.path.clone(), beyond_mm });
    }
    Ok(())
}
