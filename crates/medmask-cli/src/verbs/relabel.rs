//! `medmask relabel`.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::medmask_core::quoted;
use medmask::{RelabelTable, Relabelled, read_relabel_table, relabel, relabel_plan};

use crate::failure::{Failure, Result, of_file, text_of};
use crate::opened::{open, open_to_change};
use crate::output::{self, plural};

/// Rename and renumber entries and labels by a table
#[derive(Args)]
#[command(long_about = "\
Rename and renumber entries and labels by a table, in one archive or in many.

The table is JSON, {\"old\": \"new\"} with a name, a number or {\"name\": …, \"number\": …} on the
right, or lines of old name, new name and number between commas or tabs; what is empty is kept. An
old name is that of an entry or a label, or entry/label. In it * stands for any text and ? for a
character, and each * of the new name for what that of the old one stood for. Of the rows that fit a
name the first counts.

A label that is called as its entry and is its only one goes with it. Groups follow new names of
entries. All archives are looked at before the first is changed, and each is changed as a whole or
not at all. Rows that fit nothing in any of them are listed.")]
#[command(after_long_help = "\
EXAMPLES
  medmask relabel cases/*.mska --table names.csv
  medmask relabel case.mska --table names.json --dry-run")]
pub struct Relabel {
    /// The archives
    #[arg(required = true, value_name = "ARCHIVE")]
    archives: Vec<PathBuf>,
    /// The table of old and new names
    #[arg(long, value_name = "FILE")]
    table: PathBuf,
    /// Tell what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Relabel {
    pub fn run(self) -> Result {
        let table = read_relabel_table(&self.table)?;
        let plans: Vec<Relabelled> = self
            .archives
            .iter()
            .map(|path| {
                relabel_plan(&open(path)?, &table).map_err(|error| in_archive(path, &error))
            })
            .collect::<Result<_>>()?;
        for (path, plan) in self.archives.iter().zip(&plans) {
            let is_changed = !(plan.entries.is_empty() && plan.labels.is_empty());
            if is_changed && !self.dry_run {
                change(path, &table)?;
            }
            let tell = if self.dry_run { output::print } else { output::done };
            tell(&told(path, plan))?;
        }
        for (place, row) in table.rows.iter().enumerate() {
            if !plans.iter().any(|plan| plan.fits[place]) {
                output::note(format!("{} fits nothing", quoted(&row.old)));
            }
        }
        Ok(())
    }
}

fn in_archive(path: &Path, error: &medmask::Error) -> Failure {
    Failure::new(of_file(path, &text_of(error)))
}

fn change(path: &Path, table: &RelabelTable) -> Result {
    let mut writer = open_to_change(path)?;
    let changed = relabel(&mut writer, table).map_err(|error| in_archive(path, &error))?;
    writer.commit()?;
    for group in &changed.lost {
        output::note(format!("no pattern of the group {} matches the new name", quoted(group)));
    }
    Ok(())
}

/// What is changed in an archive, one line each.
fn told(path: &Path, plan: &Relabelled) -> String {
    let entries = plural(plan.entries.len(), "entry", "entries");
    let labels = plural(plan.labels.len(), "label", "labels");
    let mut text = format!("{}: {entries} renamed, {labels} changed\n", path.display());
    for (old, new) in &plan.entries {
        text.push_str(&format!("  {old} -> {new}\n"));
    }
    for change in &plan.labels {
        let name = change.new_name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let (entry, old, new) = (&change.entry, change.number, change.new_number);
        text.push_str(&format!("  {entry}: {old} -> {new}{name}\n"));
    }
    text
}
