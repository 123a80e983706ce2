//! The `medmask` command. All of it is in the library beside this file.

use std::process::ExitCode;

use medmask::adapter::Formats;

fn main() -> ExitCode {
    ExitCode::from(medmask_cli::run(std::env::args_os(), &Formats::default()))
}
