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

/// A pair of structures whose names say left and right, and whose centroids say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SidesSwapped {
    /// The one whose name says left, and whose centroid lies right of the other's.
    pub left: String,
    /// The one whose name says right.
    pub right: String,
}

/// The pairs among `masks` whose names differ in `left` and `right` alone, and where the one called left lies right of the other: a
/// sign that a mask was flipped, or its side mistaken.
#[must_use]
pub fn sides_swapped(masks: &[MeasuredMask], space: &Space) -> Vec<SidesSwapped> {
    let mut centroids: HashMap<(&str, &str), f64> = HashMap::new();
    for mask in masks {
        for label in &mask.labels {
            if let Some([x, _, _]) = label.centroid_lps_mm(space).filter(|at| !at[0].is_nan()) {
                centroids.insert((&mask.name, label.name.as_deref().unwrap_or_default()), x);
            }
        }
    }
    let shown = |(mask, label): (&str, &str)| match mask == label {
        true => mask.to_owned(),
        false => format!("{mask}/{label}"),
    };
    let mut swapped = Vec::new();
    for mask in masks {
        for label in &mask.labels {
            let names = (mask.name.as_str(), label.name.as_deref().unwrap_or_default());
            let (other_mask, other_label) = (other_side(names.0), other_side(names.1));
            let other = (other_mask.as_str(), other_label.as_str());
            if other == names {
                continue;
            }
            // World x grows to the left.
            if let (Some(left), Some(right)) = (centroids.get(&names), centroids.get(&other))
                && left < right
            {
                swapped.push(SidesSwapped { left: shown(names), right: shown(other) });
            }
        }
    }
    swapped
}

/// The name with `right` in the place of each word `left`; the same where there is none. Words are parted by anything that is
/// neither a letter nor a digit.
fn other_side(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for word in name.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let end = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        out.push_str(match &word[..end] {
            "left" => "right",
            "Left" => "Right",
            "LEFT" => "RIGHT",
            other => other,
        });
        out.push_str(&word[end..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::other_side;

    #[test]
    fn sides_are_words() {
        for (name, other) in [
            ("hip_left", "hip_right"),
            ("left_upper_lobe", "right_upper_lobe"),
            ("Left-Hippocampus", "Right-Hippocampus"),
            ("lung upper left", "lung upper right"),
            ("cleft", "cleft"),
            ("leftover", "leftover"),
            ("hip_right", "hip_right"),
        ] {
            assert_eq!(other_side(name), other);
        }
    }
}
