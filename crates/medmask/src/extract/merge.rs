//! Several entries in one multi-label mask.

use std::collections::HashSet;

use medmask_archive::{Archive, ArchiveError, ReadAt};
use medmask_core::{LabelMap, Runs};
use serde_json::Map;

use super::MaskToWrite;
use crate::{Result, source_geometry};

/// Entries painted over each other.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The mask.
    pub mask: MaskToWrite,
    /// How many voxels were painted over by a later entry.
    pub painted_over: u64,
}

/// Merges the entries `names` into one mask called `name`, later entries over earlier ones. `progress` is called after
/// each.
///
/// Labels keep their numbers where no two entries share one; otherwise they are numbered from 1 in the order of the
/// entries. A label that is named as its entry, or alone in it, takes the entry's name; others are called
/// `entry/label`, where the name alone would not be unique. The grid is the archive's; where all entries came from files
/// with one geometry, that.
///
/// # Errors
/// An unknown name, or damage in an entry.
pub fn merge<S: ReadAt>(
    archive: &Archive<S>,
    names: &[String],
    name: &str,
    mut progress: impl FnMut(&str),
) -> Result<Merged> {
    let plan = Plan::new(archive, names)?;
    let (mut parts, mut voxels) = (Vec::new(), 0);
    for (entry, numbers) in names.iter().zip(&plan.numbers) {
        let runs = archive.get(entry)?.to_runs()?.relabel(|label| {
            let found = numbers.binary_search_by_key(&label, |(old, _)| *old);
            found.map_or(label, |place| numbers[place].1)
        });
        progress(entry);
        voxels += runs.voxel_count();
        if !runs.is_empty() {
            parts.push(runs);
        }
    }
    let runs = paint_in_order(parts).unwrap_or_else(|| Runs::empty(archive.space().shape()));
    let painted_over = voxels - runs.voxel_count();
    let mut mask = MaskToWrite {
        name: name.to_owned(),
        runs,
        labels: plan.labels,
        dtype: None,
        space: archive.space().clone(),
        geometry: None,
        metadata: Map::new(),
    };
    take_common_geometry(archive, names, &mut mask)?;
    Ok(Merged { mask, painted_over })
}

/// The names and numbers that the labels of the entries `names` get when they are [merged](merge).
///
/// # Errors
/// An unknown name.
pub fn merged_labels<S: ReadAt>(archive: &Archive<S>, names: &[String]) -> Result<LabelMap> {
    Ok(Plan::new(archive, names)?.labels)
}

/// Which number and name each label gets.
struct Plan {
    labels: LabelMap,
    /// For each entry old and new numbers, ascending by the old.
    numbers: Vec<Vec<(u32, u32)>>,
}

impl Plan {
    fn new<S: ReadAt>(archive: &Archive<S>, names: &[String]) -> Result<Self> {
        let entries: Vec<_> =
            names.iter().map(|name| archive.entry(name)).collect::<Result<_, _>>()?;
        let mut seen = HashSet::new();
        let all = || entries.iter().flat_map(|entry| entry.labels());
        let distinct = all().all(|label| seen.insert(label.number));
        // Names that more than one label has, of the names that stand alone.
        let mut known = HashSet::new();
        let mut doubled = HashSet::new();
        for entry in &entries {
            let alone = entry.labels().len() == 1;
            for label in entry.labels() {
                let short = if alone { entry.name() } else { label.name };
                if !known.insert(short) {
                    doubled.insert(short);
                }
            }
        }
        let mut plan = Self { labels: LabelMap::new(), numbers: Vec::new() };
        for entry in entries {
            let label_error =
                |source| ArchiveError::Labels { name: entry.name().to_owned(), source };
            let known = entry.label_map()?;
            let alone = known.len() == 1;
            let mut numbers = Vec::new();
            for label in entry.labels() {
                let number = if distinct { label.number } else { plan.labels.len() as u32 + 1 };
                let full = format!("{}/{}", entry.name(), label.name);
                let name = match if alone { entry.name() } else { label.name } {
                    short if !alone && doubled.contains(short) => full,
                    short if plan.labels.get(short).is_none() => short.to_owned(),
                    _ => full,
                };
                plan.labels.insert(name, number).map_err(label_error)?;
                if let Some(known) = known.entry(label.number) {
                    plan.labels.set_colour(number, known.colour()).map_err(label_error)?;
                    plan.labels.set_code(number, known.code().cloned()).map_err(label_error)?;
                }
                numbers.push((label.number, number));
            }
            numbers.sort_unstable();
            plan.numbers.push(numbers);
        }
        Ok(plan)
    }
}

/// Later parts over earlier ones, two neighbours at a time, so that no run is copied more than a few times.
fn paint_in_order(mut parts: Vec<Runs>) -> Option<Runs> {
    while parts.len() > 1 {
        let mut next = Vec::with_capacity(parts.len().div_ceil(2));
        let mut pairs = parts.into_iter();
        while let Some(first) = pairs.next() {
            next.push(match pairs.next() {
                // All parts are of the archive's shape.
                Some(second) => first.paint_over(&second).unwrap_or(first),
                None => first,
            });
        }
        parts = next;
    }
    parts.pop()
}

/// Gives the mask the geometry of the files that its entries came from, where they have the same.
fn take_common_geometry<S: ReadAt>(
    archive: &Archive<S>,
    names: &[String],
    mask: &mut MaskToWrite,
) -> Result<()> {
    let mut geometries = names
        .iter()
        .map(|name| Ok::<_, ArchiveError>(source_geometry::of_entry(archive.entry(name)?)));
    let Some(first) = geometries.next().transpose()?.flatten() else { return Ok(()) };
    for geometry in geometries {
        if geometry? != Some(first) {
            return Ok(());
        }
    }
    mask.space = source_geometry::space_of(&first, archive.space());
    mask.geometry = Some(first);
    Ok(())
}
