//! `medmask ls`.

mod csv;
mod json;
mod listing;
mod text;

use std::collections::HashSet;
use std::io::IsTerminal;
use std::path::Path;

use clap::{Args, ValueEnum};
use medmask::AnyArchive;
use medmask::groups::{self, Group};

use super::group;
use crate::archives::{self, ArchivesAndNames, Elements, subjects};
use crate::failure::Result;
use crate::{opened, output};

use listing::{Line, Listing, Subject};
pub use listing::{bounds_json, bounds_text};

/// List the masks of archives
#[derive(Args)]
#[command(long_about = "\
List the masks of archives: labels, voxels, volume in mL, bounding box, type, codec and bytes.

All stands in the archive's index, but what expressions name and what is counted of many small
labels: these are decoded. Boxes are half-open, along z, y and x. Entries with equal voxels share their bytes, and each shows them; of
those stored as labels of one volume each shows its part.
The archive's groups come last, and what is missing for them.")]
#[command(after_long_help = "\
EXAMPLES
  medmask ls case.mska
  medmask ls case.mska 'lung_*' --json
  medmask ls case.mska --non-empty --sort bytes
  medmask ls cohort/*.mska --csv > masks.csv
  for name in $(medmask ls -1 case.mska); do echo \"$name\"; done")]
pub struct Ls {
    #[command(flatten)]
    inputs: ArchivesAndNames,
    /// Print the names of entries and nothing else, one a line; those of several archives once
    #[arg(short = '1', long = "names", conflicts_with_all = ["json", "csv"])]
    names_alone: bool,
    /// Leave out labels without voxels, and entries of such labels alone
    #[arg(long)]
    non_empty: bool,
    /// Sort by name, by voxels or by bytes, the largest first [default: as they are stored]
    #[arg(long, value_name = "ORDER")]
    sort: Option<Sort>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV: a row for each label, with the subject where there are several archives
    #[arg(long)]
    csv: bool,
}

/// An order of entries.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    Name,
    Voxels,
    Bytes,
}

impl Ls {
    pub fn run(mut self) -> Result {
        let (archives, names) = std::mem::take(&mut self.inputs).split()?;
        let mut elements = Elements::new(&archives);
        let mut printed = Printed::default();
        let mut subjects = subjects(&archives).into_iter();
        let several = archives.len() > 1;
        let listed = archives::for_each(&archives, "listed", |path| {
            let subject = subjects.next().filter(|_| several);
            let subject = subject.as_deref().map(|name| Subject { name, archive: path });
            let listed = self.list(path, &names, subject.as_ref(), &mut elements, &mut printed);
            match listed {
                Err(failure) if self.json => {
                    elements.add_failed(path, &failure)?;
                    Err(failure)
                }
                listed => listed,
            }
        });
        if self.json {
            elements.finish()?;
        }
        listed
    }

    fn list(
        &self,
        path: &Path,
        names: &[String],
        subject: Option<&Subject<'_>>,
        elements: &mut Elements,
        printed: &mut Printed,
    ) -> Result {
        let archive = opened::open(path)?;
        let listing = self.listing(&archive, names)?;
        if self.names_alone {
            return printed.names(&listing);
        }
        let is_first = !std::mem::replace(&mut printed.any, true);
        if self.json {
            return json::print(&listing, elements.before(), subject);
        }
        if self.csv {
            return csv::print(&listing, is_first, subject);
        }
        if subject.is_some() {
            let gap = if is_first { "" } else { "\n" };
            output::print(&format!("{gap}{}:\n", output::printable(&path.to_string_lossy())))?;
        }
        text::print(&listing)?;
        group::print_below(&listing.groups)
    }

    /// What was chosen of the archive, filtered and sorted.
    fn listing<'a>(&self, archive: &'a AnyArchive, names: &[String]) -> Result<Listing<'a>> {
        let lines = opened::chosen(archive, names)?.into_iter();
        let mut lines = lines.map(|one| Line::of(one, archive)).collect::<Result<Vec<_>>>()?;
        if self.non_empty {
            lines.iter_mut().for_each(Line::leave_out_empty);
            lines.retain(|line| line.voxels() != Some(0));
        }
        // Of a file of version 1 no voxels are counted.
        match self.sort {
            Some(Sort::Name) => lines.sort_by(|a, b| a.name().cmp(b.name())),
            Some(Sort::Voxels) => {
                lines.sort_by_key(|line| std::cmp::Reverse(line.voxels().unwrap_or(0)));
            }
            Some(Sort::Bytes) => lines.sort_by_key(|line| std::cmp::Reverse(line.bytes())),
            None => {}
        }
        let groups = if names.is_empty() { groups_of(archive) } else { Vec::new() };
        Ok(Listing { lines, groups, space: archive.space() })
    }
}

/// What was printed of the archives before.
#[derive(Default)]
struct Printed {
    any: bool,
    names: HashSet<String>,
}

impl Printed {
    /// Names that were not printed before.
    fn names(&mut self, listing: &Listing<'_>) -> Result {
        // Programs get them as they are, and no terminal is steered by them.
        let on_terminal = std::io::stdout().is_terminal();
        let mut text = String::new();
        for name in listing.lines.iter().map(Line::name) {
            if self.names.insert(name.to_owned()) {
                let shown = if on_terminal { output::printable(name) } else { name.to_owned() };
                text.push_str(&shown);
                text.push('\n');
            }
        }
        output::print(&text)
    }
}

/// The groups; where they cannot be read, the rest is listed all the same.
fn groups_of(archive: &AnyArchive) -> Vec<Group> {
    groups::resolved(archive).unwrap_or_else(|error| {
        output::note(error);
        Vec::new()
    })
}
