//! Several entries in one multi-label mask.

use std::collections::HashSet;

use medmask_archive::{Archive, ArchiveError, ReadAt};
use medmask_core::{LabelMap, Runs, ShapeMismatch};
use serde_json::{Map, Value};

use super::load::without_metadata;
use crate::adapter::{Formats, MaskToWrite};
use crate::{Error, Result};

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

/// Merges the entries `names` into one mask called `name`, later entries over earlier ones. `progress` is called after
/// each.
///
/// Labels keep their numbers where no two entries share one; otherwise they are numbered from 1 in the order of the
/// entries. A label that is named as its entry, or alone in it, takes the entry's name; others are called
/// `entry/label`, where the name alone would not be unique. The grid is the archive's; where all entries came from files
/// with one geometry by one of `formats`, that.
///
/// # Errors
/// An unknown name, or damage in an entry.
pub fn merge<S: ReadAt>(
    archive: &Archive<S>,
    names: &[String],
    name: &str,
    formats: &Formats,
    mut progress: impl FnMut(&str),
) -> Result<Merged> {
    let plan = Plan::new(archive, names)?;
    let (mut parts, mut voxels) = (Vec::new(), 0);
    for (entry, numbers) in names.iter().zip(&plan.numbers) {
        let runs = renumber(entry, &archive.load_runs(entry)?, numbers)?;
        progress(entry);
        voxels += runs.voxel_count();
        if !runs.is_empty() {
            parts.push(runs);
        }
    }
    let shape = archive.space().shape();
    let shapes_differ = |source| Error::MaskShape { name: name.to_owned(), source };
    let runs = paint_in_order(parts).map_err(shapes_differ)?;
    let runs = runs.unwrap_or_else(|| Runs::empty(shape));
    let painted_over = voxels - runs.voxel_count();
    let mut mask = MaskToWrite::new(name, runs, plan.labels, archive.space().clone());
    let mut notes = Vec::new();
    if let Some(common) = common_geometry(archive, names, formats, &mut notes)? {
        let own = formats.placement(&common, shape);
        mask.space = own.map_or(mask.space, |placement| placement.space);
        mask.metadata = common;
    }
    Ok(Merged { mask, painted_over, notes })
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
        let distinct = all().all(|label| seen.insert(label.label));
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
            let known = entry.label_map().map_err(label_error)?;
            let alone = known.len() == 1;
            let mut numbers = Vec::new();
            for label in entry.labels() {
                let number = if distinct { label.label } else { plan.labels.len() as u32 + 1 };
                let full = format!("{}/{}", entry.name(), label.name);
                let name = match if alone { entry.name() } else { label.name } {
                    short if !alone && doubled.contains(short) => full,
                    short if plan.labels.get(short).is_none() => short.to_owned(),
                    _ => full,
                };
                plan.labels.insert(name, number).map_err(label_error)?;
                if let Some(known) = known.entry(label.label) {
                    plan.labels.set_colour(number, known.colour()).map_err(label_error)?;
                    plan.labels.set_code(number, known.code().cloned()).map_err(label_error)?;
                }
                numbers.push((label.label, number));
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

/// What one of `formats` keeps of the files that the entries came from, where it is the same for all of them.
fn common_geometry<S: ReadAt>(
    archive: &Archive<S>,
    names: &[String],
    formats: &Formats,
    notes: &mut Vec<(String, String)>,
) -> Result<Option<Map<String, Value>>> {
    let mut common = None;
    for name in names {
        let kept = match archive.entry(name)?.metadata() {
            Ok(metadata) => formats.kept_by_formats(metadata),
            Err(error) => {
                notes.push((name.clone(), without_metadata(&error)));
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
