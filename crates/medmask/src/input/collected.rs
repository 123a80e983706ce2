//! What is taken of folders and files, and what is left out.

use std::path::PathBuf;

use medmask_files::NotRegular;

use super::pattern::Pattern;
use crate::adapter::Input;

/// What is taken of what paths stand for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CollectOptions {
    /// Leaves out files whose names are not Unicode, and files that are named themselves and of no known format, which are errors else.
    pub skip_bad: bool,
    /// Takes the files of folders inside folders, too. An entry is then called as its path within the folder that was named, with
    /// `/` between: `left/lung`.
    pub recursive: bool,
    /// Where there are any, files are taken that one of them fits, and no others.
    pub include: Vec<Pattern>,
    /// Files and folders that one of them fits are not taken.
    pub exclude: Vec<Pattern>,
}

impl CollectOptions {
    /// Whether the patterns choose the file `name`, whose path within the folder that was named is `path`.
    pub(super) fn choose(&self, name: &str, path: &str) -> bool {
        let fits = |pattern: &Pattern| pattern.fits(name, path);
        (self.include.is_empty() || self.include.iter().any(fits)) && !self.exclude.iter().any(fits)
    }
}

/// What paths stand for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Collected {
    /// Files to pack.
    pub inputs: Vec<Input>,
    /// What lies in one of the folders and is not packed, but for what is hidden; and files that patterns leave out.
    pub left_out: Vec<(PathBuf, LeftOut)>,
}

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeftOut {
    /// It has the name of a mask file and is none: a pipe, for example, on which whoever opens it may wait for ever.
    #[error(transparent)]
    NotRegular(#[from] NotRegular),
    /// A folder inside the one that was named.
    #[error("folders inside others are not searched")]
    Folder,
    /// A folder that leads back to one which it lies in.
    #[error("this folder leads back to one that it lies in")]
    Loop,
    /// A file of images, of a format that is not read.
    #[error("files that end in {0} are not read")]
    OtherFormat(&'static str),
    /// An archive, which beside masks mostly is what was made of them.
    #[error("archives are taken only where they are named themselves")]
    Archive,
    /// A file of no known format.
    #[error("it has not the name of a mask file")]
    NoMask,
    /// Patterns leave it out.
    #[error("it is not chosen")]
    NotChosen,
    /// Its name is not Unicode text, and bad inputs are to be left out.
    #[error("its name is not valid Unicode; rename the file")]
    NotUnicode,
}
