//! `cargo xtask viewer`: NiiVue from npm, for the page. `cargo xtask javascript`: tests of the npm package and of the page's own scripts.
//!
//! Both need Node 20 or later with npm: Debian's packages `nodejs` and `npm`. That the page works in a browser is tested with the command, where
//! Chromium is there, Debian's package `chromium`.

use std::process::Command;

use crate::run::{Problem, root, run};

/// Where npm installs NiiVue.
const NPM: &str = "crates/medmask-viewer/npm";

const TESTS: [&str; 2] = ["crates/medmask-wasm/npm/test/", "crates/medmask-viewer/page/test/"];

/// Puts NiiVue, and its licence, where the build of `medmask-viewer` looks for it.
pub fn viewer() -> Result<(), Problem> {
    install()?;
    run(Command::new("node").current_dir(root().join(NPM)).arg("build.mjs"))
}

/// As [`viewer`], or says what is missing.
pub fn viewer_if_possible() -> Result<(), Problem> {
    if has_node() { viewer() } else { Ok(()) }
}

/// Runs the tests of JavaScript, or says what is missing.
pub fn javascript() -> Result<(), Problem> {
    if !has_node() {
        return Ok(());
    }
    run(Command::new("node").current_dir(root()).arg("--test").args(TESTS))
}

/// The oldest version of Node whose test runner does.
const NODE: u32 = 20;

/// Whether Node is here, which is told where it is not.
fn has_node() -> bool {
    let found = version("node").is_some_and(|major| major >= NODE) && version("npm").is_some();
    if !found {
        println!("skipped: no Node {NODE} with npm; xtask/src/viewer.rs says what is needed");
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
