//! The picture of `medmask diff`.

use std::path::PathBuf;

use clap::Args;
use medmask::adapter::Formats;
use medmask::compare::{Case, CompareOptions};
use medmask::medmask_render::Window;
use medmask::picture_of_agreement;

use super::trouble::text_of;
use crate::failure::{Failure, Result};
use crate::verbs::view::{Drawing, Format, note_window, window};

#[derive(Args)]
pub struct PictureFlags {
    /// Draw where both agree, and what each alone has, as .png or .svg
    #[arg(long, value_name = "FILE", conflicts_with = "cases")]
    picture: Option<PathBuf>,
    #[command(flatten)]
    drawing: Drawing,
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
        if let (None, Some(flag)) = (&self.picture, self.drawing.given().next()) {
            return Err(Failure::usage(format!("{flag} is for the picture that --picture names")));
        }
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
        let mut options = self.drawing.options();
        (options.image, options.window) = (image.as_ref(), self.window);
        let drawn = picture_of_agreement(first, second, names, compared, &options);
        let drawn = drawn.map_err(|error| Failure::new(text_of(&error)))?;
        note_window(&drawn, self.window);
        format.write(&drawn, path, self.force)
    }
}
