//! Masks measured: voxels, boxes and centroids of every label, from the index where it has them; shapes, and the values of an image.

mod measured;
mod options;
mod voxels;

use std::borrow::Cow;
use std::collections::HashSet;
use std::num::NonZero;

use medmask_archive::Entry;
use medmask_core::{LabelStatistics, Space, parallel};

use crate::masks::Masks;
use crate::selection::{SelectedPart, Selection, selected_parts};
use crate::{Error, Result};

pub use measured::{MeasuredLabel, MeasuredMask};
pub use options::MeasureOptions;

/// Measures `selections` of `archive`, in their order, as `options` say; labels that were chosen one after the other of one entry stand
/// together.
///
/// Voxels are decoded where more is asked for than counts, boxes and centroids, of expressions, which have one label, and of files of
/// version 1, which have no statistics. Masks are then measured on all cores, and each holds the values of one label at a time. `each` is
/// told of every mask that was measured.
///
/// # Errors
/// [`Error::ImageSpace`] where the image lies on another grid and is not to be interpolated, and where voxels are needed that cannot be
/// decoded.
pub fn measure(
    archive: &impl Masks,
    selections: &[Selection],
    options: &MeasureOptions<'_>,
    mut each: impl FnMut(&str),
) -> Result<Vec<MeasuredMask>> {
    check_image(archive, options)?;
    let parts = selected_parts(selections);
    let mut all: Vec<MeasuredMask> = Vec::with_capacity(parts.len());
    let is_long = options.needs_voxels() || parts.iter().any(|part| needs_voxels(archive, part));
    let threads = if is_long { parallel::available() } else { NonZero::<usize>::MIN };
    let worker = || |part| measured(archive, part, options);
    parallel::for_each_ordered(parts, threads, worker, |mask| {
        each(&mask.name);
        all.push(mask);
        Ok(())
    })?;
    Ok(all)
}

fn check_image(archive: &impl Masks, options: &MeasureOptions<'_>) -> Result<()> {
    let Some(image) = options.image.filter(|_| !options.resample_image) else { return Ok(()) };
    let compared = archive.space().compare(&image.space, Space::DEFAULT_TOLERANCE_MM);
    compared.map(drop).map_err(|source| Error::ImageSpace {
        path: image.path.clone(),
        reference: archive.path().to_owned(),
        source: Box::new(source),
    })
}

/// Whether the index does not say what is always told.
fn needs_voxels(archive: &impl Masks, part: &SelectedPart<'_>) -> bool {
    match part {
        SelectedPart::Labels { entry, .. } => {
            archive.entry(entry).is_ok_and(|entry| entry.voxels().is_none())
        }
        SelectedPart::Expression(_) => true,
    }
}

fn measured(
    archive: &impl Masks,
    part: SelectedPart<'_>,
    options: &MeasureOptions<'_>,
) -> Result<MeasuredMask> {
    match part {
        SelectedPart::Labels { entry, numbers } => {
            let labels = labels_of(archive, entry, numbers.as_ref(), options)?;
            Ok(MeasuredMask { name: entry.to_owned(), labels })
        }
        SelectedPart::Expression(selection) => {
            let (name, runs) = (selection.name(), selection.to_runs(archive)?);
            let mut labels = of_voxels([(name.as_str(), 1)].into_iter(), &runs.statistics());
            voxels::measure(archive.space(), &runs, options, &mut labels)?;
            Ok(MeasuredMask { name, labels })
        }
    }
}

fn labels_of(
    archive: &impl Masks,
    name: &str,
    numbers: Option<&HashSet<u32>>,
    options: &MeasureOptions<'_>,
) -> Result<Vec<MeasuredLabel>> {
    let is_chosen = |number| numbers.is_none_or(|known| known.contains(&number));
    let entry = archive.entry(name)?;
    // Of a file of version 1 nothing is counted.
    let is_counted = entry.voxels().is_some();
    if is_counted && !options.needs_voxels() {
        return Ok(of_index(entry, is_chosen));
    }
    let (mut runs, names) = archive.get(name)?.to_runs_with_labels()?;
    if numbers.is_some() {
        runs = runs.select(is_chosen);
    }
    let mut labels = if is_counted {
        of_index(entry, is_chosen)
    } else {
        let names = names.iter().filter(|(_, number)| is_chosen(*number));
        of_voxels(names, &runs.statistics())
    };
    voxels::measure(archive.space(), &runs, options, &mut labels)?;
    Ok(labels)
}

fn of_index(entry: &Entry, is_chosen: impl Fn(u32) -> bool) -> Vec<MeasuredLabel> {
    let chosen = entry.labels().filter(|label| is_chosen(label.number));
    let labels = chosen.map(|label| {
        MeasuredLabel::new(label.name.map(Cow::into_owned), label.number, label.statistics)
    });
    labels.collect()
}

fn of_voxels<'a>(
    names: impl Iterator<Item = (&'a str, u32)>,
    statistics: &[LabelStatistics],
) -> Vec<MeasuredLabel> {
    let of_label = |(name, number): (&str, u32)| {
        let found = statistics.binary_search_by_key(&number, |known| known.label).ok();
        MeasuredLabel::new(Some(name.to_owned()), number, found.map(|place| statistics[place]))
    };
    names.map(of_label).collect()
}
