//! One input: its masks as entries.

use medmask_archive::{ArchiveError, EncodedEntry, EntryOptions, Unnamed};
use medmask_core::{LabelMap, Runs};
use serde_json::{Map, Value};

use super::options::PackOptions;
use crate::adapter::{FileMask, Formats, Input, MaskContent, Placement};
use crate::{Error, Result};

/// An input ready to be written.
pub(super) struct Encoded {
    pub entries: Vec<EncodedEntry>,
    /// Where the archive lies, if this input is the first.
    pub placement: Placement,
    /// Where each of its masks lies.
    pub placements: Vec<Placement>,
    pub metadata: Map<String, Value>,
    pub notes: Vec<String>,
}

/// The placement among `masks` that has the space of `whole`: it is of the file that the space was taken from, with the affine as that
/// file had it. Where that mask is gone, `whole` itself: the affine of another may be off by the tolerance already.
pub(super) fn as_its_file_had_it(
    whole: Placement,
    masks: impl IntoIterator<Item = Placement>,
) -> Placement {
    let mut same = masks.into_iter().filter(|placement| placement.space == whole.space);
    same.next().unwrap_or(whole)
}

/// Reads an input, and encodes its masks.
pub(super) fn encode(input: &Input, options: &PackOptions) -> Result<Encoded> {
    let file = input.adapter.read(&input.path, &input.name)?;
    if file.masks.is_empty() {
        return Err(Error::NoMasks { path: input.path.clone() });
    }
    let (mut entries, mut placements) = (Vec::new(), Vec::new());
    for mask in file.masks {
        placements.push(placement_of(&mask, &options.formats));
        let FileMask { name, content, .. } = mask;
        entries.push(encode_mask(&format!("{}{name}", input.prefix), content, options)?);
    }
    let placement = as_its_file_had_it(file.placement, placements.iter().cloned());
    let (metadata, notes) = (file.metadata, file.notes);
    Ok(Encoded { entries, placement, placements, metadata, notes })
}

/// Where the file of a mask has it. An entry of an archive came from another file before, and may say so.
fn placement_of(mask: &FileMask, formats: &Formats) -> Placement {
    let own = match &mask.content {
        // Metadata that cannot be held here say nothing that can be used.
        MaskContent::Stored(entry) => entry
            .metadata()
            .ok()
            .and_then(|known| formats.placement(&known, mask.placement.space.shape()).ok()?),
        MaskContent::Decoded(_) => None,
    };
    own.unwrap_or_else(|| mask.placement.clone())
}

fn encode_mask(name: &str, content: MaskContent, options: &PackOptions) -> Result<EncodedEntry> {
    let mask = match content {
        MaskContent::Decoded(mask) => *mask,
        MaskContent::Stored(entry) => {
            let entry = entry.encoded(options.codec)?;
            return Ok(if entry.name() == name { entry } else { entry.renamed(name)? });
        }
    };
    let labels = names_of_labels(name, &mask.runs, mask.labels, &options.labels)?;
    let entry_options = EntryOptions::new()
        .codec(options.codec.unwrap_or_default())
        .dtype(mask.dtype)
        .metadata(mask.metadata)
        .unnamed(Unnamed::Named);
    Ok(EncodedEntry::new(name, &mask.runs, &labels, &entry_options)?)
}

/// Names for the labels of the mask `name`, which are `labels` as far as its file has any; labels that nobody names are left out.
fn names_of_labels(
    name: &str,
    runs: &Runs,
    mut labels: LabelMap,
    given: &LabelMap,
) -> Result<LabelMap, ArchiveError> {
    let label_error = |source| ArchiveError::Labels { name: name.to_owned(), source };
    let present = runs.labels();
    if labels.is_empty() && present.len() <= 1 {
        let label = present.first().copied().unwrap_or(1);
        labels.insert(name, label).map_err(label_error)?;
        return Ok(labels);
    }
    for label in present {
        if let Some(known) = given.entry(label)
            && labels.name(label).is_none()
            && labels.get(known.name()).is_none()
        {
            labels.insert(known.name(), label).map_err(label_error)?;
            labels.set_colour(label, known.colour()).map_err(label_error)?;
            labels.set_code(label, known.code().cloned()).map_err(label_error)?;
        }
    }
    Ok(labels)
}
