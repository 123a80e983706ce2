//! Pictures of the masks of an archive. How they are drawn is in [`medmask_render`].

mod agreement;
mod grid_image;
mod layout;
mod options;
mod underlay;

use std::collections::HashMap;

use medmask_core::{Bounds, LabelStatistics, Runs, Space, parallel};
use medmask_render::{
    Colour, Layer as Shown, LegendRow, Panel, Picture, Projection, RenderError, Section, Side,
    View, Window, colour_of,
};

use crate::Result;
use crate::layers::{Decoded, Layer, Structure, layers};
use crate::masks::Masks;
use crate::selection::Selection;

pub use agreement::picture_of_agreement;
pub use grid_image::{GridImage, image_on_grid};
use layout::{Cut, cuts, drawn, framed};
pub use options::PictureOptions;
use underlay::Underlay;

/// Draws the masks that `selections` choose, every label in its colour: by [`colour_of`].
///
/// Of a montage only the slices that are shown are decoded, and an image is interpolated there alone; smaller structures lie over larger ones. A projection decodes all.
///
/// # Errors
/// [`RenderError::Nothing`] where no chosen structure has a voxel, a point outside the grid, an image that lies elsewhere or shall lie under a projection, damage, and
/// what does not fit into memory.
pub fn picture(
    archive: &impl Masks,
    selections: &[Selection],
    options: &PictureOptions<'_>,
) -> Result<Picture> {
    let layers = layers(archive, selections)?;
    let layers: Vec<Layer<'_>> =
        layers.into_iter().map(|layer| layer.computed(archive)).collect::<Result<_>>()?;
    let boxes: Vec<Bounds> = layers.iter().flat_map(Layer::boxes).collect();
    let bounds = boxes.iter().copied().reduce(|a, b| a.union(&b)).ok_or(RenderError::Nothing)?;
    let space = archive.space();
    let frame = framed(space, bounds, options.at_lps_mm);
    let mut seen = Seen::default();
    let (panels, window) = match options.project {
        Some(side) => (vec![projected(archive, &layers, frame, side, options, &mut seen)?], None),
        None => {
            let underlay = Underlay::new(options, space, &boxes)?;
            let shown = drawn(cuts(space, &boxes, &frame, options)?, &boxes, |cut| {
                panel(archive, &layers, cut, &frame, &mut seen)
            })?;
            finished(shown, underlay.as_ref(), &frame)?
        }
    };
    let legend = if options.legend { seen.legend(space) } else { Vec::new() };
    Ok(Picture { panels, legend, style: options.style.clone(), window })
}

/// The panels with the image under them, and which of its values are black and white.
fn finished(
    mut shown: Vec<(Cut, Panel)>,
    underlay: Option<&Underlay<'_>>,
    frame: &Bounds,
) -> Result<(Vec<Panel>, Option<Window>)> {
    if shown.is_empty() {
        return Err(RenderError::Nothing.into());
    }
    let window = underlay.map(|underlay| underlay.draw(&mut shown, frame));
    Ok((shown.into_iter().map(|(_, panel)| panel).collect(), window))
}

fn projection(
    space: &Space,
    side: Side,
    frame: Bounds,
    options: &PictureOptions<'_>,
) -> Result<Projection> {
    if options.image.is_some() {
        return Err(RenderError::ImageInProjection.into());
    }
    Ok(Projection::new(space, side, options.neurological, frame, options.most_pieces(1)))
}

