//! Entries and labels renamed and renumbered by a table.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use medmask_archive::{ArchiveError, ArchiveWriter, EncodedEntry, Entry, EntryOptions};
use medmask_core::{Dtype, LabelMap};
use medmask_files::open_input;

use crate::masks::Masks;
use crate::relabel_table::{RelabelRow, RelabelTable};
use crate::{CodecChoice, Error, Result, groups};

/// What a table changes in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relabelled {
    /// Old and new names of entries.
    pub entries: Vec<(String, String)>,
    /// Labels that get another name or number.
    pub labels: Vec<LabelChange>,
    /// For each row of the table whether it fits a name of the archive.
    pub fits: Vec<bool>,
    /// Groups whose patterns no longer have an entry, since that has another name.
    pub lost: Vec<String>,
}

/// A label that gets another name or number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelChange {
    /// The new name of its entry.
    pub entry: String,
    /// Its old number.
    pub number: u32,
    /// Its new number.
    pub new_number: u32,
    /// Its new name; `None` where it keeps its own or that of its entry.
    pub new_name: Option<String>,
}

/// The table in a file; see [`RelabelTable::parse`].
///
/// # Errors
/// [`Error::Io`] and [`Error::RelabelTable`].
pub fn read_relabel_table(path: &Path) -> Result<RelabelTable> {
    let text = open_input(path).and_then(io::read_to_string).map_err(Error::io("read", path))?;
    let in_file = |source| Error::RelabelTable { path: path.to_owned(), source: Box::new(source) };
    RelabelTable::parse(&text).map_err(in_file)
}

/// What `table` changes in `archive`, without changing anything.
///
/// A row fits an entry by its name, and a label by its own name or as `entry/label`. A label that is called as its entry, and is its only
/// one, goes with it: a row that fits the entry also gives the number.
///
/// # Errors
/// Two entries that would have one name, and a number for an entry of several labels.
pub fn relabel_plan(archive: &impl Masks, table: &RelabelTable) -> Result<Relabelled> {
    let mut plan = Relabelled { fits: vec![false; table.rows.len()], ..Relabelled::default() };
    let mut names = HashSet::new();
    for entry in archive.entries() {
        let old = entry.name();
        let found = plan.find(table, &[old]);
        let new = found.as_ref().map_or_else(|| old.to_owned(), |(_, new)| new.clone());
        if !names.insert(new.clone()) {
            return Err(ArchiveError::EntryExists { name: new }.into());
        }
        let number = found.and_then(|(row, _)| row.number);
        let known = plan.labels.len();
        plan.add_labels(table, entry, &new, number)?;
        if plan.labels.len() > known {
            changed_labels(old, &entry.label_map()?, &plan.labels[known..])?;
        }
        if new != old {
            plan.entries.push((old.to_owned(), new));
        }
    }
    Ok(plan)
}

impl Relabelled {
    /// The first row that fits one of `names`, and what that becomes. All rows that fit are marked.
    fn find<'t>(
        &mut self,
        table: &'t RelabelTable,
        names: &[&str],
    ) -> Option<(&'t RelabelRow, String)> {
        let mut first = None;
        for (row, fits) in table.rows.iter().zip(&mut self.fits) {
            if let Some(new) = names.iter().find_map(|name| row.renamed(name)) {
                *fits = true;
                first.get_or_insert((row, new));
            }
        }
        first
    }

    /// `entry` is the name that the entry gets, and `number` the one that a row gives with it.
    fn add_labels(
        &mut self,
        table: &RelabelTable,
        of: &Entry,
        entry: &str,
        number: Option<u32>,
    ) -> Result<()> {
        let labels: Vec<_> = of.labels().filter(|label| label.number != 0).collect();
        if number.is_some() && labels.len() != 1 {
            let (name, labels) = (of.name().to_owned(), labels.len());
            return Err(Error::NumberOfSeveral { name, labels });
        }
        for label in &labels {
            let mut change = LabelChange {
                entry: entry.to_owned(),
                number: label.number,
                new_number: number.unwrap_or(label.number),
                new_name: None,
            };
            if let Some(own) = label.name.as_deref()
                && (own != of.name() || labels.len() > 1)
            {
                let full = format!("{}/{own}", of.name());
                if let Some((row, new)) = self.find(table, &[own, &full]) {
                    change.new_number = row.number.or(number).unwrap_or(label.number);
                    change.new_name =
                        row.new.is_some().then_some(new).filter(|new| new.as_str() != own);
                }
            }
            if change.new_number != label.number || change.new_name.is_some() {
                self.labels.push(change);
            }
        }
        Ok(())
    }
}

