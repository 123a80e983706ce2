//! How an image is read; the same flags wherever one is.

use std::path::Path;

use clap::Args;
use medmask::adapter::{Formats, ImageFile, NiftiAdapter};
use medmask::medmask_nifti::{AssumeAffine, FormChoice, ReadOptions};

use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::output;

#[derive(Args)]
pub struct ImageReading {
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

impl ImageReading {
    /// The image in the file `path`; what is worth knowing of it is told.
    pub fn read(&self, path: &Path, formats: &Formats, memory: MemoryLimit) -> Result<ImageFile> {
        let mut options = ReadOptions::default();
        options.volume = self.volume;
        options.assume_affine = self.assume_affine;
        options.form = self.form;
        options.max_memory = memory.bytes();
        let image = formats.clone().with(NiftiAdapter::new(options)).read_image(path)?;
        for note in &image.notes {
            output::note(format!("{}: {note}", image.path.display()));
        }
        Ok(image)
    }
}
