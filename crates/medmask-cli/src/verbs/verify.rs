//! `medmask verify`.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::medmask_archive::{Verification, verify_with};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::output::{self, plural};
use crate::progress;

/// Check every checksum of an archive
#[derive(Args)]
#[command(long_about = "\
Check every checksum of an archive.

With --deep every mask is also decoded, and its voxels are compared with the counts, boxes and
sums in the index. Files of format version 1 have no checksums; of them every mask is decoded.
Exits with 1 where anything is wrong.")]
#[command(after_long_help = "\
EXAMPLES
  medmask verify case.mska
  medmask verify case.mska --deep --json")]
pub struct Verify {
    /// The archive
    archive: PathBuf,
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
        let path = &self.archive;
        let bar = progress::bar(0);
        let step = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let found = verify_with(path, &self.memory.open_options(), self.deep, step);
        bar.finish_and_clear();
        let found = found?;
        if self.json {
            output::print_json(&to_json(&found, path))?;
        } else {
            for problem in &found.problems {
                let entry =
                    problem.entry.as_ref().map_or_else(String::new, |name| format!("{name}: "));
                output::print(&format!("{entry}{}\n", problem.error))?;
            }
        }
        match found.problems.len() {
            0 if self.json => Ok(()),
            0 => output::print(&format!(
                "{}: whole; {} and {} of voxels checked\n",
                path.display(),
                plural(found.entries, "entry", "entries"),
                output::bytes(found.bytes),
            )),
            problems => Err(Failure::new(format!(
                "{}: {} found",
                path.display(),
                plural(problems, "problem", "problems")
            ))),
        }
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
