//! Where an archive's bytes lie: a file, a map of a file, memory, or whatever else reads ranges.

mod file;

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::Arc;

pub use file::FileStorage;

/// Bytes that can be read at any position, by several threads at once.
///
/// References, boxes and `Arc`s of a storage are storages too, also of `dyn ReadAt`.
///
/// ```
/// use std::sync::Arc;
/// use medmask_archive::ReadAt;
///
/// let storage: Arc<dyn ReadAt> = Arc::new(b"0123456789".to_vec());
/// assert_eq!(*storage.read_at(3, 2)?, *b"34");
/// # Ok::<(), std::io::Error>(())
/// ```
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

    /// The bytes of several ranges, in their order. A storage for which each request takes long, such as an object store,
    /// answers them together; others need not implement this.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at), and [`io::ErrorKind::FileTooLarge`] for a range that no memory holds.
    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Cow<'_, [u8]>>> {
        let read = |range: &Range<u64>| {
            let length = usize::try_from(range.end.saturating_sub(range.start));
            self.read_at(range.start, length.map_err(|_| io::ErrorKind::FileTooLarge)?)
        };
        ranges.iter().map(read).collect()
    }
}

/// Bytes that can also be written at any position.
pub trait WriteAt: ReadAt {
    /// Writes all of `bytes` at `offset`, which may lie at or beyond the end.
    ///
    /// # Errors
    /// What the operating system reports, a full disk for example.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts off what lies beyond the first `size` bytes.
    ///
    /// # Errors
    /// What the operating system reports.
    fn cut(&mut self, size: u64) -> io::Result<()>;

    /// Returns when all that was written is durable.
    ///
    /// # Errors
    /// What the operating system reports.
    fn sync(&mut self) -> io::Result<()>;
}

macro_rules! storage_behind {
    ($($pointer:ty),*) => {$(
        impl<T: ReadAt + ?Sized> ReadAt for $pointer {
            fn size(&self) -> io::Result<u64> {
                (**self).size()
            }

            fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
                (**self).read_at(offset, length)
            }

            fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Cow<'_, [u8]>>> {
                (**self).read_ranges(ranges)
            }
        }
    )*};
}

storage_behind!(&T, Box<T>, Arc<T>);

macro_rules! storage_in_memory {
    ($($bytes:ty),*) => {$(
        impl ReadAt for $bytes {
            fn size(&self) -> io::Result<u64> {
                Ok(self.len() as u64)
            }

            fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
                part(self, offset, length)
            }
        }
    )*};
}

storage_in_memory!([u8], Vec<u8>);
#[cfg(feature = "mmap")]
storage_in_memory!(memmap2::Mmap);

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

    fn cut(&mut self, size: u64) -> io::Result<()> {
        self.truncate(usize::try_from(size).map_err(|_| io::ErrorKind::FileTooLarge)?);
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
