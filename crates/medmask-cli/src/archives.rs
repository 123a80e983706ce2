//! Several archives on one command line, and names behind them.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::{Failure, Result};

/// The archives of a verb that takes several, and the names to look for in each.
#[derive(Args)]
pub struct ArchivesAndNames {
    /// The archive; arguments directly after it that end in .mska or .msk are archives too
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// Names of entries or labels, entry/label, patterns with * ? [ ] { }, or expressions such as 'a + b' [default: all]
    #[arg(value_name = "NAME")]
    rest: Vec<OsString>,
}

impl ArchivesAndNames {
    /// The archives, of which there is one at least, and the names.
    pub fn split(self) -> Result<(Vec<PathBuf>, Vec<String>)> {
        let mut archives = vec![self.archive];
        let mut rest = self.rest.into_iter().peekable();
        while let Some(path) = rest.next_if(|argument| is_archive(argument)) {
            archives.push(path.into());
        }
        let name = |argument: OsString| {
            argument.into_string().map_err(|argument| {
                Failure::usage(format!("{}: names are Unicode", argument.display()))
            })
        };
        Ok((archives, rest.map(name).collect::<Result<_>>()?))
    }
}

/// Whether an argument behind the first archive is one too. A name that ends so stands in double quotes.
fn is_archive(argument: &OsStr) -> bool {
    let suffix = Path::new(argument).extension();
    suffix.is_some_and(|suffix| {
        ["mska", "msk"].iter().any(|known| suffix.eq_ignore_ascii_case(known))
    })
}

/// What to call each archive's subject: the file's name without its ending where these differ, else the folder's name where those
/// do, else the whole path.
pub fn subjects(archives: &[PathBuf]) -> Vec<String> {
    let stem = |path: &Path| Some(path.file_stem()?.to_string_lossy().into_owned());
    let folder = |path: &Path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned());
    distinct(archives, stem)
        .or_else(|| distinct(archives, folder))
        .unwrap_or_else(|| archives.iter().map(|path| path.display().to_string()).collect())
}

fn distinct(paths: &[PathBuf], name: impl Fn(&Path) -> Option<String>) -> Option<Vec<String>> {
    let names: Vec<String> = paths.iter().map(|path| name(path)).collect::<Option<_>>()?;
    let mut seen = HashSet::new();
    names.iter().all(|name| seen.insert(name.as_str())).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::subjects;

    #[test]
    fn subjects_are_told_apart() {
        for (paths, names) in [
            (&["a/s1.mska", "a/s2.mska"][..], &["s1", "s2"][..]),
            (&["s1/case.mska", "s2/case.mska"], &["s1", "s2"]),
            (&["s1/a/case.mska", "s2/a/case.mska"], &["s1/a/case.mska", "s2/a/case.mska"]),
            (&["case.mska", "s2/case.mska"], &["case.mska", "s2/case.mska"]),
            (&["case.mska"], &["case"]),
        ] {
            assert_eq!(subjects(&paths.iter().map(Into::into).collect::<Vec<_>>()), names);
        }
    }
}
