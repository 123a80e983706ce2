//! `medmask repair`.

use std::path::PathBuf;

use clap::Args;
use medmask::WriterOptions;
use medmask::adapter::Formats;
use medmask::medmask_archive::{IndexFound, Repair as Report, repair};
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::output::{self, plural};
use crate::output_names::check_archive;

/// Save every entry that is whole from a damaged archive
#[derive(Args)]
#[command(long_about = "\
Save every entry that is whole from a damaged archive, and list what is lost and why.

The damaged file is only read. Where its commit slots or its index are lost, it is searched for
entries, which describe themselves. Entries found in that way may have been removed on purpose
before the damage; they are named. Exits with 1 where anything is lost, or may be lost because
not even its name is left.")]
#[command(after_long_help = "\
EXAMPLES
  medmask verify case.mska
  medmask repair case.mska -o saved.mska
  medmask repair case.mska -o saved.mska --like scan.nii.gz")]
pub struct Repair {
    /// The damaged archive
    archive: PathBuf,
    /// The archive to write: .mska, or .msk for a single mask
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Take the space of this archive or NIfTI file where the damaged one has no whole copy of its own
    #[arg(long, value_name = "FILE")]
    like: Option<PathBuf>,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Replace the output if it is there
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Repair {
    pub fn run(self, formats: &Formats) -> Result {
        check_archive(&self.output, formats)?;
        let options = WriterOptions::new().overwrite(self.force).max_memory(self.memory.bytes());
        let like = self.like.as_deref().map(|path| formats.read_reference(path)).transpose()?;
        let like = like.map(|reference| reference.placement.space);
        let report = repair(&self.archive, &self.output, options, like.as_ref())?;
        if self.json {
            self.print_json(&report)?;
        } else {
            self.print_text(&report)?;
        }
        let path = self.archive.display();
        match (report.lost.len(), report.index) {
            (0, IndexFound::Lost) => {
                Err(Failure::new(format!("{path}: what was lost cannot be known")))
            }
            (0, _) => Ok(()),
            (lost, _) => {
                let lost = plural(lost, "entry", "entries");
                Err(Failure::new(format!("{path}: {lost} lost")))
            }
        }
    }

    fn print_json(&self, report: &Report) -> Result {
        let lost = report.lost.iter();
        let lost = lost.map(|(name, error)| json!({"name": name, "reason": error.to_string()}));
        let lost: Vec<_> = lost.collect();
        // An empty list would say that nothing is lost, which only a whole index can.
        let is_known = !lost.is_empty() || report.index == IndexFound::Whole;
        output::print_json(&json!({
            "output": self.output.display().to_string(),
            "index": match report.index {
                IndexFound::Whole => "whole",
                IndexFound::Copied => "copied",
                _ => "lost",
            },
            "saved": report.saved,
            "found_without_index": report.found_without_index,
            "lost": is_known.then_some(lost),
            "problems": report.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))
    }

    fn print_text(&self, report: &Report) -> Result {
        for problem in &report.problems {
            output::print(&format!("{problem}\n"))?;
        }
        for (name, error) in &report.lost {
            output::print(&format!("lost {name}: {error}\n"))?;
        }
        for name in &report.found_without_index {
            output::print(&format!(
                "found {name} without the index; it may have been removed before\n"
            ))?;
        }
        match report.index {
            IndexFound::Whole => {}
            IndexFound::Copied => output::print(
                "the index was damaged: names, labels and metadata come from its copies and from the \
                 masks; colours and terminology codes are lost\n",
            )?,
            _ => output::print(
                "the index is lost: there may have been more entries, of which not even a name is left\n",
            )?,
        }
        let saved = plural(report.saved.len(), "entry", "entries");
        output::done(&format!("{}: {saved} saved\n", self.output.display()))
    }
}
