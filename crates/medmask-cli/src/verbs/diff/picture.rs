//! The picture of `medmask diff`.

use std::path::PathBuf;

use clap::Args;
use medmask::adapter::Formats;
use medmask::compare::{Case, CompareOptions};
use medmask::medmask_render::Window;
use medmask::{PictureOptions, picture_of_agreement};

use super::trouble::text_of;
use crate::failure::{Failure, Result};
use crate::verbs::view::{Format, PlaneName, SideName, note_window, point, window};

#[derive(Args)]
pub struct PictureFlags {
    /// Draw where both agree, and what each alone has, as .png or .svg
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    picture: Option<PathBuf>,
    /// Which slices of the picture: axial, coronal, sagittal
    #[arg(long, default_value = "axial", value_name = "PLANE", requires = "picture")]
    plane: PlaneName,
    /// How many slices it has at most
    #[arg(long, default_value_t = 9, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=400), requires = "picture")]
    slices: u16,
    /// The three planes through this point (x, y, z; LPS+, mm)
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, value_parser = point, requires = "picture", conflicts_with = "slices")]
    at: Option<[f64; 3]>,
    /// All structures, shaded, from one side: front, side, top
    #[arg(long, value_name = "SIDE", requires = "picture", conflicts_with_all = ["slices", "at", "plane"])]
    project: Option<SideName>,
    /// Draw a NIfTI image, such as a CT, under them
    #[arg(long, value_name = "FILE", requires = "picture", conflicts_with = "project")]
    image: Option<PathBuf>,
    /// The value of the image that is half-way from black to white, and how many lie between both
    #[arg(long, value_name = "CENTRE,WIDTH", allow_hyphen_values = true, value_parser = window, requires = "image")]
    window: Option<Window>,
    /// Replace the picture if there is one
    #[arg(long, requires = "picture")]
    force: bool,
}

impl PictureFlags {
    /// What the picture is written as; `None` where none was asked for.
    pub fn format(&self) -> Result<Option<Format>> {
        self.picture.as_deref().map(Format::of).transpose()
    }

    /// Draws it, if one was asked for.
    pub fn draw(
        &self,
        [first, second]: [&Case; 2],
        names: &[String],
        compared: &CompareOptions,
        formats: &Formats,
    ) -> Result {
        let Some(path) = &self.picture else { return Ok(()) };
        let format = Format::of(path)?;
        let image = self.image.as_ref().map(|image| formats.read_image(image)).transpose()?;
        let mut options = PictureOptions::default();
        options.plane = self.plane.into();
        options.slices = self.slices.into();
        options.at_lps_mm = self.at;
        options.project = self.project.map(Into::into);
        (options.image, options.window) = (image.as_ref(), self.window);
        let drawn = picture_of_agreement(first, second, names, compared, &options);
        let drawn = drawn.map_err(|error| Failure::new(text_of(&error)))?;
        note_window(&drawn, self.window);
        format.write(&drawn, path, self.force)
    }
}
