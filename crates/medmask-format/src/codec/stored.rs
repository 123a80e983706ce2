//! What the rows of two slices are made of, each row once however many repeat it.

use medmask_voxel::{Held, Memory, MemoryError};

/// Where the parts of a row are; at 0 for an empty row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Up to so many parts nothing is done about those that no row needs any more.
const FEW: usize = 1 << 16;

/// The runs or transitions that rows of this slice and the one before spell out.
pub(super) struct Stored<'a, T> {
    parts: Vec<T>,
    memory: &'a Memory,
    held: Held<'a>,
    /// The number of parts at which those that no row has any more are dropped.
    enough: usize,
}

impl<'a, T: Copy> Stored<'a, T> {
    /// Nothing yet; `what` is what an error of `memory` calls it.
    pub(super) fn new(memory: &'a Memory, what: &'static str) -> Result<Self, MemoryError> {
        Ok(Self { parts: Vec::new(), memory, held: memory.hold(what, 0)?, enough: FEW })
    }

    #[inline]
    pub(super) fn row(&self, span: Span) -> &[T] {
        &self.parts[span.start..span.end]
    }

    /// Stores the parts of a row.
    #[inline]
    pub(super) fn push(&mut self, row: &[T]) -> Result<Span, MemoryError> {
        if row.is_empty() {
            return Ok(Span::default());
        }
        let start = self.parts.len();
        self.held.reserve(&mut self.parts, row.len())?;
        self.parts.extend_from_slice(row);
        Ok(Span { start, end: self.parts.len() })
    }

    /// Whether it is time to drop what no row has.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.parts.len() > self.enough
    }

    /// Drops the parts that are in none of `spans`, at most `count`, which are the same or apart.
    pub(super) fn keep<'s>(
        &mut self,
        spans: impl Iterator<Item = &'s mut Span>,
        count: usize,
    ) -> Result<(), MemoryError> {
        let mut order: Vec<&mut Span> = Vec::new();
        let mut held = self.memory.hold("the rows of a chunk's slices", 0)?;
        held.reserve(&mut order, count)?;
        order.extend(spans.filter(|span| !span.is_empty()));
        order.sort_unstable_by_key(|span| span.start);
        // Each moves down to the end of those before it.
        let (mut from, mut to) = (Span::default(), Span::default());
        for span in order {
            if *span != from {
                from = *span;
                self.parts.copy_within(from.start..from.end, to.end);
                to = Span { start: to.end, end: to.end + (from.end - from.start) };
            }
            *span = to;
        }
        self.parts.truncate(to.end);
        self.enough = FEW.max(2 * to.end);
        Ok(())
    }
}
