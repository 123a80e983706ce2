//! Files of version 1.0, which the Python package medmask 0.1.x writes and reads.
//!
//! Such files carry no checksums: damage can give wrong names, geometry or voxels without an error.
//! Version 2 ([`Archive`](crate::Archive)) can not. What [`Writer`] and [`write_mask`] write has a checksum
//! over the voxels of each mask, which the Python package verifies, and this crate too.

mod convert;
mod labels;
mod reader;
mod writer;

pub use labels::LabelChange;
pub use reader::Reader;
pub use writer::{Writer, write_mask};
