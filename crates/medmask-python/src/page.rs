//! The page that shows an archive in a notebook.

use std::path::PathBuf;

use medmask::adapter::Formats;
use medmask::{AnyArchive, PictureOptions, image_on_grid, picture, select};
use medmask_viewer::{Contents, Page, Source, ViewerError};
use pyo3::prelude::*;

use crate::errors::{exception, of_io, to_python};

/// What is shown.
pub(crate) struct Shown {
    pub names: Vec<String>,
    pub image: Option<PathBuf>,
    pub neurological: bool,
}

/// The page, and a picture of what it shows at first as a PNG file; without one where there is nothing to draw.
pub(crate) fn page(archive: &AnyArchive, shown: Shown) -> PyResult<(String, Option<Vec<u8>>)> {
    let path = archive.path();
    let title = path.file_name().unwrap_or_default().to_string_lossy();
    let selections =
        select(archive, &shown.names).map_err(|error| to_python(medmask::Error::from(error)))?;
    let chosen = if shown.names.is_empty() { &[][..] } else { &selections[..] };
    let source = Source::of_file(path).map_err(of_viewer)?;
    let contents = Contents::of(archive, title, chosen).map_err(of_viewer)?;
    let mut page = Page::new(contents, source);
    page.neurological = shown.neurological;
    let file = shown.image.map(|path| Formats::default().read_image(&path));
    let file = file.transpose().map_err(to_python)?;
    if let Some(file) = &file {
        page.image = Some(image_on_grid(archive, file, None).map_err(to_python)?);
    }
    let mut options = PictureOptions::default();
    (options.image, options.neurological) = (file.as_ref(), shown.neurological);
    let drawn = picture(archive, &selections, &options).and_then(|drawn| Ok(drawn.to_png()?));
    // What cannot be drawn, as where no mask has a voxel, the page says itself.
    Ok((page.to_html().map_err(of_viewer)?, drawn.ok()))
}

fn of_viewer(error: ViewerError) -> PyErr {
    match error {
        ViewerError::Masks(error) => to_python(error),
        ViewerError::Read { path, source } => of_io("read", &path, &source),
        ViewerError::NotBuilt => exception("MissingPackageError", error),
        other => exception("UnsupportedError", other),
    }
}
