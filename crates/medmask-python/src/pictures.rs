//! Pictures of the masks of an archive.

use std::path::{Path, PathBuf};

use medmask::adapter::{Formats, ImageData, ImageFile};
use medmask::medmask_core::{Image, ImageValues};
use medmask::medmask_render::{Plane, Side, Window};
use medmask::ndarray::Array3;
use medmask::{AnyArchive, Masks, PictureOptions, Result, picture, select};
use numpy::{PyArray3, PyArrayMethods};
use pyo3::prelude::*;

use crate::errors::exception;

/// What lies under the masks: a NIfTI file, or an array on the archive's grid.
#[derive(FromPyObject)]
pub(crate) enum Under<'py> {
    File(PathBuf),
    Array(Bound<'py, PyArray3<f32>>),
}

/// The same without Python.
pub(crate) enum Underlay {
    File(PathBuf),
    Array(Array3<f32>),
}

impl Under<'_> {
    pub fn copied(self) -> PyResult<Underlay> {
        Ok(match self {
            Self::File(path) => Underlay::File(path),
            Self::Array(array) => Underlay::Array(array.try_readonly()?.as_array().to_owned()),
        })
    }
}

struct Numbers(Array3<f32>);

impl ImageData for Numbers {
    fn image(&self) -> Image<'_> {
        Image::new(ImageValues::F32(self.0.view()))
    }
}

/// How it is drawn, as a dictionary of Python has it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Drawing {
    plane: String,
    slices: usize,
    at: Option<[f64; 3]>,
    project: Option<String>,
    window: Option<(f64, f64)>,
    contour: bool,
    fill: bool,
    opacity: f64,
    neurological: bool,
    legend: bool,
    size: u32,
}

impl Drawing {
    pub fn to_options(&self) -> PyResult<PictureOptions<'static>> {
        let unsupported = |text: String| exception("UnsupportedError", text);
        let mut options = PictureOptions::default();
        options.plane =
            Plane::ALL.into_iter().find(|plane| plane.name() == self.plane).ok_or_else(|| {
                unsupported(format!(
                    "plane is none of \"axial\", \"coronal\" and \"sagittal\": {:?}",
                    self.plane
                ))
            })?;
        options.project = match self.project.as_deref() {
            None => None,
            Some("front") => Some(Side::Front),
            Some("side") => Some(Side::Side),
            Some("top") => Some(Side::Top),
            Some(other) => {
                let text =
                    format!("project is \"front\", \"side\", \"top\" or None, not {other:?}");
                return Err(unsupported(text));
            }
        };
        if !(1..=400).contains(&self.slices) || !(16..=4096).contains(&self.size) {
            return Err(unsupported(
                "slices are 1 to 400, and size is 16 to 4096 pixels".to_owned(),
            ));
        }
        let is_point = self.at.is_none_or(|point| point.iter().all(|mm| mm.is_finite()));
        if !is_point || !(0.0..=1.0).contains(&self.opacity) {
            return Err(unsupported(
                "at has three numbers of mm, and opacity is 0 to 1".to_owned(),
            ));
        }
        options.window = self.window.map(|(centre, width)| Window { centre, width });
        if options.window.is_some_and(|one| {
            !(one.centre.is_finite() && one.width.is_finite() && one.width > 0.0)
        }) {
            return Err(unsupported("window is a centre and a width above 0".to_owned()));
        }
        (options.slices, options.at_lps_mm) = (self.slices, self.at);
        (options.neurological, options.legend) = (self.neurological, self.legend);
        let style = &mut options.style;
        (style.contour, style.fill) = (self.contour, self.fill);
        (style.opacity, style.panel_pixels) = (self.opacity, self.size);
        Ok(options)
    }
}

/// The picture as a PNG file.
pub(crate) fn png(
    archive: &AnyArchive,
    names: &[String],
    underlay: Option<Underlay>,
    options: PictureOptions<'_>,
) -> Result<Vec<u8>> {
    let image = underlay.map(|underlay| image(archive, underlay)).transpose()?;
    let mut options = options;
    options.image = image.as_ref();
    let drawn = picture(archive, &select(archive, names)?, &options)?;
    Ok(drawn.to_png()?)
}

fn image(archive: &AnyArchive, underlay: Underlay) -> Result<ImageFile> {
    match underlay {
        Underlay::File(path) => Formats::default().read_image(&path),
        Underlay::Array(array) => {
            let space = Masks::space(archive).clone();
            Ok(ImageFile::new(Path::new("the image"), space, Box::new(Numbers(array))))
        }
    }
}
