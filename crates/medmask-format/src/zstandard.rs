//! Zstandard frames.

use std::cell::RefCell;

use medmask_voxel::{Held, Memory, MemoryError};
use zstd::bulk::{Compressor, Decompressor};
use zstd::stream::raw::{self, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::{self, CParameter, DParameter};

use crate::FormatError;

/// A frame's window is at most 8 MiB, as RFC 8878 recommends: what a reader holds to unpack it piece by piece.
pub(crate) const WINDOW_BITS: u32 = 23;
/// The window of files of version 1, whose writer may have taken any level: 128 MiB.
pub(crate) const ANY_WINDOW: u32 = 27;
/// Up to this level the window is no larger in any case.
const SMALL_WINDOWS: i32 = 19;

// A context costs more than the work on small streams, so each thread keeps one.
thread_local! {
    static COMPRESSOR: RefCell<Option<(i32, Compressor<'static>)>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// One frame of `bytes`, which does not tell their length.
pub(crate) fn compress(
    bytes: &[u8],
    level: i32,
    held: &mut Held<'_>,
) -> Result<Vec<u8>, FormatError> {
    let mut compressed = Vec::new();
    held.reserve(&mut compressed, zstd_safe::compress_bound(bytes.len()))?;
    let done = COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some((kept_level, compressor)) if *kept_level == level => compressor,
            _ => {
                let mut compressor = Compressor::new(level)?;
                // The lengths stand beside every frame.
                compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
                if level > SMALL_WINDOWS {
                    compressor.set_parameter(CParameter::WindowLog(WINDOW_BITS))?;
                }
                &mut kept.insert((level, compressor)).1
            }
        };
        compressor.compress_to_buffer(bytes, &mut compressed)
    });
    done.map(|_| compressed).map_err(|_: std::io::Error| out_of_memory(bytes).into())
}

/// As [`compress`], for documents; `None` where it cannot be made.
pub(crate) fn compress_document(bytes: &[u8], level: i32) -> Option<Vec<u8>> {
    let memory = Memory::unlimited();
    let mut held = memory.hold("a document", 0).ok()?;
    compress(bytes, level, &mut held).ok()
}

fn out_of_memory(bytes: &[u8]) -> MemoryError {
    MemoryError::of_machine("Zstandard's state for a chunk", bytes.len() as u64)
}

/// As [`decompress_held`], for documents, whose length was judged before.
pub(crate) fn decompress(bytes: &[u8], len: usize) -> Result<Option<Vec<u8>>, FormatError> {
    decompress_held(bytes, len, &mut Memory::unlimited().hold("a document", 0)?)
}

/// The bytes of one frame, at most `len` of them; `None` where it is damaged or something follows it, or where it holds more.
pub(crate) fn decompress_held(
    bytes: &[u8],
    len: usize,
    held: &mut Held<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    if zstd_safe::find_frame_compressed_size(bytes) != Ok(bytes.len()) {
        return Ok(None);
    }
    decompress_frame(bytes, len, held)
}

/// As [`decompress_held`], but what follows the frame is not looked at.
pub(crate) fn decompress_frame(
    bytes: &[u8],
    len: usize,
    held: &mut Held<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    let mut unpacked = Vec::new();
    held.reserve(&mut unpacked, len)?;
    let done = DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        decompressor.decompress_to_buffer(bytes, &mut unpacked)
    });
    // The buffer may have more room than was asked for.
    Ok(done.ok().filter(|length| *length <= len).map(|_| unpacked))
}

/// How many bytes the frame `bytes` says that it holds, if it says so; the outer `None` where it is no frame.
pub(crate) fn content_size(bytes: &[u8]) -> Option<Option<u64>> {
    zstd_safe::get_frame_content_size(bytes).ok()
}

/// How far back a frame may reach, by its header (RFC 8878, "Window_Descriptor"); 0 where it is no frame.
fn window(bytes: &[u8]) -> u64 {
    const SINGLE_SEGMENT: u8 = 0x20;
    match bytes.get(4..6) {
        Some([descriptor, _]) if descriptor & SINGLE_SEGMENT != 0 => {
            content_size(bytes).flatten().unwrap_or(0)
        }
        Some([_, window]) => {
            let base = 1_u64 << (10 + (window >> 3));
            base + base / 8 * u64::from(window & 7)
        }
        _ => 0,
    }
}

/// A frame that is unpacked piece by piece, in memory for its window and the piece.
pub(crate) struct Stream<'a> {
    decoder: raw::Decoder<'static>,
    bytes: InBuffer<'a>,
    frame_ended: bool,
    piece: Vec<u8>,
}

impl<'a> Stream<'a> {
    /// Takes frames whose window has up to so many bits. It is counted in `held`.
    pub(crate) fn new(
        bytes: &'a [u8],
        window_bits: u32,
        held: &mut Held<'_>,
    ) -> Result<Self, FormatError> {
        held.add(window(bytes).min(1 << window_bits))?;
        let mut decoder = raw::Decoder::new().map_err(|_| out_of_memory(bytes))?;
        decoder
            .set_parameter(DParameter::WindowLogMax(window_bits))
            .map_err(|_| out_of_memory(bytes))?;
        let bytes = InBuffer::around(bytes);
        Ok(Self { decoder, bytes, frame_ended: false, piece: Vec::new() })
    }

    /// The next `len` bytes; `None` where there are not as many.
    pub(crate) fn next(
        &mut self,
        len: usize,
        held: &mut Held<'_>,
    ) -> Result<Option<&[u8]>, FormatError> {
        self.piece.clear();
        held.reserve(&mut self.piece, len)?;
        self.piece.resize(len, 0);
        let mut out = OutBuffer::around(&mut self.piece[..]);
        while out.pos() < len && !self.frame_ended {
            let before = (self.bytes.pos(), out.pos());
            let left = self.decoder.run(&mut self.bytes, &mut out);
            let stands = (self.bytes.pos(), out.pos()) == before;
            match left {
                Ok(left) if !stands => self.frame_ended = left == 0,
                _ => return Ok(None),
            }
        }
        Ok((out.pos() == len).then_some(&self.piece))
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
