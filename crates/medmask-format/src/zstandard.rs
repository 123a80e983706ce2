//! Zstandard frames.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};
use zstd::stream::raw::{self, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::{self, CParameter};

use crate::FormatError;

// A context costs more than the work on small streams, so each thread keeps one.
thread_local! {
    static COMPRESSOR: RefCell<Option<(i32, Compressor<'static>)>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// One frame of `bytes`, which does not tell their length.
pub(crate) fn compress(bytes: &[u8], level: i32) -> Result<Vec<u8>, FormatError> {
    let compressed = COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some((kept_level, compressor)) if *kept_level == level => compressor,
            _ => {
                let mut compressor = Compressor::new(level)?;
                // The lengths stand beside every frame.
                compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
                &mut kept.insert((level, compressor)).1
            }
        };
        compressor.compress(bytes)
    });
    compressed.map_err(|_: std::io::Error| out_of_memory(bytes))
}

fn out_of_memory(bytes: &[u8]) -> FormatError {
    FormatError::OutOfMemory { what: "Zstandard's state for a chunk", bytes: bytes.len() as u64 }
}

/// The bytes of one frame, at most `len` of them; `None` where it is damaged or something follows it, or where it holds more
/// or what does not fit into memory.
#[expect(clippy::unnecessary_wraps, reason = "fails where the feature is off")]
pub(crate) fn decompress(bytes: &[u8], len: usize) -> Result<Option<Vec<u8>>, FormatError> {
    if zstd_safe::find_frame_compressed_size(bytes) != Ok(bytes.len()) {
        return Ok(None);
    }
    let unpacked = DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        let mut unpacked = Vec::new();
        unpacked.try_reserve_exact(len).map_err(|_| std::io::ErrorKind::OutOfMemory)?;
        decompressor.decompress_to_buffer(bytes, &mut unpacked)?;
        Ok::<_, std::io::Error>(unpacked)
    });
    Ok(unpacked.ok())
}

/// A frame that is unpacked piece by piece, in memory for its window (128 MiB at most) and the piece.
pub(crate) struct Stream<'a> {
    decoder: raw::Decoder<'static>,
    bytes: InBuffer<'a>,
    frame_ended: bool,
    piece: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let decoder = raw::Decoder::new().map_err(|_| out_of_memory(bytes))?;
        let bytes = InBuffer::around(bytes);
        Ok(Self { decoder, bytes, frame_ended: false, piece: Vec::new() })
    }

    /// The next `len` bytes; `None` where there are not as many, or they do not fit into memory.
    pub(crate) fn next(&mut self, len: usize) -> Option<&[u8]> {
        self.piece.try_reserve_exact(len.saturating_sub(self.piece.len())).ok()?;
        self.piece.resize(len, 0);
        let mut out = OutBuffer::around(&mut self.piece[..]);
        while out.pos() < len && !self.frame_ended {
            let before = (self.bytes.pos(), out.pos());
            self.frame_ended = self.decoder.run(&mut self.bytes, &mut out).ok()? == 0;
            if (self.bytes.pos(), out.pos()) == before {
                return None;
            }
        }
        (out.pos() == len).then_some(&self.piece)
    }

    /// Whether frame and bytes end here.
    pub(crate) fn is_at_end(&mut self) -> bool {
        if !self.frame_ended {
            // The last voxels may be out before the frame's end is read.
            let mut none = OutBuffer::around(&mut self.piece[..0]);
            let left = self.decoder.run(&mut self.bytes, &mut none);
            self.frame_ended = left.is_ok_and(|left| left == 0);
        }
        self.frame_ended && self.bytes.pos() == self.bytes.src.len()
    }
}
