//! Pythons of our own with the peers of the tests and of the comparison.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Problem, root, run, target};

/// The interpreter of the tests' environment.
pub fn python() -> Result<PathBuf, Problem> {
    environment("python", "xtask/requirements.txt")
}

/// The interpreter of the virtual environment `name` in the target folder, which has what the file `requirements` of the
/// repository names; made where it is missing or older than that file.
pub fn environment(name: &str, requirements: &str) -> Result<PathBuf, Problem> {
    let folder = target().join(name);
    let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let requirements = root().join(requirements);
    let wanted = std::fs::read(&requirements)?;
    // Written last, so that an environment that was left half made does not count.
    let installed = folder.join("requirements.txt");
    if std::fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    let base = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(pip(&interpreter)
        .args(["install", "--quiet", "--no-deps", "--requirement"])
        .arg(&requirements))?;
    std::fs::write(installed, wanted)?;
    Ok(interpreter)
}

/// The package installer of an interpreter.
pub fn pip(interpreter: &Path) -> Command {
    let mut command = Command::new(interpreter);
    command.args(["-m", "pip", "--disable-pip-version-check"]);
    command
}
