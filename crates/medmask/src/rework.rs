//! Entries made of others of the same archive. Nothing counts before the writer commits.

mod relabel;

use std::collections::HashSet;

use medmask_archive::{ArchiveError, ArchiveWriter, EntryOptions};
use medmask_core::{Dtype, Runs};

use crate::Result;
use crate::adapter::{Formats, MaskToWrite};
use crate::extract::{MergeOptions, Merged, Voted, merge_with, vote};
use crate::masks::Masks;
use crate::selection::Selection;

pub use relabel::{LabelChange, Relabelled, read_relabel_table, relabel, relabel_plan};

/// Adds the masks `selections` of the writer's archive to it as one entry of several labels, called `name`. Names, numbers and order are
/// those of [`merge`](crate::merge()), with what `options` say. With `remove` the entries that they are, or are labels of, are taken out.
///
/// # Errors
/// As [`merge_with`], and a name that is taken.
pub fn merge_into(
    writer: &mut ArchiveWriter,
    selections: &[Selection],
    name: &str,
    options: &MergeOptions,
    formats: &Formats,
    remove: bool,
) -> Result<Merged> {
    check_free(writer, name, selections, remove)?;
    let merged = merge_with(writer.archive(), selections, name, options, formats, |_| ())?;
    put(writer, &merged.mask, selections, remove)?;
    Ok(merged)
}

/// Adds what most of the masks `selections` of the writer's archive say to it as the entry `name`; see [`vote`]. With `remove` the
/// entries that they are, or are labels of, are taken out.
///
/// # Errors
/// As [`vote`], and a name that is taken.
pub fn vote_into(
    writer: &mut ArchiveWriter,
    selections: &[Selection],
    name: &str,
    tie: Option<&str>,
    formats: &Formats,
    remove: bool,
) -> Result<Voted> {
    check_free(writer, name, selections, remove)?;
    let voted = vote(writer.archive(), selections, name, tie, formats, |_| ())?;
    put(writer, &voted.mask, selections, remove)?;
    Ok(voted)
}

/// Whether an entry can get the name, before much time is spent on its voxels.
fn check_free(
    writer: &ArchiveWriter,
    name: &str,
    selections: &[Selection],
    remove: bool,
) -> Result<()> {
    let is_freed =
        remove && selections.iter().flat_map(Selection::entries).any(|entry| entry == name);
    if !is_freed && Masks::entry(writer.archive(), name).is_ok() {
        return Err(ArchiveError::EntryExists { name: name.to_owned() }.into());
    }
    Ok(())
}

fn put(
    writer: &mut ArchiveWriter,
    mask: &MaskToWrite,
    selections: &[Selection],
    remove: bool,
) -> Result<()> {
    if remove {
        let sources: HashSet<&str> = selections.iter().flat_map(Selection::entries).collect();
        sources.into_iter().try_for_each(|entry| writer.remove(entry))?;
    }
    let options = EntryOptions::new().metadata(mask.metadata.clone());
    Ok(writer.add_runs(&mask.name, &mask.runs, &mask.labels, &options)?)
}

/// Adds each label of the entry `name` as a binary entry, called as the label with `prefix` before it, and gives their names. Labels that
/// no voxel holds become empty entries. With `remove` the entry is taken out. What `formats` keep of the file that it came from, such as
/// where that places its voxels, goes to all of them.
///
/// # Errors
/// An unknown entry, damage in it, and a name that is taken.
pub fn split(
    writer: &mut ArchiveWriter,
    name: &str,
    prefix: &str,
    formats: &Formats,
    remove: bool,
) -> Result<Vec<String>> {
    let archive = writer.archive();
    let reader = archive.get(name)?;
    let (runs, mut labels) = reader.to_runs_with_labels()?;
    labels.remove_background();
    let parts = runs.split();
    labels.name_unnamed(parts.keys().copied());
    // Metadata that cannot be held here say nothing that can be used.
    let metadata = formats.kept_by_formats(reader.entry().metadata().unwrap_or_default());
    let options = EntryOptions::new().dtype(Some(Dtype::Bool)).metadata(metadata);
    if remove {
        writer.remove(name)?;
    }
    let mut names = Vec::with_capacity(labels.len());
    let nothing = Runs::empty(runs.shape());
    for (label, number) in labels.iter() {
        let part = parts.get(&number).unwrap_or(&nothing);
        let only = labels
            .only(number, 1)
            .map_err(|source| ArchiveError::Labels { name: name.to_owned(), source })?;
        let entry = format!("{prefix}{label}");
        writer.add_runs(&entry, part, &only, &options)?;
        names.push(entry);
    }
    Ok(names)
}
