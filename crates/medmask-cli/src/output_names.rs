//! Names of outputs say what is in them: no archive is written under the name of a NIfTI file, and no table under that of an
//! archive. Libraries take any name.

use std::path::Path;

use medmask::adapter::Formats;
use medmask::file_names::is_archive_name;

use crate::failure::{Failure, Result};

/// Refuses to write an archive under any other name than that of one.
pub fn check_archive(path: &Path, formats: &Formats) -> Result {
    if is_archive_name(path) {
        return Ok(());
    }
    let hint = match formats.output(path) {
        Ok(_) => "; `medmask extract` writes files of that format",
        Err(_) => "",
    };
    let path = path.display();
    Err(Failure::usage(format!("{path}: the name of an archive must end in .mska or .msk{hint}")))
}

/// Refuses to write what holds no mask, which is `what`, under the name of a file that does.
pub fn check_no_mask(path: &Path, what: &str, formats: &Formats) -> Result {
    if !is_archive_name(path) && formats.output(path).is_err() {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::usage(format!(
        "{path}: this is the name of a file of masks, and {what} holds none"
    )))
}
