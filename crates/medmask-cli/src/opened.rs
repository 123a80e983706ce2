//! Opening an archive of either version for reading.

use std::fs::File;
use std::path::Path;

use medmask::medmask_archive::{
    AnyArchive, ArchiveError, Durability, FormatError, TargetVersion, convert,
};
use medmask::{Archive, WriterOptions};

use crate::failure::{Failure, Result};
use crate::output;

/// An archive that can be asked everything.
pub struct Opened {
    /// The archive; of version 1 a conversion, which is deleted when it is closed.
    pub archive: Archive,
    /// The version of the file: `1.0` or `2.0`.
    pub format_version: &'static str,
    /// Bytes of the file.
    pub file_bytes: u64,
}

/// Opens the archive at `path`.
pub fn open(path: &Path) -> Result<Opened> {
    match Archive::open(path) {
        Ok(archive) => {
            if let Some(damage) = archive.damage() {
                output::note(format!(
                    "{}: {damage}; what was committed before that is whole",
                    path.display()
                ));
            }
            let file_bytes = archive.file_bytes();
            Ok(Opened { archive, format_version: "2.0", file_bytes })
        }
        Err(ArchiveError::Format {
            source: FormatError::UnsupportedVersion { major: 1, .. },
            ..
        }) => open_version1(path),
        Err(error) => Err(error.into()),
    }
}

/// Version 1 has no statistics and one way to load, so all that is asked of it is asked of a conversion.
fn open_version1(path: &Path) -> Result<Opened> {
    let failed =
        |error: std::io::Error| Failure::new(format!("cannot convert {}: {error}", path.display()));
    let format_version = AnyArchive::open(path)?.format_version();
    let folder = tempfile::tempdir().map_err(failed)?;
    let converted = folder.path().join("converted.mska");
    let options = WriterOptions { durability: Durability::Buffered, ..WriterOptions::default() };
    convert(path, &converted, TargetVersion::Version2, None, options, |_, _| {})?;
    let archive = Archive::from_storage(File::open(&converted).map_err(failed)?, path)?;
    let file_bytes = path.metadata().map_err(failed)?.len();
    output::note(format!(
        "{} is of format version {format_version} and was converted to be read; `medmask convert` makes it version 2",
        path.display()
    ));
    Ok(Opened { archive, format_version, file_bytes })
}
