//! `medmask rm`, `medmask mv` and `medmask compact`.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::medmask_archive::Ownership;
use medmask::medmask_core::quoted;
use medmask::select;

use crate::failure::{Failure, Result};
use crate::opened::open_to_change;
use crate::output::{self, plural};

/// Take entries out of an archive
#[derive(Args)]
#[command(long_about = "\
Take entries out of an archive.

The entries are gone as soon as the command has ended; their bytes stay in the file until it is
compacted, which happens by itself where more is dead than alive. Where one name is not in the
archive nothing is taken out, nor where --compact fails.")]
#[command(after_long_help = "\
EXAMPLES
  medmask rm case.mska gallbladder
  medmask rm case.mska 'rib_*' --compact")]
pub struct Rm {
    /// The archive
    archive: PathBuf,
    /// Names of entries, or patterns with * ? [ ] { }
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Give the bytes back at once
    #[arg(long)]
    compact: bool,
}

impl Rm {
    pub fn run(self) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        let chosen = select(writer.archive().entries(), &self.names)?;
        if let Some((label, entry)) =
            chosen.iter().find_map(|one| Some((one.label()?, one.entry())))
        {
            return Err(Failure::usage(format!(
                "{} is a label of the entry {}; only whole entries are taken out",
                quoted(label),
                quoted(entry)
            )));
        }
        for one in &chosen {
            writer.remove(one.entry())?;
        }
        if self.compact {
            // In one step: where there is no room for the new file nothing is taken out.
            note_owner(&self.archive, writer.compact()?);
        } else {
            writer.commit()?;
        }
        let left = writer.archive().entries().len();
        output::print(&format!(
            "{} removed, {} left; {} dead\n",
            plural(chosen.len(), "entry", "entries"),
            output::count(left as u64),
            output::bytes(writer.archive().dead_bytes()),
        ))
    }
}

/// Tells where an archive that was written anew belongs to somebody else.
fn note_owner(archive: &Path, ownership: Ownership) {
    if ownership == Ownership::Changed {
        let archive = archive.display();
        output::note(format!(
            "{archive}: the new file belongs to you or your group; who may give files away can change that"
        ));
    }
}

/// Give an entry of an archive another name
#[derive(Args)]
#[command(long_about = "\
Give an entry of an archive another name, under which it is listed last.

Its voxels are not written again. A label that is its only one and is called as the entry gets the
new name, too; all other labels keep theirs.")]
#[command(after_long_help = "\
EXAMPLES
  medmask mv case.mska livr liver")]
pub struct Mv {
    /// The archive
    archive: PathBuf,
    /// The name of the entry
    old: String,
    /// Its new name
    new: String,
}

impl Mv {
    pub fn run(self) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        writer.rename(&self.old, &self.new)?;
        writer.commit()?;
        output::print(&format!("{} is now {}\n", self.old, self.new))
    }
}

/// Write an archive anew without the bytes that no entry needs
#[derive(Args)]
#[command(long_about = "\
Write an archive anew without the bytes that no entry needs, its index in front.

Every entry is checked on the way. The new file takes the old one's place when it is whole; who
has the archive open keeps reading the state that he opened.

Permissions are kept, and owner and group where you may give files away. Extended attributes and
lists of access rights are not. A file of several names (hard links) is refused.")]
#[command(after_long_help = "\
EXAMPLES
  medmask compact case.mska")]
pub struct Compact {
    /// The archive
    archive: PathBuf,
}

impl Compact {
    pub fn run(self) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        let before = writer.archive().file_bytes();
        note_owner(&self.archive, writer.compact()?);
        let after = writer.archive().file_bytes();
        let (before, after) = (output::bytes(before), output::bytes(after));
        output::print(&format!("{}: {before} before, {after} now\n", self.archive.display()))
    }
}
