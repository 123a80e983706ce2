//! Folders of the workspace, and running commands in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What went wrong, in words for the terminal.
pub type Problem = Box<dyn std::error::Error>;

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where Cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The Cargo that runs this program.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command
}

/// Builds the command `medmask`, and says where it is.
pub fn built_command() -> Result<PathBuf, Problem> {
    let built = cargo().args(["build", "--release", "--package", "medmask-cli"]).status()?;
    if !built.success() {
        return Err("the command could not be built".into());
    }
    Ok(target().join("release").join("medmask").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Prints a command as one would type it, and runs it.
pub fn run(command: &mut Command) -> Result<(), Problem> {
    println!("$ {}", typed(command));
    let status = command.status().map_err(|error| format!("{}: {error}", typed(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", typed(command)).into()) }
}

/// The command's name and arguments; quoted where a shell would need it.
pub fn typed(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{word}'")
    }
}
