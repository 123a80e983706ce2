//! What compiles for a browser.
//!
//! It needs Rust's standard library for `wasm32-unknown-unknown` and, for the C code of Zstandard, clang. The library comes with
//! `rustup target add wasm32-unknown-unknown`. Debian has its source instead: packages `rustc-web`, `cargo-web` and `rust-web-src`, with
//! `clang`, `llvm` and, to link the module, `lld`. The first run then takes a minute or two, since it checks that source too; the next ones take seconds.

use std::path::Path;
use std::process::Command;

use crate::run::{cargo, root};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Where Debian puts what builds the standard library from its source.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

/// What starts `cargo check` with a standard library for the target; `None` where there is none.
pub fn toolchain() -> Option<fn() -> Command> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = Command::new(rustc)
        .current_dir(root())
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .ok()?;
    if Path::new(String::from_utf8(library.stdout).ok()?.trim()).is_dir() {
        return Some(|| {
            let mut command = cargo();
            command.arg("check");
            command
        });
    }
    debian_version()?;
    Some(|| {
        let mut command = debian_cargo("check");
        command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
        command
    })
}

/// How Debian's compiler names itself; `None` where it, or the source of the library, is not there or too old.
pub fn debian_version() -> Option<String> {
    let compiler = Command::new(DEBIAN_RUSTC).arg("--version").output().ok()?;
    let version = String::from_utf8(compiler.stdout).ok()?;
    let is_there = Path::new(DEBIAN_CARGO).exists() && Path::new(DEBIAN_SOURCE).exists();
    (is_there && is_new_enough(&version)).then(|| version.trim().to_owned())
}

pub fn debian_cargo(task: &str) -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    command.current_dir(root()).arg(task).env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    command
}

/// Whether a compiler that names itself so, as `rustc 1.96.0 (…)`, compiles this workspace.
fn is_new_enough(version: &str) -> bool {
    let numbers = |text: &str| {
        let mut parts = text.split('.').map_while(|part| part.parse::<u32>().ok());
        parts.next().zip(parts.next())
    };
    let found = version.split(' ').nth(1).and_then(numbers);
    found.is_some_and(|found| Some(found) >= numbers(env!("CARGO_PKG_RUST_VERSION")))
}

/// What the names of clang and its archiver end with, of those that are there.
pub fn clang() -> Option<String> {
    let there = |program: String| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| output.status.success())
    };
    let mut versions =
        std::iter::once(String::new()).chain((14..40).rev().map(|n| format!("-{n}")));
    versions.find(|v| there(format!("clang{v}")) && there(format!("llvm-ar{v}")))
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn old_compilers_are_left_alone() {
        for version in
            ["rustc 1.95.0 (59807616e 2026-04-14)", "rustc 1.96.0-nightly", "rustc 2.0.0"]
        {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["rustc 1.85.0 (built from a source tarball)", "rustc", "", "rustc 1.9.0"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
