//! One input: its masks as entries.

use std::path::Path;

use medmask_archive::{ArchiveError, EncodedEntry, EntryOptions, Unnamed};
use serde_json::{Map, Value};

use super::names::Names;
use super::options::PackOptions;
use crate::adapter::{FileMask, Formats, Input, MaskContent, Placement};
use crate::kept_place::{as_its_file_had_it, placement_kept_in};
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

/// Reads an input, and encodes its masks.
pub(super) fn encode(input: &Input, options: &PackOptions) -> Result<Encoded> {
    let mut file = input.adapter.read(&input.path, &input.name)?;
    if file.masks.is_empty() {
        return Err(Error::NoMasks { path: input.path.clone() });
    }
    if input.is_named {
        give_name(&mut file.masks, input)?;
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

/// Sees that the name of an input that was given is that of its mask.
fn give_name(masks: &mut [FileMask], input: &Input) -> Result<()> {
    match masks {
        [one] => one.name.clone_from(&input.name),
        several if several.iter().all(|mask| is_part(&mask.name, &input.name)) => {}
        several => {
            let (path, name) = (input.path.clone(), input.name.clone());
            return Err(Error::NameOfSeveral { path, name, masks: several.len() });
        }
    }
    Ok(())
}

/// Where the file `input` places its voxels, without reading them; of a file of several masks as [`encode`] finds it.
pub(super) fn place(input: &Input, formats: &Formats) -> Result<Placement> {
    if input.adapter.entry_writer().is_none() {
        return Ok(input.adapter.read_reference(&input.path)?.placement);
    }
    // What its entries keep of their files is in the index.
    let file = input.adapter.read(&input.path, &input.name)?;
    let masks = file.masks.iter().map(|mask| placement_of(mask, formats));
    Ok(as_its_file_had_it(file.placement.clone(), masks))
}

/// Whether a mask of several is called `whole_0`, or `whole/part`.
fn is_part(name: &str, whole: &str) -> bool {
    name.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['_', '/']))
}

/// Where the file of a mask has it. An entry of an archive came from another file before, and may say so.
fn placement_of(mask: &FileMask, formats: &Formats) -> Placement {
    let own = match &mask.content {
        MaskContent::Stored(stored) => stored
            .entry()
            .and_then(|entry| placement_kept_in(entry, mask.placement.space.shape(), formats)),
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
