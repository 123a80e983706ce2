//! `medmask labels`.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::adapter::Formats;
use medmask::medmask_files::{Durability, write_whole};
use medmask::medmask_labels as labels;
use medmask::{AnyArchive, merged_labels, select};
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};
use crate::opened::{self, Listed};
use crate::output;
use crate::output_names::check_no_mask;
use crate::table_format::TableFormat;

/// Write the names of labels for other programs
#[derive(Args)]
#[command(long_about = "\
Write the names of labels for other programs.

As json all tables are written, under the names of their entries. The other formats hold one
table: name one entry, or take with --merge the table of the volume that `medmask extract --merge`
writes. Slicer and FreeSurfer have no spaces in names; they become _.")]
#[command(after_long_help = "\
EXAMPLES
  medmask labels case.mska
  medmask labels case.mska lobes --format slicer -o lobes.ctbl
  medmask labels case.mska --merge --format itksnap -o combined.label")]
pub struct Labels {
    /// The archive
    archive: PathBuf,
    /// Names of entries or labels, patterns with * ? [ ] { }, expressions, or groups [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The format of the table
    #[arg(long, default_value = "json")]
    format: TableFormat,
    /// One table, numbered as `medmask extract --merge` numbers labels
    #[arg(long)]
    merge: bool,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    force: bool,
}

impl Labels {
    pub fn run(self, formats: &Formats) -> Result {
        if let Some(path) = &self.output {
            check_no_mask(path, "a table of labels", formats)?;
        }
        let archive = opened::open(&self.archive)?;
        let selections = select(&archive, &self.names)?;
        let chosen = opened::chosen(&archive, &self.names)?;
        let several = chosen.len() > 1 || self.names.is_empty();
        if several && self.format == TableFormat::Json && !self.merge {
            let all = serde_json::to_string_pretty(&all(&archive, &chosen)?)
                .map_err(|error| Failure::new(format!("a table is no JSON: {error}")))?;
            let Some(path) = &self.output else { return output::print(&format!("{all}\n")) };
            let text = format!("{all}\n");
            write_whole(path, text.as_bytes(), self.force, Durability::Buffered)?;
            return told(path);
        }
        let labels = match &chosen[..] {
            _ if self.merge => merged_labels(&archive, &selections)?,
            [one] => one.label_map(&archive)?,
            chosen => {
                return Err(Failure::usage(format!(
                    "{} entries are chosen, and this holds one table; name one entry, or use --merge",
                    chosen.len()
                )));
            }
        };
        let format = self.format.into();
        if let Some(path) = &self.output {
            labels::write(path, format, &labels, self.force)?;
            return told(path);
        }
        let text =
            labels::format(&labels, format).map_err(|problem| Failure::new(problem.to_string()))?;
        output::print(&format!("{}\n", text.trim_end_matches('\n')))
    }
}

fn told(path: &Path) -> Result {
    output::done(&format!("{} written\n", path.display()))
}

/// An object of the names and numbers of each entry.
fn all(archive: &AnyArchive, chosen: &[Listed<'_>]) -> Result<Map<String, Value>> {
    let mut all = Map::new();
    for one in chosen {
        let labels = one.label_map(archive)?;
        let labels: Map<String, Value> =
            labels.iter().map(|(name, label)| (name.to_owned(), label.into())).collect();
        all.insert(one.name(), labels.into());
    }
    Ok(all)
}
