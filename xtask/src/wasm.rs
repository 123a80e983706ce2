//! `cargo xtask wasm`: what shall run in a browser compiles for it, where this machine has what that needs, and the module that is
//! committed is what its source makes. `cargo xtask wasm --write` makes that module anew.

mod module;
mod toolchain;

use toolchain::{TARGET, clang, toolchain};

use crate::run::{Problem, run, target};

/// What is checked: the format alone, and everything up to the reader of archives, with all codecs.
const CHECKS: [&[&str]; 2] = [
    &["--package", "medmask-format"],
    &[
        "--package",
        "medmask-format",
        "--package",
        "medmask-core",
        "--package",
        "medmask-archive",
        "--package",
        "medmask-wasm",
    ],
];

/// Checks the crates and the module, or says what is missing.
pub fn wasm() -> Result<(), Problem> {
    check_crates()?;
    module::check()
}

/// Makes the module anew.
pub fn write() -> Result<(), Problem> {
    module::write()
}

/// Checks the crates, or says what is missing.
fn check_crates() -> Result<(), Problem> {
    let Some(start) = toolchain() else {
        println!(
            "skipped: no standard library for {TARGET}; xtask/src/wasm/toolchain.rs says where it comes from"
        );
        return Ok(());
    };
    let Some(version) = clang() else {
        println!("skipped: no clang, which the C code of Zstandard needs for {TARGET}");
        return Ok(());
    };
    for packages in CHECKS {
        let mut command = start();
        command
            .args(["--quiet", "--target", TARGET, "--no-default-features"])
            // What only runs while building runs once, and is not worth its optimising.
            .args(["--config", "profile.dev.package.\"*\".opt-level=0"])
            .args(["--config", "profile.dev.debug=false"])
            .args(packages)
            .env("CARGO_TARGET_DIR", target().join("wasm"))
            .env("CC_wasm32_unknown_unknown", format!("clang{version}"))
            .env("AR_wasm32_unknown_unknown", format!("llvm-ar{version}"));
        run(&mut command)?;
    }
    Ok(())
}
