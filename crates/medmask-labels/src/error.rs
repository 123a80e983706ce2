//! What can be wrong with a label table, and with its file.

use std::io;
use std::path::PathBuf;

use medmask_core::{LabelMapError, quoted, shortened};
use medmask_files::FileError;

use crate::label_format::LabelFormat;

/// Why a file of labels could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelFileError {
    /// The operating system could not read the file.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The table in it, or the one to be written.
    #[error("{}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        problem: Problem,
    },
    /// The output did not come about: something stands in its place, or the disk refused.
    #[error(transparent)]
    Output(#[from] FileError),
}

/// What is wrong with a label table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
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
    /// The text is no JSON object.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The text is no XML of the format.
    #[error("not the XML of an atlas: {}", shortened(.0))]
    Xml(String),
    /// A value in JSON where one label is expected.
    #[error("{key}: {value} is not one label, 0 to 4294967295", value = shortened(value), key = quoted(key))]
    Value {
        /// The key that it stands at.
        key: String,
        /// The value, as JSON.
        value: String,
    },
    /// A name or label in JSON that cannot be used.
    #[error(transparent)]
    Entry(#[from] LabelMapError),
    /// The format cannot express a name.
    #[error("the {} format cannot hold the name {name}: {reason}", format.name(), name = quoted(name))]
    Name {
        /// The format.
        format: LabelFormat,
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
}
