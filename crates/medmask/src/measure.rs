//! Masks measured: voxels, boxes and centroids of every label, from the index where it has them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use medmask_archive::Entry;
use medmask_core::{Connectivity, LabelStatistics, Runs, Space};

use crate::Result;
use crate::masks::Masks;
use crate::selection::Selection;

/// An entry, labels of one, or an expression, with what was measured of its labels.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MeasuredMask {
    /// The entry's name; of an expression its text.
    pub name: String,
    /// Its labels, or those that were chosen, in the order of the archive.
    pub labels: Vec<MeasuredLabel>,
}

/// A label, and what was measured of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MeasuredLabel {
    /// `None` for voxels that were stored without one.
    pub name: Option<String>,
    /// Its number in the voxels.
    pub number: u32,
    /// Voxels, box and sums of places; `None` where no voxel holds it.
    pub statistics: Option<LabelStatistics>,
    /// Voxels of each connected component, the largest first, where they were asked for.
    pub components: Option<Vec<u64>>,
}

impl MeasuredLabel {
    /// How many voxels hold it.
    #[must_use]
    pub fn voxels(&self) -> u64 {
        self.statistics.map_or(0, |known| known.voxels)
    }

    /// The centroid in the world (x, y, z; LPS+, mm); `None` where no voxel holds it.
    #[must_use]
    pub fn centroid_lps_mm(&self, space: &Space) -> Option<[f64; 3]> {
        Some(space.index_to_world(self.statistics?.centroid()))
    }
}

/// Measures `selections` of `archive`, in their order; labels that were chosen one after the other of one entry stand together. With
/// `components` each label is taken apart by that neighbourhood.
///
/// Voxels are decoded where components are asked for, of expressions, which have one label, and of files of version 1, which have no
/// statistics. `each` is told of every mask that was measured.
///
/// # Errors
/// Where voxels are needed that cannot be decoded.
pub fn measure(
    archive: &impl Masks,
    selections: &[Selection],
    components: Option<Connectivity>,
    mut each: impl FnMut(&str),
) -> Result<Vec<MeasuredMask>> {
    let mut all: Vec<MeasuredMask> = Vec::with_capacity(selections.len());
    for part in parts(selections) {
        let mask = match part {
            Part::Labels { entry, numbers } => {
                let chosen = |number| numbers.as_ref().is_none_or(|known| known.contains(&number));
                let labels = labels_of(archive, entry, chosen, components)?;
                MeasuredMask { name: entry.to_owned(), labels }
            }
            Part::Computed(selection) => {
                let (name, runs) = (selection.name(), selection.to_runs(archive)?);
                let mut labels = of_voxels([(name.as_str(), 1)].into_iter(), &runs.statistics());
                take_apart(&runs, components, &mut labels);
                MeasuredMask { name, labels }
            }
        };
        each(&mask.name);
        all.push(mask);
    }
    Ok(all)
}

/// What is measured together.
enum Part<'a> {
    /// An entry, or these labels of it.
    Labels { entry: &'a str, numbers: Option<HashSet<u32>> },
    /// An expression.
    Computed(&'a Selection),
}

fn parts(selections: &[Selection]) -> Vec<Part<'_>> {
    let mut all: Vec<Part<'_>> = Vec::new();
    for selection in selections {
        let Some(chosen) = selection.entry() else {
            all.push(Part::Computed(selection));
            continue;
        };
        let number = selection.label_number();
        match (all.last_mut(), number) {
            (Some(Part::Labels { entry, numbers: Some(numbers) }), Some(number))
                if *entry == chosen =>
            {
                numbers.insert(number);
            }
            _ => all.push(Part::Labels {
                entry: chosen,
                numbers: number.map(|number| HashSet::from([number])),
            }),
        }
    }
    all
}

fn labels_of(
    archive: &impl Masks,
    name: &str,
    is_chosen: impl Fn(u32) -> bool,
    components: Option<Connectivity>,
) -> Result<Vec<MeasuredLabel>> {
    let entry = archive.entry(name)?;
    // Of a file of version 1 nothing is counted.
    let is_counted = entry.voxels().is_some();
    if is_counted && components.is_none() {
        return Ok(of_index(entry, is_chosen));
    }
    let (runs, names) = archive.get(name)?.to_runs_with_labels()?;
    let mut labels = if is_counted {
        of_index(entry, is_chosen)
    } else {
        let names = names.iter().filter(|(_, number)| is_chosen(*number));
        of_voxels(names, &runs.statistics())
    };
    take_apart(&runs, components, &mut labels);
    Ok(labels)
}

fn of_index(entry: &Entry, is_chosen: impl Fn(u32) -> bool) -> Vec<MeasuredLabel> {
    let chosen = entry.labels().filter(|label| is_chosen(label.number));
    let labels = chosen.map(|label| MeasuredLabel {
        name: label.name.map(Cow::into_owned),
        number: label.number,
        statistics: label.statistics,
        components: None,
    });
    labels.collect()
}

fn of_voxels<'a>(
    names: impl Iterator<Item = (&'a str, u32)>,
    statistics: &[LabelStatistics],
) -> Vec<MeasuredLabel> {
    let of_label = |(name, number): (&str, u32)| {
        let found = statistics.binary_search_by_key(&number, |known| known.label).ok();
        MeasuredLabel {
            name: Some(name.to_owned()),
            number,
            statistics: found.map(|place| statistics[place]),
            components: None,
        }
    };
    names.map(of_label).collect()
}

/// Gives each of `labels` the sizes of its components, where they are asked for.
fn take_apart(runs: &Runs, connectivity: Option<Connectivity>, labels: &mut [MeasuredLabel]) {
    let Some(connectivity) = connectivity else { return };
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
