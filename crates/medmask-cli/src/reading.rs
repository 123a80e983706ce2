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
    /// How far from an integer a label may lie
    #[arg(long, default_value_t = ReadOptions::default().label_tolerance, value_name = "DISTANCE", value_parser = label_tolerance)]
    label_tolerance: f64,
    /// Values that are background, as 0 is, with commas between them: nan,-1024
    #[arg(long, value_name = "VALUES", value_delimiter = ',', allow_hyphen_values = true)]
    background: Vec<f64>,
    /// Most voxels that a volume may have
    #[arg(long, default_value_t = ReadOptions::default().max_voxels, value_name = "N", hide_short_help = true)]
    max_voxels: u64,
    /// Most bytes that the extensions of a header may have
    #[arg(long, default_value_t = ReadOptions::default().max_extension_bytes, value_name = "BYTES", hide_short_help = true)]
    max_extension_bytes: u64,
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
        options.label_tolerance = self.label_tolerance;
        options.background.clone_from(&self.background);
        options.max_voxels = self.max_voxels;
        options.max_extension_bytes = self.max_extension_bytes;
        options.max_memory = self.memory.bytes();
        options
    }
}

/// A distance at which a value is nearer to one label than to all others.
fn label_tolerance(text: &str) -> Result<f64, String> {
    match not_negative(text) {
        Ok(number) if number < 0.5 => Ok(number),
        _ => Err("it must be a number from 0 to less than 0.5".to_owned()),
    }
}

/// A number of voxels or mm, finite and at least 0.
pub fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("it must be a number of at least 0".to_owned()),
    }
}
