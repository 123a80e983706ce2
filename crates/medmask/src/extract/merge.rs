//! Several entries in one multi-label mask.

use std::borrow::Cow;
use std::collections::HashSet;

use medmask_archive::ArchiveError;
use medmask_core::{LabelMap, MaskOverlap, Memory, Runs, ShapeMismatch};

use super::load::{common_geometry, space_by};
use crate::adapter::{Formats, MaskToWrite};
use crate::error::refused_memory;
use crate::masks::Masks;
use crate::selection::Selection;
use crate::{Error, Result};

/// What a run takes while masks are merged: it is there twice, with its row, and once more as a part of the result.
const BYTES_PER_RUN: u64 = 3 * 28;

/// How masks are merged.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MergeOptions {
    /// The numbers of labels by their names, which then are painted in the order of their numbers; `None` for numbers and an order as
    /// [`merge`] has them.
    pub numbers: Option<LabelMap>,
    /// Whether what is painted first stays, rather than what is painted last.
    pub first_wins: bool,
}

/// Masks painted over each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Merged {
    /// The mask.
    pub mask: MaskToWrite,
    /// How many voxels of masks another one has in the result.
    pub painted_over: u64,
    /// Which labels share voxels, so that only one of them has these in the result.
    pub conflicts: Vec<Conflict>,
    /// What is worth knowing of entries: name and remark.
    pub notes: Vec<(String, String)>,
}

/// Two labels of masks that are merged, and that share voxels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The label that has the voxels in the result, as far as no third one has them.
    pub kept: String,
    /// The label that lost them.
    pub lost: String,
    /// How many voxels they share, at least 1.
    pub voxels: u64,
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
pub fn merge(
    archive: &impl Masks,
    selections: &[Selection],
    name: &str,
    formats: &Formats,
    progress: impl FnMut(&str),
) -> Result<Merged> {
    merge_with(archive, selections, name, &MergeOptions::default(), formats, progress)
}

/// As [`merge`], with numbers and an order as `options` say.
///
/// # Errors
/// As [`merge`], and [`Error::NoNumber`] where the options have numbers, but not for all labels.
pub fn merge_with(
    archive: &impl Masks,
    selections: &[Selection],
    name: &str,
    options: &MergeOptions,
    formats: &Formats,
    progress: impl FnMut(&str),
) -> Result<Merged> {
    let (runs_of, tables) = load_all(archive, selections, progress)?;
    let plan = Plan::new(&tables, options.numbers.as_ref())?;
    let mut renumbered = Vec::new();
    for ((runs, table), numbers) in runs_of.iter().zip(&tables).zip(&plan.numbers) {
        renumbered.push(renumber(&table.owner, runs, numbers)?);
    }
    drop(runs_of);
    let masks: Vec<&Runs> = renumbered.iter().collect();
    let runs = painted(&masks, options)
        .map_err(|source| Error::MaskShape { name: name.to_owned(), source })?;
    let painted_over =
        masks.iter().map(|mask| mask.voxel_count()).sum::<u64>() - runs.voxel_count();
    let conflicts = match painted_over {
        0 => Vec::new(),
        _ => conflicts(&masks, &plan.labels, options),
    };
    let (mask, notes) =
        on_common_geometry(archive, selections, (name, runs, plan.labels), formats)?;
    Ok(Merged { mask, painted_over, conflicts, notes })
}

/// The voxels of the masks `selections` with their own numbers, and the names of these; as much memory as merging takes was there.
pub(super) fn load_all<'s>(
    archive: &impl Masks,
    selections: &'s [Selection],
    mut progress: impl FnMut(&str),
) -> Result<(Vec<Runs>, Vec<Table<'s>>)> {
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
    Ok((runs_of, tables))
}

/// A mask made of `selections`, by its name, voxels and labels; on the space of their files where that is the same for all.
pub(super) fn on_common_geometry(
    archive: &impl Masks,
    selections: &[Selection],
    (name, runs, labels): (&str, Runs, LabelMap),
    formats: &Formats,
) -> Result<(MaskToWrite, Vec<(String, String)>)> {
    let mut mask = MaskToWrite::new(name, runs, labels, archive.space().clone());
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
    Ok((mask, notes))
}

