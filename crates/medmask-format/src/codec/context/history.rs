//! The labels around the voxel being coded (SPEC.md, "Context: neighbourhood").

use super::ChunkShape;
use super::around::{ABOVE, Around, BEFORE, BEFORE_NEXT, REACH, WINDOWS};
use super::cell::Cell;
use crate::memory::zeros;
use medmask_voxel::{Held, Memory, MemoryError};

/// Voxels of background on each side of a row, and rows of it above and below a slice.
const MARGIN: usize = 8;
const ROW_MARGIN: usize = 3;
/// The slice being coded and the three before it, with margins of background.
pub(super) struct History<'a, C> {
    memory: &'a Memory,
    cells: Vec<C>,
    /// For each row, margins included, whether any of its voxels is labelled.
    occupied: Vec<bool>,
    _held: [Held<'a>; 2],
    stride: usize,
    slice: usize,
    width: usize,
}

impl<'a, C: Cell> History<'a, C> {
    /// # Errors
    /// Where `memory` has none for four slices.
    pub(super) fn new(shape: ChunkShape, memory: &'a Memory) -> Result<Self, MemoryError> {
        const WHAT: &str = "the slices that a chunk's voxels are coded after";
        let (height, width) = (shape.height as usize, shape.width as usize);
        // Behind a row is room to look at it 16 voxels at a time.
        let stride =
            width.checked_next_multiple_of(16).and_then(|stride| stride.checked_add(2 * MARGIN));
        let length = stride.and_then(|stride| {
            height.checked_add(2 * ROW_MARGIN)?.checked_mul(stride)?.checked_mul(4)
        });
        let (Some(stride), Some(length)) = (stride, length) else {
            return Err(MemoryError::of_machine(WHAT, u64::MAX));
        };
        // Zeroed by the system: pages that no row reaches are never touched.
        let (cells, cells_held) = zeros(memory, WHAT, length)?;
        let rows = height + 2 * ROW_MARGIN;
        let (occupied, rows_held) = zeros(memory, WHAT, 4 * rows)?;
        let _held = [cells_held, rows_held];
        Ok(Self { memory, cells, occupied, _held, stride, slice: stride * rows, width })
    }

    /// Another one after the first slice of this one, which is all that was kept.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn fork(&self, shape: ChunkShape) -> Result<Self, MemoryError> {
        let mut fork = Self::new(shape, self.memory)?;
        fork.cells[..self.slice].copy_from_slice(&self.cells[..self.slice]);
        fork.occupied.copy_from_slice(&self.occupied);
        Ok(fork)
    }

    /// Which row this is of those kept; `y` may lie up to 3 outside the slice.
    fn number(&self, z: usize, y: isize) -> usize {
        // Windows look back three slices at most, so four are kept, each in the place of the one four before.
        (z & 3) * (self.slice / self.stride) + (y + ROW_MARGIN as isize) as usize
    }

    /// The row of a window for row (`z`, `y`).
    fn number_in(&self, z: usize, y: usize, window: usize) -> usize {
        let (back, on, _) = WINDOWS[window];
        // Slices before the first look like the first; there, like its rows already coded.
        let (back, on) = if z == 0 && back > 0 { (0, on.min(-1)) } else { (back.min(z), on) };
        self.number(z + 4 - back, y as isize + on)
    }

    /// The row of a window for row (`z`, `y`), from the window's first voxel for x = 0 on, with the margin behind.
    fn row(&self, z: usize, y: usize, window: usize) -> &[C] {
        let start = self.number_in(z, y, window) * self.stride;
        &self.cells[start + MARGIN - REACH..start + self.stride]
    }

    /// The row above row (`z`, `y`).
    pub(super) fn above(&self, z: usize, y: usize) -> &[C] {
        &self.row(z, y, ABOVE)[REACH..REACH + self.width]
    }

    /// The rows around row (`z`, `y`).
    pub(super) fn around(&self, z: usize, y: usize) -> Around<'_, C> {
        let rows = std::array::from_fn(|i| if i == 0 { &[][..] } else { self.row(z, y, i) });
        Around { rows }
    }

    /// Keeps a row that was coded.
    pub(super) fn keep(&mut self, z: usize, y: usize, row: &[C]) {
        let number = self.number(z, y as isize);
        let start = number * self.stride + MARGIN;
        self.cells[start..start + self.width].copy_from_slice(row);
        self.occupied[number] = true;
    }

    /// Keeps a row of background.
    pub(super) fn keep_background(&mut self, z: usize, y: usize) {
        let number = self.number(z, y as isize);
        // What is background already is not written again: most rows are.
        if std::mem::take(&mut self.occupied[number]) {
            let start = number * self.stride + MARGIN;
            self.cells[start..start + self.width].fill(C::default());
        }
    }

    /// Marks with 0 where the row above row (`z`, `y`), the row before and the one after that agree, here and one
    /// voxel on; in the first slice, of which only the row above is known, also so many voxels around. Voxels behind
    /// the row are marked with 1. Returns whether any of the row is.
    pub(super) fn mark_loud(&self, z: usize, y: usize, around: u32, marks: &mut Marks) -> bool {
        let windows = [ABOVE, BEFORE, BEFORE_NEXT];
        // Only the last bits may lie behind the row.
        let last = marks.0.len() - 1;
        let behind = u64::MAX.checked_shl((self.width - 64 * last) as u32).unwrap_or(0);
        if !windows.iter().any(|window| self.occupied[self.number_in(z, y, *window)]) {
            marks.0.fill(0);
            marks.0[last] = behind;
            return false;
        }
        let rows = windows.map(|window| &self.row(z, y, window)[REACH..]);
        for (i, mark) in marks.0.iter_mut().enumerate() {
            *mark = 0;
            for from in (64 * i..self.width.min(64 * i + 64)).step_by(16) {
                let [Some(a), Some(b), Some(c)] = rows.map(|row| row[from..].first_chunk()) else {
                    unreachable!("the margin behind a row has room to look beyond it");
                };
                *mark |= u64::from(C::differ([a, b, c])) << (from % 64);
            }
        }
        marks.0[last] &= !behind;
        let any = marks.0.iter().any(|mark| *mark != 0);
        if any && z == 0 {
            (0..around).for_each(|_| marks.widen());
        }
        marks.0[last] |= behind;
        any
    }
}

/// A bit for each voxel of a row and at least one behind it.
#[derive(Clone)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    pub(super) fn new(width: usize) -> Self {
        Self(vec![0; width / 64 + 1])
    }

    pub(super) fn is_marked(&self, x: usize) -> bool {
        self.0[x / 64] >> (x % 64) & 1 == 1
    }

    /// Marks the neighbours of what is marked.
    fn widen(&mut self) {
        let mut before = 0;
        for i in 0..self.0.len() {
            let mark = self.0[i];
            let after = self.0.get(i + 1).copied().unwrap_or(0);
            self.0[i] |= mark << 1 | before >> 63 | mark >> 1 | after << 63;
            before = mark;
        }
    }

    pub(super) fn mark_all(&mut self) {
        self.0.fill(u64::MAX);
    }

    /// How many voxels from `x` on have no mark.
    #[inline]
    pub(super) fn unmarked(&self, x: usize) -> usize {
        let first = self.0[x / 64] >> (x % 64);
        if first != 0 {
            return first.trailing_zeros() as usize;
        }
        let mut unmarked = 64 - x % 64;
        for mark in &self.0[x / 64 + 1..] {
            unmarked += mark.trailing_zeros() as usize;
            if *mark != 0 {
                break;
            }
        }
        unmarked
    }
}
