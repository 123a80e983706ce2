//! Which files to pack, and what their entries are called.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A file to pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file; of a header/image pair the header.
    pub path: PathBuf,
    /// The name of the entry that it becomes.
    pub name: String,
    /// How the file is read.
    pub format: InputFormat,
}

/// The kinds of files that hold masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// `.nii`, `.nii.gz`, or `.hdr` with `.img`.
    Nifti,
    /// `.msk` of version 1 or 2.
    Msk,
}

const HEADER_SUFFIXES: [&str; 2] = [".hdr", ".hdr.gz"];
const IMAGE_SUFFIXES: [&str; 2] = [".img", ".img.gz"];
const NIFTI_SUFFIXES: [&str; 2] = [".nii", ".nii.gz"];

impl Input {
    /// The input that `path` is, after its name; `None` where that is not one of a mask file.
    ///
    /// ```
    /// use medmask::input::Input;
    ///
    /// assert_eq!(Input::from_path("case/sub.01.nii.gz".as_ref())?.unwrap().name, "sub.01");
    /// assert!(Input::from_path("case/notes.txt".as_ref())?.is_none());
    /// # Ok::<(), medmask::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NameNotUnicode`].
    pub fn from_path(path: &Path) -> Result<Option<Self>> {
        let Some(file_name) = path.file_name() else { return Ok(None) };
        let lossy = file_name.to_string_lossy().to_ascii_lowercase();
        let suffix_of = |suffixes: &[&str]| {
            let found = suffixes.iter().filter(|suffix| lossy.ends_with(**suffix));
            found.map(|suffix| suffix.len()).max()
        };
        let nifti = suffix_of(&NIFTI_SUFFIXES)
            .or(suffix_of(&HEADER_SUFFIXES))
            .or(suffix_of(&IMAGE_SUFFIXES));
        let (suffix, format) = match (nifti, suffix_of(&[".msk"])) {
            (Some(suffix), _) => (suffix, InputFormat::Nifti),
            (None, Some(suffix)) => (suffix, InputFormat::Msk),
            (None, None) => return Ok(None),
        };
        let not_unicode = || Error::NameNotUnicode { path: path.to_owned() };
        let file_name = file_name.to_str().ok_or_else(not_unicode)?;
        let name = file_name.get(..file_name.len() - suffix).unwrap_or_default().to_owned();
        if name.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { path: header_of_pair(path, &name), name, format }))
    }

    /// Bytes of the file, and of the other file of a pair; 0 where they cannot be asked.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        let bytes = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let is_header = ends_with_any(&self.path, &HEADER_SUFFIXES);
        let image = is_header.then(|| sibling(&self.path, &self.name, &IMAGE_SUFFIXES)).flatten();
        bytes(&self.path) + image.map_or(0, |image| bytes(&image))
    }
}

/// The inputs that `paths` stand for: files themselves, and the mask files directly inside folders, by name.
///
/// # Errors
/// A path that does not exist, a file whose name is not that of a mask file, a folder without one, and two files that
/// would become entries of the same name.
pub fn collect(paths: &[PathBuf]) -> Result<Vec<Input>> {
    let mut inputs: Vec<Input> = Vec::new();
    for path in paths {
        if path.is_dir() {
            inputs.extend(in_folder(path)?);
        } else {
            path.metadata().map_err(Error::io("open", path))?;
            let not_a_mask = || Error::NotAMaskFile { path: path.clone() };
            inputs.push(Input::from_path(path)?.ok_or_else(not_a_mask)?);
        }
    }
    check_names(&inputs)?;
    Ok(inputs)
}

fn in_folder(folder: &Path) -> Result<Vec<Input>> {
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
        inputs.extend(Input::from_path(&file)?.filter(|input| input.path == file));
    }
    if inputs.is_empty() {
        return Err(Error::EmptyFolder { path: folder.to_owned() });
    }
    Ok(inputs)
}

fn check_names(inputs: &[Input]) -> Result<()> {
    let mut seen: HashMap<&str, &Input> = HashMap::new();
    for input in inputs {
        if let Some(first) = seen.insert(&input.name, input) {
            return Err(Error::DuplicateName {
                name: input.name.clone(),
                first: first.path.clone(),
                second: input.path.clone(),
            });
        }
    }
    Ok(())
}

/// Of the image file of a pair its header, where that exists; else the path itself.
fn header_of_pair(path: &Path, name: &str) -> PathBuf {
    let is_image = ends_with_any(path, &IMAGE_SUFFIXES);
    let header = is_image.then(|| sibling(path, name, &HEADER_SUFFIXES)).flatten();
    header.unwrap_or_else(|| path.to_owned())
}

fn ends_with_any(path: &Path, suffixes: &[&str]) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    suffixes.iter().any(|suffix| name.ends_with(suffix))
}

/// The existing file beside `path` that is called `name` with one of `suffixes`, in lower or upper case.
fn sibling(path: &Path, name: &str, suffixes: &[&str]) -> Option<PathBuf> {
    let spelled = suffixes.iter().flat_map(|suffix| [(*suffix).to_owned(), suffix.to_uppercase()]);
    spelled
        .map(|suffix| path.with_file_name(format!("{name}{suffix}")))
        .find(|sibling| sibling.exists())
}
