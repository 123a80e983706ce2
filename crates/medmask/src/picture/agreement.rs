//! Where two segmentations agree, as a picture.

use medmask_core::{Bounds, Runs, Space};
use medmask_render::{AGREEMENT, Layer, LegendRow, Panel, Picture, RenderError, Section};

use super::layout::{cuts, framed};
use super::underlay::Underlay;
use super::{PictureOptions, finished};
use crate::{Error, Result};

/// Draws where the labelled voxels of two masks on `space` agree, what the first alone has and what the second alone has, in three colours
/// that also the colour-blind tell apart.
///
/// # Errors
/// [`RenderError::Nothing`] where both are empty, an image that lies elsewhere, and masks of different shapes.
pub fn picture_of_agreement(
    space: &Space,
    first: &Runs,
    second: &Runs,
    options: &PictureOptions<'_>,
) -> Result<Picture> {
    let mismatch = |source| Error::MaskShape { name: "the second mask".to_owned(), source };
    let parts = [
        first.intersection(second).map_err(mismatch)?,
        first.difference(second).map_err(mismatch)?,
        second.difference(first).map_err(mismatch)?,
    ];
    let bounds = parts.iter().filter_map(Runs::bounds).reduce(|a, b| a.union(&b));
    let bounds: Bounds = bounds.ok_or(RenderError::Nothing)?;
    let frame = framed(space, bounds, options.at_lps_mm);
    let underlay = Underlay::new(options, space, &bounds)?;
    let mut shown = Vec::new();
    for cut in cuts(space, &bounds, &frame, options) {
        let mut panel = Panel::new(cut.title(space, &frame), cut.view, &frame);
        for (runs, colour) in parts.iter().zip(AGREEMENT) {
            let section = Section::new(runs, &cut.view, cut.index, &frame);
            panel.layers.push(Layer { colour, section });
        }
        let is_empty = panel.layers.iter().all(|layer| layer.section.is_empty());
        if !is_empty || cut.through.is_some() {
            shown.push((cut, panel));
        }
    }
    let (panels, window) = finished(shown, underlay.as_ref(), &frame)?;
    let names = ["both", "first alone", "second alone"];
    let rows = names.into_iter().zip(AGREEMENT).zip(&parts);
    let legend = rows.map(|((name, colour), runs)| LegendRow {
        colour,
        name: name.to_owned(),
        volume_ml: Some(space.volume_ml(runs.voxel_count())),
    });
    let legend = if options.legend { legend.collect() } else { Vec::new() };
    Ok(Picture { panels, legend, style: options.style.clone(), window })
}
