//! `medmask merge` and `medmask split`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use medmask::adapter::Formats;
use medmask::medmask_labels::read;
use medmask::{ArchiveWriter, MergeOptions, Selection, merge_into, select, split, vote_into};

use crate::failure::Result;
use crate::opened::open_to_change;
use crate::output::{self, count, plural};
use crate::verbs::change::check_entry;

/// Make one entry of several labels out of masks of an archive
#[derive(Args)]
#[command(long_about = "\
Make one entry of several labels out of masks of an archive.

Labels keep their numbers where no two masks share one, and else are numbered from 1 in the order of
the masks. Where masks overlap the later one wins. With --numbers a table gives the numbers, and the
label of the higher number wins. --first-wins turns either order around. What overlaps is printed.

With --vote majority the masks are drawings of the same labels by several raters, and each voxel gets
the label that most of them gave it; background has votes, too. Where several have the most votes it
becomes background, or the label that --tie names. Masks of one label each are drawings of one
structure, which gets the name of the new entry.

The masks stay in the archive, unless --remove takes the entries out that they are made of. Where
anything fails the archive is what it was.")]
#[command(after_long_help = "\
EXAMPLES
  medmask merge case.mska 'lung_*' --into lungs
  medmask merge case.mska liver spleen --into organs --numbers classes.json --remove
  medmask merge case.mska rater_a rater_b rater_c --into agreed --vote majority --tie tumour")]
pub struct Merge {
    /// The archive
    archive: PathBuf,
    /// Names of entries or labels, patterns with * ? [ ] { }, expressions, or groups
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// The name of the new entry
    #[arg(long, value_name = "NEW")]
    into: String,
    /// A table of labels that gives the numbers: JSON, or one of another program
    #[arg(long, value_name = "FILE", conflicts_with = "vote")]
    numbers: Option<PathBuf>,
    /// Where masks overlap the first one stays, with --numbers that of the lowest number
    #[arg(long, conflicts_with = "vote")]
    first_wins: bool,
    /// Give each voxel the label that most of the masks have there
    #[arg(long, value_name = "RULE")]
    vote: Option<Vote>,
    /// The label of voxels that several labels have the most votes for [default: background]
    #[arg(long, value_name = "LABEL", requires = "vote")]
    tie: Option<String>,
    /// Take the entries out that the masks are made of
    #[arg(long)]
    remove: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Vote {
    /// The label with the most votes
    Majority,
}

impl Merge {
    pub fn run(self, formats: &Formats) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        let chosen = select(writer.archive(), &self.names)?;
        let text = match self.vote {
            Some(Vote::Majority) => self.vote(&mut writer, &chosen, formats)?,
            None => self.merge(&mut writer, &chosen, formats)?,
        };
        writer.commit()?;
        output::done(&text)
    }

    fn merge(
        &self,
        writer: &mut ArchiveWriter,
        chosen: &[Selection],
        formats: &Formats,
    ) -> Result<String> {
        let mut options = MergeOptions::default();
        if let Some(path) = &self.numbers {
            let table = read(path, None)?;
            for note in &table.notes {
                output::note(format!("{}: {note}", path.display()));
            }
            options.numbers = Some(table.labels);
        }
        options.first_wins = self.first_wins;
        let merged = merge_into(writer, chosen, &self.into, &options, formats, self.remove)?;
        note_all(&merged.notes);
        let labels = plural(merged.mask.labels.len(), "label", "labels");
        let mut text = format!("{} has {labels}", self.into);
        match merged.painted_over {
            0 => text.push_str("; nothing overlaps\n"),
            voxels => text.push_str(&format!("; {} voxels were painted over\n", count(voxels))),
        }
        for conflict in &merged.conflicts {
            let (kept, lost, voxels) = (&conflict.kept, &conflict.lost, count(conflict.voxels));
            text.push_str(&format!("  {kept} over {lost}: {voxels} voxels\n"));
        }
        Ok(text)
    }

    fn vote(
        &self,
        writer: &mut ArchiveWriter,
        chosen: &[Selection],
        formats: &Formats,
    ) -> Result<String> {
        let tie = self.tie.as_deref();
        let voted = vote_into(writer, chosen, &self.into, tie, formats, self.remove)?;
        note_all(&voted.notes);
        let labels = plural(voted.mask.labels.len(), "label", "labels");
        let (tied, tie) = (count(voted.tied), tie.unwrap_or("background"));
        Ok(format!("{} has {labels}; {tied} voxels were tied and became {tie}\n", self.into))
    }
}

fn note_all(notes: &[(String, String)]) {
    for (name, note) in notes {
        output::note(format!("{name}: {note}"));
    }
}

/// Make an entry out of each label of an entry
#[derive(Args)]
#[command(long_about = "\
Make an entry out of each label of an entry: a binary mask with the name of the label.

The entry stays in the archive, unless --remove takes it out. Where anything fails, a name that is
taken for example, the archive is what it was.")]
#[command(after_long_help = "\
EXAMPLES
  medmask split case.mska lobes
  medmask split case.mska lobes --prefix lobe_ --remove")]
pub struct Split {
    /// The archive
    archive: PathBuf,
    /// The name of the entry
    name: String,
    /// What the new names begin with
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    prefix: String,
    /// Take the entry out
    #[arg(long)]
    remove: bool,
}

impl Split {
    pub fn run(self, formats: &Formats) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        check_entry(writer.archive(), &self.name)?;
        let names = split(&mut writer, &self.name, &self.prefix, formats, self.remove)?;
        writer.commit()?;
        let entries = plural(names.len(), "entry", "entries");
        output::done(&format!("{} split into {entries}: {}\n", self.name, names.join(", ")))
    }
}
