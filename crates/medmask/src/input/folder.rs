//! The mask files in folders.

use std::path::{Path, PathBuf};

use medmask_files::check_input;

use super::collected::{CollectOptions, Collected, LeftOut};
use crate::adapter::{Formats, Input, longest_suffix};
use crate::{Error, Result};

/// How names of files end that hold images or masks and that other programs read.
const OTHER_FORMATS: [&str; 12] = [
    ".nrrd", ".nhdr", ".mgz", ".mgh", ".dcm", ".mha", ".mhd", ".mif", ".mif.gz", ".mnc", ".nii.xz",
    ".nia",
];

/// A walk through a folder.
pub(super) struct Walk<'a> {
    pub formats: &'a Formats,
    pub options: &'a CollectOptions,
    pub collected: &'a mut Collected,
}

/// A folder on the way.
struct Place<'a> {
    folder: &'a Path,
    /// Its path within the folder that was named, with a `/` at the end; empty for that one.
    within: &'a str,
    /// Where it and those around it really are, so that links do not lead in circles.
    around: &'a [PathBuf],
}

impl Walk<'_> {
    /// Takes the mask files of the folder `root`.
    pub fn take_root(&mut self, root: &Path) -> Result<()> {
        let before = self.collected.inputs.len();
        let left_out = self.collected.left_out.len();
        let real = root.canonicalize().map_err(Error::io("read", root))?;
        self.take(&Place { folder: root, within: "", around: &[real] })?;
        if self.collected.inputs.len() > before {
            return Ok(());
        }
        let left = &self.collected.left_out[left_out..];
        let error = if left.iter().any(|(_, reason)| *reason == LeftOut::NotChosen) {
            Error::NoneChosen { path: root.to_owned() }
        } else {
            self.formats.empty_folder(root, self.options.recursive)
        };
        Err(error)
    }

    fn take(&mut self, place: &Place<'_>) -> Result<()> {
        for file in files_in(place.folder)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let path = format!("{}{name}", place.within);
            if file.is_dir() {
                self.take_folder(&file, &name, &path, place)?;
                continue;
            }
            match self.look_at(&file, &name, &path)? {
                Ok(mut input) => {
                    input.name.insert_str(0, place.within);
                    self.collected.inputs.push(input);
                }
                Err(Some(reason)) => self.collected.left_out.push((file, reason)),
                Err(None) => {}
            }
        }
        Ok(())
    }

    /// Takes the files of a folder inside another, where that is asked for.
    fn take_folder(
        &mut self,
        folder: &Path,
        name: &str,
        path: &str,
        from: &Place<'_>,
    ) -> Result<()> {
        let real = folder.canonicalize().map_err(Error::io("read", folder))?;
        let is_text = folder.file_name().is_some_and(|name| name.to_str().is_some());
        let reason = if !self.options.recursive {
            LeftOut::Folder
        } else if self.options.exclude.iter().any(|pattern| pattern.fits(name, path)) {
            LeftOut::NotChosen
        } else if from.around.contains(&real) {
            LeftOut::Loop
        } else if is_text {
            let around: Vec<PathBuf> = from.around.iter().cloned().chain([real]).collect();
            return self.take(&Place { folder, within: &format!("{path}/"), around: &around });
        } else if self.options.skip_bad {
            LeftOut::NotUnicode
        } else {
            return Err(Error::NameNotUnicode { path: folder.to_owned() });
        };
        self.collected.left_out.push((folder.to_owned(), reason));
        Ok(())
    }

    /// The input that a file is, or why it is left out; neither of an image file whose header lies beside it.
    fn look_at(
        &self,
        file: &Path,
        name: &str,
        path: &str,
    ) -> Result<Result<Input, Option<LeftOut>>> {
        let input = match self.formats.input(file) {
            Err(Error::NameNotUnicode { .. }) if self.options.skip_bad => {
                return Ok(Err(Some(LeftOut::NotUnicode)));
            }
            input => input?,
        };
        let Some(input) = input else {
            return Ok(Err(Some(other_format(file))));
        };
        // The image of a pair leads to its header, which is a file of this folder too.
        if input.path != file {
            return Ok(Err(None));
        }
        if !input.adapter.taken_from_folders(file) {
            return Ok(Err(Some(LeftOut::Archive)));
        }
        if !self.options.choose(name, path) {
            return Ok(Err(Some(LeftOut::NotChosen)));
        }
        Ok(match check_input(file).map_err(|error| error.get_ref()?.downcast_ref().copied()) {
            Err(Some(no_file)) => Err(Some(LeftOut::NotRegular(no_file))),
            // A file that cannot be opened is an error of its reader.
            Ok(()) | Err(None) => Ok(input),
        })
    }
}

/// Why a file of no known format is left out.
pub(super) fn other_format(file: &Path) -> LeftOut {
    longest_suffix(file, &OTHER_FORMATS).map_or(LeftOut::NoMask, LeftOut::OtherFormat)
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
