//! The label tables that other programs keep beside their segmentations: names, numbers and colours.
//!
//! [`read`] takes a file of any of the formats in [`LabelFormat`], [`write`](write()) makes one; [`parse`] and
//! [`format`](format()) do the same with text.
//!
//! ```
//! use medmask_labels::LabelFormat;
//!
//! let text = "1 liver 128 174 128 255\n2 spleen 157 108 162 255\n";
//! let labels = medmask_labels::parse(text, LabelFormat::Slicer)?;
//! assert_eq!(labels.get("spleen"), Some(2));
//! let tsv = medmask_labels::format(&labels, LabelFormat::Bids)?;
//! assert_eq!(tsv, "index\tname\tcolor\n1\tliver\t#80AE80\n2\tspleen\t#9D6CA2\n");
//! # Ok::<(), medmask_labels::Problem>(())
//! ```
//!
//! Label 0 is background: entries of it are left out when a table is read, and written where a format wants one or background
//! has a name. Colours are red, green, blue and opacity, each 0 to 255; a label without one gets one that its neighbours do not have,
//! where a format cannot do without.
//!
//! This crate is not for the table inside a NIfTI file, which `medmask-nifti` reads.

mod error;
mod formats;
mod label_format;

use std::io;
use std::path::Path;

use medmask_core::LabelMap;
use medmask_files::{Durability, open_input, write_whole};

pub use error::{LabelFileError, Problem};
pub use label_format::{LabelFormat, UnknownFormat};
pub use medmask_files::FileError;

/// Reads a file of any of the formats, recognised by name and content.
///
/// # Errors
/// [`LabelFileError::Read`], and [`LabelFileError::Table`] where the text cannot be parsed or a name or label is there twice;
/// it says in which line.
pub fn read(path: &Path) -> Result<LabelMap, LabelFileError> {
    let text = open_input(path)
        .and_then(io::read_to_string)
        .map_err(|source| LabelFileError::Read { path: path.to_owned(), source })?;
    parse(&text, detect(path, &text)).map_err(in_file(path))
}

/// Writes a file, whole or not at all. Labels without a colour get one.
///
/// # Errors
/// [`LabelFileError::Table`] where the format cannot hold a name; [`LabelFileError::Output`] where the file exists and
/// `overwrite` is false, or the disk refuses.
pub fn write(
    path: &Path,
    format: LabelFormat,
    labels: &LabelMap,
    overwrite: bool,
) -> Result<(), LabelFileError> {
    let text = self::format(labels, format).map_err(in_file(path))?;
    Ok(write_whole(path, text.as_bytes(), overwrite, Durability::Full)?)
}

fn in_file(path: &Path) -> impl Fn(Problem) -> LabelFileError {
    |problem| LabelFileError::Table { path: path.to_owned(), problem }
}

/// The format of the file at `path` that holds `text`, by the ending of its name and, where that leaves a choice, its text.
#[must_use]
pub fn detect(path: &Path, text: &str) -> LabelFormat {
    formats::detect(path, text)
}

/// The labels in a text, which may start with a byte order mark.
///
/// # Errors
/// Where the text is not of that format, a name or label is there twice, or cannot be one.
pub fn parse(text: &str, format: LabelFormat) -> Result<LabelMap, Problem> {
    (formats::of(format).parse)(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The text of a label table.
///
/// The tables of Slicer and FreeSurfer separate columns by blanks: those in names become `_`.
///
/// # Errors
/// [`Problem::Name`] where the format cannot hold a name.
pub fn format(labels: &LabelMap, format: LabelFormat) -> Result<String, Problem> {
    (formats::of(format).format)(labels)
}

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
