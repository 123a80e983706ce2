//! What the library does with selections, for masks that a test knows by name.

use std::path::Path;

use medmask::adapter::Formats;
use medmask::{AnyArchive, Error, ExtractOptions, Extracted, Merged, select};

pub fn extract(
    archive: &AnyArchive,
    name: &str,
    path: &Path,
    options: &ExtractOptions,
) -> Result<Extracted, Error> {
    medmask::extract(archive, &select(archive, &[name])?[0], path, options)
}

pub fn extract_to_folder(
    archive: &AnyArchive,
    names: &[impl AsRef<str>],
    folder: &Path,
    suffix: &str,
    options: &ExtractOptions,
) -> Result<Extracted, Error> {
    let chosen = select(archive, names)?;
    medmask::extract_to_folder(archive, &chosen, folder, suffix, options, |_| ())
}

pub fn merge(
    archive: &AnyArchive,
    names: &[impl AsRef<str>],
    name: &str,
    formats: &Formats,
) -> Result<Merged, Error> {
    let chosen = select(archive, names)?;
    medmask::merge(archive, &chosen, name, formats, |_| ())
}
