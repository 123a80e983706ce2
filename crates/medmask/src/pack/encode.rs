//! One input: its masks as entries.

use std::path::Path;

use medmask_archive::{ArchiveError, EncodedEntry, EntryOptions, Unnamed};
use serde_json::{Map, Value};

use super::names::Names;
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
    /// The name that label 1 gets from the table that was given, where a mask holds no other label and the file names none.
    pub one: Option<String>,
}

/// What the masks of a file have in common on their way to entries.
struct Encoder<'a> {
    options: &'a PackOptions,
    path: &'a Path,
    notes: Vec<String>,
    one: Option<String>,
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
    let mut encoder = Encoder { options, path: &input.path, notes: file.notes, one: None };
    for mask in file.masks {
        placements.push(placement_of(&mask, &options.formats));
        let FileMask { name, content, .. } = mask;
        entries.push(encoder.encode(&format!("{}{name}", input.prefix), content)?);
    }
    let placement = as_its_file_had_it(file.placement, placements.iter().cloned());
    let Encoder { notes, one, .. } = encoder;
    Ok(Encoded { entries, placement, placements, metadata: file.metadata, notes, one })
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

impl Encoder<'_> {
    fn encode(&mut self, name: &str, content: MaskContent) -> Result<EncodedEntry> {
        let options = self.options;
        let mask = match content {
            MaskContent::Decoded(mask) => *mask,
            MaskContent::Stored(entry) => {
                let entry = entry.encoded(options.codec)?;
                return Ok(if entry.name() == name { entry } else { entry.renamed(name)? });
            }
        };
        let names = Names::of(name, &mask.runs.labels(), mask.labels, &options.labels);
        let names =
            names.map_err(|source| ArchiveError::Labels { name: name.to_owned(), source })?;
        if names.unnamed > options.max_made_names && !mask.holds_labels {
            let (path, labels, limit) =
                (self.path.to_owned(), names.unnamed, options.max_made_names);
            return Err(Error::ManyUnnamed { path, labels, limit });
        }
        self.notes.extend(names.notes);
        self.one = self.one.take().or(names.one);
        let entry_options = EntryOptions::new()
            .codec(options.codec.unwrap_or_default())
            .dtype(mask.dtype)
            .metadata(mask.metadata)
            .unnamed(Unnamed::Named);
        Ok(EncodedEntry::new(name, &mask.runs, &names.labels, &entry_options)?)
    }
}
