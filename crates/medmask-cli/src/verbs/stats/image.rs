//! The image whose values `medmask stats` measures.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::adapter::{Formats, ImageFile, NiftiAdapter};
use medmask::medmask_nifti::{AssumeAffine, FormChoice, ReadOptions};

use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::output;

#[derive(Args)]
pub struct ImageOptions {
    /// Measure the values of a NIfTI image, such as a CT, beneath each label; with several archives it is looked for in the folder of each
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// Interpolate an image on another grid linearly, instead of refusing it
    #[arg(long, requires = "image")]
    pub resample_image: bool,
    /// Which volume of an image with a fourth axis, counted from 0
    #[arg(long, value_name = "N", requires = "image")]
    volume: Option<usize>,
    /// Where the voxels of an image lie whose header does not say: pixdim, nibabel, simpleitk
    #[arg(long, value_name = "CHOICE", requires = "image")]
    assume_affine: Option<AssumeAffine>,
    /// The form that says where the voxels of the image lie: standard, sform, qform
    #[arg(long, default_value = "standard", value_name = "FORM", requires = "image")]
    form: FormChoice,
}

impl ImageOptions {
    /// The image for the archive at `archive`, which is one of several or alone; `None` where none was asked for.
    pub fn read(
        &self,
        archive: &Path,
        several: bool,
        formats: &Formats,
        memory: MemoryLimit,
    ) -> Result<Option<ImageFile>> {
        let Some(path) = &self.image else { return Ok(None) };
        let path = match archive.parent().filter(|_| several) {
            Some(folder) => &folder.join(path),
            None => path,
        };
        let mut options = ReadOptions::default();
        options.volume = self.volume;
        options.assume_affine = self.assume_affine;
        options.form = self.form;
        options.max_memory = memory.bytes();
        let formats = formats.clone().with(NiftiAdapter::new(options));
        let image = formats.read_image(path)?;
        for note in &image.notes {
            output::note(format!("{}: {note}", image.path.display()));
        }
        Ok(Some(image))
    }
}
