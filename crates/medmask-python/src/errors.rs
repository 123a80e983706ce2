//! Errors of the Rust crates as exceptions of `medmask.errors`.

use std::fmt::Display;
use std::io;
use std::path::Path;

use medmask::groups::GroupError;
use medmask::medmask_archive::FormatError;
use medmask::medmask_core::SpaceMismatch;
use medmask::medmask_nifti::Problem;
use medmask::{ArchiveError, Error, FileError, SelectionError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The exception `class` of `medmask.errors` with a message.
pub(crate) fn exception(class: &str, message: impl Display) -> PyErr {
    let message = message.to_string();
    Python::attach(|py| make(py, class, (message,).into_pyobject(py)))
}

/// The exception for `error`; its message says what a Python user can do.
pub(crate) fn to_python(error: impl Into<Error>) -> PyErr {
    let error = error.into();
    match io_of(&error) {
        Some((action, path, source)) => of_io(action, path, source),
        None => exception(class_of(&error), format!("{error}{}", hint(&error))),
    }
}

fn make<'py>(py: Python<'py>, class: &str, arguments: PyResult<Bound<'py, PyTuple>>) -> PyErr {
    let made = arguments
        .and_then(|arguments| py.import("medmask.errors")?.getattr(class)?.call1(arguments));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// What the operating system refused.
fn io_of(error: &Error) -> Option<(&'static str, &Path, &io::Error)> {
    match error {
        Error::Io { action, path, source }
        | Error::Archive(
            ArchiveError::Io { action, path, source }
            | ArchiveError::Output(FileError::Io { action, path, source }),
        )
        | Error::Output(FileError::Io { action, path, source }) => Some((action, path, source)),
        Error::File { path, source } => match source.downcast_ref() {
            Some(Problem::Io { source }) => Some(("read", path, source)),
            _ => None,
        },
        _ => None,
    }
}

/// An error of the system, with its number and the file, as Python's own have them.
pub(crate) fn of_io(action: &str, path: &Path, source: &io::Error) -> PyErr {
    let class = match source.kind() {
        io::ErrorKind::NotFound => "MissingFileError",
        io::ErrorKind::AlreadyExists => "OutputExistsError",
        io::ErrorKind::PermissionDenied => "NoPermissionError",
        io::ErrorKind::IsADirectory => "FolderError",
        _ => "SystemError_",
    };
    let Some(number) = source.raw_os_error() else {
        return exception(class, format!("cannot {action} {}: {source}", path.display()));
    };
    let text = source.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default().to_owned();
    let text = format!("cannot {action}: {reason}");
    Python::attach(|py| {
        make(py, class, (number, text, path.display().to_string()).into_pyobject(py))
    })
}

/// The class in `medmask.errors`.
fn class_of(error: &Error) -> &'static str {
    match error {
        Error::Archive(error) => class_of_archive(error),
        Error::Output(error) => class_of_output(error),
        Error::Selection(error) => match error.root() {
            SelectionError::NotFound { .. }
            | SelectionError::Unspaced { .. }
            | SelectionError::NoMatch { .. }
            | SelectionError::NoEntries => "NameNotFoundError",
            _ => "SelectionError",
        },
        Error::Group(error) => match error {
            GroupError::NotFound { .. } => "NameNotFoundError",
            GroupError::Taken { .. } => "NameTakenError",
            _ => "InvalidNameError",
        },
        Error::SpaceMismatch { .. }
        | Error::ImageSpace { .. }
        | Error::ImageElsewhere { .. }
        | Error::ShapesDiffer { .. }
        | Error::MaskShape { .. } => "SpaceMismatchError",
        Error::EntryExists { .. } | Error::DuplicateName { .. } => "NameTakenError",
        Error::File { .. }
        | Error::NotAMaskFile { .. }
        | Error::NotAnImage { .. }
        | Error::NoMasks { .. } => "InvalidFileError",
        Error::FileName { .. } | Error::FileNamesCollide { .. } => "InvalidNameError",
        Error::NotAPoint { .. } | Error::LargeGrid { .. } => "UnsupportedError",
        _ => "MedmaskError",
    }
}

fn class_of_archive(error: &ArchiveError) -> &'static str {
    match error {
        ArchiveError::Format { source, .. } | ArchiveError::Entry { source, .. } => match source {
            FormatError::Memory(_) => "NoMemoryError",
            FormatError::LimitExceeded { .. } => "InvalidLabelError",
            FormatError::Corrupt(_) => "DamagedFileError",
            _ => "InvalidFileError",
        },
        ArchiveError::NewestDamaged { .. } | ArchiveError::LabelOutOfRange { .. } => {
            "DamagedFileError"
        }
        ArchiveError::Locked { .. } => "LockedError",
        ArchiveError::Output(output) => class_of_output(output),
        ArchiveError::EntryNotFound { .. } | ArchiveError::LabelNotFound { .. } => {
            "NameNotFoundError"
        }
        ArchiveError::EntryExists { .. } => "NameTakenError",
        ArchiveError::InvalidName { .. } => "InvalidNameError",
        ArchiveError::SpaceMismatch { .. } | ArchiveError::ShapeMismatch { .. } => {
            "SpaceMismatchError"
        }
        ArchiveError::TypeTooNarrow { .. } => "DtypeError",
        ArchiveError::UnnamedLabels { .. }
        | ArchiveError::Background { .. }
        | ArchiveError::Mask { .. }
        | ArchiveError::Labels { .. } => "InvalidLabelError",
        ArchiveError::RegionOutside { .. } => "RegionError",
        _ => "MedmaskError",
    }
}

fn class_of_output(error: &FileError) -> &'static str {
    match error {
        FileError::NoFolder { .. } => "MissingFileError",
        FileError::Exists { .. } => "OutputExistsError",
        FileError::NotAFile { .. } => "FolderError",
        _ => "MedmaskError",
    }
}

/// The argument or call that helps.
fn hint(error: &Error) -> &'static str {
    match error {
        Error::Output(FileError::Exists { .. })
        | Error::Archive(ArchiveError::Output(FileError::Exists { .. })) => {
            "; overwrite=True replaces it"
        }
        Error::SpaceMismatch { source, .. } => hint_for_space(source),
        Error::Archive(ArchiveError::SpaceMismatch { source, .. }) => hint_for_space(source),
        Error::Archive(ArchiveError::Format { entry: Some(_), .. }) => {
            "; `medmask repair` in a terminal saves the other entries"
        }
        Error::Archive(ArchiveError::UnnamedLabels { .. }) => {
            "; name them in `labels`, or pass unnamed=\"name\" for made names"
        }
        Error::Archive(ArchiveError::NewestDamaged { .. }) => ": `medmask repair` in a terminal",
        Error::Selection(SelectionError::Several { .. }) => {
            ", or load them all with archive.load_many(names)"
        }
        Error::File { source, .. } => source.downcast_ref().map_or("", hint_for_nifti),
        _ => "",
    }
}

/// No tolerance makes two shapes one.
fn hint_for_space(mismatch: &SpaceMismatch) -> &'static str {
    match mismatch {
        SpaceMismatch::Shape { .. } => "",
        _ => "; tolerance_mm sets how much is allowed",
    }
}

fn hint_for_nifti(problem: &Problem) -> &'static str {
    match problem {
        Problem::NoOrientation | Problem::FormNotSet { .. } | Problem::SeveralVolumes { .. } => {
            "; `medmask pack` in a terminal has options that decide it"
        }
        _ => "",
    }
}
