//! The pages of `medmask view --html`.

use std::path::{Path, PathBuf};

use medmask::adapter::Formats;
use medmask::medmask_files::{Durability, check_output, write_whole};
use medmask::{PictureOptions, image_on_grid, select};
use medmask_viewer::{Contents, Page, Source, ViewerError, is_built};

use super::underlay::Underlay;
use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::verbs::quality::{Cases, check_name};
use crate::{opened, output};

/// What a page is made of.
pub struct PageOf<'a> {
    pub archives: &'a [PathBuf],
    pub names: &'a [String],
    /// How the pictures of several archives are drawn.
    pub drawing: PictureOptions<'static>,
    /// A flag that was given and is for pictures alone.
    pub of_pictures: Option<&'static str>,
    pub neurological: bool,
    pub at_lps_mm: Option<[f64; 3]>,
    pub underlay: &'a Underlay,
    pub memory: MemoryLimit,
    pub force: bool,
}

impl PageOf<'_> {
    /// Writes the page of one archive, or that of several, whole or not at all.
    pub fn write(&self, path: &Path, formats: &Formats) -> Result {
        if let [archive] = self.archives {
            return self.write_case(path, archive, formats);
        }
        if self.underlay.is_given() {
            return Err(Failure::usage("--image is for one archive"));
        }
        let Self { archives, names, memory, force, .. } = *self;
        let drawing = self.drawing.clone();
        Cases { archives, names, drawing, memory }.write(path, force)
    }

    fn write_case(&self, path: &Path, archive: &Path, formats: &Formats) -> Result {
        check_name(path)?;
        if let Some(flag) = self.of_pictures {
            return Err(Failure::usage(format!(
                "{flag} is for pictures; the page of one archive shows slices and 3-D"
            )));
        }
        check_output(path, self.force)?;
        if !is_built() {
            return Err(ViewerError::NotBuilt.into());
        }
        let title = archive.file_name().unwrap_or_default().to_string_lossy();
        let masks = opened::open_with(archive, &self.memory.open_options())?;
        let source = Source::of_file(archive)?;
        let chosen = if self.names.is_empty() { Vec::new() } else { select(&masks, self.names)? };
        let contents = Contents::of(&masks, title, &chosen)?;
        let mut page = Page::new(contents, source);
        page.neurological = self.neurological;
        page.at_lps_mm = self.at_lps_mm;
        if let Some(image) = self.underlay.read(formats, self.memory)? {
            let image = image_on_grid(&masks, &image, self.underlay.window())?;
            self.underlay.note(image.window);
            page.image = Some(image);
        }
        write_whole(path, page.to_html()?.as_bytes(), self.force, Durability::Full)?;
        output::done(&format!("{}\n", path.display()))
    }
}
