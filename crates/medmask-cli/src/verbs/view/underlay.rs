//! The image under the masks of `medmask view`.

use std::path::PathBuf;

use clap::Args;
use medmask::adapter::{Formats, ImageFile};
use medmask::medmask_render::{Picture, Window};

use crate::failure::Result;
use crate::image_reading::ImageReading;
use crate::memory_limit::MemoryLimit;
use crate::output;

#[derive(Args)]
pub struct Underlay {
    /// Draw a NIfTI image, such as a CT, under the masks
    #[arg(long, value_name = "FILE", conflicts_with = "project")]
    image: Option<PathBuf>,
    /// The value of the image that is half-way from black to white, and how many lie between both
    #[arg(long, value_name = "CENTRE,WIDTH", allow_hyphen_values = true, value_parser = window, requires = "image")]
    window: Option<Window>,
    #[command(flatten)]
    reading: ImageReading,
}

impl Underlay {
    /// The image; `None` where none was asked for.
    pub fn read(&self, formats: &Formats, memory: MemoryLimit) -> Result<Option<ImageFile>> {
        let Some(path) = &self.image else { return Ok(None) };
        self.reading.read(path, formats, memory).map(Some)
    }

    /// The window that was asked for.
    pub fn window(&self) -> Option<Window> {
        self.window
    }

    pub fn is_given(&self) -> bool {
        self.image.is_some()
    }

    /// Tells that `window` was taken, where none was asked for.
    pub fn note(&self, window: Window) {
        note(window, self.window);
    }
}

/// Tells which window was taken where none was asked for.
pub fn note_window(picture: &Picture, asked: Option<Window>) {
    if let Some(window) = picture.window {
        note(window, asked);
    }
}

fn note(window: Window, asked: Option<Window>) {
    if asked.is_none() {
        let [black, white] = window.ends().map(short);
        let [centre, width] = [window.centre, window.width].map(short);
        output::note(format!(
            "the image is black at {black} and white at {white}, as with --window {centre},{width}"
        ));
    }
}

pub fn window(text: &str) -> Result<Window, String> {
    let parsed = text.split_once(',').and_then(|(centre, width)| {
        let [centre, width] = [centre, width].map(|number| number.trim().parse::<f64>().ok());
        Some(Window { centre: centre?, width: width? })
    });
    let is_one = |window: &Window| {
        window.centre.is_finite() && window.width.is_finite() && window.width > 0.0
    };
    parsed
        .filter(is_one)
        .ok_or_else(|| "it must be a centre and a width above 0, such as 40,400".to_owned())
}

/// With six digits that count.
fn short(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
