//! The label tables that other programs keep in files of their own.
//!
//! ```
//! use medmask_nifti::label_files::{LabelFileFormat, format_labels, parse_labels};
//!
//! let text = "1 liver 128 174 128 255\n2 spleen 157 108 162 255\n";
//! let labels = parse_labels(text, LabelFileFormat::Slicer)?;
//! assert_eq!(labels.get("spleen"), Some(2));
//! let tsv = format_labels(&labels, LabelFileFormat::Bids)?;
//! assert_eq!(tsv, "index\tname\tcolor\n1\tliver\t#80AE80\n2\tspleen\t#9D6CA2\n");
//! # Ok::<(), medmask_nifti::label_files::LabelFileProblem>(())
//! ```

mod json;
mod rows;

use std::path::{Path, PathBuf};
use std::{fs, io};

use medmask_core::{LabelMap, LabelMapError};
use medmask_files::{Durability, FileError, write_whole};

use crate::options::UnknownChoice;

/// A kind of label file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelFileFormat {
    /// ITK-SNAP's label description: index, red, green, blue, opacity (0 to 1), two flags, name in quotes.
    ItkSnap,
    /// 3D Slicer's colour table (`.ctbl`): index, name, red, green, blue, opacity (0 to 255).
    Slicer,
    /// FreeSurfer's look-up table: index, name, red, green, blue, transparency (0 to 255).
    FreeSurfer,
    /// The `dseg.tsv` of BIDS: columns index and name, and maybe color (`#RRGGBB`).
    Bids,
    /// The `dataset.json` of nnU-Net and TotalSegmentator, either way round: name to label or label to name.
    Dataset,
    /// A JSON object of names and labels, either way round.
    Json,
}

impl LabelFileFormat {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::ItkSnap, Self::Slicer, Self::FreeSurfer, Self::Bids, Self::Dataset, Self::Json];

    /// Its name in options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ItkSnap => "itk-snap",
            Self::Slicer => "slicer",
            Self::FreeSurfer => "freesurfer",
            Self::Bids => "bids",
            Self::Dataset => "dataset",
            Self::Json => "json",
        }
    }

    /// The format of a file by its name and, where that leaves a choice, its text.
    #[must_use]
    pub fn detect(path: &Path, text: &str) -> Self {
        let extension = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("ctbl") => Self::Slicer,
            Some("tsv") => Self::Bids,
            Some("json") if json::is_dataset(text) => Self::Dataset,
            Some("json") => Self::Json,
            Some("label") => Self::ItkSnap,
            Some("lut") => Self::FreeSurfer,
            _ => Self::detect_by_text(text),
        }
    }

    fn detect_by_text(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            return if json::is_dataset(text) { Self::Dataset } else { Self::Json };
        }
        if text.lines().next().is_some_and(|line| line.split('\t').any(|column| column == "index"))
        {
            return Self::Bids;
        }
        let quoted = |line: &str| !line.starts_with('#') && line.contains('"');
        if text.lines().any(quoted) { Self::ItkSnap } else { Self::FreeSurfer }
    }
}

impl std::str::FromStr for LabelFileFormat {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownChoice {
            found: text.to_owned(),
            known: "itk-snap, slicer, freesurfer, bids, dataset, json",
        })
    }
}

/// A problem with one label file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct LabelFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    #[source]
    pub problem: LabelFileProblem,
}

/// What is wrong with a label file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelFileProblem {
    /// The operating system could not read or write.
    #[error("{source}")]
    Io {
        /// The system's error.
        #[from]
        source: io::Error,
    },
    /// A line is not what the format has there.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is expected.
        reason: &'static str,
    },
    /// A line's name or label cannot be used.
    #[error("line {line}: {source}")]
    Label {
        /// Counted from 1.
        line: usize,
        /// Why.
        source: LabelMapError,
    },
    /// The text is not the JSON expected, or a name or label in it cannot be used.
    #[error("{reason}")]
    Json {
        /// Why.
        reason: String,
    },
    /// The format cannot express a name.
    #[error("the {} format cannot hold the name {name:?}: {reason}", format.name())]
    Name {
        /// The format.
        format: LabelFileFormat,
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The output did not come about.
    #[error(transparent)]
    Output(#[from] FileError),
}

/// Reads a label file of any of the formats, recognised by name and content. Entries of label 0 are
/// background and left out.
///
/// # Errors
/// Where the file cannot be read or parsed, or a name or label is there twice; the error says in which line.
pub fn read_label_file(path: &Path) -> Result<LabelMap, LabelFileError> {
    let read = || {
        let text = fs::read_to_string(path)?;
        parse_labels(&text, LabelFileFormat::detect(path, &text))
    };
    read().map_err(|problem| LabelFileError { path: path.to_owned(), problem })
}

/// Writes a label file, whole or not at all. Labels without a colour get one.
///
/// # Errors
/// Where the file exists and `overwrite` is false, the disk refuses, or the format cannot hold a name.
pub fn write_label_file(
    path: &Path,
    format: LabelFileFormat,
    labels: &LabelMap,
    overwrite: bool,
) -> Result<(), LabelFileError> {
    let write = || {
        let text = format_labels(labels, format)?;
        Ok(write_whole(path, text.as_bytes(), overwrite, Durability::Full)?)
    };
    write().map_err(|problem| LabelFileError { path: path.to_owned(), problem })
}

/// The labels in the text of a label file.
///
/// # Errors
/// As [`read_label_file`].
pub fn parse_labels(text: &str, format: LabelFileFormat) -> Result<LabelMap, LabelFileProblem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        LabelFileFormat::ItkSnap => rows::parse_itk_snap(text),
        LabelFileFormat::Slicer => rows::parse_table(text, rows::Alpha::Opacity),
        LabelFileFormat::FreeSurfer => rows::parse_table(text, rows::Alpha::Transparency),
        LabelFileFormat::Bids => rows::parse_bids(text),
        LabelFileFormat::Dataset | LabelFileFormat::Json => json::parse(text),
    }
}

/// The text of a label file.
///
/// The tables of Slicer and FreeSurfer separate columns by spaces: spaces in names become `_`.
///
/// # Errors
/// Where the format cannot hold a name.
pub fn format_labels(
    labels: &LabelMap,
    format: LabelFileFormat,
) -> Result<String, LabelFileProblem> {
    match format {
        LabelFileFormat::ItkSnap => rows::format_itk_snap(labels),
        LabelFileFormat::Slicer => rows::format_table(labels, format, rows::Alpha::Opacity),
        LabelFileFormat::FreeSurfer => {
            rows::format_table(labels, format, rows::Alpha::Transparency)
        }
        LabelFileFormat::Bids => Ok(rows::format_bids(labels)),
        LabelFileFormat::Dataset => json::format_dataset(labels),
        LabelFileFormat::Json => Ok(labels.to_json()),
    }
}
