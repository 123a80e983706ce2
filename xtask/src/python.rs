//! A Python of our own with the peers of the tests.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Problem, root, run, target};

/// The interpreter of a virtual environment in the target folder that has what requirements.txt names; made
/// where it is missing or older than that file.
pub fn python() -> Result<PathBuf, Problem> {
    let folder = target().join("python");
    let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let requirements = root().join("xtask/requirements.txt");
    let wanted = std::fs::read(&requirements)?;
    // Written last, so that an environment that was left half made does not count.
    let installed = folder.join("requirements.txt");
    if std::fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    let base = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&interpreter)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .arg("--requirement")
        .arg(&requirements))?;
    std::fs::write(installed, wanted)?;
    Ok(interpreter)
}