fn projected(
    archive: &impl Masks,
    layers: &[Layer<'_>],
    frame: Bounds,
    side: Side,
    options: &PictureOptions<'_>,
    seen: &mut Seen,
) -> Result<Panel> {
    let space = archive.space();
    let mut projection = projection(space, side, frame, options)?;
    each_decoded(archive, layers, frame, |_, decoded| {
        for (structure, runs) in parts(decoded) {
            projection.add(&moved(&runs, &frame, space), seen.colour(&structure));
        }
    })?;
    Ok(projection.finish())
}

/// A slice with what is in it; `None` where nothing is and no point was asked for.
fn panel(
    archive: &impl Masks,
    layers: &[Layer<'_>],
    cut: &Cut,
    frame: &Bounds,
    seen: &mut Seen,
) -> Result<Option<Panel>> {
    let mut region = *frame;
    let across = cut.view.axes[0];
    (region.start[across], region.end[across]) = (cut.index, cut.index + 1);
    let mut found: Vec<(Structure, Section, bool)> = Vec::new();
    each_decoded(archive, layers, region, |is_known, decoded| {
        for (structure, runs) in parts(decoded) {
            let section = section_of(&runs, &cut.view, &region);
            if !section.is_empty() {
                found.push((structure, section, is_known));
            }
        }
    })?;
    if found.is_empty() && cut.through.is_none() {
        return Ok(None);
    }
    let mut panel = Panel::new(cut.title(archive.space(), frame), cut.view, frame);
    // The smaller ones last, so that they lie over the larger ones.
    let mut shown = Vec::new();
    for (mut structure, section, is_known) in found {
        let voxels = structure.voxels();
        if !is_known {
            // Of one slice, which is not what the legend tells.
            structure.statistics = None;
        }
        shown.push((voxels, Shown { colour: seen.colour(&structure), section }));
    }
    shown.sort_by_key(|(voxels, _)| std::cmp::Reverse(*voxels));
    panel.layers.extend(shown.into_iter().map(|(_, layer)| layer));
    Ok(Some(panel))
}

/// What runs of a region, which count from its first voxel, cover of the only slice that it has.
fn section_of(runs: &Runs, view: &View, region: &Bounds) -> Section {
    Section::new(runs, view, 0, &Bounds::of_shape(region.shape()))
}

/// Runs of a region, which count from its first voxel, on the whole grid.
fn moved(runs: &Runs, region: &Bounds, space: &Space) -> Runs {
    let [before, shape] = [region.start, space.shape()];
    runs.pad(before, std::array::from_fn(|axis| shape[axis] - region.end[axis]))
}

/// Decodes what the layers have in `region`, on all cores, and hands it over in their order, with whether all of it is known.
fn each_decoded(
    archive: &impl Masks,
    layers: &[Layer<'_>],
    region: Bounds,
    mut each: impl FnMut(bool, Decoded),
) -> Result<()> {
    let reaching = layers.iter().filter(|layer| layer.may_reach(&region));
    let decode = |layer: &Layer<'_>| Ok((layer.known().is_some(), layer.decode(archive, region)?));
    parallel::for_each_ordered(
        reaching,
        parallel::available(),
        || decode,
        |(is_known, decoded)| {
            each(is_known, decoded);
            Ok(())
        },
    )
}

/// The structures of a layer, each with its own voxels.
fn parts(decoded: Decoded) -> impl Iterator<Item = (Structure, Runs)> {
    let Decoded { runs, structures } = decoded;
    let mut known: HashMap<u32, Structure> =
        structures.into_iter().map(|structure| (structure.label, structure)).collect();
    let parts = runs.split().into_iter();
    parts.filter_map(move |(label, runs)| Some((known.remove(&label)?, runs)))
}

/// The structures that are shown, in the order in which they were first seen.
#[derive(Default)]
struct Seen {
    places: HashMap<String, usize>,
    rows: Vec<(String, Colour, Option<LabelStatistics>)>,
}

impl Seen {
    /// Notes a structure, and gives its colour.
    fn colour(&mut self, structure: &Structure) -> Colour {
        if let Some(place) = self.places.get(&structure.name) {
            return self.rows[*place].1;
        }
        let colour = colour_of(structure.colour, &structure.name);
        self.places.insert(structure.name.clone(), self.rows.len());
        self.rows.push((structure.name.clone(), colour, structure.statistics));
        colour
    }

    fn legend(self, space: &Space) -> Vec<LegendRow> {
        let row = |(name, colour, statistics): (String, Colour, Option<LabelStatistics>)| {
            let volume_ml = statistics.map(|known| space.volume_ml(known.voxels));
            LegendRow { colour, name, volume_ml }
        };
        self.rows.into_iter().map(row).collect()
    }
}
