//! Which files to pack, and what their entries are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use medmask_files::{NotRegular, check_input};

pub use crate::adapter::Input;

use crate::adapter::{Formats, longest_suffix};
use crate::{Error, Result};

/// What paths stand for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Collected {
    /// Files to pack.
    pub inputs: Vec<Input>,
    /// What lies in one of the folders, may well hold masks and is not packed.
    pub left_out: Vec<(PathBuf, LeftOut)>,
}

/// Why something in a folder is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeftOut {
    /// It has the name of a mask file and is none: a pipe, for example, on which whoever opens it may wait for ever.
    #[error(transparent)]
    NotRegular(#[from] NotRegular),
    /// A folder inside the one that was named.
    #[error("it is a folder inside another; name it too, to have its masks")]
    Folder,
    /// A file of images, of a format that is not read.
    #[error("files that end in {0} are not read")]
    OtherFormat(&'static str),
    /// Its name is not Unicode text, and bad inputs are to be left out.
    #[error("its name is not valid Unicode; rename the file")]
    NotUnicode,
}

/// How names of files end that hold images or masks and that other programs read.
const OTHER_FORMATS: [&str; 12] = [
    ".nrrd", ".nhdr", ".mgz", ".mgh", ".dcm", ".mha", ".mhd", ".mif", ".mif.gz", ".mnc", ".nii.xz",
    ".nia",
];

/// The inputs that `paths` stand for: files themselves, and the mask files directly inside folders, by name.
///
/// Archives are taken only where they are named themselves.
///
/// # Errors
/// A path that does not exist or is neither a file nor a folder, a file of no known format, and a folder without any that is.
pub fn collect(paths: &[PathBuf], formats: &Formats) -> Result<Collected> {
    collect_with(paths, formats, false)
}

/// As [`collect`]; where `skip_bad` is true, files in folders whose names are not Unicode are left out and no error.
///
/// # Errors
/// As [`collect`].
pub fn collect_with(paths: &[PathBuf], formats: &Formats, skip_bad: bool) -> Result<Collected> {
    let mut collected = Collected::default();
    for path in paths {
        if path.is_dir() {
            collected.take_folder(path, formats, skip_bad)?;
        } else {
            check_input(path).map_err(Error::io("open", path))?;
            let input = formats.input(path)?;
            collected.inputs.push(input.ok_or_else(|| formats.not_a_mask_file(path))?);
        }
    }
    Ok(collected)
}

impl Collected {
    fn take_folder(&mut self, folder: &Path, formats: &Formats, skip_bad: bool) -> Result<()> {
        let before = self.inputs.len();
        for file in files_in(folder)? {
            if file.is_dir() {
                self.left_out.push((file, LeftOut::Folder));
                continue;
            }
            let input = match formats.input(&file) {
                Err(Error::NameNotUnicode { .. }) if skip_bad => {
                    self.left_out.push((file, LeftOut::NotUnicode));
                    continue;
                }
                input => input?,
            };
            let Some(input) = input else {
                let other = longest_suffix(&file, &OTHER_FORMATS);
                self.left_out.extend(other.map(|suffix| (file, LeftOut::OtherFormat(suffix))));
                continue;
            };
            // The image of a pair leads to its header, which is a file of this folder too.
            if input.path != file || !input.adapter.taken_from_folders(&file) {
                continue;
            }
            match check_input(&file).map_err(|error| error.get_ref()?.downcast_ref().copied()) {
                Err(Some(no_file)) => self.left_out.push((file, LeftOut::NotRegular(no_file))),
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

/// What lies directly inside a folder, but for what is hidden; by name.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for file in folder.read_dir().map_err(Error::io("read", folder))? {
        let file = file.map_err(Error::io("read", folder))?.path();
        // Programs that copy files leave hidden ones beside them, such as macOS's "._liver.nii.gz".
        let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden {
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
