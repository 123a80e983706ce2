//! How the command fails: one line, and an exit code.

use std::fmt;
use std::io;
use std::path::Path;

use medmask::groups::GroupError;
use medmask::medmask_archive::ArchiveError;
use medmask::medmask_core::{MemoryError, SpaceMismatch};
use medmask::medmask_files::NotRegular;
use medmask::medmask_labels::LabelFileError;
use medmask::medmask_nifti::{LabelProblem, Limit, Problem};
use medmask::{Error, FileError, SelectionError};
use medmask_serve::ServeError;

use medmask_viewer::ViewerError;

use crate::other_programs;

/// Why a verb failed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    exit_code: u8,
}

/// The result of a verb.
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// Something went wrong: exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// The command was called in a way that makes no sense: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
    }

    /// What was compared differs: exit code 1, and nothing more to say.
    pub fn different() -> Self {
        Self { message: String::new(), exit_code: 1 }
    }

    /// As the verbs that compare have it: whatever fails is trouble, exit code 2.
    pub fn into_trouble(self) -> Self {
        Self { exit_code: 2, ..self }
    }

    /// 1, or 2 for wrong usage and for trouble.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// Whether there is nothing to print.
    pub fn is_silent(&self) -> bool {
        self.message.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let usage = matches!(
            error,
            Error::SeveralEntries { .. }
                | Error::NoHeader { .. }
                | Error::UnknownSuffix { .. }
                | Error::Archive(ArchiveError::SameFile { .. })
        );
        Self { exit_code: if usage { 2 } else { 1 }, message: text_of(&error) }
    }
}

impl From<ViewerError> for Failure {
    fn from(error: ViewerError) -> Self {
        match error {
            ViewerError::Masks(error) => error.into(),
            ViewerError::NotBuilt => Self::new(format!(
                "{error}; `cargo xtask viewer` fetches it, and the next build has it"
            )),
            ViewerError::TooLarge { .. } => {
                Self::new(format!("{error}; `medmask serve` shows it without a page of its own"))
            }
            other => Self::new(other.to_string()),
        }
    }
}

/// What went wrong, and what the user can do about it.
pub fn text_of(error: &Error) -> String {
    format!("{error}{}", hint(error))
}

/// What `text` tells of the file `path`; the path once.
pub fn of_file(path: &Path, text: &str) -> String {
    let path = path.display().to_string();
    if text.contains(&path) { text.to_owned() } else { format!("{path}: {text}") }
}

/// The flag or verb that helps; the library knows none.
fn hint(error: &Error) -> &'static str {
    match error {
        _ if let Some(hint) = other_programs::hint(error) => hint,
        _ if memory(error).is_some_and(|error| error.limit().is_some()) => {
            "; --max-memory allows more"
        }
        Error::Archive(error) => hint_for_archive(error),
        Error::Output(output) => hint_for_output(output),
        Error::Io { source, .. } => hint_for_input(source),
        Error::SpaceMismatch { source, sharing, .. } => match (&**source, sharing) {
            (SpaceMismatch::Shape { .. }, 1..) => "; --space-of takes the space of another",
            _ => hint_for_space(source),
        },
        Error::ImageSpace { .. } => "; --resample-image interpolates it on theirs",
        Error::EmptyFolder { recursive: false, .. } => "; --recursive searches them, too",
        Error::NameOfSeveral { .. } => "; --prefix goes before the names of all",
        Error::File { source, .. } => source.downcast_ref().map_or("", hint_for_nifti),
        Error::SeveralEntries { .. } => "; use -d DIR, or --merge",
        Error::NoHeader { .. } => {
            "; --like takes the header of a file of the same format, --onto the grid of any"
        }
        Error::DuplicateName { .. } => {
            "; rename one, leave it out, or tell them apart with --prefix or --name"
        }
        Error::SameLabelName { .. } => "; without --labels each takes the name of its file",
        Error::ManyUnnamed { .. } => {
            "; --labels names them, and --max-made-names allows more without names"
        }
        Error::NoCommonCase { .. } => {
            "; `medmask diff A B` compares a case of one with a case of the other"
        }
        Error::EntryExists { .. } => {
            "; --replace takes its place, and --prefix or --name gives another name"
        }
        Error::Selection(error)
            if matches!(
                error.root(),
                SelectionError::NoMatch { .. } | SelectionError::NotFound { nearest: None, .. }
            ) =>
        {
            "; `medmask ls` lists the names"
        }
        Error::Group(GroupError::NotFound { nearest: None, .. }) => "; `medmask group` lists them",
        Error::OutputFormat { path, .. }
            if path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("mska")) =>
        {
            "; `medmask pack` and `medmask convert` write archives"
        }
        Error::FileName { .. } => "; extract it alone, with an output name of its own",
        Error::FileNamesCollide { .. } | Error::FileNameTaken { .. } => {
            "; extract them into separate folders"
        }
        _ => "",
    }
}

