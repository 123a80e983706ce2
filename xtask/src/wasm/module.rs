//! The module of the npm package: built small, and so that the same compilers make the same bytes on every machine.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::toolchain::{TARGET, clang, debian_cargo, debian_version};
use crate::run::{Problem, root, run, target};

const MODULE: &str = "crates/medmask-wasm/npm/medmask.wasm";
/// Which compilers made it.
const COMPILERS: &str = "crates/medmask-wasm/npm/medmask.wasm.json";

/// What makes the module half as large as the release profile does. A panic ends it at once, and leaves no text in it, and so no path.
const PROFILE: [&str; 4] = ["opt-level=\"z\"", "lto=\"fat\"", "codegen-units=1", "strip=true"];
const RUSTFLAGS: &str = "-Zunstable-options\u{1f}-Cpanic=immediate-abort";

/// Fails where the module is not what its source makes; where other compilers are here than made it, that cannot be told.
pub fn check() -> Result<(), Problem> {
    let Some(compilers) = compilers() else {
        println!(
            "skipped: {MODULE} is not compared with its source, since Debian's compiler is not here"
        );
        return Ok(());
    };
    let made_by: Value = serde_json::from_str(&std::fs::read_to_string(root().join(COMPILERS))?)?;
    if made_by != compilers {
        println!("skipped: {MODULE} was made by {made_by}, and here is {compilers}");
        return Ok(());
    }
    if std::fs::read(build()?)? == std::fs::read(root().join(MODULE))? {
        return Ok(());
    }
    Err(format!("{MODULE} is not what its source makes; `cargo xtask wasm --write` makes it anew")
        .into())
}

/// Puts the module in its place, and says which compilers made it.
pub fn write() -> Result<(), Problem> {
    let compilers =
        compilers().ok_or("it takes Debian's rustc-web, cargo-web, rust-web-src, clang and lld")?;
    std::fs::copy(build()?, root().join(MODULE))?;
    std::fs::write(
        root().join(COMPILERS),
        format!("{}\n", serde_json::to_string_pretty(&compilers)?),
    )?;
    println!("{MODULE}: {} bytes", std::fs::metadata(root().join(MODULE))?.len());
    Ok(())
}

/// How the compilers name themselves; `None` where one is not here.
fn compilers() -> Option<Value> {
    let version = clang()?;
    let first_line = |program: String| {
        let output = Command::new(program).arg("--version").output().ok()?;
        Some(String::from_utf8(output.stdout).ok()?.lines().next()?.to_owned())
    };
    Some(json!({
        "rustc": debian_version()?,
        "clang": first_line(format!("clang{version}"))?,
        "lld": first_line(format!("wasm-ld{version}"))?,
    }))
}

/// Where the module is that was built.
fn build() -> Result<PathBuf, Problem> {
    let version = clang().unwrap_or_default();
    let folder = target().join("wasm");
    let mut command = debian_cargo("rustc");
    command
        .args([
            "--quiet",
            "--locked",
            "--package",
            "medmask-wasm",
            "--lib",
            "--crate-type",
            "cdylib",
        ])
        .args(["--release", "--target", TARGET])
        .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="])
        .args(
            PROFILE
                .into_iter()
                .flat_map(|line| ["--config".to_owned(), format!("profile.release.{line}")]),
        )
        .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS)
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", format!("wasm-ld{version}"))
        .env("CC_wasm32_unknown_unknown", format!("clang{version}"))
        .env("AR_wasm32_unknown_unknown", format!("llvm-ar{version}"));
    run(&mut command)?;
    Ok(folder.join(TARGET).join("release/medmask_wasm.wasm"))
}
