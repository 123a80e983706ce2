//! In place of Zstandard where the feature is off: whatever needs it says so.

use crate::FormatError;
use crate::codec::CodecId;

const MISSING: FormatError = FormatError::UnsupportedCodec {
    id: CodecId::Zstd as u8,
    why: "not built in (cargo feature zstd)",
};

pub(crate) fn compress(_: &[u8], _: i32) -> Result<Vec<u8>, FormatError> {
    Err(MISSING)
}

pub(crate) fn decompress(_: &[u8], _: usize) -> Result<Option<Vec<u8>>, FormatError> {
    Err(MISSING)
}

pub(crate) struct Stream<'a>(std::marker::PhantomData<&'a ()>);

impl Stream<'_> {
    pub(crate) fn new(_: &[u8]) -> Result<Self, FormatError> {
        Err(MISSING)
    }

    pub(crate) fn next(&mut self, _: usize) -> Option<&[u8]> {
        None
    }

    pub(crate) fn is_at_end(&mut self) -> bool {
        false
    }
}
