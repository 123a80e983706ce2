//! Folders of segmentations, case by case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::case::is_archive;
use super::{Case, CaseOptions, CompareOptions, ComparedMask, Comparison, Mean, compare, means};
use crate::adapter::Formats;
use crate::error::check_stop;
use crate::input::files_in;
use crate::{Error, Result};

/// What the one mask of a file is called where nothing names it.
const MASK: &str = "mask";

/// Two folders of segmentations compared.
#[derive(Debug)]
#[non_exhaustive]
pub struct CasesComparison {
    /// The cases that both have, by name.
    pub cases: Vec<ComparedCase>,
    /// Cases that only the first has.
    pub only_in_first: Vec<String>,
    /// Cases that only the second has.
    pub only_in_second: Vec<String>,
}

/// A case, and what came of comparing it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ComparedCase {
    /// The name of its folder, or of its file without what tells its format.
    pub name: String,
    /// How its segmentations differ, or why they cannot be compared.
    pub result: Result<Comparison>,
}

impl CasesComparison {
    /// Whether both have the same cases, with the same voxels.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let equal = |case: &ComparedCase| case.result.as_ref().is_ok_and(Comparison::is_equal);
        self.only_in_first.is_empty()
            && self.only_in_second.is_empty()
            && self.cases.iter().all(equal)
    }

    /// Every structure with its means over the cases that have it, by name.
    #[must_use]
    pub fn means(&self) -> Vec<(String, Vec<Mean>)> {
        let mut by_name: BTreeMap<&str, Vec<&ComparedMask>> = BTreeMap::new();
        let compared = self.cases.iter().filter_map(|case| case.result.as_ref().ok());
        for mask in compared.flat_map(|case| &case.masks) {
            by_name.entry(&mask.name).or_default().push(mask);
        }
        by_name.into_iter().map(|(name, masks)| (name.to_owned(), means(masks))).collect()
    }
}

/// Whether the folder `path` holds segmentations of several scans: archives, or folders and no mask file.
///
/// # Errors
/// A folder that cannot be read.
pub fn holds_cases(path: &Path, formats: &Formats) -> Result<bool> {
    if !path.is_dir() {
        return Ok(false);
    }
    let files = files_in(path)?;
    if files.iter().any(|file| is_archive(file)) {
        return Ok(true);
    }
    let masks = files.iter().filter(|file| !file.is_dir());
    let has_mask = masks.map(|file| formats.input(file)).any(|input| !matches!(input, Ok(None)));
    Ok(!has_mask && files.iter().any(|file| file.is_dir()))
}

/// Compares the cases of the folder `second` with those of the folder `first`, the references. Every archive, every folder and every
/// mask file directly inside is a case, called without what tells its format. `each` is told of every case that was compared, and how
/// many there are.
///
/// A case that cannot be compared does not end the work.
///
/// # Errors
/// A folder that cannot be read, two cases of one name in one folder, and folders without a common case.
pub fn compare_folders(
    first: &Path,
    second: &Path,
    texts: &[impl AsRef<str>],
    case_options: &CaseOptions,
    options: &CompareOptions,
    mut each: impl FnMut(&str, usize),
) -> Result<CasesComparison> {
    let mut others = cases_of(second, &case_options.formats)?;
    let mut comparison = CasesComparison {
        cases: Vec::new(),
        only_in_first: Vec::new(),
        only_in_second: Vec::new(),
    };
    let mut pairs = Vec::new();
    for (name, path) in cases_of(first, &case_options.formats)? {
        match others.remove(&name) {
            Some(other) => pairs.push((name, path, other)),
            None => comparison.only_in_first.push(name),
        }
    }
    comparison.only_in_second.extend(others.into_keys());
    if pairs.is_empty() {
        return Err(Error::NoCommonCase { first: first.to_owned(), second: second.to_owned() });
    }
    let count = pairs.len();
    for (name, path, other) in pairs {
        check_stop(&options.stop)?;
        let open = |path: &Path| Case::open(path, case_options);
        let both = open(&path).and_then(|first| Ok((first, open(&other)?)));
        let mut result =
            both.and_then(|(first, second)| compare(&first, &second, texts, options, |_| {}));
        if let Ok(Comparison { masks, .. }) = &mut result {
            // A file of one mask calls it as the case, and means are over structures of one name.
            masks
                .iter_mut()
                .filter(|mask| mask.name == name)
                .for_each(|mask| mask.name = MASK.to_owned());
        }
        each(&name, count);
        comparison.cases.push(ComparedCase { name, result });
    }
    Ok(comparison)
}

fn cases_of(folder: &Path, formats: &Formats) -> Result<BTreeMap<String, PathBuf>> {
    let mut cases: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in files_in(folder)? {
        let Some(name) = case_name(&path, formats)? else { continue };
        if let Some(known) = cases.insert(name.clone(), path.clone()) {
            return Err(Error::DuplicateName { name, first: known, second: path });
        }
    }
    Ok(cases)
}

/// `None` for a file that is no mask file.
fn case_name(path: &Path, formats: &Formats) -> Result<Option<String>> {
    let not_unicode = || Error::NameNotUnicode { path: path.to_owned() };
    let text = |name: Option<&std::ffi::OsStr>| {
        name.and_then(|name| name.to_str()).map(str::to_owned).ok_or_else(not_unicode)
    };
    if path.is_dir() {
        return text(path.file_name()).map(Some);
    }
    if is_archive(path) {
        return text(path.file_stem()).map(Some);
    }
    Ok(formats.input(path)?.map(|input| input.name))
}
