//! Structures as lists and legends show them.

use medmask_core::{Bounds, LabelStatistics, parallel};
use medmask_render::{Colour, colour_of};

use crate::Result;
use crate::layers::{Layer, Structure, layers};
use crate::masks::Masks;
use crate::selection::Selection;

/// A label of an entry, or an expression, with what a list or legend says of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListedStructure {
    /// As [`Selection::name`] calls it.
    pub name: String,
    /// The entry whose label it is; `None` for an expression.
    pub entry: Option<String>,
    /// Its number in the voxels of the entry; 1 for an expression.
    pub label: u32,
    /// The colour that it has in every picture.
    pub colour: Colour,
    /// Count, bounds and sums; `None` where no voxel holds it, and where [`is_counted`](Self::is_counted) is false.
    pub statistics: Option<LabelStatistics>,
    /// Whether it is known how many voxels hold it.
    pub is_counted: bool,
    /// Why its voxels cannot be read, where they cannot.
    pub problem: Option<String>,
}

/// How closely structures are looked at for a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// By the index alone: what it does not say is not known, and damage to voxels is not seen.
    Index,
    /// By their voxels, which are all decoded.
    Voxels,
}

/// The structures that `selections` choose, each once, in the order of their entries and of the numbers of labels; an entry stands for each
/// of its labels.
///
/// Voxels that are damaged are no error here: they are the structure's [`problem`](ListedStructure::problem).
///
/// # Errors
/// An entry whose labels are no table, and an expression that cannot be computed.
pub fn listed_structures(
    archive: &impl Masks,
    selections: &[Selection],
    look: Look,
) -> Result<Vec<ListedStructure>> {
    let layers = layers(archive, selections)?;
    let mut listed = Vec::new();
    let list = |layer: &Layer<'_>| list(archive, layer, look);
    parallel::for_each_ordered(
        &layers,
        parallel::available(),
        || list,
        |rows| {
            listed.extend(rows);
            Ok(())
        },
    )?;
    Ok(listed)
}

fn list(archive: &impl Masks, layer: &Layer<'_>, look: Look) -> Result<Vec<ListedStructure>> {
    let entry = layer.entry();
    let row = |structure: Structure, is_counted: bool, problem: Option<String>| ListedStructure {
        colour: colour_of(structure.colour, &structure.name),
        name: structure.name,
        entry: entry.map(|entry| entry.name().to_owned()),
        label: structure.label,
        statistics: structure.statistics,
        is_counted,
        problem,
    };
    let decoded = match (look, entry) {
        (Look::Index, Some(_)) => None,
        _ => Some(layer.decode(archive, Bounds::of_shape(archive.space().shape()))),
    };
    match (decoded, entry) {
        (Some(Ok(decoded)), _) => {
            Ok(decoded.structures.into_iter().map(|structure| row(structure, true, None)).collect())
        }
        (Some(Err(error)), None) => Err(error),
        (decoded, _) => {
            let problem = decoded.and_then(Result::err).map(|error| error.to_string());
            let is_counted = layer.known().is_some();
            let named = layer.named()?;
            Ok(named.into_iter().map(|one| row(one, is_counted, problem.clone())).collect())
        }
    }
}
