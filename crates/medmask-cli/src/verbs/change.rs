//! `medmask rm`, `medmask mv` and `medmask compact`.

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::medmask_archive::Ownership;
use medmask::medmask_core::quoted;
use medmask::{Selection, groups, select, select_one};

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
        let chosen = select(writer.archive(), &self.names)?;
        let entries = chosen.iter().map(whole_entry).collect::<Result<Vec<_>>>()?;
        for entry in entries {
            writer.remove(entry)?;
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

/// The entry that the mask is, which must be a whole one.
fn whole_entry(mask: &Selection) -> Result<&str> {
    let reason = match (mask.entry(), mask.label()) {
        (Some(entry), None) => return Ok(entry),
        (Some(entry), Some(label)) => {
            format!("{} is a label of the entry {}", quoted(label), quoted(entry))
        }
        (None, _) if mask.is_group() => {
            format!("{} is a group, which `medmask group` removes", quoted(&mask.name()))
        }
        (None, _) => format!("{} is an expression", quoted(&mask.name())),
    };
    Err(Failure::usage(format!("{reason}; only whole entries are taken out or renamed")))
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
new name, too; all other labels keep theirs. Groups that name the entry get the new name, and you
are told of those whose patterns no longer match it.")]
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
        if writer.archive().entry(&self.old).is_err()
            && let Ok(mask) = select_one(writer.archive(), &self.old)
        {
            whole_entry(&mask)?;
        }
        let renamed = groups::rename(&mut writer, &self.old, &self.new)?;
        writer.commit()?;
        for group in &renamed.rewritten {
            output::note(format!("the group {} has the new name", quoted(group)));
        }
        for group in &renamed.lost {
            output::note(format!("no pattern of the group {} matches the new name", quoted(group)));
        }
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