/// The table `labels` of the entry `name` with the `changes`.
fn changed_labels(
    name: &str,
    labels: &LabelMap,
    changes: &[LabelChange],
) -> Result<LabelMap, ArchiveError> {
    let of_entry = |source| ArchiveError::Labels { name: name.to_owned(), source };
    let changes: HashMap<u32, &LabelChange> =
        changes.iter().map(|change| (change.number, change)).collect();
    let mut changed = LabelMap::new();
    for known in labels.entries() {
        let change = changes.get(&known.label());
        let number = change.map_or(known.label(), |change| change.new_number);
        let new_name = change.and_then(|change| change.new_name.as_deref());
        changed.insert(new_name.unwrap_or(known.name()), number).map_err(of_entry)?;
        changed.set_colour(number, known.colour()).map_err(of_entry)?;
        changed.set_code(number, known.code().cloned()).map_err(of_entry)?;
    }
    Ok(changed)
}

/// Renames and renumbers entries and labels of the writer's archive as [`relabel_plan`] says. Groups follow the new names of entries.
/// Entries with changed labels are coded anew; all else of an entry stays as it is stored. Renamed entries come last.
///
/// # Errors
/// As [`relabel_plan`]; damage in an entry whose labels change; two labels of an entry that would have one name or number.
pub fn relabel(writer: &mut ArchiveWriter, table: &RelabelTable) -> Result<Relabelled> {
    let mut plan = relabel_plan(writer.archive(), table)?;
    let mut renames: Vec<(String, String)> = plan.entries.clone();
    while !renames.is_empty() {
        let is_free = |name: &str| Masks::entry(writer.archive(), name).is_err();
        if let Some(place) = renames.iter().position(|(_, new)| is_free(new)) {
            let (old, new) = renames.swap_remove(place);
            plan.lost.extend(groups::rename(writer, &old, &new)?.lost);
        } else if let Some((old, _)) = renames.first_mut() {
            // Entries take each other's names: one of them steps aside.
            let mut aside = format!("{old} (for a moment)");
            while !is_free(&aside) {
                aside.push('_');
            }
            groups::rename(writer, old, &aside)?;
            *old = aside;
        }
    }
    // Changes of one entry stand together.
    for changes in plan.labels.chunk_by(|a, b| a.entry == b.entry) {
        let name = &changes[0].entry;
        let encoded = changed(writer, name, changes)?;
        writer.remove(name)?;
        writer.add_encoded(encoded)?;
    }
    Ok(plan)
}

/// The entry `name` with other names and numbers of its labels.
fn changed(writer: &ArchiveWriter, name: &str, changes: &[LabelChange]) -> Result<EncodedEntry> {
    let reader = writer.archive().get(name)?;
    let (runs, old) = reader.to_runs_with_labels()?;
    let labels = changed_labels(name, &old, changes)?;
    let numbers: HashMap<u32, u32> =
        changes.iter().map(|change| (change.number, change.new_number)).collect();
    let entry = reader.entry();
    let largest = labels.iter().map(|(_, number)| number).max().unwrap_or(0);
    let mut options = EntryOptions::new()
        .dtype(entry.dtype().map(|dtype| dtype.max(Dtype::for_label(largest))))
        .metadata(entry.metadata()?);
    if let Some(Ok(CodecChoice(codec))) = entry.codec().map(str::parse) {
        options = options.codec(codec);
    }
    let runs = runs.relabel(|label| numbers.get(&label).copied().unwrap_or(label));
    Ok(EncodedEntry::new(name, &runs, &labels, &options)?)
}
