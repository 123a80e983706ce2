//! `medmask labels`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use medmask::medmask_nifti::label_files::{LabelFileFormat, format_labels, write_label_file};
use medmask::{Archive, LabelMap, merged_labels, select};
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};
use crate::{opened, output};

/// Write the names of labels for other programs
#[derive(Args)]
#[command(long_about = "\
Write the names of labels for other programs.

As json all tables are printed, under the names of their entries. The other formats hold one
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
    /// Names of entries, or patterns with * ? [ ] { } [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The format of the table
    #[arg(long, default_value = "json")]
    format: Format,
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Names and numbers
    Json,
    /// ITK-SNAP's label description
    #[value(alias = "itk-snap")]
    Itksnap,
    /// 3D Slicer's colour table (.ctbl)
    Slicer,
    /// FreeSurfer's look-up table
    Freesurfer,
    /// BIDS's dseg.tsv
    Bids,
    /// The dataset.json of TotalSegmentator and nnU-Net
    #[value(alias = "dataset", alias = "nnunet")]
    Totalsegmentator,
}

impl From<Format> for LabelFileFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Itksnap => Self::ItkSnap,
            Format::Slicer => Self::Slicer,
            Format::Freesurfer => Self::FreeSurfer,
            Format::Bids => Self::Bids,
            Format::Totalsegmentator => Self::Dataset,
        }
    }
}

impl Labels {
    pub fn run(self) -> Result {
        let archive = opened::open(&self.archive)?.archive;
        let names = select::entries(&archive, &self.names)?;
        let labels = match &names[..] {
            names if self.merge => merged_labels(&archive, names)?,
            names
                if self.format == Format::Json
                    && self.output.is_none()
                    && (names.len() > 1 || self.names.is_empty()) =>
            {
                return print_all(&archive, names);
            }
            [name] => labels_of(&archive, name)?,
            names => {
                return Err(Failure::usage(format!(
                    "{} entries are chosen, and this holds one table; name one entry, or use --merge",
                    names.len()
                )));
            }
        };
        let format = self.format.into();
        let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
        match &self.output {
            Some(path) => {
                write_label_file(path, format, &labels, self.force)
                    .map_err(|error| failed(&error))?;
                output::print(&format!("{} written\n", path.display()))
            }
            None => {
                let text = format_labels(&labels, format).map_err(|error| failed(&error))?;
                output::print(&format!("{}\n", text.trim_end_matches('\n')))
            }
        }
    }
}

fn labels_of(archive: &Archive, name: &str) -> Result<LabelMap> {
    archive.entry(name)?.label_map().map_err(|error| Failure::new(format!("{name:?}: {error}")))
}

/// An object of the names and numbers of each entry.
fn print_all(archive: &Archive, names: &[String]) -> Result {
    let mut all = Map::new();
    for name in names {
        let labels = labels_of(archive, name)?;
        let labels: Map<String, Value> =
            labels.iter().map(|(name, label)| (name.to_owned(), label.into())).collect();
        all.insert(name.clone(), labels.into());
    }
    output::print_json(&all.into())
}
