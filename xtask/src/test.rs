//! `cargo xtask test`: all that must hold, each check even when an earlier one failed.

use std::time::{Duration, Instant};

use crate::run::{Problem, cargo, run};
use crate::{demo, python, tidy, viewer, wasm, wheel};

/// One of the checks before the tests.
type Check = fn() -> Result<(), Problem>;

const DENY: [&str; 3] = ["--", "-D", "warnings"];

/// Runs all checks; the tests come last. Then says how long each took.
pub fn test() -> Result<(), Problem> {
    let python = python::python()?;
    let checks: [(&str, Check); 10] = [
        // First, so that what is built has it.
        ("NiiVue", viewer::viewer_if_possible),
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
        ("wasm", wasm::wasm),
        ("demo", demo::demo),
        ("JavaScript", viewer::javascript),
        ("Python package", wheel::test),
    ];
    let (mut failed, mut took) = (Vec::new(), Vec::new());
    for (name, check) in checks {
        println!("\n== {name}");
        let start = Instant::now();
        if let Err(problem) = check() {
            println!("{problem}");
            failed.push(name);
        }
        took.push((name, start.elapsed()));
    }
    println!("\n== tests");
    if !failed.is_empty() {
        println!("failed before the tests: {}", failed.join(", "));
    }
    let start = Instant::now();
    let tests = run(cargo().args(["test", "--workspace"]).env("MEDMASK_PYTHON", python));
    took.push(("tests", start.elapsed()));
    print_times(&took);
    tests?;
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

fn print_times(took: &[(&str, Duration)]) {
    println!("\n== seconds");
    for (name, time) in took {
        println!("{:>6.1}  {name}", time.as_secs_f64());
    }
}
