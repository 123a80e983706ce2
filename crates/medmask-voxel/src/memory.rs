//! How much memory one read may hold.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one read may hold at once, counted for all its threads together.
///
/// Whoever allocates as much as a file asks for counts it here first, and so learns of a limit before memory is touched. The count
/// is of what grows with files: results, rows, and what chunks are unpacked to. Tables of a fixed size are not counted.
///
/// ```
/// use medmask_voxel::Memory;
///
/// let memory = Memory::new(Some(1000));
/// let mut rows = Vec::new();
/// let mut held = memory.hold("the rows", 0)?;
/// held.reserve(&mut rows, 100)?;
/// rows.extend([7_u64; 100]);
/// let error = memory.hold("the voxels", 500).unwrap_err();
/// assert_eq!((error.asked(), error.limit()), (500, Some(1000)));
/// drop(held);
/// assert!(memory.hold("the voxels", 500).is_ok());
/// # Ok::<(), medmask_voxel::MemoryError>(())
/// ```
#[derive(Debug)]
pub struct Memory {
    limit: Option<u64>,
    held: AtomicUsize,
}

impl Memory {
    /// Up to `limit` bytes at once; `None` for as much as the machine gives.
    #[must_use]
    pub const fn new(limit: Option<u64>) -> Self {
        Self { limit, held: AtomicUsize::new(0) }
    }

    /// As much as the machine gives.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self::new(None)
    }

    /// Counts `bytes` as held for `what` until the result is dropped.
    ///
    /// # Errors
    /// Where that would be more than the limit, or more than any memory of this machine.
    pub fn hold(&self, what: &'static str, bytes: u64) -> Result<Held<'_>, MemoryError> {
        let mut held = Held { memory: self, what, bytes: 0 };
        held.add(bytes)?;
        Ok(held)
    }

    /// As [`hold`](Self::hold), and asks the machine for as much in one piece, which it gets back at once: for work that is about to
    /// begin, and that ends the process where memory runs out on its way.
    ///
    /// # Errors
    /// As [`hold`](Self::hold), and where the machine does not have it.
    pub fn try_out(&self, what: &'static str, bytes: u64) -> Result<Held<'_>, MemoryError> {
        let held = self.hold(what, bytes)?;
        let tried = Vec::<u8>::new().try_reserve_exact(held.bytes);
        tried.map_err(|_| held.refused(bytes))?;
        Ok(held)
    }
}

/// Memory that is counted as held until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Held<'a> {
    memory: &'a Memory,
    what: &'static str,
    bytes: usize,
}

impl Held<'_> {
    /// Makes room for `more` items in `vec`, whose memory is counted here from its first item on.
    ///
    /// # Errors
    /// As [`Memory::hold`], and where the machine has too little memory.
    #[inline]
    pub fn reserve<T>(&mut self, vec: &mut Vec<T>, more: usize) -> Result<(), MemoryError> {
        if vec.capacity() - vec.len() >= more {
            return Ok(());
        }
        self.grow(vec, more)
    }

    #[cold]
    fn grow<T>(&mut self, vec: &mut Vec<T>, more: usize) -> Result<(), MemoryError> {
        /// Fewer are not worth an allocation of their own.
        const FEWEST: usize = 8;
        let needed = vec.len().saturating_add(more);
        let capacity = needed.max(vec.capacity().saturating_mul(2)).max(FEWEST);
        let bytes = |items: usize| (items as u64).saturating_mul(size_of::<T>() as u64);
        // Old and new memory may both be held while the items move.
        let old = vec.capacity() * size_of::<T>();
        self.add(bytes(capacity))?;
        let grown = vec.try_reserve_exact(capacity - vec.len());
        self.release(if grown.is_ok() { old } else { bytes(capacity) as usize });
        grown.map_err(|_| self.refused(bytes(capacity)))
    }

    /// The error for `bytes` that the machine does not give.
    #[must_use]
    pub fn refused(&self, bytes: u64) -> MemoryError {
        MemoryError { what: self.what, asked: bytes, limit: None }
    }

    /// Counts `bytes` more.
    ///
    /// # Errors
    /// As [`Memory::hold`].
    pub fn add(&mut self, bytes: u64) -> Result<(), MemoryError> {
        let MemoryError { what, asked, limit } =
            MemoryError { what: self.what, asked: bytes, limit: self.memory.limit };
        let more = usize::try_from(bytes).map_err(|_| MemoryError { what, asked, limit })?;
        let most = limit.unwrap_or(u64::MAX);
        let fits = |held: usize| held.checked_add(more).filter(|sum| *sum as u64 <= most);
        // The number alone counts: no other memory is made visible by it.
        self.memory
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .map_err(|_| MemoryError { what, asked, limit })?;
        self.bytes += more;
        Ok(())
    }

    fn release(&mut self, bytes: usize) {
        self.memory.held.fetch_sub(bytes, Ordering::Relaxed);
        self.bytes -= bytes;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.release(self.bytes);
    }
}

