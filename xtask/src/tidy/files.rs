//! Files of the repository.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::run::{Problem, root};

const MOST_LINES: usize = 500;

/// Rust files that are too long.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    for path in with_extension("rs")? {
        let lines = std::fs::read_to_string(&path)?.lines().count();
        if lines > MOST_LINES {
            problems.push(format!("{} has {lines} lines, more than {MOST_LINES}", shown(&path)));
        }
    }
    Ok(problems)
}

/// All files with that extension but what Cargo built, in the order of their paths.
pub fn with_extension(extension: &str) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    collect(root(), extension, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> Result<(), Problem> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type()?.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                collect(&path, extension, files)?;
            }
        } else if path.extension() == Some(OsStr::new(extension)) {
            files.push(path);
        }
    }
    Ok(())
}

/// The path as seen from the root.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
