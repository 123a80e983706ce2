//! Completions: the shell asks the command what a word may become, and names of entries come from the archive on the line.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Arg;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{CompleteEnv, Shells};
use medmask::file_names::is_archive_name;
use medmask::{AnyArchive, groups};

/// The variable by which the script of a shell says which shell asks.
const VARIABLE: &str = "MEDMASK_COMPLETE";
const NAME: &str = "medmask";

/// Writes the script that has the shell `shell` ask; nothing for a shell that is not known.
pub fn write_script(shell: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let shells = Shells::builtins();
    let known = shells.completer(shell);
    known.map_or(Ok(()), |shell| shell.write_registration(VARIABLE, NAME, NAME, NAME, out))
}

/// Answers where a shell asks of `command`, and tells whether one did.
pub fn answer(arguments: &[OsString], command: fn() -> clap::Command) -> Result<bool, clap::Error> {
    if std::env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let mut words = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let archive = words.find(|word| is_archive_name(Path::new(word)) && Path::new(word).is_file());
    let archive = archive.map(PathBuf::from);
    let asked = CompleteEnv::with_factory(|| with_names(command(), archive.as_ref()));
    let folder = std::env::current_dir().ok();
    asked.var(VARIABLE).bin(NAME).completer(NAME).try_complete(arguments, folder.as_deref())
}

/// The command, whose arguments for names know those of `archive`.
fn with_names(command: clap::Command, archive: Option<&PathBuf>) -> clap::Command {
    let takes_names = |arg: &Arg| {
        let values = arg.get_value_names().unwrap_or_default();
        values.iter().any(|value| ["NAME", "OLD", "X", "Y"].contains(&value.as_str()))
    };
    let complete = |arg: Arg| match archive {
        Some(archive) if takes_names(&arg) => {
            let archive = archive.clone();
            arg.add(ArgValueCompleter::new(move |word: &OsStr| candidates(&archive, word)))
        }
        _ => arg,
    };
    command.mut_subcommands(|verb| verb.mut_args(complete))
}

/// Names that begin with `word`; where there are none, files, since archives and outputs stand in the same places.
fn candidates(archive: &Path, word: &OsStr) -> Vec<CompletionCandidate> {
    let names = word.to_str().map(|word| names(archive, word)).unwrap_or_default();
    if names.is_empty() {
        return PathCompleter::any().complete(word);
    }
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// Entries, groups, and, behind the name of an entry and a slash, its labels.
fn names(archive: &Path, word: &str) -> Vec<String> {
    let Ok(archive) = AnyArchive::open(archive) else { return Vec::new() };
    let mut names: Vec<String> = archive.entries().map(|entry| entry.name().to_owned()).collect();
    if let Ok(groups) = groups::resolved(&archive) {
        names.extend(groups.into_iter().map(|group| group.name));
    }
    for entry in archive.entries() {
        let of_entry = word.strip_prefix(entry.name()).is_some_and(|rest| rest.starts_with('/'));
        if of_entry {
            let labels = entry.labels().filter_map(|label| label.name);
            names.extend(labels.map(|label| format!("{}/{label}", entry.name())));
        }
    }
    names.retain(|name| name.starts_with(word));
    names
}
