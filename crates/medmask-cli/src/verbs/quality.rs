//! The page for quality control that `medmask view --html` makes of several archives.

use std::ffi::OsStr;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use medmask::PictureOptions;
use medmask::medmask_files::{Access, Draft, Durability, check_output};
use medmask_viewer::quality::{Case, Names, QualityPage};

use crate::archives::{self, subjects};
use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::output::{self, plural};
use crate::{opened, progress};

/// What the page shows.
pub struct Cases<'a> {
    pub archives: &'a [PathBuf],
    pub names: &'a [String],
    pub drawing: PictureOptions<'static>,
    pub memory: MemoryLimit,
}

impl Cases<'_> {
    /// Writes the page, whole or not at all. Cases that fail have their rows, and are counted in the failure.
    pub fn write(&self, path: &Path, force: bool) -> Result {
        check_name(path)?;
        check_output(path, force)?;
        let mut draft = Draft::beside(path, Access::Usual)?;
        let mut names = Names::new(self.names);
        let written = self.write_to(draft.file_mut(), path, &mut names);
        let told = written
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
        if let Some(missing) = names.missing_everywhere() {
            return Err(Failure::new(format!("in no archive: {}", Failure::from(missing))));
        }
        draft.publish(force, Durability::Full)?;
        let cases = plural(self.archives.len(), "case", "cases");
        output::done(&format!("{}: {cases}\n", path.display()))?;
        told
    }

    /// The outer result is that of writing, the inner one that of the cases.
    fn write_to(&self, out: impl Write, path: &Path, names: &mut Names<'_>) -> io::Result<Result> {
        let title = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut page = QualityPage::begin(BufWriter::new(out), &title)?;
        let mut written = Ok(());
        let mut subjects = subjects(self.archives).into_iter();
        let bar = progress::bar(self.archives.len());
        let told = archives::for_each(self.archives, "shown", |archive| {
            let subject = subjects.next().unwrap_or_default();
            bar.set_message(subject.clone());
            let mut case = Case::new(subject, archive.to_string_lossy());
            case.state = state(archive);
            let filled = self.fill(&mut case, archive, names);
            case.problem = filled.as_ref().err().map(Failure::to_string);
            if written.is_ok() {
                written = page.add(&case);
            }
            bar.inc(1);
            filled
        });
        bar.finish_and_clear();
        written?;
        page.finish()?.flush()?;
        Ok(told)
    }

    /// Tells of the case what can be told; where that is not all, the failure says why.
    fn fill(&self, case: &mut Case, path: &Path, names: &mut Names<'_>) -> Result {
        let archive = opened::open_with(path, &self.memory.open_options())?;
        let selections = names.select(&archive)?;
        Ok(case.fill(&archive, &selections, &self.drawing)?)
    }
}

/// Refuses a file that no browser would take for a page.
pub fn check_name(path: &Path) -> Result {
    let is_page =
        |suffix: &OsStr| ["html", "htm"].iter().any(|own| suffix.eq_ignore_ascii_case(own));
    if path.extension().is_some_and(is_page) {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::usage(format!("{path}: a page's name must end in .html")))
}

/// Another one as soon as the file was written again: bytes, and when.
fn state(path: &Path) -> String {
    let Ok(found) = path.metadata() else { return String::new() };
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default();
    format!("{} {}.{:09}", found.len(), modified.as_secs(), modified.subsec_nanos())
}
