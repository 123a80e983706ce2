//! `cargo xtask emulate`: the libraries' tests on machines of another kind, through QEMU.
//!
//! Needs Rust's standard library for the target, a C compiler for it, and QEMU's user-mode emulator: on Debian the packages
//! `qemu-user`, `gcc-s390x-linux-gnu` with `libc6-dev-s390x-cross`, and `gcc-i686-linux-gnu` with `libc6-dev-i386-cross`.

use crate::run::{Problem, cargo, run};

/// A machine that differs from those that people mostly have.
struct Machine {
    target: &'static str,
    /// What the C compiler's name and its folder in `/usr` begin with.
    tools: &'static str,
    emulator: &'static str,
    differs: &'static str,
}

const MACHINES: [Machine; 2] = [
    Machine {
        target: "s390x-unknown-linux-gnu",
        tools: "s390x-linux-gnu",
        emulator: "qemu-s390x",
        differs: "the highest byte of a number comes first",
    },
    Machine {
        target: "i686-unknown-linux-gnu",
        tools: "i686-linux-gnu",
        emulator: "qemu-i386",
        differs: "addresses have 32 bits",
    },
];

/// What runs there: all that knows bytes and voxels.
const PACKAGES: [&str; 4] = ["medmask-format", "medmask-core", "medmask-nifti", "medmask-archive"];

/// Runs the tests on every machine.
pub fn emulate() -> Result<(), Problem> {
    for Machine { target, tools, emulator, differs } in &MACHINES {
        println!("{target}: {differs}");
        let compiler = format!("{tools}-gcc");
        let upper = target.to_uppercase().replace('-', "_");
        let mut command = cargo();
        command
            .env(format!("CARGO_TARGET_{upper}_LINKER"), &compiler)
            .env(format!("CC_{}", target.replace('-', "_")), &compiler)
            .env(format!("CARGO_TARGET_{upper}_RUNNER"), format!("{emulator} -L /usr/{tools}"))
            .args(["test", "--lib", "--tests", "--target", target]);
        for package in PACKAGES {
            command.args(["--package", package]);
        }
        run(&mut command)?;
    }
    Ok(())
}
