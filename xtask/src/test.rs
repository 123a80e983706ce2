//! `cargo xtask test`: all that must hold, each check even when an earlier one failed.

use crate::run::{Problem, cargo, run};
use crate::{demo, python, tidy};

/// One of the checks before the tests.
type Check = fn() -> Result<(), Problem>;

const DENY: [&str; 3] = ["--", "-D", "warnings"];

/// Runs all checks; the tests come last.
pub fn test() -> Result<(), Problem> {
    let python = python::python()?;
    let checks: [(&str, Check); 6] = [
        ("formatting", || run(cargo().args(["fmt", "--all", "--check"]))),
        ("lints", || run(cargo().args(["clippy", "--workspace", "--all-targets"]).args(DENY))),
        ("lints without codecs", || {
            run(cargo()
                .args(["clippy", "--package", "medmask-format", "--no-default-features"])
                .args(DENY))
        }),
        ("documentation", || {
            run(cargo()
                .args(["doc", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "--deny warnings"))
        }),
        ("tidiness", tidy::tidy),
        ("demo", demo::demo),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        println!("\n== {name}");
        if let Err(problem) = check() {
            println!("{problem}");
            failed.push(name);
        }
    }
    println!("\n== tests");
    if !failed.is_empty() {
        println!("failed before the tests: {}", failed.join(", "));
    }
    run(cargo().args(["test", "--workspace"]).env("MEDMASK_PYTHON", python))?;
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}
