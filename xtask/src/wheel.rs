//! The Python package: its wheel, and its tests with the wheel that users get.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python::{environment, pip};
use crate::run::{Problem, root, run, target};

const PACKAGE: &str = "crates/medmask-python";

/// The release of the original whose tests the package passes.
const ORIGINAL: &str = "medmask==0.1.3";

/// Builds the wheel into `target/python-wheels` and prints where it is.
pub fn wheel(options: &[&str]) -> Result<(), Problem> {
    println!("{}", build(options)?.display());
    Ok(())
}

/// Installs the wheel into an environment of its own, checks its types, and runs its tests, those of the original among them.
pub fn test() -> Result<(), Problem> {
    let python = installed()?;
    let original = original(&python)?;
    let package = |module: &str| {
        let mut command = Command::new(&python);
        command.current_dir(root().join(PACKAGE)).args(["-m", module]);
        command
    };
    run(package("mypy").args(["--cache-dir"]).arg(target().join("mypy")))?;
    run(package("mypy.stubtest")
        .args(["medmask", "--mypy-config-file", "pyproject.toml"])
        .args(["--allowlist", "stubtest-allowlist.txt"]))?;
    run(package("pytest").args(["-q", "--doctest-modules", "--pyargs", "medmask"]))?;
    run(package("pytest").args(["-q", "--doctest-glob", "README.md", "README.md"]))?;
    run(package("pytest").args(["-q", "tests"]).env("MEDMASK_ORIGINAL", original))
}

/// Measures the package beside medmask 0.1.3, nibabel and SimpleITK; `options` are those of `benches/compare/python.py`.
pub fn compare(options: &[&str]) -> Result<(), Problem> {
    let python = installed()?;
    let mut command = Command::new(&python);
    command.current_dir(root()).arg("benches/compare/python.py").arg("--ours").arg(&python);
    run(command.arg("--original").arg(crate::python::python()?).args(options))
}

/// The interpreter of an environment that has the wheel, built anew.
fn installed() -> Result<PathBuf, Problem> {
    let wheel = build(&[])?;
    let python = python()?;
    // Without the network: what it needs is there already.
    run(pip(&python).args(["install", "--quiet", "--no-deps", "--force-reinstall"]).arg(wheel))?;
    Ok(python)
}

/// The wheel, which `maturin` makes with `options`.
fn build(options: &[&str]) -> Result<PathBuf, Problem> {
    let folder = target().join("python-wheels");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    run(Command::new(python()?)
        .current_dir(root().join(PACKAGE))
        .args(["-m", "maturin", "build", "--release", "--quiet", "--out"])
        .arg(&folder)
        .args(options))?;
    let mut files = std::fs::read_dir(&folder)?;
    let wheel = files.next().ok_or("maturin has built no wheel")??;
    Ok(wheel.path())
}

fn python() -> Result<PathBuf, Problem> {
    environment("python-package", &format!("{PACKAGE}/requirements.txt"))
}

/// The folder with the source distribution of the original, fetched once.
fn original(python: &Path) -> Result<PathBuf, Problem> {
    let folder = target().join("original");
    if !folder.join(format!("{}.tar.gz", ORIGINAL.replace("==", "-"))).exists() {
        run(pip(python)
            .args(["download", "--quiet", "--no-binary", ":all:", "--no-deps", ORIGINAL, "--dest"])
            .arg(&folder))?;
    }
    Ok(folder)
}
