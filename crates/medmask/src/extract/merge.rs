//! Several entries in one multi-label mask.

use std::collections::HashSet;

use medmask_archive::{AnyArchive, ArchiveError, ReadAt};
use medmask_core::{LabelMap, Memory, MemoryError, Runs, ShapeMismatch};
use serde_json::{Map, Value};

use super::load::{space_by, without_metadata};
use crate::adapter::{Formats, MaskToWrite};
use crate::selection::Selection;
use crate::{Error, Result};

/// What a run takes while masks are merged: it is there twice, with its row, and once more as a part of the result.
const BYTES_PER_RUN: u64 = 3 * 28;

/// Entries painted over each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Merged {
    /// The mask.
    pub mask: MaskToWrite,
    /// How many voxels were painted over by a later entry.
    pub painted_over: u64,
    /// What is worth knowing of entries: name and remark.
    pub notes: Vec<(String, String)>,
}

/// Merges the masks `selections` into one mask called `name`, later ones over earlier ones. `progress` is called after each.
///
/// Labels keep their numbers where no two of them share one; otherwise they are numbered from 1 in the order of the masks. A
/// label that is named as its entry, or alone in it, takes the entry's name; others are called `entry/label`, where the name
/// alone would not be unique. A name of background is left out: the background of one mask is not that of all. The grid is the archive's; where all entries came from files with one geometry by one of
/// `formats`, that.
///
/// # Errors
/// Damage in an entry, and masks that do not fit into memory, or into the archive's limit of it.
pub fn merge<S: ReadAt>(
    archive: &AnyArchive<S>,
    selections: &[Selection],
    name: &str,
    formats: &Formats,
    mut progress: impl FnMut(&str),
) -> Result<Merged> {
    let mut parts = Vec::with_capacity(selections.len());
    for selection in selections {
        let (runs, mut labels) = selection.in_own_numbers(archive)?;
        labels.remove_background();
        progress(&selection.name());
        parts.push(Part { selection, runs, labels });
    }
    let memory = Memory::new(archive.max_memory());
    let runs: u64 = parts.iter().map(|part| part.runs.run_count() as u64).sum();
    let tried = memory.try_out("the merged runs", runs * BYTES_PER_RUN);
    let refused = |error: MemoryError| ArchiveError::Format {
        path: archive.path().to_owned(),
        source: error.into(),
    };
    let _tried = tried.map_err(refused)?;
    let plan = Plan::new(parts.iter().map(|part| (part.selection, &part.labels)))?;
    let (mut renumbered, mut voxels) = (Vec::new(), 0);
    for (part, numbers) in parts.iter().zip(&plan.numbers) {
        let runs = renumber(part.selection.entry(), &part.runs, numbers)?;
        voxels += runs.voxel_count();
        if !runs.is_empty() {
            renumbered.push(runs);
        }
    }
    drop(parts);
    let shape = archive.space().shape();
    let shapes_differ = |source| Error::MaskShape { name: name.to_owned(), source };
    let runs = paint_in_order(renumbered).map_err(shapes_differ)?;
    let runs = runs.unwrap_or_else(|| Runs::empty(shape));
    let painted_over = voxels - runs.voxel_count();
    let mut mask = MaskToWrite::new(name, runs, plan.labels, archive.space().clone());
    let mut notes = Vec::new();
    if let Some(common) = common_geometry(archive, selections, formats, &mut notes)? {
        let (space, note) = space_by(&common, archive.space(), formats);
        notes.extend(note.map(|note| (name.to_owned(), note)));
        mask.space = space;
        mask.metadata = common;
    }
    Ok(Merged { mask, painted_over, notes })
}

/// One of the masks that are merged.
struct Part<'a> {
    selection: &'a Selection,
    runs: Runs,
    labels: LabelMap,
}

/// The runs of `entry` with the new numbers that `numbers` have for the old ones.
fn renumber(entry: &str, runs: &Runs, numbers: &[(u32, u32)]) -> Result<Runs, ArchiveError> {
    let place = |label: u32| numbers.binary_search_by_key(&label, |(old, _)| *old);
    let labels: Vec<u32> =
        runs.labels().into_iter().filter(|label| place(*label).is_err()).collect();
    if !labels.is_empty() {
        return Err(ArchiveError::UnnamedLabels { name: entry.to_owned(), labels });
    }
    #[expect(clippy::expect_used, reason = "labels that are not there were refused above")]
    let new = |label| numbers[place(label).expect("every label has a place")].1;
    Ok(runs.relabel(new))
}