/// Memory that a read does not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryError {
    what: &'static str,
    asked: u64,
    limit: Option<u64>,
}

impl MemoryError {
    /// `bytes` for `what` that the machine does not give.
    #[must_use]
    pub fn of_machine(what: &'static str, bytes: u64) -> Self {
        Self { what, asked: bytes, limit: None }
    }

    /// Bytes asked for, beside what was held already.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// The limit in bytes; `None` where the machine has too little memory.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, asked, limit } = self;
        write!(formatter, "{what} would take {asked} bytes of memory, ")?;
        match limit {
            Some(limit) if asked > limit => write!(formatter, "more than the limit of {limit}"),
            Some(limit) => {
                write!(formatter, "with what is held already more than the limit of {limit}")
            }
            None => formatter.write_str("more than the machine gives"),
        }
    }
}

impl std::error::Error for MemoryError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_counts_until_it_is_dropped() {
        let memory = Memory::new(Some(100));
        let first = memory.hold("the first", 60).unwrap();
        let error = memory.hold("the second", 41).unwrap_err();
        let text = "the second would take 41 bytes of memory, with what is held already more than \
                    the limit of 100";
        assert_eq!(error.to_string(), text);
        let second = memory.hold("the second", 40).unwrap();
        assert!(memory.hold("a third", 1).is_err());
        drop(first);
        assert!(memory.hold("a third", 60).is_ok());
        drop(second);
        let error = memory.hold("all", 101).unwrap_err();
        let text = "all would take 101 bytes of memory, more than the limit of 100";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_list_is_counted_at_its_capacity_and_twice_while_it_moves() {
        let memory = Memory::new(Some(96));
        let mut held = memory.hold("numbers", 0).unwrap();
        let mut numbers: Vec<u32> = Vec::new();
        held.reserve(&mut numbers, 1).unwrap();
        assert_eq!((numbers.capacity(), held.bytes), (8, 32));
        numbers.extend([1; 8]);
        // 64 bytes are the new place, and 32 the old one for the time of the move.
        held.reserve(&mut numbers, 1).unwrap();
        assert_eq!((numbers.capacity(), held.bytes), (16, 64));
        numbers.extend([1; 8]);
        let error = held.reserve(&mut numbers, 1).unwrap_err();
        assert_eq!((error.asked(), error.limit()), (128, Some(96)));
        assert_eq!((numbers.len(), held.bytes), (16, 64), "all is as it was");
    }

    #[test]
    fn what_no_machine_has_is_an_error() {
        let memory = Memory::unlimited();
        let mut held = memory.hold("numbers", 0).unwrap();
        // Half of all addresses, in numbers of eight bytes.
        let numbers = 1_usize << (usize::BITS - 4);
        let error = held.reserve(&mut Vec::<u64>::new(), numbers).unwrap_err();
        assert_eq!((error.asked(), error.limit()), (numbers as u64 * 8, None));
        assert_eq!(held.bytes, 0);
        assert!(held.reserve(&mut Vec::<u64>::new(), usize::MAX).is_err());
        let text = "numbers would take 7 bytes of memory, more than the machine gives";
        assert_eq!(held.refused(7).to_string(), text);
    }

    #[test]
    fn what_is_tried_out_counts_as_held() {
        let memory = Memory::new(Some(100));
        let tried = memory.try_out("a merge", 100).unwrap();
        assert!(memory.hold("a byte", 1).is_err());
        drop(tried);
        let error = Memory::unlimited().try_out("a merge", 1 << 62).unwrap_err();
        assert_eq!((error.asked(), error.limit()), (1 << 62, None));
    }

    #[test]
    fn threads_share_one_limit() {
        let memory = Memory::new(Some(10));
        let held: Vec<_> = std::thread::scope(|scope| {
            let hold = || scope.spawn(|| memory.hold("a part", 3).ok());
            let threads: Vec<_> = (0..8).map(|_| hold()).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(held.len(), 3);
    }
}
