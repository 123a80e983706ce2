#![doc = include_str!("../README.md")]
//!
//! # In detail
//!
//! `cargo xtask wasm --write` builds this crate into `npm/medmask.wasm`. [`Reader`] is what the module does; the functions that JavaScript
//! calls are in `interface.rs`, which only that build has. `npm/index.js` calls them.

mod describe;
#[cfg(target_family = "wasm")]
mod interface;
mod reader;
mod sparse;

pub use describe::{DescribedEntry, DescribedLabel, Description};
pub use reader::{Reader, ReaderError, numbered_runs};

/// The module as it is in the package, for pages that hold it.
#[cfg(not(target_family = "wasm"))]
pub const MODULE: &[u8] = include_bytes!("../npm/medmask.wasm");

/// `index.js` of the package: an ES module, for pages that hold it.
#[cfg(not(target_family = "wasm"))]
pub const JAVASCRIPT: &str = include_str!("../npm/index.js");

/// `nifti.js` of the package: an ES module, for pages that hold it.
#[cfg(not(target_family = "wasm"))]
pub const JAVASCRIPT_OF_NIFTI: &str = include_str!("../npm/nifti.js");
