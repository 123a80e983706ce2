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

/// Whether Node is here, which is told where it is not.
fn has_node() -> bool {
    let is_there = ["node", "npm"].into_iter().all(is_there);
    if !is_there {
        println!("skipped: no Node with npm; xtask/src/viewer.rs says what is needed");
    }
    is_there
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

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}
