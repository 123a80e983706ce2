//! Inflating gzip with memory bounded by what the header asks for.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use libdeflater::Decompressor;

use bytemuck::try_zeroed_vec;
use medmask_core::MemoryError;

use crate::Problem;

/// Deflate cannot shrink data further than this.
const MAX_RATIO: u64 = 1032;
/// Bytes after the last voxel that are inflated only to reach the checksum.
const MAX_SURPLUS: u64 = 16 << 20;

/// Header and extensions up to this size are inflated together with the voxels.
const MAX_FRONT: u64 = 1 << 20;

/// What errors call the voxels before they are made labels.
pub(crate) const STORED_VOXELS: &str = "the voxels as they are stored";

/// Whether `bytes` start as gzip data does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The inflated bytes of all members, one after the other; each member's checksum is checked.
pub(crate) struct Members<'a> {
    decoder: GzDecoder<&'a [u8]>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { decoder: GzDecoder::new(bytes) }
    }

    /// Inflates the rest of the current member, so that its checksum is checked.
    fn finish_member(&mut self) -> Result<(), Problem> {
        let mut chunk = [0; 1 << 14];
        let mut surplus = 0;
        loop {
            match self.decoder.read(&mut chunk).map_err(read_problem)? {
                0 => return Ok(()),
                count => surplus += count as u64,
            }
            if surplus > MAX_SURPLUS {
                return Err(Problem::Surplus { surplus });
            }
        }
    }
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let rest: &[u8] = self.decoder.get_ref();
            // Some tools pad gzip files with zeros.
            let zeros = rest.iter().take_while(|byte| **byte == 0).count();
            if !is_gzip(&rest[zeros..]) {
                return Ok(0);
            }
            self.decoder = GzDecoder::new(&rest[zeros..]);
        }
    }
}

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
}

/// The window's bytes of the inflated `compressed`, in `buffer`, which grows only as far as needed.
pub(crate) fn inflate<'b>(
    compressed: &[u8],
    window: &Window,
    buffer: &'b mut Vec<u8>,
    decompressor: &mut Decompressor,
) -> Result<&'b [u8], Problem> {
    let expected = window.end();
    let possible = (compressed.len() as u64).saturating_mul(MAX_RATIO);
    if expected > possible {
        return Err(Problem::Truncated { expected, found: possible });
    }
    // The ordinary file, one gzip member with the voxels right after the header, is inflated at once.
    if window.rest == 0 && window.skip <= MAX_FRONT {
        let skip = window.skip as usize;
        let out = sized(buffer, skip.saturating_add(window.len))?;
        // On any other outcome the streaming decoder finds out what the file is: fewer bytes may be a
        // file of several members, more bytes may follow the voxels, and bad data has a position.
        if decompressor.gzip_decompress(compressed, out) == Ok(out.len()) {
            return Ok(&buffer[skip..skip + window.len]);
        }
    }
    stream(compressed, window, sized(buffer, window.len)?)
}

fn stream<'b>(compressed: &[u8], window: &Window, out: &'b mut [u8]) -> Result<&'b [u8], Problem> {
    let mut members = Members::new(compressed);
    let skipped = discard(&mut members, window.skip)?;
    let filled = fill(&mut members, out)?;
    let found = skipped + filled as u64;
    if found < window.end() {
        return Err(Problem::Truncated { expected: window.end(), found });
    }
    let rest = discard(&mut members, window.rest)?;
    if rest < window.rest {
        let expected = window.end() + window.rest;
        return Err(Problem::Truncated { expected, found: found + rest });
    }
    members.finish_member()?;
    Ok(out)
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

/// What a failed read means: errors of the operating system have a number, the decompressor's have none.
pub(crate) fn read_problem(error: io::Error) -> Problem {
    if error.raw_os_error().is_some() {
        return Problem::Io { source: error };
    }
    Problem::Gzip { reason: error.to_string() }
}
