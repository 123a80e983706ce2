//! The `medmask` command. All of it is in the library beside this file.

use std::process::ExitCode;

use medmask::adapter::Formats;

fn main() -> ExitCode {
    if let Err(error) = medmask_cli::remove_drafts_on_signals() {
        eprintln!("medmask: cannot prepare for signals: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::from(medmask_cli::run(std::env::args_os(), &Formats::default()))
}
