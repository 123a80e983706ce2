//! A file of which only some ranges are here.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use medmask_archive::ReadAt;

/// Ranges of a file of known size, and those that a reader asked for in vain.
#[derive(Debug)]
pub(crate) struct Sparse {
    size: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Each with the position of its first byte.
    parts: Vec<(u64, Vec<u8>)>,
    missing: Vec<Range<u64>>,
}

impl Sparse {
    pub fn new(size: u64) -> Self {
        Self { size, state: Mutex::default() }
    }

    /// Adds the `bytes` that stand at `offset`.
    pub fn supply(&self, offset: u64, bytes: Vec<u8>) {
        self.state().parts.push((offset, bytes));
    }

    /// What was asked for and is not here, since this was last called.
    pub fn take_missing(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut self.state().missing)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn read(&mut self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let part = |(start, bytes): &(u64, Vec<u8>)| {
            let from = usize::try_from(range.start.checked_sub(*start)?).ok()?;
            let to = usize::try_from(range.end.checked_sub(*start)?).ok()?;
            Some(bytes.get(from..to)?.to_vec())
        };
        let found = self.parts.iter().find_map(part);
        found.ok_or_else(|| {
            self.missing.push(range);
            io::ErrorKind::WouldBlock.into()
        })
    }
}

impl ReadAt for Sparse {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        let end = offset.checked_add(length as u64).filter(|end| *end <= self.size);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.state().read(offset..end).map(Cow::Owned)
    }

    /// All ranges that are missing become known at once.
    fn read_ranges(&self, ranges: &[Range<u64>]) -> io::Result<Vec<Cow<'_, [u8]>>> {
        let mut state = self.state();
        let read: Vec<_> = ranges.iter().map(|range| state.read(range.clone())).collect();
        read.into_iter().map(|bytes| bytes.map(Cow::Owned)).collect()
    }
}
