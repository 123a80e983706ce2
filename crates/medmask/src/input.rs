//! Which files to pack, and what their entries are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use medmask_files::{NotRegular, check_input};

pub use crate::adapter::Input;

use crate::adapter::Formats;
use crate::{Error, Result};

/// What paths stand for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Collected {
    /// Files to pack.
    pub inputs: Vec<Input>,
    /// What has the name of a mask file and lies in one of the folders, but is no file: a pipe, for example, on which whoever
    /// opens it may wait for ever.
    pub left_out: Vec<(PathBuf, NotRegular)>,
}

/// The inputs that `paths` stand for: files themselves, and the mask files directly inside folders, by name.
///
/// Archives are taken only where they are named themselves.
///
/// # Errors
/// A path that does not exist or is neither a file nor a folder, a file of no known format, and a folder without any that is.
pub fn collect(paths: &[PathBuf], formats: &Formats) -> Result<Collected> {
    let mut collected = Collected::default();
    for path in paths {
        if path.is_dir() {
            collected.take_folder(path, formats)?;
        } else {
            check_input(path).map_err(Error::io("open", path))?;
            let input = formats.input(path)?;
            collected.inputs.push(input.ok_or_else(|| formats.not_a_mask_file(path))?);
        }
    }
    Ok(collected)
}

impl Collected {
    fn take_folder(&mut self, folder: &Path, formats: &Formats) -> Result<()> {
        let before = self.inputs.len();
        for file in files_in(folder)? {
            // The image of a pair leads to its header, which is a file of this folder too.
            let taken =
                |input: &Input| input.path == file && input.adapter.taken_from_folders(&file);
            let Some(input) = formats.input(&file)?.filter(taken) else { continue };
            match check_input(&file).map_err(|error| error.get_ref()?.downcast_ref().copied()) {
                Err(Some(no_file)) => self.left_out.push((file, no_file)),
                // A file that cannot be opened is an error of its reader.
                Ok(()) | Err(None) => self.inputs.push(input),
            }
        }
        if self.inputs.len() == before {
            return Err(formats.empty_folder(folder));
        }
        Ok(())
    }
}

/// What lies directly inside a folder, but for folders and what is hidden; by name.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
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
    Ok(files)
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
