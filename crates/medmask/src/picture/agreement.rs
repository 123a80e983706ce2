//! Where two segmentations agree, as a picture.

use medmask_core::{Bounds, Runs, Space};
use medmask_render::{AGREEMENT, Layer, LegendRow, Panel, Picture, RenderError, Section, Window};

use super::layout::{cuts, drawn, framed};
use super::underlay::Underlay;
use super::{PictureOptions, finished, projection};
use crate::compare::{Case, CompareOptions, agreeing};
use crate::{Error, Result};

/// Draws where the structures of two segmentations agree, what the first alone has and what the second alone has, in the colours of
/// [`AGREEMENT`], on the grid of the first. Each structure is compared with that of its name, as [`compare`](crate::compare::compare())
/// does it, and all are drawn together.
///
/// # Errors
/// As [`compare`](crate::compare::compare()); [`RenderError::Nothing`] where both are empty, and an image that lies elsewhere.
pub fn picture_of_agreement(
    first: &Case,
    second: &Case,
    texts: &[impl AsRef<str>],
    compared: &CompareOptions,
    options: &PictureOptions<'_>,
) -> Result<Picture> {
    let (space, parts) = (first.archive().space(), agreeing(first, second, texts, compared)?);
    let boxes: Vec<Bounds> = parts.iter().filter_map(Runs::bounds).collect();
    let bounds = boxes.iter().copied().reduce(|a, b| a.union(&b)).ok_or(RenderError::Nothing)?;
    let frame = framed(space, bounds, options.at_lps_mm);
    let (panels, window) = match options.project {
        Some(side) => {
            let mut projection = projection(space, side, frame, options)?;
            parts.iter().zip(AGREEMENT).for_each(|(runs, colour)| projection.add(runs, colour));
            (vec![projection.finish()], None)
        }
        None => sliced(space, &parts, &boxes, &frame, options)?,
    };
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

fn sliced(
    space: &Space,
    parts: &[Runs; 3],
    boxes: &[Bounds],
    frame: &Bounds,
    options: &PictureOptions<'_>,
) -> Result<(Vec<Panel>, Option<Window>)> {
    let underlay = Underlay::new(options, space, boxes)?;
    let shown = drawn(cuts(space, boxes, frame, options)?, boxes, |cut| {
        let mut panel = Panel::new(cut.title(space, frame), cut.view, frame);
        for (runs, colour) in parts.iter().zip(AGREEMENT) {
            let section = Section::new(runs, &cut.view, cut.index, frame);
            panel.layers.push(Layer { colour, section });
        }
        let is_empty = panel.layers.iter().all(|layer| layer.section.is_empty());
        Ok::<_, Error>((!is_empty || cut.through.is_some()).then_some(panel))
    })?;
    finished(shown, underlay.as_ref(), frame)
}
