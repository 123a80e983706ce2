//! The project's tasks: `cargo xtask test`, `cargo xtask demo`.
fn main() {}