fn hint_for_archive(error: &ArchiveError) -> &'static str {
    match error {
        ArchiveError::Output(output) => hint_for_output(output),
        ArchiveError::Io { source, .. } => hint_for_input(source),
        ArchiveError::SpaceMismatch { source, .. } => hint_for_space(source),
        ArchiveError::Format { entry: Some(_), .. } => "; `medmask repair` saves the other entries",
        ArchiveError::EntryExists { .. } => "; `medmask rm` removes it",
        _ => "",
    }
}

/// The memory that was not to be had, where that is what went wrong.
fn memory(error: &Error) -> Option<&MemoryError> {
    match error {
        Error::Archive(error) => error.as_memory(),
        Error::File { source, .. } => match source.downcast_ref() {
            Some(Problem::Memory(error)) => Some(error),
            _ => None,
        },
        _ => None,
    }
}

/// Why what has no end and no parts is not read.
fn hint_for_input(error: &io::Error) -> &'static str {
    let no_file = error.get_ref().and_then(|error| error.downcast_ref::<NotRegular>());
    match no_file {
        Some(NotRegular { kind }) if *kind != "a folder" => {
            "; medmask reads parts of files in any order, so write it into one first"
        }
        _ => "",
    }
}

/// No tolerance makes two shapes one.
fn hint_for_space(mismatch: &SpaceMismatch) -> &'static str {
    match mismatch {
        SpaceMismatch::Shape { .. } => "",
        _ => "; --tolerance-mm sets how much is allowed",
    }
}

fn hint_for_output(error: &FileError) -> &'static str {
    match error {
        FileError::Exists { .. } => "; --force replaces it",
        FileError::NoFolder { .. } => "; create it first",
        _ => "",
    }
}

/// The flag that decides what a NIfTI file leaves open.
fn hint_for_nifti(problem: &Problem) -> &'static str {
    match problem {
        Problem::NoOrientation => "; choose with --assume-affine pixdim, nibabel or simpleitk",
        Problem::FormNotSet { .. } => "; --form standard takes the form that is set",
        Problem::FormField { .. } | Problem::Geometry { .. } => {
            "; --form takes the other form where both are set"
        }
        Problem::Shear { .. } => "; --max-shear-voxels allows more",
        Problem::SeveralVolumes { .. } => {
            "; choose one with --volume, counted from 0, or take --volumes all"
        }
        Problem::Label { problem: LabelProblem::Negative, .. } => {
            "; this looks like an image, such as a CT; of a mask --background takes values for background"
        }
        Problem::Label { problem: LabelProblem::NotANumber, .. } => {
            "; --background nan takes it for background"
        }
        Problem::Label { problem: LabelProblem::NotIntegral, .. } => {
            "; this looks like an image; of a mask --label-tolerance allows more distance"
        }
        Problem::LimitExceeded { limit: Limit::Voxels, .. } => "; --max-voxels allows more",
        Problem::LimitExceeded { limit: Limit::ExtensionBytes, .. } => {
            "; --max-extension-bytes allows more"
        }
        Problem::Reference { .. } => "; --onto brings the mask onto its grid",
        _ => "",
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Error::from(error).into()
    }
}

impl From<LabelFileError> for Failure {
    fn from(error: LabelFileError) -> Self {
        match error {
            LabelFileError::Output(output) => output.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let hint = match error {
            ServeError::PortTaken { .. } => {
                "; --port names another, and --port 0 takes any that is free"
            }
            _ => "",
        };
        Self::new(format!("{error}{hint}"))
    }
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        Error::from(error).into()
    }
}

impl From<GroupError> for Failure {
    fn from(error: GroupError) -> Self {
        Error::from(error).into()
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Error::from(error).into()
    }
}
