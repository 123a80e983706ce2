//! `medmask verify`.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::Archive;
use medmask::medmask_archive::{ArchiveError, FormatError, Problem, Verification, verify_with};
use serde_json::{Value, json};

use crate::archives::{self, Elements};
use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::output::{self, plural};
use crate::progress;

/// Check every checksum of archives
#[derive(Args)]
#[command(long_about = "\
Check every checksum of archives.

With --deep every mask is also decoded, and its voxels are compared with the counts, boxes and
sums in the index. Files of format version 1 have no checksums; of them every mask is decoded.
Exits with 1 where anything is wrong; of several archives all are checked.")]
#[command(after_long_help = "\
EXAMPLES
  medmask verify case.mska
  medmask verify case.mska --deep --json
  medmask verify cohort/*.mska --quiet")]
pub struct Verify {
    /// The archives
    #[arg(required = true, value_name = "ARCHIVE")]
    archives: Vec<PathBuf>,
    /// Decode every mask too
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(self) -> Result {
        let mut elements = Elements::new(&self.archives);
        let checked = archives::for_each(&self.archives, "found whole", |path| {
            let found = self.check(path);
            if self.json {
                match &found {
                    Ok(found) => elements.add(&to_json(found, path))?,
                    Err(failure) => elements.add_failed(path, failure)?,
                }
            }
            let found = found?;
            if !self.json {
                print_text(&found, path)?;
            }
            match found.problems.len() {
                0 => Ok(()),
                problems => Err(Failure::new(format!(
                    "{}: {} found{}",
                    path.display(),
                    plural(problems, "problem", "problems"),
                    hint(path)
                ))),
            }
        });
        if self.json {
            elements.finish()?;
        }
        checked
    }

    fn check(&self, path: &Path) -> Result<Verification> {
        let bar = progress::bar(0);
        let step = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let found = verify_with(path, &self.memory.open_options(), self.deep, step);
        bar.finish_and_clear();
        Ok(found?)
    }
}

/// What to do about damage: files of version 1 cannot be repaired.
fn hint(path: &Path) -> &'static str {
    match Archive::open(path) {
        Err(ArchiveError::Format { source: FormatError::UnsupportedVersion { .. }, .. }) => "",
        _ => "; `medmask repair` saves what is whole",
    }
}

/// The problems, or that there are none.
fn print_text(found: &Verification, path: &Path) -> Result {
    for problem in &found.problems {
        output::print(&format!("{}\n", problem_text(problem)))?;
    }
    if !found.problems.is_empty() {
        return Ok(());
    }
    output::done(&format!(
        "{}: whole; {} and {} of voxels checked\n",
        path.display(),
        plural(found.entries, "entry", "entries"),
        output::bytes(found.bytes),
    ))
}

/// The problem, with the entry where the error does not name it.
fn problem_text(problem: &Problem) -> String {
    let is_named = matches!(problem.error, ArchiveError::Format { entry: Some(_), .. });
    match &problem.entry {
        Some(name) if !is_named => format!("{name}: {}", problem.error),
        _ => problem.error.to_string(),
    }
}

fn to_json(found: &Verification, path: &Path) -> Value {
    let problems = found.problems.iter();
    json!({
        "path": path.display().to_string(),
        "whole": found.problems.is_empty(),
        "entries": found.entries,
        "checked_bytes": found.bytes,
        "problems": problems
            .map(|problem| json!({"entry": problem.entry, "error": problem.error.to_string()}))
            .collect::<Vec<_>>(),
    })
}
