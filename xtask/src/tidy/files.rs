//! Files of the repository.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::run::{Problem, root};

const MOST_LINES: usize = 500;
/// Nine in ten of the files under `crates/` have no more.
const MOST_LINES_OF_NINE_IN_TEN: usize = 260;

/// Rust files that are too long, alone or together.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    let mut of_crates = Vec::new();
    for path in with_extension("rs")? {
        let lines = std::fs::read_to_string(&path)?.lines().count();
        if lines > MOST_LINES {
            problems.push(format!("{} has {lines} lines, more than {MOST_LINES}", shown(&path)));
        }
        if path.starts_with(root().join("crates")) {
            of_crates.push(lines);
        }
    }
    let reached = nine_in_ten(of_crates);
    if reached > MOST_LINES_OF_NINE_IN_TEN {
        problems.push(format!(
            "one in ten files of the crates has {reached} lines or more; {MOST_LINES_OF_NINE_IN_TEN} is the most"
        ));
    }
    Ok(problems)
}

/// The least length that nine in ten lengths do not exceed.
fn nine_in_ten(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    let place = (lengths.len() * 9).div_ceil(10).saturating_sub(1);
    lengths.get(place).copied().unwrap_or(0)
}

/// All files with that extension but what Cargo built and npm installed, in the order of their paths.
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
            if name != "target"
                && name != "node_modules"
                && !name.to_string_lossy().starts_with('.')
            {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_in_ten_have_no_more() {
        assert_eq!(nine_in_ten((1..=10).rev().collect()), 9);
        assert_eq!(nine_in_ten((1..=11).collect()), 10);
        assert_eq!(nine_in_ten(vec![7]), 7);
        assert_eq!(nine_in_ten(Vec::new()), 0);
    }
}
