//! Which files to pack, and what their entries are called.

mod folder;
mod pattern;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use medmask_files::{NotRegular, check_input};

pub use crate::adapter::Input;
pub use pattern::{BadPattern, Pattern};

use crate::adapter::Formats;
use crate::{Error, Result};
use folder::Walk;
pub(crate) use folder::files_in;

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
    fn choose(&self, name: &str, path: &str) -> bool {
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

/// The inputs that `paths` stand for: files themselves, and the mask files directly inside folders, by name.
///
/// Archives are taken only where they are named themselves.
///
/// # Errors
/// A path that does not exist or is neither a file nor a folder, a file of no known format, and a folder without any that is.
pub fn collect(paths: &[PathBuf], formats: &Formats) -> Result<Collected> {
    collect_with(paths, formats, &CollectOptions::default())
}

/// As [`collect`], as `options` say.
///
/// # Errors
/// As [`collect`].
pub fn collect_with(
    paths: &[PathBuf],
    formats: &Formats,
    options: &CollectOptions,
) -> Result<Collected> {
    let mut collected = Collected::default();
    for path in paths {
        if path.is_dir() {
            Walk { formats, options, collected: &mut collected }.take_root(path)?;
            continue;
        }
        check_input(path).map_err(Error::io("open", path))?;
        match named_input(path, formats, options)? {
            Ok(input) => collected.inputs.push(input),
            Err(reason) => collected.left_out.push((path.clone(), reason)),
        }
    }
    Ok(collected)
}

/// The input that a file is which was named itself, or why it is left out.
fn named_input(
    path: &Path,
    formats: &Formats,
    options: &CollectOptions,
) -> Result<Result<Input, LeftOut>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !options.choose(&name, &path.to_string_lossy()) {
        return Ok(Err(LeftOut::NotChosen));
    }
    match formats.input(path) {
        Err(Error::NameNotUnicode { .. }) if options.skip_bad => Ok(Err(LeftOut::NotUnicode)),
        Ok(None) if options.skip_bad => Ok(Err(folder::other_format(path))),
        input => Ok(Ok(input?.ok_or_else(|| formats.not_a_mask_file(path))?)),
    }
}

/// The file `path`, whose entry is to be called `name`.
///
/// # Errors
/// A path that is no file, and a file of no known format.
pub fn named(name: &str, path: &Path, formats: &Formats) -> Result<Input> {
    check_input(path).map_err(Error::io("open", path))?;
    let mut input = formats.input(path)?.ok_or_else(|| formats.not_a_mask_file(path))?;
    name.clone_into(&mut input.name);
    input.is_named = true;
    Ok(input)
}

/// The names that entries have been given, and the files that they are from.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, PathBuf>);

impl Names {
    /// Notes that `name` is that of an entry from the file `path`.
    ///
    /// # Errors
    /// [`Error::DuplicateName`]; the name then stays that of the first file.
    pub fn take(&mut self, name: &str, path: &Path) -> Result<()> {
        self.check(name, path)?;
        self.0.insert(name.to_owned(), path.to_owned());
        Ok(())
    }

    /// Whether `name` is free.
    ///
    /// # Errors
    /// [`Error::DuplicateName`].
    pub fn check(&self, name: &str, path: &Path) -> Result<()> {
        let Some(first) = self.0.get(name) else { return Ok(()) };
        let (name, first, second) = (name.to_owned(), first.clone(), path.to_owned());
        Err(Error::DuplicateName { name, first, second })
    }
}