/// Of all labels of a voxel the one that is painted last, or first.
fn painted(masks: &[&Runs], options: &MergeOptions) -> Result<Runs, ShapeMismatch> {
    let by_number = options.numbers.is_some();
    Runs::combine_all(masks, |labels| {
        let mut painted = labels.iter().copied().filter(|label| *label != 0);
        let winner = match (by_number, options.first_wins) {
            (true, true) => painted.min(),
            (true, false) => painted.max(),
            (false, true) => painted.next(),
            (false, false) => painted.next_back(),
        };
        winner.unwrap_or(0)
    })
}

#[expect(clippy::expect_used, reason = "masks of other shapes cannot be painted, and these were")]
fn conflicts(masks: &[&Runs], labels: &LabelMap, options: &MergeOptions) -> Vec<Conflict> {
    let pairs = Runs::overlaps_among(masks).expect("all have one shape");
    let conflict = |pair: &MaskOverlap| {
        let (first, second) = (pair.first.label, pair.second.label);
        let second_is_later = options.numbers.is_none() || second > first;
        let (kept, lost) =
            if second_is_later == options.first_wins { (first, second) } else { (second, first) };
        let name = |label| labels.name(label).unwrap_or_default().to_owned();
        Conflict { kept: name(kept), lost: name(lost), voxels: pair.voxels }
    };
    pairs.iter().map(conflict).collect()
}

/// The labels of one of the masks that are merged.
pub(super) struct Table<'a> {
    /// What the mask is, or is a label of.
    pub owner: Cow<'a, str>,
    /// Whether it is one label of an entry among others.
    is_part: bool,
    pub labels: LabelMap,
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
pub(super) fn renumber(
    entry: &str,
    runs: &Runs,
    numbers: &[(u32, u32)],
) -> Result<Runs, ArchiveError> {
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
pub fn merged_labels(archive: &impl Masks, selections: &[Selection]) -> Result<LabelMap> {
    let table = |selection| Ok(Table::new(selection, selection.labels_in_own_numbers(archive)?));
    let tables: Vec<Table<'_>> = selections.iter().map(table).collect::<Result<_>>()?;
    Ok(Plan::new(&tables, None)?.labels)
}

/// Which number and name each label gets.
struct Plan {
    labels: LabelMap,
    /// For each mask old and new numbers, ascending by the old.
    numbers: Vec<Vec<(u32, u32)>>,
}

impl Plan {
    /// `given` are the numbers of all labels by their new names, where they are not made here.
    fn new(masks: &[Table<'_>], given: Option<&LabelMap>) -> Result<Self> {
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
        let mut missing = Vec::new();
        for mask in masks {
            let owner = &*mask.owner;
            let label_error = |source| ArchiveError::Labels { name: owner.to_owned(), source };
            let alone = mask.is_alone();
            let mut numbers = Vec::new();
            for known in mask.labels.entries() {
                let old = known.label();
                let full = format!("{owner}/{}", known.name());
                let name = match if alone { owner } else { known.name() } {
                    short if !alone && doubled.contains(short) => full,
                    short if plan.labels.get(short).is_none() => short.to_owned(),
                    _ => full,
                };
                let number = match given.map(|given| given.get(&name)) {
                    None if distinct => old,
                    None => plan.labels.len() as u32 + 1,
                    Some(Some(number)) => number,
                    Some(None) => {
                        missing.push(name);
                        continue;
                    }
                };
                plan.labels.insert(name, number).map_err(label_error)?;
                plan.labels.set_colour(number, known.colour()).map_err(label_error)?;
                plan.labels.set_code(number, known.code().cloned()).map_err(label_error)?;
                numbers.push((old, number));
            }
            numbers.sort_unstable();
            plan.numbers.push(numbers);
        }
        if !missing.is_empty() {
            return Err(Error::NoNumber { names: missing });
        }
        Ok(plan)
    }
}
