//! `medmask repair`.

use std::path::PathBuf;

use clap::Args;
use medmask::WriterOptions;
use medmask::medmask_archive::repair;
use serde_json::json;

use crate::failure::Result;
use crate::output::{self, plural};

/// Save every entry that is whole from a damaged archive
#[derive(Args)]
#[command(long_about = "\
Save every entry that is whole from a damaged archive, and list what is lost and why.

The damaged file is only read. Where its commit slots or its index are lost, it is searched for
entries, which describe themselves. Entries found in that way may have been removed on purpose
before the damage; they are named. Exits with 0 also where something is lost: the list says so.")]
#[command(after_long_help = "\
EXAMPLES
  medmask verify case.mska
  medmask repair case.mska -o saved.mska")]
pub struct Repair {
    /// The damaged archive
    archive: PathBuf,
    /// The archive to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the output if it is there
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Repair {
    pub fn run(self) -> Result {
        let options = WriterOptions::new().overwrite(self.force);
        let report = repair(&self.archive, &self.output, options)?;
        if self.json {
            let lost = report.lost.iter();
            return output::print_json(&json!({
                "output": self.output.display().to_string(),
                "saved": report.saved,
                "found_without_index": report.found_without_index,
                "lost": lost
                    .map(|(name, error)| json!({"entry": name, "error": error.to_string()}))
                    .collect::<Vec<_>>(),
                "problems": report.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }));
        }
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
        output::print(&format!(
            "{}: {} saved, {} lost\n",
            self.output.display(),
            plural(report.saved.len(), "entry", "entries"),
            report.lost.len()
        ))
    }
}
