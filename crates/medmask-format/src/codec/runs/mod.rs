//! The codec `runs`: each row as a difference to a neighbouring row (SPEC.md, "Codec: runs").
//!
//! What a row is (`row`) and how its symbols become bytes are apart: either an adaptive arithmetic coder
//! (`adaptive`, on `arithmetic`) or byte streams behind a general compressor (`streams`) takes them.

mod adaptive;
mod alignment;
mod arithmetic;
mod decode;
mod encode;
mod numbers;
mod row;
mod streams;
mod stretches;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// The chunk's first byte when its rows are adaptively coded.
const ADAPTIVE: u8 = 3;
/// Added to the compressor's number in the first byte when the voxels follow as packed bits.
const PACKED: u8 = 0x10;
