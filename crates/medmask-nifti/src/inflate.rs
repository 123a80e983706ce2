//! Inflating a file's voxels with memory bounded by what its header asks for.

use std::io::{self, Read};

use bytemuck::try_zeroed_vec;
use libdeflater::Decompressor;
use medmask_core::MemoryError;

use crate::stream::{Stream, read_problem};
use crate::{Compression, Problem};

/// Header and extensions up to this size are inflated together with the voxels.
const MAX_FRONT: u64 = 1 << 20;

/// What errors call the voxels before they are made labels.
pub(crate) const STORED_VOXELS: &str = "the voxels as they are stored";

/// The part of a file that is wanted.
pub(crate) struct Window {
    /// Bytes before it.
    pub skip: u64,
    /// Its bytes.
    pub len: usize,
    /// Bytes after it that the header announces.
    pub rest: u64,
}

impl Window {
    /// Bytes that a reader holds for it.
    pub(crate) fn held(&self) -> u64 {
        self.end().min((self.len as u64).saturating_add(MAX_FRONT))
    }

    /// Bytes up to its end.
    pub(crate) fn end(&self) -> u64 {
        self.skip.saturating_add(self.len as u64)
    }

    /// Refuses compressed bytes that cannot hold it, before memory is asked for.
    pub(crate) fn check_ratio(
        &self,
        compression: Compression,
        compressed: &[u8],
    ) -> Result<(), Problem> {
        let (expected, bytes) = (self.end(), compressed.len() as u64);
        match compression.max_ratio().map(|ratio| bytes.saturating_mul(ratio)) {
            Some(found) if expected > found => Err(Problem::Truncated { expected, found }),
            _ => Ok(()),
        }
    }
}

/// What reading one file needs beside it.
pub(crate) struct Inflater {
    /// Inflated bytes, or a plain file's voxels: as many as the largest file had.
    pub buffer: Vec<u8>,
    decompressor: Decompressor,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self { buffer: Vec::new(), decompressor: Decompressor::new() }
    }

    /// The window's bytes of the inflated `compressed`, in the buffer, which grows only as far as needed.
    pub(crate) fn inflate(
        &mut self,
        compression: Compression,
        compressed: &[u8],
        window: &Window,
        max_memory: Option<u64>,
    ) -> Result<&[u8], Problem> {
        window.check_ratio(compression, compressed)?;
        let buffer = &mut self.buffer;
        // The ordinary file, one gzip member with the voxels right after the header, is inflated at once.
        if compression == Compression::Gzip && window.rest == 0 && window.skip <= MAX_FRONT {
            let skip = window.skip as usize;
            let out = sized(buffer, skip.saturating_add(window.len))?;
            // On any other outcome the streaming decoder finds out what the file is: fewer bytes may be a
            // file of several members, more bytes may follow the voxels, and bad data has a position.
            if self.decompressor.gzip_decompress(compressed, out) == Ok(out.len()) {
                return Ok(&self.buffer[skip..skip + window.len]);
            }
        }
        let mut stream = Stream::new(compression, compressed, max_memory)?;
        let mut place = 0;
        let out = sized(&mut self.buffer, window.len)?;
        read_window(&mut stream, &mut place, window, out)?;
        let rest = discard(&mut stream, window.rest)?;
        if rest < window.rest {
            let expected = window.end() + window.rest;
            return Err(Problem::Truncated { expected, found: place + rest });
        }
        stream.finish()?;
        Ok(out)
    }
}

/// Reads a window into `out`, which has its length, from a stream that is at `place`, which moves on.
pub(crate) fn read_window(
    input: &mut impl Read,
    place: &mut u64,
    window: &Window,
    out: &mut [u8],
) -> Result<(), Problem> {
    *place += discard(input, window.skip.saturating_sub(*place))?;
    *place += fill(input, out)? as u64;
    if *place < window.end() {
        return Err(Problem::Truncated { expected: window.end(), found: *place });
    }
    Ok(())
}

/// Inflates and forgets up to `count` bytes; how many there were.
fn discard(input: &mut impl Read, count: u64) -> Result<u64, Problem> {
    let mut chunk = [0; 1 << 14];
    let mut done = 0;
    while done < count {
        let wanted = (count - done).min(chunk.len() as u64) as usize;
        let got = fill(input, &mut chunk[..wanted])?;
        done += got as u64;
        if got < wanted {
            break;
        }
    }
    Ok(done)
}

/// Reads until `out` is full or the input ends; the count of bytes read.
pub(crate) fn fill(input: &mut impl Read, out: &mut [u8]) -> Result<usize, Problem> {
    let mut filled = 0;
    while filled < out.len() {
        match input.read(&mut out[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(read_problem(error)),
        }
    }
    Ok(filled)
}

/// The first `len` bytes of `buffer`, which keeps its memory from file to file.
pub(crate) fn sized(buffer: &mut Vec<u8>, len: usize) -> Result<&mut [u8], MemoryError> {
    if buffer.len() < len {
        // Freed first, so that old and new are never both held; zeroed pages cost nothing until written.
        *buffer = Vec::new();
        let zeros = try_zeroed_vec(len);
        *buffer = zeros.map_err(|()| MemoryError::of_machine(STORED_VOXELS, len as u64))?;
    }
    Ok(&mut buffer[..len])
}
