//! Compressed files as streams of their bytes: gzip, bzip2 and Zstandard.

use std::io::{self, BufRead, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use medmask_core::{Memory, MemoryError};

use crate::{Compression, Problem};

/// Bytes after the last voxel that are inflated only to reach the checksum.
const MAX_SURPLUS: u64 = 16 << 20;

/// A Zstandard decoder holds so many bytes of what it gave, at most, as a power of 2; other programs set the same limit.
const MAX_WINDOW_LOG: u32 = 27;

/// Compressed data that is damaged, on its way through the errors of [`Read`].
#[derive(Debug, thiserror::Error)]
#[error("{compression}: {reason}")]
struct Damaged {
    compression: Compression,
    reason: String,
}

/// What a failed read means.
pub(crate) fn read_problem(error: io::Error) -> Problem {
    let inner = error.get_ref();
    if let Some(memory) = inner.and_then(|inner| inner.downcast_ref::<MemoryError>()) {
        return (*memory).into();
    }
    match inner.and_then(|inner| inner.downcast_ref()) {
        Some(Damaged { compression, reason }) => {
            Problem::Damaged { compression: *compression, reason: reason.clone() }
        }
        None => Problem::Io { source: error },
    }
}

/// The bytes that compressed ones stand for; every checksum is checked.
pub(crate) struct Stream<R: BufRead> {
    compression: Compression,
    decoder: Decoder<R>,
    max_memory: Option<u64>,
}

enum Decoder<R: BufRead> {
    Gzip(Box<Members<R>>),
    Bzip2(MultiBzDecoder<R>),
    Zstandard(zstd::stream::read::Decoder<'static, R>),
}

impl<R: BufRead> Stream<R> {
    /// The stream of `input`. What it holds of its own stays within `max_memory` bytes, where that is much.
    pub(crate) fn new(
        compression: Compression,
        input: R,
        max_memory: Option<u64>,
    ) -> Result<Self, Problem> {
        let decoder = match compression {
            Compression::Gzip => Decoder::Gzip(Box::new(Members::new(input))),
            Compression::Bzip2 => Decoder::Bzip2(MultiBzDecoder::new(input)),
            Compression::Zstandard => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(window_log(max_memory).clamp(10, MAX_WINDOW_LOG))?;
                Decoder::Zstandard(decoder)
            }
        };
        Ok(Self { compression, decoder, max_memory })
    }

    /// Reads to the next checksum: of gzip to the end of the member, else to the end.
    pub(crate) fn finish(&mut self) -> Result<(), Problem> {
        let mut chunk = [0; 1 << 14];
        let mut surplus = 0;
        loop {
            let count = match &mut self.decoder {
                Decoder::Gzip(members) => members.read_member(&mut chunk),
                Decoder::Bzip2(decoder) => decoder.read(&mut chunk),
                Decoder::Zstandard(decoder) => decoder.read(&mut chunk),
            };
            match count.map_err(|error| read_problem(self.named(error)))? {
                0 => return Ok(()),
                count => surplus += count as u64,
            }
            if surplus > MAX_SURPLUS {
                return Err(Problem::Surplus { compression: self.compression, surplus });
            }
        }
    }

    /// An error of the decoder, with the name of the format; those of the operating system have a number.
    fn named(&self, error: io::Error) -> io::Error {
        if error.raw_os_error().is_some() {
            return error;
        }
        let (compression, reason) = (self.compression, error.to_string());
        let window_log = window_log(self.max_memory);
        // The decoder's only way to say that its limit is too low.
        if reason.contains("too much memory") && window_log < MAX_WINDOW_LOG {
            let memory = Memory::new(self.max_memory);
            let asked = memory.hold("the window of the Zstandard data", 2 << window_log).map(drop);
            if let Err(refused) = asked {
                return io::Error::new(error.kind(), refused);
            }
        }
        io::Error::new(error.kind(), Damaged { compression, reason })
    }
}

/// How large a window fits into so many bytes, as a power of 2.
fn window_log(max_memory: Option<u64>) -> u32 {
    max_memory.map_or(MAX_WINDOW_LOG, |bytes| bytes.checked_ilog2().unwrap_or(0))
}

impl<R: BufRead> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.decoder {
            Decoder::Gzip(members) => members.read(buffer),
            Decoder::Bzip2(decoder) => decoder.read(buffer),
            Decoder::Zstandard(decoder) => decoder.read(buffer),
        };
        read.map_err(|error| self.named(error))
    }
}

/// The inflated bytes of all members of a gzip file, one after the other.
struct Members<R> {
    /// `None` only while one member follows another.
    decoder: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(input: R) -> Self {
        Self { decoder: Some(GzDecoder::new(input)) }
    }

    /// Reads within the current member.
    fn read_member(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.as_mut().map_or(Ok(0), |decoder| decoder.read(buffer))
    }

    /// Goes to the next member, if there is one.
    fn next(&mut self) -> io::Result<bool> {
        let Some(mut input) = self.decoder.take().map(GzDecoder::into_inner) else {
            return Ok(false);
        };
        // Some tools pad gzip files with zeros.
        loop {
            let zeros = input.fill_buf()?.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                break;
            }
            input.consume(zeros);
        }
        // A buffer may end after the first byte.
        let rest = input.fill_buf()?;
        let follows = rest == [0x1f] || Compression::of_start(rest) == Some(Compression::Gzip);
        self.decoder = follows.then(|| GzDecoder::new(input));
        Ok(follows)
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.read_member(buffer)?;
            if count > 0 || buffer.is_empty() || !self.next()? {
                return Ok(count);
            }
        }
    }
}
