// Its example reads a file that is compressed.
#![cfg_attr(feature = "zstd", doc = include_str!("../README.md"))]
//!
//! # In detail
//!
//! The on-disk format of medmask archives: bytes to plain structs and back, and the voxel codecs.
//!
//! This crate opens no files, maps no memory and knows nothing of geometry beyond the numbers in the
//! file. `SPEC.md`, beside this crate's manifest, is the normative description; the sections cited
//! here are its sections.

pub mod blob;
mod bytes;
pub mod codec;
mod error;
pub mod front;
mod grid;
pub mod index;
mod memory;
pub mod version1;
#[cfg(feature = "zstd")]
mod zstandard;
#[cfg(not(feature = "zstd"))]
#[path = "zstandard_missing.rs"]
mod zstandard;

pub use error::{Corrupt, FormatError};
pub use grid::{GridSpace, MAX_AXIS, MAX_VOXELS};
pub use medmask_voxel::{Bounds, Dtype, Memory, MemoryError, Run};
