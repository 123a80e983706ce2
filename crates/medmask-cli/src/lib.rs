//! The `medmask` command as a library: flags and printing. What it does is in the crate [`medmask`].
//!
//! Programs with formats of their own, and packages of other languages, call [`run`]. Programs call [`remove_drafts_on_signals`]
//! before it.

mod archives;
mod command;
mod failure;
mod memory_limit;
mod opened;
mod output;
mod output_names;
mod progress;
mod reading;
mod signals;
mod table;
mod table_format;
mod verbs;

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use medmask::adapter::Formats;

use command::Command;

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
    let verb = match Command::try_parse_from(arguments) {
        Ok(command) => command.verb,
        Err(error) => {
            // That nobody reads it is no failure.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    match verb.run(formats, Command::command) {
        Ok(()) => 0,
        Err(failure) => {
            if !failure.is_silent() {
                output::error(&failure);
            }
            failure.exit_code()
        }
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
