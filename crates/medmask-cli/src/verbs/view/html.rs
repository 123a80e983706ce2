//! The pages of `medmask view --html`.

use std::path::{Path, PathBuf};

use medmask::adapter::Formats;
use medmask::medmask_files::{Durability, check_output, write_whole};
use medmask::{image_on_grid, select};
use medmask_viewer::{Contents, Page, Source};

use super::Drawing;
use super::underlay::Underlay;
use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::verbs::quality::{Cases, check_name};
use crate::{opened, output};

/// What a page is made of.
pub struct PageOf<'a> {
    pub archives: &'a [PathBuf],
    pub names: &'a [String],
    pub drawing: &'a Drawing,
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
        let drawing = self.drawing.of_a_case();
        let Self { archives, names, memory, force, .. } = *self;
        Cases { archives, names, drawing, memory }.write(path, force)
    }

    fn write_case(&self, path: &Path, archive: &Path, formats: &Formats) -> Result {
        check_name(path)?;
        self.drawing.check_for_a_page()?;
        check_output(path, self.force)?;
        let title = archive.file_name().unwrap_or_default().to_string_lossy();
        let masks = opened::open_with(archive, &self.memory.open_options())?;
        let chosen = if self.names.is_empty() { Vec::new() } else { select(&masks, self.names)? };
        let contents = Contents::of(&masks, title, &chosen)?;
        let bytes = std::fs::read(archive)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", archive.display())))?;
        let mut page = Page::new(contents, Source::Bytes(bytes));
        page.neurological = self.drawing.neurological;
        page.at_lps_mm = self.drawing.at;
        if let Some(image) = self.underlay.read(formats, self.memory)? {
            let image = image_on_grid(&masks, &image, self.underlay.window())?;
            self.underlay.note(image.window);
            page.image = Some(image);
        }
        write_whole(path, page.to_html()?.as_bytes(), self.force, Durability::Full)?;
        output::done(&format!("{}\n", path.display()))
    }
}

impl Drawing {
    /// Refuses what is for pictures alone.
    fn check_for_a_page(&self) -> Result {
        let given = [
            ("--plane", self.plane.is_some()),
            ("--slices", self.slices.is_some()),
            ("--project", self.project.is_some()),
            ("--contour", self.contour),
            ("--fill", self.fill),
            ("--no-legend", self.no_legend),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(Failure::usage(format!(
                "{flag} is for pictures; the page of one archive shows slices and 3-D"
            ))),
            None => Ok(()),
        }
    }
}
