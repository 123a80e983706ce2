//! What most of several raters say.

use medmask_archive::ArchiveError;
use medmask_core::{LabelMap, LabelMapError, Runs, ShapeMismatch};

use super::merge::{Table, load_all, on_common_geometry, renumber};
use crate::adapter::{Formats, MaskToWrite};
use crate::masks::Masks;
use crate::selection::Selection;
use crate::{Error, Result};

/// A mask that several others agreed on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Voted {
    /// The mask.
    pub mask: MaskToWrite,
    /// How many voxels no label had the most votes for.
    pub tied: u64,
    /// What is worth knowing of entries: name and remark.
    pub notes: Vec<(String, String)>,
}

/// Gives every voxel the label that most of the masks `selections` have there, each of them a rater, as the mask `name`. Background
/// has votes like a label. Where several have the most votes the voxel becomes `tie`, a label by its name, or background without it.
///
/// Labels of one name are one label, which has the number that it has in the first mask that names it, or the next that is free. Masks
/// of one label each are taken as drawings of one structure, whatever they are called: the result then has the label `name`.
///
/// # Errors
/// As [`merge`](super::merge()), and [`Error::NoNumber`] where no mask has the label `tie`.
pub fn vote(
    archive: &impl Masks,
    selections: &[Selection],
    name: &str,
    tie: Option<&str>,
    formats: &Formats,
    progress: impl FnMut(&str),
) -> Result<Voted> {
    let (mut runs_of, tables) = load_all(archive, selections, progress)?;
    let of_name = |source| ArchiveError::Labels { name: name.to_owned(), source };
    let mut labels = LabelMap::new();
    if tables.iter().all(|table| table.labels.len() <= 1) {
        labels.insert(name, 1).map_err(of_name)?;
        runs_of.iter_mut().for_each(|runs| *runs = runs.binary());
    } else {
        for (runs, table) in runs_of.iter_mut().zip(&tables) {
            let numbers = join(&mut labels, table).map_err(of_name)?;
            *runs = renumber(&table.owner, runs, &numbers)?;
        }
    }
    let tie = match tie {
        None => 0,
        Some(tie) => {
            labels.get(tie).ok_or_else(|| Error::NoNumber { names: vec![tie.to_owned()] })?
        }
    };
    let (runs, tied) = most_votes(&runs_of, &labels, tie)
        .map_err(|source| Error::MaskShape { name: name.to_owned(), source })?;
    let (mask, notes) = on_common_geometry(archive, selections, (name, runs, labels), formats)?;
    Ok(Voted { mask, tied, notes })
}

/// Takes the names of `table` into `labels`, and gives old and new numbers, ascending by the old.
fn join(labels: &mut LabelMap, table: &Table<'_>) -> Result<Vec<(u32, u32)>, LabelMapError> {
    let mut numbers = Vec::new();
    for known in table.labels.entries() {
        let number = match labels.get(known.name()) {
            Some(number) => number,
            None => {
                let number = match labels.entry(known.label()) {
                    None => known.label(),
                    Some(_) => free_number(labels),
                };
                labels.insert(known.name(), number)?;
                labels.set_colour(number, known.colour())?;
                labels.set_code(number, known.code().cloned())?;
                number
            }
        };
        numbers.push((known.label(), number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The first number after the largest, or the first that is free.
fn free_number(labels: &LabelMap) -> u32 {
    let largest = labels.iter().map(|(_, number)| number).max().unwrap_or(0);
    largest
        .checked_add(1)
        .unwrap_or_else(|| (1..).find(|number| labels.entry(*number).is_none()).unwrap_or(0))
}

/// The labels of most of `raters`, with `tie` where there is none, and how many such voxels there are.
fn most_votes(raters: &[Runs], labels: &LabelMap, tie: u32) -> Result<(Runs, u64), ShapeMismatch> {
    let raters: Vec<&Runs> = raters.iter().collect();
    let mark = free_number(labels);
    let mut votes: Vec<(u32, usize)> = Vec::new();
    let marked = Runs::combine_all(&raters, |given| {
        votes.clear();
        for label in given {
            match votes.iter_mut().find(|(known, _)| known == label) {
                Some((_, count)) => *count += 1,
                None => votes.push((*label, 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let mut winners = votes.iter().filter(|(_, count)| *count == most);
        match (winners.next(), winners.next()) {
            (Some((label, _)), None) => *label,
            _ => mark,
        }
    })?;
    let tied = marked.select(|label| label == mark).voxel_count();
    Ok((marked.relabel(|label| if label == mark { tie } else { label }), tied))
}
