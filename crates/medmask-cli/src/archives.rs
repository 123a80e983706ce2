//! Several archives on one command line, and names behind them.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use medmask::file_names::is_archive_name;
use serde::Serialize;
use serde_json::json;

use crate::failure::{Failure, Result, of_file};
use crate::output::{self, plural};

/// The archives of a verb that takes several, and the names to look for in each.
#[derive(Args, Default)]
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
        while let Some(path) = rest.next_if(|argument| is_archive_name(Path::new(argument))) {
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

/// Does `each` with every archive. Where it fails with one of several it tells and goes on; how many they were is the failure.
/// `action` is what could not be done, such as `listed`.
pub fn for_each(
    archives: &[PathBuf],
    action: &str,
    mut each: impl FnMut(&Path) -> Result,
) -> Result {
    if let [one] = archives {
        return each(one);
    }
    let mut failed = 0;
    for archive in archives {
        if let Err(failure) = each(archive) {
            failed += 1;
            if !failure.is_silent() {
                output::error(&Failure::new(of_file(archive, &failure.to_string())));
            }
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!(
            "{failed} of {} could not be {action}",
            plural(archives.len(), "archive", "archives")
        ))),
    }
}

/// JSON of one archive, or of several as `{"archives": [...]}`, one after the other.
pub struct Elements {
    several: bool,
    printed: usize,
}

impl Elements {
    pub fn new(archives: &[PathBuf]) -> Self {
        Self { several: archives.len() > 1, printed: 0 }
    }

    /// What stands before the next element.
    pub fn before(&mut self) -> &'static str {
        self.printed += 1;
        match (self.several, self.printed) {
            (false, _) => "",
            (true, 1) => "{\"archives\":[\n",
            (true, _) => ",\n",
        }
    }

    /// Prints the element of an archive.
    pub fn add(&mut self, value: &impl Serialize) -> Result {
        output::print(self.before())?;
        output::print_json(value)
    }

    /// As [`add`](Self::add), for an archive where something failed; of one alone the failure says all.
    pub fn add_failed(&mut self, archive: &Path, failure: &Failure) -> Result {
        if !self.several {
            return Ok(());
        }
        self.add(&json!({"path": archive.to_string_lossy(), "error": failure.to_string()}))
    }

    pub fn finish(self) -> Result {
        output::print(if self.several { "]}\n" } else { "" })
    }
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
