//! Looks whether `cargo xtask viewer` has put NiiVue into `built/`.

use std::path::Path;

fn main() {
    println!("cargo:rustc-check-cfg=cfg(has_niivue)");
    // The folder need not be there.
    println!("cargo:rerun-if-changed=built");
    if Path::new("built/niivue.js.gz").exists() && Path::new("built/LICENCES.txt").exists() {
        println!("cargo:rustc-cfg=has_niivue");
    }
}
