//! Neighbouring rows that are alike, kept as one.

use medmask_voxel::{Held, Memory, MemoryError};

/// What belongs to each row of a slice. Neighbours that have the same take the place of one: a chunk of few bytes may have more
/// rows than memory holds.
pub(super) struct Stretches<'a, T> {
    list: Vec<Stretch<T>>,
    held: Held<'a>,
    /// The stretch of the row that is looked at.
    at: usize,
}

/// Rows that have the same.
#[derive(Clone, Copy)]
struct Stretch<T> {
    /// One past the last of them.
    end: u32,
    value: T,
}

impl<'a, T: Copy + Default + PartialEq> Stretches<'a, T> {
    /// No rows yet; `what` is what an error of `memory` calls them.
    pub(super) fn new(memory: &'a Memory, what: &'static str) -> Result<Self, MemoryError> {
        Ok(Self { list: Vec::new(), held: memory.hold(what, 0)?, at: 0 })
    }

    /// Appends row `y`, which comes after the last one.
    #[inline]
    pub(super) fn push(&mut self, y: u32, value: T) -> Result<(), MemoryError> {
        self.push_until(y + 1, value)
    }

    /// Appends the rows after the last one, up to but without row `end`.
    #[inline]
    pub(super) fn push_until(&mut self, end: u32, value: T) -> Result<(), MemoryError> {
        match self.list.last_mut() {
            Some(last) if last.value == value => last.end = end,
            _ => {
                self.held.reserve(&mut self.list, 1)?;
                self.list.push(Stretch { end, value });
            }
        }
        Ok(())
    }

    /// Looks at row `y`: the first one, or one in the stretch that was looked at before or in the next one.
    #[inline]
    pub(super) fn look_at(&mut self, y: u32) {
        if y == 0 {
            self.at = 0;
        } else if self.list.get(self.at).is_some_and(|stretch| stretch.end <= y) {
            self.at += 1;
        }
    }

    /// One past the last row that has what the one has that is looked at; `None` where no row was appended.
    pub(super) fn end(&self) -> Option<u32> {
        self.list.get(self.at).map(|stretch| stretch.end)
    }

    /// What the row has that is looked at.
    #[inline]
    pub(super) fn here(&self) -> T {
        self.value(self.at)
    }

    /// What the row before row `y` has, which is looked at.
    #[inline]
    pub(super) fn before(&self, y: u32) -> T {
        let Some(index) = self.at.checked_sub(1) else {
            return if y == 0 { T::default() } else { self.here() };
        };
        match self.list.get(index) {
            Some(stretch) if stretch.end == y => stretch.value,
            _ => self.here(),
        }
    }

    /// What the row after row `y` has, which is looked at.
    #[inline]
    pub(super) fn after(&self, y: u32) -> T {
        let ends = self.list.get(self.at).is_some_and(|stretch| stretch.end == y + 1);
        self.value(self.at + usize::from(ends))
    }

    /// Rows that are not there have what is there by default.
    fn value(&self, index: usize) -> T {
        self.list.get(index).map_or_else(T::default, |stretch| stretch.value)
    }

    /// How many values differ from their neighbours'.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The value of each stretch.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.list.iter_mut().map(|stretch| &mut stretch.value)
    }

    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_those_of_a_plain_list(rows in prop::collection::vec(0_u8..3, 0..60)) {
            let memory = Memory::unlimited();
            let mut stretches = Stretches::new(&memory, "rows").unwrap();
            for (y, value) in (0..).zip(&rows) {
                stretches.push(y, *value).unwrap();
            }
            let row = |y: Option<u32>| y.and_then(|y| rows.get(y as usize)).copied().unwrap_or(0);
            for _ in 0..2 {
                for y in 0..rows.len() as u32 {
                    stretches.look_at(y);
                    prop_assert_eq!(stretches.here(), row(Some(y)));
                    prop_assert_eq!(stretches.before(y), row(y.checked_sub(1)));
                    prop_assert_eq!(stretches.after(y), row(Some(y + 1)));
                }
            }
            stretches.clear();
            stretches.look_at(0);
            prop_assert_eq!((stretches.here(), stretches.before(0), stretches.after(0)), (0, 0, 0));
        }
    }

    #[test]
    fn rows_that_are_alike_take_no_memory() {
        let memory = Memory::new(Some(100));
        let mut stretches = Stretches::new(&memory, "rows").unwrap();
        for y in 0..1 << 20 {
            stretches.push(y, y < 1 << 19).unwrap();
        }
        assert_eq!(stretches.len(), 2);
        let error = (0..100).try_for_each(|y| stretches.push((1 << 20) + y, y % 2 == 0));
        assert_eq!(error.unwrap_err().limit(), Some(100));
    }
}
