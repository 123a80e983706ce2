//! Several entries in one multi-label mask.

use std::borrow::Cow;
use std::collections::HashSet;

use medmask_archive::{AnyArchive, ArchiveError, ReadAt};
use medmask_core::{LabelMap, Memory, Runs, ShapeMismatch};

use super::load::{common_geometry, space_by};
use crate::adapter::{Formats, MaskToWrite};
use crate::error::refused_memory;
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
    let mut runs_of = Vec::with_capacity(selections.len());
    let mut tables = Vec::with_capacity(selections.len());
    for selection in selections {
        let (runs, labels) = selection.in_own_numbers(archive)?;
        progress(&selection.name());
        runs_of.push(runs);
        tables.push(Table::new(selection, labels));
    }
    let memory = Memory::new(archive.max_memory());
    let runs: u64 = runs_of.iter().map(|runs| runs.run_count() as u64).sum();
    let tried = memory.try_out("the merged runs", runs * BYTES_PER_RUN);
    let _tried = tried.map_err(refused_memory(archive.path()))?;
    let plan = Plan::new(&tables)?;
    let (mut renumbered, mut voxels) = (Vec::new(), 0);
    for ((runs, table), numbers) in runs_of.iter().zip(&tables).zip(&plan.numbers) {
        let runs = renumber(&table.owner, runs, numbers)?;
        voxels += runs.voxel_count();
        if !runs.is_empty() {
            renumbered.push(runs);
        }
    }
    drop(runs_of);
    let shape = archive.space().shape();
    let shapes_differ = |source| Error::MaskShape { name: name.to_owned(), source };
    let runs = paint_in_order(renumbered).map_err(shapes_differ)?;
    let runs = runs.unwrap_or_else(|| Runs::empty(shape));
    let painted_over = voxels - runs.voxel_count();
    let mut mask = MaskToWrite::new(name, runs, plan.labels, archive.space().clone());
    let mut notes = Vec::new();
    let entries = selections.iter().flat_map(Selection::entries);
    match common_geometry(archive, entries, formats)? {
        Ok(Some(common)) => {
            let (space, note) = space_by(&common, archive.space(), formats);
            notes.extend(note.map(|note| (name.to_owned(), note)));
            mask.space = space;
            mask.metadata = common;
        }
        Ok(None) => {}
        Err(note) => notes.push(note),
    }
    Ok(Merged { mask, painted_over, notes })
}

/// The labels of one of the masks that are merged.
struct Table<'a> {
    /// What the mask is, or is a label of.
    owner: Cow<'a, str>,
    /// Whether it is one label of an entry among others.
    is_part: bool,
    labels: LabelMap,
}

impl<'a> Table<'a> {
    fn new(selection: &'a Selection, mut labels: LabelMap) -> Self {
        labels.remove_background();
        let owner = selection.entry().map_or_else(|| selection.short_name().into(), Cow::from);
        Self { owner, is_part: selection.label().is_some(), labels }
    }

    /// Whether the mask has one label, which then takes its name.
    fn is_alone(&self) -> bool {
        self.labels.len() == 1 && !self.is_part
    }
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
    let table = |selection| Ok(Table::new(selection, selection.labels_in_own_numbers(archive)?));
    let tables: Vec<Table<'_>> = selections.iter().map(table).collect::<Result<_>>()?;
    Ok(Plan::new(&tables)?.labels)
}

/// Which number and name each label gets.
struct Plan {
    labels: LabelMap,
    /// For each mask old and new numbers, ascending by the old.
    numbers: Vec<Vec<(u32, u32)>>,
}

impl Plan {
    fn new(masks: &[Table<'_>]) -> Result<Self, ArchiveError> {
        let mut seen = HashSet::new();
        let mut numbers = masks.iter().flat_map(|mask| mask.labels.iter());
        let distinct = numbers.all(|(_, label)| seen.insert(label));
        // Names that more than one label has, of the names that stand alone.
        let mut known = HashSet::new();
        let mut doubled = HashSet::new();
        for mask in masks {
            for (label, _) in mask.labels.iter() {
                let short = if mask.is_alone() { &*mask.owner } else { label };
                if !known.insert(short) {
                    doubled.insert(short);
                }
            }
        }
        let mut plan = Self { labels: LabelMap::new(), numbers: Vec::new() };
        for mask in masks {
            let owner = &*mask.owner;
            let label_error = |source| ArchiveError::Labels { name: owner.to_owned(), source };
            let alone = mask.is_alone();
            let mut numbers = Vec::new();
            for known in mask.labels.entries() {
                let old = known.label();
                let number = if distinct { old } else { plan.labels.len() as u32 + 1 };
                let full = format!("{owner}/{}", known.name());
                let name = match if alone { owner } else { known.name() } {
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
