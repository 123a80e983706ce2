//! The programs that hold masks in memory, and how they are built and started.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::worker::Worker;
use crate::python::environment;
use crate::run::{Problem, cargo, root, run, target};

/// The interpreter that has the peers.
pub fn peers() -> Result<PathBuf, Problem> {
    environment("compare-python", "benches/compare/requirements.txt")
}

/// Builds a program of the benchmarks, and says where it is.
pub fn program(name: &str) -> Result<PathBuf, Problem> {
    let build = ["build", "--quiet", "--release", "--package", "medmask-benches", "--bin", name];
    run(cargo().args(build))?;
    let program = target().join("release").join(name);
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds and starts both programs on a folder of masks or a label map, each with its flags.
pub fn start(
    path: &Path,
    scratch: &Path,
    our_flags: &[&str],
    their_flags: &[&str],
) -> Result<(Worker, Worker), Problem> {
    let python = peers()?;
    let mut ours = Command::new(program("compare_medmask")?);
    ours.args(our_flags).arg(path).arg(scratch);
    let mut theirs = Command::new(python);
    theirs.arg(root().join("benches/compare/peers.py")).args(their_flags).arg(path).arg(scratch);
    Ok((Worker::start(ours)?, Worker::start(theirs)?))
}

/// What both programs found in the folder, which must be the same.
pub fn describe(ours: &mut Worker, theirs: &mut Worker) -> Result<Value, Problem> {
    let (found, described) = (ours.ask("describe")?, theirs.ask("describe")?);
    for (key, value) in found.as_object().into_iter().flatten() {
        if described[key] != *value {
            let other = &described[key];
            return Err(format!("{key} is {value} for medmask and {other} for nibabel").into());
        }
    }
    Ok(described)
}
