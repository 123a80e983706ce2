//! The labels around the voxel being coded (SPEC.md, "Context: neighbourhood").

use medmask_voxel::{Held, Memory, MemoryError};
use wide::bytemuck::{Zeroable, cast};
use wide::u8x16;

use super::ChunkShape;
use crate::memory::zeros;

/// Windows of eight voxels: (slices back, rows on, columns from the voxel to the window's first).
pub(super) const WINDOWS: [(usize, isize, isize); 19] = [
    (0, 0, -8),
    (0, -1, -3),
    (0, -2, -3),
    (0, -3, -3),
    (1, -3, -3),
    (1, -2, -3),
    (1, -1, -3),
    (1, 0, -3),
    (1, 1, -3),
    (1, 2, -3),
    (1, 3, -3),
    (2, -2, -3),
    (2, -1, -3),
    (2, 0, -3),
    (2, 1, -3),
    (2, 2, -3),
    (3, -1, -3),
    (3, 0, -3),
    (3, 1, -3),
];

/// For each of [`WINDOWS`] which of its voxels, lowest bit first, hold some label.
pub(super) type Neighbours = [u8; WINDOWS.len()];

/// Voxels of background on each side of a row, and rows of it above and below a slice.
const MARGIN: usize = 8;
const ROW_MARGIN: usize = 3;
/// Cells of a row that are looked at together: 16 and one more.
const LOOKED_AT: usize = 17;

/// What a label's number is kept in.
pub(super) trait Cell: Copy + Default + Eq + Zeroable {
    fn from_number(number: u32) -> Self;
    fn number(self) -> u32;
    /// Bit i tells whether cell i of `a` is `self`, bit 8 + i whether cell i of `b` is.
    fn same(self, a: &[Self; 8], b: &[Self; 8]) -> u16;
    /// Appends `self` some times, and drops as many of the first cells.
    fn append_to(self, cells: &mut [Self; 8], times: usize);
    /// Bit i tells whether any of cells i and i + 1 of the three is not like cell i of the first.
    fn differ(rows: [&[Self; LOOKED_AT]; 3]) -> u16;
}

impl Cell for u8 {
    fn from_number(number: u32) -> Self {
        number as Self
    }

    #[inline]
    fn number(self) -> u32 {
        self.into()
    }

    #[inline]
    fn same(self, a: &[Self; 8], b: &[Self; 8]) -> u16 {
        let cells: u8x16 = cast([*a, *b]);
        cells.simd_eq(u8x16::splat(self)).to_bitmask() as u16
    }

    #[inline]
    fn append_to(self, cells: &mut [Self; 8], times: usize) {
        let cells_and_more = u128::from_le_bytes(cast([*cells, [self; 8]]));
        *cells = ((cells_and_more >> (8 * times.min(8))) as u64).to_le_bytes();
    }

    #[inline]
    fn differ(rows: [&[Self; LOOKED_AT]; 3]) -> u16 {
        let [a, b, c] = rows.map(|[here @ .., _]| u8x16::new(*here));
        let next = rows.map(|[_, next @ ..]| u8x16::new(*next));
        let differ = next.into_iter().fold((a ^ b) | (a ^ c), |differ, next| differ | (a ^ next));
        !differ.simd_eq(u8x16::ZERO).to_bitmask() as u16
    }
}

impl Cell for u32 {
    fn from_number(number: u32) -> Self {
        number
    }

    fn number(self) -> u32 {
        self
    }

    #[inline]
    fn same(self, a: &[Self; 8], b: &[Self; 8]) -> u16 {
        b.iter()
            .rev()
            .chain(a.iter().rev())
            .fold(0, |bits, cell| bits << 1 | u16::from(*cell == self))
    }

    fn append_to(self, cells: &mut [Self; 8], times: usize) {
        let times = times.min(8);
        cells.rotate_left(times);
        cells[8 - times..].fill(self);
    }

    fn differ(rows: [&[Self; LOOKED_AT]; 3]) -> u16 {
        (0..16).fold(0, |bits, i| {
            let differ = rows.iter().any(|row| row[i] != rows[0][i] || row[i + 1] != rows[0][i]);
            bits | u16::from(differ) << i
        })
    }
}

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

/// Voxels of a window before the one that is coded, in all windows but the first.
const REACH: usize = 3;

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

/// The rows around one row.
pub(super) struct Around<'a, C> {
    /// For each of [`WINDOWS`] its row, from the window's first voxel for x = 0 on, with the margin behind it; the
    /// row itself, of which the first window is, is kept elsewhere.
    rows: [&'a [C]; WINDOWS.len()],
}

/// The row above; the row of the slice before; the one after that.
const ABOVE: usize = 1;
const BEFORE: usize = 7;
const BEFORE_NEXT: usize = 8;

impl<C: Cell> Around<'_, C> {
    /// Finds which voxels around `x` hold `label`; `left` are the eight before it.
    #[inline]
    pub(super) fn look(&self, x: usize, label: C, left: &[C; 8]) -> Neighbours {
        const { assert!(WINDOWS.len() % 2 == 1, "the windows after the first are looked at in pairs") };
        let mut neighbours = [0; WINDOWS.len()];
        neighbours[0] = label.same(left, left) as u8;
        for (i, [a, b]) in self.rows[1..].as_chunks().0.iter().enumerate() {
            // Every x of the row has its eight; `left` is never taken.
            debug_assert!(x + 8 <= a.len() && x + 8 <= b.len());
            let a = a.get(x..x + 8).and_then(|row| row.first_chunk()).unwrap_or(left);
            let b = b.get(x..x + 8).and_then(|row| row.first_chunk()).unwrap_or(left);
            [neighbours[2 * i + 1], neighbours[2 * i + 2]] = label.same(a, b).to_le_bytes();
        }
        neighbours
    }

    /// A number for a label, the one above, the one before and the one on the left.
    #[inline]
    pub(super) fn number(&self, x: usize, label: C, left: C) -> u32 {
        let cells = [self.rows[ABOVE][x + REACH], self.rows[BEFORE][x + REACH], left];
        cells.into_iter().fold(label.number(), |number, cell| {
            number.wrapping_mul(16_777_619).wrapping_add(cell.number())
        })
    }

    /// The labels most likely after `left`, in order and without repeats.
    pub(super) fn candidates(&self, x: usize, left: C) -> Candidates<C> {
        let mut found = Candidates { labels: [left; 6], len: 1 };
        for (window, column) in ORDER {
            found.add(self.rows[window][x + column]);
        }
        found.add(C::default());
        found
    }
}

/// Window and voxel in it of each candidate after the left one.
const ORDER: [(usize, usize); 12] = [
    (1, 3),
    (7, 3),
    (1, 4),
    (7, 4),
    (8, 3),
    (6, 3),
    (8, 4),
    (1, 5),
    (7, 5),
    (13, 3),
    (2, 3),
    (1, 2),
];

/// Up to six labels, each tried once.
pub(super) struct Candidates<C> {
    labels: [C; 6],
    len: usize,
}

impl<C: Cell> Candidates<C> {
    fn add(&mut self, label: C) {
        if self.len < self.labels.len() && !self.as_slice().contains(&label) {
            self.labels[self.len] = label;
            self.len += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[C] {
        &self.labels[..self.len]
    }
}
