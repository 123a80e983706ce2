//! The image whose values `medmask stats` measures.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::adapter::{Formats, ImageFile};

use crate::failure::Result;
use crate::image_reading::ImageReading;
use crate::memory_limit::MemoryLimit;

#[derive(Args)]
pub struct ImageOptions {
    /// Measure the values of a NIfTI image, such as a CT, beneath each label; with several archives it is looked for in the folder of each
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// Interpolate an image on another grid linearly, instead of refusing it
    #[arg(long, requires = "image")]
    pub resample_image: bool,
    #[command(flatten)]
    reading: ImageReading,
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
        self.reading.read(path, formats, memory).map(Some)
    }
}
