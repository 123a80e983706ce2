//! What a file of masks holds, whichever its format.

use medmask_archive::{AnyArchive, ArchiveError, version1};
use medmask_core::{Dtype, LabelMap, Runs, Space};
use medmask_nifti::{Affine, NiftiError, ReadOptions, Reader};
use serde_json::{Map, Value};

use crate::input::{Input, InputFormat};
use crate::{Result, source_geometry};

/// What a file holds.
pub(crate) struct Content {
    pub runs: Runs,
    pub labels: LabelMap,
    /// `None`: the narrowest that holds the labels.
    pub dtype: Option<Dtype>,
    pub space: Space,
    /// The affine of the file, which the space may have straightened: voxel (x, y, z) to RAS+, mm.
    pub affine: Affine,
    pub metadata: Map<String, Value>,
    /// What is worth knowing of the file.
    pub notes: Vec<String>,
}

/// Reads files, one after the other, with the same buffers.
pub(crate) struct ContentReader<'a> {
    nifti: Reader,
    /// Names for the labels of files that hold several and do not name them.
    labels: &'a LabelMap,
}

impl<'a> ContentReader<'a> {
    pub fn new(options: &ReadOptions, labels: &'a LabelMap) -> Self {
        Self { nifti: Reader::new(options.clone()), labels }
    }

    /// Reads one file. Labels that nobody names have no name.
    pub fn read(&mut self, input: &Input) -> Result<Content> {
        match input.format {
            InputFormat::Nifti => self.read_nifti(input),
            InputFormat::Msk => read_msk(input),
        }
    }

    fn read_nifti(&mut self, input: &Input) -> Result<Content> {
        let volume = self.nifti.read(&input.path)?;
        let runs =
            volume.runs().map_err(|problem| NiftiError { path: input.path.clone(), problem })?;
        let header = volume.header();
        let labels = names_of_labels(&input.name, &runs, header.label_names(), self.labels)?;
        Ok(Content {
            labels,
            dtype: None,
            space: header.space().clone(),
            affine: header.affine(),
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
    let archive = match AnyArchive::open(&input.path)? {
        AnyArchive::Version1(file) => return read_version1(&file),
        AnyArchive::Version2(archive) => archive,
    };
    let mut entries = archive.entries();
    let (Some(entry), None) = (entries.next(), entries.next()) else {
        return Err(ArchiveError::NotSingle { entries: archive.entries().len() }.into());
    };
    let geometry = source_geometry::of_entry(entry);
    Ok(Content {
        runs: archive.get(entry.name())?.to_runs()?,
        labels: entry.label_map()?,
        dtype: entry.dtype(),
        affine: geometry
            .map_or_else(|| archive.space().to_nifti_affine(), |geometry| geometry.affine),
        space: geometry.map_or_else(
            || archive.space().clone(),
            |geometry| source_geometry::space_of(&geometry, archive.space()),
        ),
        metadata: entry.metadata()?,
        notes: Vec::new(),
    })
}

fn read_version1(file: &version1::Reader) -> Result<Content> {
    let names: Vec<&str> = file.names().collect();
    let [name] = names[..] else {
        return Err(ArchiveError::NotSingle { entries: names.len() }.into());
    };
    let (mask, changes) = file.mask_with_changes(name)?;
    Ok(Content {
        runs: mask.to_runs(),
        labels: mask.labels().clone(),
        dtype: Some(mask.dtype()),
        space: mask.space().clone(),
        affine: mask.space().to_nifti_affine(),
        metadata: Map::new(),
        notes: changes.iter().map(ToString::to_string).collect(),
    })
}
