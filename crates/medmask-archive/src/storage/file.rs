//! Files as storage: read plainly, mapped, or taken into memory.

use std::borrow::Cow;
use std::fs::File;
use std::io;

use bytemuck::try_zeroed_vec;
#[cfg(feature = "mmap")]
use memmap2::Mmap;

use super::{ReadAt, WriteAt};

/// A file, in the way that [`OpenOptions`](crate::OpenOptions) chose.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileStorage {
    /// Read with a call to the system for each range.
    Plain(File),
    /// Mapped: ranges are the pages of the system's cache, without a copy.
    #[cfg(feature = "mmap")]
    Mapped(Mmap),
    /// All of it in memory.
    Bytes(Vec<u8>),
}

impl ReadAt for FileStorage {
    fn size(&self) -> io::Result<u64> {
        match self {
            Self::Plain(file) => file.size(),
            #[cfg(feature = "mmap")]
            Self::Mapped(map) => map.size(),
            Self::Bytes(bytes) => bytes.size(),
        }
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Plain(file) => file.read_at(offset, length),
            #[cfg(feature = "mmap")]
            Self::Mapped(map) => map.read_at(offset, length),
            Self::Bytes(bytes) => bytes.read_at(offset, length),
        }
    }
}

impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        // A sparse file may be longer than memory.
        let mut bytes = try_zeroed_vec(length).map_err(|()| io::ErrorKind::OutOfMemory)?;
        read_exact_at(self, &mut bytes, offset)?;
        Ok(bytes.into())
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        let offset = offset + filled as u64;
        match std::os::windows::fs::FileExt::seek_read(file, &mut bytes[filled..], offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
    }
    Ok(())
}

/// Without positional reads no file can be read by several threads at once; a browser has no files at all.
#[cfg(not(any(unix, windows)))]
fn read_exact_at(_file: &File, _bytes: &mut [u8], _offset: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl WriteAt for File {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        use io::{Seek, Write};
        self.seek(io::SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn cut(&mut self, size: u64) -> io::Result<()> {
        if self.size()? > size { self.set_len(size) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
