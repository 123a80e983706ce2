//! What NIfTI files leave open, for the user to decide; the same flags wherever such files are read.

use clap::Args;
use medmask::Space;
use medmask::adapter::{Formats, NiftiAdapter};
use medmask::medmask_nifti::{AssumeAffine, FormChoice, ReadOptions};

use crate::memory_limit::MemoryLimit;

#[derive(Args)]
pub struct Reading {
    /// Where voxels lie if a NIfTI file does not say: pixdim, nibabel, simpleitk
    #[arg(long, value_name = "CHOICE")]
    assume_affine: Option<AssumeAffine>,
    /// The form that says where voxels lie: standard, sform, qform
    #[arg(long, default_value = "standard", value_name = "FORM")]
    form: FormChoice,
    /// How far a corner may move where an affine is made right-angled
    #[arg(long, default_value_t = Space::DEFAULT_SHEAR_LIMIT, value_name = "VOXELS", value_parser = not_negative)]
    max_shear_voxels: f64,
    #[command(flatten)]
    pub memory: MemoryLimit,
}

impl Reading {
    /// `formats`, with these options for NIfTI.
    pub fn formats(&self, formats: &Formats) -> Formats {
        self.memory.formats(formats).with(NiftiAdapter::new(self.options()))
    }

    /// The library's options.
    pub fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        options.assume_affine = self.assume_affine;
        options.form = self.form;
        options.max_shear_voxels = self.max_shear_voxels;
        options.max_memory = self.memory.bytes();
        options
    }
}

/// A number of voxels or mm, finite and at least 0.
pub fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("it must be a number of at least 0".to_owned()),
    }
}