/// The names and numbers that the labels of the masks `selections` get when they are [merged](merge). Labels of a version 1
/// file that only its voxels have are not among them.
///
/// # Errors
/// An unknown entry.
pub fn merged_labels<S: ReadAt>(
    archive: &AnyArchive<S>,
    selections: &[Selection],
) -> Result<LabelMap> {
    let named = |selection: &Selection| -> Result<LabelMap> {
        let mut labels = selection.labels_in_own_numbers(archive)?;
        labels.remove_background();
        Ok(labels)
    };
    let labels: Vec<LabelMap> = selections.iter().map(named).collect::<Result<_, _>>()?;
    Ok(Plan::new(selections.iter().zip(&labels))?.labels)
}

/// Which number and name each label gets.
struct Plan {
    labels: LabelMap,
    /// For each mask old and new numbers, ascending by the old.
    numbers: Vec<Vec<(u32, u32)>>,
}

impl Plan {
    fn new<'a>(
        masks: impl Iterator<Item = (&'a Selection, &'a LabelMap)> + Clone,
    ) -> Result<Self, ArchiveError> {
        let mut seen = HashSet::new();
        let distinct = masks
            .clone()
            .flat_map(|(_, labels)| labels.iter())
            .all(|(_, label)| seen.insert(label));
        // Names that more than one label has, of the names that stand alone.
        let mut known = HashSet::new();
        let mut doubled = HashSet::new();
        for (selection, labels) in masks.clone() {
            for (label, _) in labels.iter() {
                let short = if is_alone(selection, labels) { selection.entry() } else { label };
                if !known.insert(short) {
                    doubled.insert(short);
                }
            }
        }
        let mut plan = Self { labels: LabelMap::new(), numbers: Vec::new() };
        for (selection, labels) in masks {
            let label_error =
                |source| ArchiveError::Labels { name: selection.entry().to_owned(), source };
            let alone = is_alone(selection, labels);
            let mut numbers = Vec::new();
            for known in labels.entries() {
                let old = known.label();
                let number = if distinct { old } else { plan.labels.len() as u32 + 1 };
                let full = format!("{}/{}", selection.entry(), known.name());
                let name = match if alone { selection.entry() } else { known.name() } {
                    short if !alone && doubled.contains(short) => full,
                    short if plan.labels.get(short).is_none() => short.to_owned(),
                    _ => full,
                };
                plan.labels.insert(name, number).map_err(label_error)?;
                plan.labels.set_colour(number, known.colour()).map_err(label_error)?;
                plan.labels.set_code(number, known.code().cloned()).map_err(label_error)?;
                numbers.push((old, number));
            }
            numbers.sort_unstable();
            plan.numbers.push(numbers);
        }
        Ok(plan)
    }
}

/// Whether the mask is an entry with one label, which then takes the entry's name.
fn is_alone(selection: &Selection, labels: &LabelMap) -> bool {
    labels.len() == 1 && selection.label().is_none()
}

/// Later parts over earlier ones, two neighbours at a time, so that no run is copied more than a few times.
fn paint_in_order(mut parts: Vec<Runs>) -> Result<Option<Runs>, ShapeMismatch> {
    while parts.len() > 1 {
        let mut next = Vec::with_capacity(parts.len().div_ceil(2));
        let mut pairs = parts.into_iter();
        while let Some(first) = pairs.next() {
            next.push(match pairs.next() {
                Some(second) => first.paint_over(&second)?,
                None => first,
            });
        }
        parts = next;
    }
    Ok(parts.pop())
}

/// What one of `formats` keeps of the files that the masks came from, where it is the same for all of them.
fn common_geometry<S: ReadAt>(
    archive: &AnyArchive<S>,
    selections: &[Selection],
    formats: &Formats,
    notes: &mut Vec<(String, String)>,
) -> Result<Option<Map<String, Value>>> {
    let mut common = None;
    for selection in selections {
        let kept = match archive.entry(selection.entry())?.metadata() {
            Ok(metadata) => formats.kept_by_formats(metadata),
            Err(error) => {
                notes.push((selection.name(), without_metadata(&error)));
                return Ok(None);
            }
        };
        match &common {
            None => common = Some(kept),
            Some(first) if *first == kept => {}
            Some(_) => return Ok(None),
        }
    }
    Ok(common)
}
