//! How the command fails: one line, and an exit code.

use std::fmt;

use medmask::Error;
use medmask::FileError;
use medmask::archive::ArchiveError;
use medmask::labels::LabelFileError;
use medmask::nifti::{NiftiError, Problem};

/// Why a verb failed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    usage: bool,
}

/// The result of a verb.
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// Something went wrong: exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), usage: false }
    }

    /// The command was called in a way that makes no sense: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), usage: true }
    }

    /// 1, or 2 for wrong usage.
    pub fn exit_code(&self) -> u8 {
        if self.usage { 2 } else { 1 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::Output(output)
            | Error::Archive(ArchiveError::Output(output))
            | Error::Nifti(NiftiError { problem: Problem::Output(output), .. }) => {
                hint_for_output(output)
            }
            Error::SpaceMismatch { .. } | Error::Archive(ArchiveError::SpaceMismatch { .. }) => {
                "; --tolerance-mm sets how much is allowed"
            }
            Error::SeveralEntries { .. } => "; use -d DIR, or --merge",
            _ => "",
        };
        Self {
            usage: matches!(
                error,
                Error::SeveralEntries { .. } | Error::Archive(ArchiveError::SameFile { .. })
            ),
            ..Self::new(format!("{error}{hint}"))
        }
    }
}

fn hint_for_output(error: &FileError) -> &'static str {
    match error {
        FileError::Exists { .. } => "; --force replaces it",
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

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Error::from(error).into()
    }
}

impl From<NiftiError> for Failure {
    fn from(error: NiftiError) -> Self {
        Error::from(error).into()
    }
}
