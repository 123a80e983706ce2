//! `cargo xtask viewer`: NiiVue from npm, for the page. `cargo xtask javascript`: tests of the npm package and of the page's own scripts.
//!
//! They need Node with npm, Debian's packages `nodejs` and `npm`: 18 or later for NiiVue, 20 or later for the tests. That the page works in a
//! browser is tested with the command, where Chromium is there, Debian's package `chromium`.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Problem, root, run};

/// Where npm installs NiiVue.
const NPM: &str = "crates/medmask-viewer/npm";

/// Where the tests of JavaScript are.
const TESTS: [&str; 2] = ["crates/medmask-wasm/npm/test", "crates/medmask-viewer/page/test"];

/// Puts NiiVue, and its licence, where the build of `medmask-viewer` looks for it.
pub fn viewer() -> Result<(), Problem> {
    install()?;
    run(Command::new("node").current_dir(root().join(NPM)).arg("build.mjs"))
}

/// As [`viewer`], or says what is missing.
pub fn viewer_if_possible() -> Result<(), Problem> {
    if has_node(NODE_OF_NIIVUE) { viewer() } else { Ok(()) }
}

/// Runs the tests of JavaScript, or says what is missing.
pub fn javascript() -> Result<(), Problem> {
    if !has_node(NODE_OF_TESTS) {
        return Ok(());
    }
    run(Command::new("node").current_dir(root()).arg("--test").args(tests()?))
}

/// The files of the tests, since not every Node takes folders.
fn tests() -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    for folder in TESTS {
        for entry in std::fs::read_dir(root().join(folder))? {
            let file = entry?.path();
            if file.to_string_lossy().ends_with(".test.js") {
                files.push(file);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The oldest version of Node that puts NiiVue there, and the oldest whose test runner does.
const NODE_OF_NIIVUE: u32 = 18;
const NODE_OF_TESTS: u32 = 20;

/// Whether Node is here, no older than `oldest`, which is told where it is not.
fn has_node(oldest: u32) -> bool {
    let found = version("node").is_some_and(|major| major >= oldest) && version("npm").is_some();
    if !found {
        println!("skipped: no Node {oldest} with npm; xtask/src/viewer.rs says what is needed");
    }
    found
}

/// What the lock file names, where it is not there yet.
fn install() -> Result<(), Problem> {
    let folder = root().join(NPM);
    // npm leaves a copy of the lock file with what it has installed.
    let installed = std::fs::metadata(folder.join("node_modules/.package-lock.json"));
    let locked = std::fs::metadata(folder.join("package-lock.json"))?.modified()?;
    if installed.and_then(|file| file.modified()).is_ok_and(|time| time >= locked) {
        return Ok(());
    }
    run(Command::new("npm").current_dir(folder).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))
}

/// The first number of a program's version; `None` where it is not there.
fn version(program: &str) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim_start_matches('v').split('.').next()?.parse().ok()
}
