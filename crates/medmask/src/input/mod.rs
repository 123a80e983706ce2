//! Which files to pack, and what their entries are called.

mod collected;
mod folder;
mod pattern;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use medmask_files::check_input;

pub use crate::adapter::Input;
pub use collected::{CollectOptions, Collected, LeftOut};
pub use pattern::{BadPattern, Pattern};

use crate::adapter::Formats;
use crate::{Error, Result};
use folder::Walk;
pub(crate) use folder::files_in;

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
