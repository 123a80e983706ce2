//! The label tables that other programs keep beside their segmentations: names, numbers and colours.
//!
//! [`read`] takes a file of any of the formats in [`LabelFormat`], [`write`](write()) makes one; [`parse`] and
//! [`format`](format()) do the same with text.
//!
//! ```
//! use medmask_labels::LabelFormat;
//!
//! let text = "1 liver 128 174 128 255\n2 spleen 157 108 162 255\n2 milt 157 108 162 255\n";
//! let table = medmask_labels::parse(text, LabelFormat::Slicer)?;
//! assert_eq!(table.labels.get("spleen"), Some(2));
//! assert_eq!(table.notes[0].to_string(), "left out: line 3: label 2 already has the name \"spleen\"");
//! let tsv = medmask_labels::format(&table.labels, LabelFormat::Bids)?;
//! assert_eq!(tsv, "index\tname\tcolor\n1\tliver\t#80AE80\n2\tspleen\t#9D6CA2\n");
//! # Ok::<(), medmask_labels::Problem>(())
//! ```
//!
//! A table is read as the program reads it that it is from. What is not clear in it is left out, and a [`Note`] says so; a table of which
//! nothing is clear, or less than half, is refused.
//!
//! Label 0 is background: entries of it are left out when a table is read, and written where a format wants one or background
//! has a name. Colours are red, green, blue and opacity, each 0 to 255; a label without one gets one that its neighbours do not have,
//! where a format cannot do without.
//!
//! This crate is not for the table inside a NIfTI file, which `medmask-nifti` reads.

mod error;
mod formats;
mod label_format;
mod parsed;
mod text;

use std::io::Read;
use std::path::Path;

use medmask_core::LabelMap;
use medmask_files::{Durability, open_input, write_whole};

pub use error::{LabelFileError, Problem};
pub use label_format::{LabelFormat, UnknownFormat};
pub use medmask_files::FileError;
pub use parsed::{Note, ParsedLabels};

/// Reads a file of `format`, or of any that is [recognised](detect) by name and content.
///
/// A byte order mark says how its text is coded. Without one it is UTF-8, UTF-16 or, where neither fits, Windows-1252, which a note says.
/// Lines end as on any system.
///
/// # Errors
/// [`LabelFileError::Read`], and [`LabelFileError::Table`] where nothing in it can be used, or less than half; it says what is wrong with
/// the first line that cannot.
pub fn read(path: &Path, format: Option<LabelFormat>) -> Result<ParsedLabels, LabelFileError> {
    let mut bytes = Vec::new();
    open_input(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|source| LabelFileError::Read { path: path.to_owned(), source })?;
    let (text, note) = text::decode(&bytes);
    let format = format.unwrap_or_else(|| detect(path, &text));
    let mut parsed = parse(&text, format).map_err(in_file(path))?;
    parsed.notes.extend(note);
    Ok(parsed)
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

/// The format of the file at `path` that holds `text`: by its text and, where that leaves a choice, the ending of its name.
///
/// The tables of Slicer and MRtrix look like FreeSurfer's, but their last column is an opacity and FreeSurfer's a transparency. Comments tell;
/// else most labels are taken to be opaque.
#[must_use]
pub fn detect(path: &Path, text: &str) -> LabelFormat {
    formats::detect(path, text)
}

/// The labels in a text, which may start with a byte order mark.
///
/// # Errors
/// The first problem, where nothing in the text can be used, or less than half of its lines are of that format.
pub fn parse(text: &str, format: LabelFormat) -> Result<ParsedLabels, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (labels, notes) = (formats::of(format).parse)(text)?;
    Ok(ParsedLabels { labels, format, notes })
}

/// The text of a label table.
///
/// The tables of Slicer, FreeSurfer and MRtrix separate columns by blanks: those in names become `_`.
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
