//! Where an archive's bytes lie: a file, a map of a file, or memory.

use std::borrow::Cow;
use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Bytes that can be read at any position.
pub trait ReadAt: Send + Sync {
    /// Number of bytes.
    ///
    /// # Errors
    /// What the operating system reports.
    fn size(&self) -> io::Result<u64>;

    /// The `length` bytes that start at `offset`. Callers make sure that the bytes exist, so `length` is bounded
    /// by [`size`](Self::size).
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] where there are fewer, or what the operating system reports.
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>>;
}

/// Bytes that can also be written at any position.
pub trait WriteAt: ReadAt {
    /// Writes all of `bytes` at `offset`, which may lie at or beyond the end.
    ///
    /// # Errors
    /// What the operating system reports, a full disk for example.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns when all that was written is durable.
    ///
    /// # Errors
    /// What the operating system reports.
    fn sync(&mut self) -> io::Result<()>;
}

impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        let mut bytes = vec![0; length];
        #[cfg(unix)]
        std::os::unix::fs::FileExt::read_exact_at(self, &mut bytes, offset)?;
        #[cfg(windows)]
        {
            let mut filled = 0;
            while filled < length {
                let offset = offset + filled as u64;
                match std::os::windows::fs::FileExt::seek_read(self, &mut bytes[filled..], offset)?
                {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    read => filled += read,
                }
            }
        }
        Ok(bytes.into())
    }
}

impl WriteAt for File {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        use io::{Seek, Write};
        self.seek(io::SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl ReadAt for Mmap {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        part(self, offset, length)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        part(self, offset, length)
    }
}

impl ReadAt for &[u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        part(self, offset, length)
    }
}

impl WriteAt for Vec<u8> {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        if self.len() < end {
            self.resize(end, 0);
        }
        self[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn part(bytes: &[u8], offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
    let start = usize::try_from(offset).ok();
    let end = start.and_then(|start| start.checked_add(length));
    let part = start.zip(end).and_then(|(start, end)| bytes.get(start..end));
    part.map(Cow::Borrowed).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
