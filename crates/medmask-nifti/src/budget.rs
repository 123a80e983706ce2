//! What the reading of one file may hold.

use medmask_core::{Memory, MemoryError};

/// A limit of memory, and what of it a file's bytes take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Bytes; `None` for as many as the machine gives.
    pub limit: Option<u64>,
    /// Bytes that are held as long as the volume is.
    pub held: u64,
}

impl Budget {
    /// The same, with so many bytes held as well.
    pub(crate) fn and(self, bytes: u64) -> Self {
        Self { held: self.held.saturating_add(bytes), ..self }
    }

    /// Fails where `what` is held already and is too much.
    pub(crate) fn check(self, what: &'static str) -> Result<(), MemoryError> {
        Memory::new(self.limit).hold(what, self.held).map(drop)
    }

    /// Has `make` make something, in what is left.
    pub(crate) fn within<R, E: From<MemoryError>>(
        self,
        make: impl FnOnce(&Memory) -> Result<R, E>,
    ) -> Result<R, E> {
        let memory = Memory::new(self.limit);
        let _held = memory.hold("the file", self.held)?;
        make(&memory)
    }
}
