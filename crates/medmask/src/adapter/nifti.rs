//! NIfTI: one mask in a file, or in a header and an image file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use medmask_core::{Image, Space};
use medmask_nifti::{
    Header, ImageFile as NiftiImage, NiftiError, Problem, ReadOptions, Reader, Volume,
    WriteOptions, file_names, read_header, read_image, write_mask,
};
use serde_json::Value;

use super::format::{Adapter, Reason};
use super::image::{ImageData, ImageFile};
use super::mask::{
    DecodedMask, FileMask, FileOptions, MaskFile, MaskToWrite, Placement, Reference,
};
use super::nifti_geometry::{kept, source_geometry};
use crate::{Error, Result};

/// `.nii` and `.nii.gz`; `.hdr` with `.img`, and what is compressed by bzip2 or Zstandard, is read, too.
///
/// Of the geometry it keeps the affine as the file has it, the codes of sform and qform, both forms where they differ, and the unit of
/// length (SPEC.md, "Metadata of NIfTI sources").
pub struct NiftiAdapter {
    options: ReadOptions,
    /// Whether each volume of a file with a fourth axis is a mask.
    all_volumes: bool,
    /// Readers that wait for their next file. Each has buffers as large as the volumes that it has read.
    readers: Mutex<Vec<Reader>>,
}

/// How far a corner may move, in voxels, when the stored affine is made right-angled: the file was accepted once.
const ANY_SHEAR: f64 = f64::INFINITY;

impl NiftiAdapter {
    /// An adapter that reads as `options` say.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        Self { options, all_volumes: false, readers: Mutex::new(Vec::new()) }
    }

    /// Every volume of a file with a fourth axis is a mask, called `NAME_0`, `NAME_1`, …, instead of one that is chosen.
    #[must_use]
    pub fn all_volumes(self) -> Self {
        Self { all_volumes: true, ..self }
    }

    fn read_with(&self, reader: &mut Reader, path: &Path, name: &str) -> Result<MaskFile> {
        if self.all_volumes {
            return self.read_volumes(reader, path, name);
        }
        let volume = reader.read(path).map_err(failed)?;
        let mask = self.mask_of(&volume);
        let mask = mask.map_err(|problem| failed(NiftiError { path: path.to_owned(), problem }))?;
        let header = volume.into_header();
        Ok(file_of(&header, vec![FileMask::new(name, placement_of(&header), mask)]))
    }

    fn read_volumes(&self, reader: &mut Reader, path: &Path, name: &str) -> Result<MaskFile> {
        let (mut masks, mut first) = (Vec::new(), None);
        let each = reader.read_each(path, |place, volumes, volume| {
            let name = match volumes {
                1 => name.to_owned(),
                _ => format!("{name}_{place}"),
            };
            let mask = self.mask_of(&volume)?;
            let bytes = mask.runs.memory_bytes();
            masks.push(FileMask::new(name, placement_of(volume.header()), mask));
            first.get_or_insert(volume.into_header());
            Ok(bytes)
        });
        each.map_err(failed)?;
        let no_masks = || Error::NoMasks { path: path.to_owned() };
        Ok(file_of(&first.ok_or_else(no_masks)?, masks))
    }

    fn mask_of(&self, volume: &Volume<'_>) -> Result<DecodedMask, Problem> {
        let header = volume.header();
        let mut mask = DecodedMask::new(volume.runs()?, header.label_names().clone());
        mask.holds_labels = header.says_labels();
        mask.metadata = kept(self.key(), header);
        Ok(mask)
    }
}

impl ImageData for NiftiImage {
    fn image(&self) -> Image<'_> {
        NiftiImage::image(self)
    }
}

/// A file with this header, and these masks.
fn file_of(header: &Header, masks: Vec<FileMask>) -> MaskFile {
    let mut file = MaskFile::new(placement_of(header), masks);
    file.notes = header.notes().iter().map(ToString::to_string).collect();
    file
}

impl Adapter for NiftiAdapter {
    fn key(&self) -> &'static str {
        "nifti"
    }

    fn input_suffixes(&self) -> &'static [&'static str] {
        &file_names::SUFFIXES
    }

    fn output_suffixes(&self) -> &'static [&'static str] {
        &file_names::SINGLE_SUFFIXES
    }

    /// Of an image file its header, where that exists.
    fn file_to_read(&self, path: &Path) -> PathBuf {
        file_names::header_of_pair(path).unwrap_or_else(|| path.to_owned())
    }

    fn file_bytes(&self, path: &Path) -> u64 {
        let bytes = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let image = file_names::image_of_pair(path);
        bytes(path) + image.map_or(0, |image| bytes(&image))
    }

    fn read(&self, path: &Path, name: &str) -> Result<MaskFile> {
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = readers().pop();
        let mut reader = waiting.unwrap_or_else(|| Reader::new(self.options.clone()));
        let file = self.read_with(&mut reader, path, name);
        readers().push(reader);
        file
    }

    fn read_reference(&self, path: &Path) -> Result<Reference> {
        let mut options = self.options.clone();
        // All volumes of a file lie on one grid.
        options.volume = Some(0);
        let header = read_header(path, &options).map_err(failed)?;
        let mut reference = Reference::new(path, self.key(), placement_of(&header));
        reference.metadata = kept(self.key(), &header);
        reference.header = Some(Arc::new(header));
        Ok(reference)
    }

    fn read_image(&self, path: &Path) -> Result<Option<ImageFile>> {
        let file = read_image(path, &self.options).map_err(failed)?;
        let notes = file.header().notes().iter().map(ToString::to_string).collect();
        let mut image = ImageFile::new(path, file.header().space().clone(), Box::new(file));
        image.notes = notes;
        Ok(Some(image))
    }

    fn placement(&self, kept: &Value, shape: [usize; 3]) -> Result<Option<Placement>, Reason> {
        let Some(geometry) = source_geometry(kept) else { return Ok(None) };
        let affine = geometry.affine;
        let [z, y, x] = shape;
        let (space, _) = Space::from_nifti_affine_within([x, y, z], affine, ANY_SHEAR)?;
        geometry.check_fits_nifti_1(shape)?;
        Ok(Some(Placement { space: space.slanted(affine), affine }))
    }

    fn write(&self, path: &Path, masks: &[MaskToWrite], options: &FileOptions) -> Result<()> {
        let [mask] = masks else { return Err(Error::SeveralEntries { entries: masks.len() }) };
        let mut write = WriteOptions::default();
        write.compression_level = options.compression_level;
        write.tolerance_mm = options.tolerance_mm;
        write.overwrite = options.overwrite;
        write.durability = options.durability;
        write.max_memory = options.max_memory;
        let kept = mask.metadata.get(self.key());
        // Whoever wrote the metadata may have written anything.
        write.geometry = kept
            .filter(|kept| matches!(self.placement(kept, mask.space.shape()), Ok(Some(_))))
            .and_then(source_geometry);
        if let Some(reference) = &options.like {
            let header = reference.header.as_ref().and_then(|header| header.downcast_ref());
            let header: &Header = header.ok_or_else(|| Error::no_header(&reference.path, path))?;
            write.like = Some(Box::new(header.clone()));
        }
        write_mask(path, &mask.runs, &mask.labels, &mask.space, &write).map_err(failed)
    }
}

fn failed(error: NiftiError) -> Error {
    match error.problem {
        Problem::Output(output) => output.into(),
        problem => Error::file(error.path, problem),
    }
}

fn placement_of(header: &Header) -> Placement {
    Placement { space: header.space().clone(), affine: header.affine() }
}
