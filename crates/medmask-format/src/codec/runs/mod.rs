//! The codec `runs`: each row as a difference to a neighbouring row (SPEC.md, "Codec: runs").
//!
//! What a row is (`row`) and how its symbols become bytes, in streams behind a general compressor (`streams`), are apart.

mod alignment;
mod decode;
mod encode;
mod numbers;
mod row;
mod streams;

pub(super) use decode::decode;
pub(super) use encode::{encode, or_packed};

/// Added to the compressor's number in the first byte when the voxels follow as packed bits.
const PACKED: u8 = 0x10;
