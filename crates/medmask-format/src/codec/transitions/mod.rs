//! The codec `transitions`: each row as moves of the transitions of two neighbouring rows (SPEC.md, "Codec: transitions").
//!
//! `candidates` says what may be expected in a row, `row` which symbols tell it from that, `model` how likely these are, and
//! `rans` makes them bytes.

mod candidates;
mod decode;
mod encode;
mod matching;
mod model;
mod rans;
mod row;

use crate::FormatError;

pub(super) use decode::decode;
pub(super) use encode::encode;

const SECTION: &str = "chunk";

fn corrupt(offset: usize, reason: &'static str) -> FormatError {
    FormatError::corrupt(SECTION, offset as u64, reason)
}
