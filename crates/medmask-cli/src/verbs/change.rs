//! `medmask rm`, `medmask mv` and `medmask compact`.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use medmask::medmask_archive::{Ownership, ReadAt};
use medmask::medmask_core::quoted;
use medmask::{Archive, Selection, WriterOptions, groups, select, select_one};

use crate::failure::{Failure, Result};
use crate::opened::{open_to_change, open_to_change_with};
use crate::output::{self, plural};
use crate::verbs::layering::Layering;

/// Take entries out of an archive
#[derive(Args)]
#[command(long_about = "\
Take entries out of an archive.

The entries are gone as soon as the command has ended; their bytes stay in the file until it is
compacted, which happens by itself where more is dead than alive. Where one name is not in the
archive nothing is taken out, nor where --compact fails. On a terminal you are asked where patterns
choose several entries or all of them.")]
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
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Rm {
    pub fn run(self) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        let chosen = select(writer.archive(), &self.names)?;
        let entries = chosen.iter().map(whole_entry).collect::<Result<Vec<_>>>()?;
        let all = writer.archive().entries().len();
        if !self.yes && !self.agreed(&entries, all)? {
            return Err(Failure::new("nothing is taken out"));
        }
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
        output::done(&format!(
            "{} removed, {} left; {} dead\n",
            plural(chosen.len(), "entry", "entries"),
            output::count(left as u64),
            output::bytes(writer.archive().dead_bytes()),
        ))
    }
}

impl Rm {
    /// Asks where patterns choose more than people may have meant, and somebody is there to answer.
    fn agreed(&self, entries: &[&str], all: usize) -> Result<bool> {
        let spelt_out = entries.iter().all(|entry| self.names.iter().any(|name| name == entry));
        let is_much = entries.len() > 1 || entries.len() == all;
        let somebody = io::stdin().is_terminal() && io::stderr().is_terminal();
        if spelt_out || !is_much || !somebody {
            return Ok(true);
        }
        let (number, archive) = (plural(entries.len(), "entry", "entries"), self.archive.display());
        let question = match entries.len() {
            number if number == all => format!("take all entries ({number}) out of {archive}?"),
            _ => format!("take {number} of {all} out of {archive}?"),
        };
        output::ask(&question)
    }
}

/// Says what `name` is where it is no entry of the archive.
pub fn check_entry<S: ReadAt>(archive: &Archive<S>, name: &str) -> Result {
    if archive.entry(name).is_err()
        && let Ok(mask) = select_one(archive, name)
    {
        whole_entry(&mask)?;
    }
    Ok(())
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
    Err(Failure::usage(format!("{reason}; name a whole entry")))
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
        check_entry(writer.archive(), &self.old)?;
        let renamed = groups::rename(&mut writer, &self.old, &self.new)?;
        writer.commit()?;
        for group in &renamed.rewritten {
            output::note(format!("the group {} has the new name", quoted(group)));
        }
        for group in &renamed.lost {
            output::note(format!("no pattern of the group {} matches the new name", quoted(group)));
        }
        output::done(&format!("{} is now {}\n", self.old, self.new))
    }
}

/// Write an archive anew without the bytes that no entry needs
#[derive(Args)]
#[command(long_about = "\
Write an archive anew without the bytes that no entry needs, its index in front.

Every entry is checked on the way. The new file takes the old one's place when it is whole; who
has the archive open keeps reading the state that he opened.

Masks that do not overlap may be stored as labels of one volume, or be taken apart again, as
--layers says: auto, where the archive gets smaller and, unless the codec is context, no mask takes
much longer to load; always; never.

Permissions are kept, and owner and group where you may give files away. Extended attributes and
lists of access rights are not. A file of several names (hard links) is refused.")]
#[command(after_long_help = "\
EXAMPLES
  medmask compact case.mska
  medmask compact case.mska --layers never")]
pub struct Compact {
    /// The archive
    archive: PathBuf,
    #[command(flatten)]
    layering: Layering,
}

impl Compact {
    pub fn run(self) -> Result {
        let options = WriterOptions::new().layers(Some(self.layering.layers()));
        let mut writer = open_to_change_with(&self.archive, options)?;
        let before = writer.archive().file_bytes();
        note_owner(&self.archive, writer.compact()?);
        let after = writer.archive().file_bytes();
        let (before, after) = (output::bytes(before), output::bytes(after));
        output::done(&format!("{}: {before} before, {after} now\n", self.archive.display()))
    }
}
