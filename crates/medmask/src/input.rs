//! Which files to pack, and what their entries are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub use crate::adapter::Input;

use crate::adapter::Formats;
use crate::{Error, Result};

/// The inputs that `paths` stand for: files themselves, and the mask files directly inside folders, by name.
///
/// Archives are taken only where they are named themselves.
///
/// # Errors
/// A path that does not exist, a file of no known format, and a folder without any that is.
pub fn collect(paths: &[PathBuf], formats: &Formats) -> Result<Vec<Input>> {
    let mut inputs: Vec<Input> = Vec::new();
    for path in paths {
        if path.is_dir() {
            inputs.extend(in_folder(path, formats)?);
        } else {
            path.metadata().map_err(Error::io("open", path))?;
            let input = formats.input(path)?;
            inputs.push(input.ok_or_else(|| formats.not_a_mask_file(path))?);
        }
    }
    Ok(inputs)
}

fn in_folder(folder: &Path, formats: &Formats) -> Result<Vec<Input>> {
    let mut files = Vec::new();
    for file in folder.read_dir().map_err(Error::io("read", folder))? {
        let file = file.map_err(Error::io("read", folder))?.path();
        // Programs that copy files leave hidden ones beside them, such as macOS's "._liver.nii.gz".
        let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    let mut inputs: Vec<Input> = Vec::new();
    for file in files {
        // The image of a pair leads to its header, which is a file of this folder too.
        let taken = |input: &Input| input.path == file && input.adapter.taken_from_folders(&file);
        inputs.extend(formats.input(&file)?.filter(taken));
    }
    if inputs.is_empty() {
        return Err(formats.empty_folder(folder));
    }
    Ok(inputs)
}

/// The names that entries have been given, and the files that they are from.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, PathBuf>);

impl Names {
    /// Notes that `name` is that of an entry from the file `path`.
    ///
    /// # Errors
    /// [`Error::DuplicateName`].
    pub fn take(&mut self, name: &str, path: &Path) -> Result<()> {
        match self.0.insert(name.to_owned(), path.to_owned()) {
            None => Ok(()),
            Some(first) => {
                let (name, second) = (name.to_owned(), path.to_owned());
                Err(Error::DuplicateName { name, first, second })
            }
        }
    }
}
