//! One input, read and encoded.

use medmask_archive::{Archive, ArchiveError, EncodedEntry, EntryOptions, FormatError, version1};
use medmask_core::{Dtype, LabelMap, Runs, Space};
use medmask_nifti::{NiftiError, Reader};
use serde_json::{Map, Value};

use super::PackOptions;
use crate::input::{Input, InputFormat};
use crate::{Result, source_geometry};

/// An input ready to be written.
pub(super) struct Encoded {
    pub entry: EncodedEntry,
    /// Where its own file places it.
    pub space: Space,
    pub notes: Vec<String>,
}

/// Reads and encodes inputs, one after the other, with the same buffers.
pub(super) struct Encoder<'a> {
    options: &'a PackOptions,
    reader: Reader,
}

/// What a file holds.
struct Content {
    runs: Runs,
    labels: LabelMap,
    /// `None`: the narrowest that holds the labels.
    dtype: Option<Dtype>,
    space: Space,
    metadata: Map<String, Value>,
    notes: Vec<String>,
}

impl<'a> Encoder<'a> {
    pub fn new(options: &'a PackOptions) -> Self {
        Self { options, reader: Reader::new(options.read.clone()) }
    }

    pub fn encode(&mut self, input: &Input) -> Result<Encoded> {
        let content = match input.format {
            InputFormat::Nifti => self.read_nifti(input)?,
            InputFormat::Msk => read_msk(input)?,
        };
        let options = EntryOptions {
            codec: self.options.codec,
            dtype: content.dtype,
            metadata: content.metadata,
            make_names: true,
        };
        let entry = EncodedEntry::new(&input.name, &content.runs, &content.labels, &options)?;
        Ok(Encoded { entry, space: content.space, notes: content.notes })
    }

    fn read_nifti(&mut self, input: &Input) -> Result<Content> {
        let volume = self.reader.read(&input.path)?;
        let runs = volume
            .runs()
            .map_err(|problem| NiftiError { path: input.path.clone(), problem })?;
        let header = volume.header();
        let labels =
            names_of_labels(&input.name, &runs, header.label_names(), &self.options.labels)?;
        Ok(Content {
            labels,
            dtype: None,
            space: header.space().clone(),
            metadata: source_geometry::to_metadata(header),
            notes: header.notes().iter().map(ToString::to_string).collect(),
            runs,
        })
    }
}

/// Names for the labels of a NIfTI file called `name`; labels that nobody names are left out.
fn names_of_labels(
    name: &str,
    runs: &Runs,
    in_file: &LabelMap,
    given: &LabelMap,
) -> Result<LabelMap, ArchiveError> {
    let label_error = |source| ArchiveError::Labels { name: name.to_owned(), source };
    let mut labels = in_file.clone();
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

/// The mask of a `.msk` file of either version; its labels keep their names.
fn read_msk(input: &Input) -> Result<Content> {
    let archive = match Archive::open(&input.path) {
        Err(ArchiveError::Format {
            source: FormatError::UnsupportedVersion { major: 1, .. },
            ..
        }) => return read_version1(input),
        other => other?,
    };
    let mut entries = archive.entries();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(ArchiveError::NotSingle { entries: archive.entries().len() }.into());
    };
    let label_error = |source| ArchiveError::Labels { name: entry.name().to_owned(), source };
    let geometry = source_geometry::of_entry(entry);
    Ok(Content {
        runs: archive.load_runs(entry.name())?,
        labels: entry.label_map().map_err(label_error)?,
        dtype: Some(entry.dtype()),
        space: geometry.map_or_else(
            || archive.space().clone(),
            |geometry| source_geometry::space_of(&geometry, archive.space()),
        ),
        metadata: entry.metadata().clone(),
        notes: Vec::new(),
    })
}

fn read_version1(input: &Input) -> Result<Content> {
    let file = version1::Reader::open(&input.path)?;
    let names: Vec<&str> = file.names().collect();
    let [name] = names[..] else {
        return Err(ArchiveError::NotSingle { entries: names.len() }.into());
    };
    let (mask, changes) = file.load_noting_changes(name)?;
    Ok(Content {
        runs: mask.to_runs(),
        labels: mask.labels().clone(),
        dtype: Some(mask.dtype()),
        space: mask.space().clone(),
        metadata: Map::new(),
        notes: changes.iter().map(ToString::to_string).collect(),
    })
}
