//! The `medmask` command as a library: flags and printing. What it does is in the crate [`medmask`].
//!
//! Programs with formats of their own, and packages of other languages, call [`run`]. Programs call [`remove_drafts_on_signals`]
//! before it.

mod archives;
mod command;
mod completing;
mod failure;
mod help;
mod image_reading;
mod memory_limit;
mod opened;
mod other_programs;
mod output;
mod output_names;
mod progress;
mod reading;
mod signals;
mod table;
mod table_format;
mod verbs;
mod world;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Id};
use medmask::adapter::Formats;

use command::Command;
use failure::Failure;

pub use signals::remove_drafts_on_signals;

/// Runs the command with `arguments`, of which the first is the name it was called by, and with the formats `formats`. Prints to
/// standard output and standard error, and gives the exit status: 0 where all went well, 1 where something failed, 2 for wrong
/// usage.
///
/// ```
/// use medmask::adapter::Formats;
///
/// assert_eq!(medmask_cli::run(["medmask", "--version"], &Formats::default()), 0);
/// assert_eq!(medmask_cli::run(["medmask", "unpack"], &Formats::default()), 2);
/// ```
#[must_use]
pub fn run<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    formats: &Formats,
) -> u8 {
    let started = Instant::now();
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    match completing::answer(&arguments, Command::command) {
        Ok(false) => {}
        Ok(true) => return 0,
        Err(error) => return print_usage(&error),
    }
    let command = match parsed(arguments) {
        Ok(command) => command,
        Err(code) => return code,
    };
    output::set_loudness(command.quiet, command.verbose);
    let code = match command.verb.run(formats, Command::fitted) {
        Ok(()) => 0,
        Err(failure) => {
            if !failure.is_silent() {
                output::error(&failure);
            }
            failure.exit_code()
        }
    };
    output::time_taken(started.elapsed());
    code
}

/// Help, the version, or what is wrong with the arguments. Gives the exit status.
fn print_usage(error: &clap::Error) -> u8 {
    // That nobody reads it is no failure.
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// What the arguments say; else the exit status, with all told.
fn parsed(arguments: Vec<OsString>) -> Result<Command, u8> {
    let usage = |error| print_usage(&error);
    let mut matches = Command::fitted().try_get_matches_from(arguments).map_err(usage)?;
    if takes_dash(&matches) {
        let failure = Failure::usage(DASH);
        output::error(&failure);
        return Err(failure.exit_code());
    }
    Command::from_arg_matches_mut(&mut matches).map_err(usage)
}

const DASH: &str = "\
- stands for standard input or output, and medmask uses files alone: it reads their parts in any order, and names them when they \
are whole; a file that is called so is ./-";

/// Whether a file is named `-`.
fn takes_dash(matches: &ArgMatches) -> bool {
    let Some((_, verb)) = matches.subcommand() else { return false };
    let is_dash = |id: &Id| match verb.try_get_many::<PathBuf>(id.as_str()) {
        Ok(Some(mut paths)) => paths.any(|path| path.as_os_str() == "-"),
        _ => false,
    };
    verb.ids().any(is_dash)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
