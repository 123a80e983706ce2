//! The table of names that `--labels` gives.

use std::path::PathBuf;

use clap::Args;
use medmask::medmask_labels::{self, ParsedLabels};
use medmask::{LabelMap, PackOptions};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::output::{self, plural};
use crate::table_format::TableFormat;

/// Flags that say what labels are called.
#[derive(Args)]
pub struct LabelFlags {
    /// A file with names for labels
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// The format of that file [default: what its text and name say]
    #[arg(long, value_name = "FORMAT", requires = "labels")]
    labels_format: Option<TableFormat>,
    /// Most labels without names that a file may have: images have more, and masks of many parts
    #[arg(long, value_name = "N", default_value_t = PackOptions::default().max_made_names)]
    pub max_made_names: usize,
}

/// A table that was read.
pub struct LabelTable {
    path: PathBuf,
    parsed: ParsedLabels,
}

impl LabelFlags {
    /// Reads the table, and prints which format it was read as and what of it was left out.
    pub fn read(&self) -> Result<Option<LabelTable>> {
        let Some(path) = &self.labels else { return Ok(None) };
        let parsed = medmask_labels::read(path, self.labels_format.map(Into::into))?;
        let table = LabelTable { path: path.clone(), parsed };
        for (path, note) in table.notes() {
            output::note(format!("{}: {note}", path.display()));
        }
        Ok(Some(table))
    }
}

impl LabelTable {
    /// Gives its names to the options.
    pub fn set(&self, options: &mut PackOptions) {
        options.labels.clone_from(self.labels());
    }

    /// Its names and numbers.
    pub fn labels(&self) -> &LabelMap {
        &self.parsed.labels
    }

    /// What is worth knowing of it, first the format that it was read as.
    pub fn notes(&self) -> Vec<(PathBuf, String)> {
        let names = plural(self.labels().len(), "name", "names");
        let format = format!("read as a table of the format {}, {names}", self.parsed.format);
        let notes = self.parsed.notes.iter().map(ToString::to_string);
        std::iter::once(format).chain(notes).map(|note| (self.path.clone(), note)).collect()
    }

    /// The table as JSON: path, format and how many names.
    pub fn to_json(&self) -> Value {
        json!({
            "path": self.path.display().to_string(),
            "format": self.parsed.format.name(),
            "names": self.labels().len(),
        })
    }
}
