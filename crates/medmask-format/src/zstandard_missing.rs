//! In place of Zstandard where the feature is off: whatever needs it says so.

use medmask_voxel::Held;

use crate::FormatError;
use crate::codec::CodecId;

const MISSING: FormatError = FormatError::UnsupportedCodec {
    id: CodecId::Zstd as u8,
    why: "not built in (cargo feature zstd)",
};

pub(crate) const WINDOW_BITS: u32 = 0;

pub(crate) fn compress(_: &[u8], _: i32, _: &mut Held<'_>) -> Result<Vec<u8>, FormatError> {
    Err(MISSING)
}

pub(crate) fn compress_document(_: &[u8], _: i32) -> Option<Vec<u8>> {
    None
}

pub(crate) fn decompress(_: &[u8], _: usize) -> Result<Option<Vec<u8>>, FormatError> {
    Err(MISSING)
}

pub(crate) fn decompress_held(
    _: &[u8],
    _: usize,
    _: &mut Held<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    Err(MISSING)
}

pub(crate) struct Stream<'a>(std::marker::PhantomData<&'a ()>);

impl Stream<'_> {
    pub(crate) fn new(_: &[u8], _: u32, _: &mut Held<'_>) -> Result<Self, FormatError> {
        Err(MISSING)
    }

    pub(crate) fn next(
        &mut self,
        _: usize,
        _: &mut Held<'_>,
    ) -> Result<Option<&[u8]>, FormatError> {
        Err(MISSING)
    }

    pub(crate) fn is_at_end(&mut self) -> bool {
        false
    }
}
