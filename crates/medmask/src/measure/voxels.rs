//! What only the voxels of labels tell.

use std::collections::HashMap;

use medmask_core::{Connectivity, GreyValues, Runs, ShapeMismatch, Space};

use super::measured::MeasuredLabel;
use super::options::MeasureOptions;
use crate::adapter::ImageFile;
use crate::{Error, Result};

/// Measures `labels` by their voxels, which are `runs` on `space`, as `options` ask for.
pub(super) fn measure(
    space: &Space,
    runs: &Runs,
    options: &MeasureOptions<'_>,
    labels: &mut [MeasuredLabel],
) -> Result<()> {
    if let Some(connectivity) = options.components {
        take_apart(runs, connectivity, labels);
    }
    // The voxels of an archive have the shape of its space.
    let of_archive = |source: ShapeMismatch| Error::MaskShape { name: String::new(), source };
    if options.shape {
        let found = runs.shape_measures(space).map_err(of_archive)?;
        give(found, labels, |label, shape| label.shape = Some(shape));
    }
    if options.slices {
        let found = runs.slice_areas(space).map_err(of_archive)?;
        give(found, labels, |label, slices| label.slices = Some(slices));
    }
    if let Some(image) = options.image {
        let found = grey_values(space, runs, image, options.resample_image)?;
        give(found, labels, |label, grey| label.grey = Some(grey));
    }
    Ok(())
}

/// The values of `image` beneath each label; an image that lies on the same grid needs no interpolation.
fn grey_values(
    space: &Space,
    runs: &Runs,
    image: &ImageFile,
    resample: bool,
) -> Result<Vec<(u32, GreyValues)>> {
    let lies_elsewhere = space.compare(&image.space, Space::DEFAULT_TOLERANCE_MM).is_err();
    let found = match resample && lies_elsewhere {
        true => runs.grey_values_resampled(space, &image.image(), &image.space),
        false => runs.grey_values(&image.image()),
    };
    found.map_err(|source| Error::MaskShape { name: image.path.display().to_string(), source })
}

/// Gives each label what was found of it.
fn give<T>(
    found: Vec<(u32, T)>,
    labels: &mut [MeasuredLabel],
    set: impl Fn(&mut MeasuredLabel, T),
) {
    let mut found: HashMap<u32, T> = found.into_iter().collect();
    for label in labels {
        if let Some(value) = found.remove(&label.number) {
            set(label, value);
        }
    }
}

/// Gives each of `labels` the sizes of its components.
fn take_apart(runs: &Runs, connectivity: Connectivity, labels: &mut [MeasuredLabel]) {
    let components = runs.components(connectivity);
    let mut sizes: HashMap<u32, Vec<u64>> = HashMap::new();
    for one in components.statistics() {
        // The larger come first.
        if let Some(label) = components.label_of(one.label) {
            sizes.entry(label).or_default().push(one.voxels);
        }
    }
    for label in labels {
        label.components = Some(sizes.remove(&label.number).unwrap_or_default());
    }
}
