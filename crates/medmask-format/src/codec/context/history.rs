//! The labels around the voxel being coded (SPEC.md, "Context: neighbourhood").

use super::ChunkShape;
use crate::FormatError;

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
pub(super) type Neighbours = [u32; WINDOWS.len()];

/// Voxels of background left and right of a row, and rows of it above and below a slice.
const MARGIN: usize = 8;
const ROW_MARGIN: usize = 3;

/// What a label's number is kept in.
pub(super) trait Cell: Copy + Default + Eq {
    fn from_number(number: u32) -> Self;
    fn number(self) -> u32;
    /// Bit i tells whether cell i is `self`.
    fn same(self, cells: &[Self; 8]) -> u32;
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
    fn same(self, cells: &[Self; 8]) -> u32 {
        const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
        let differ = u64::from_le_bytes(*cells) ^ (u64::from(self) * 0x0101_0101_0101_0101);
        let zero = !(((differ & LOW) + LOW) | differ) & !LOW;
        // The product gathers the eight bits, which stand 8 apart, in the top byte.
        ((zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    }
}

/// For chunks of one label.
impl Cell for bool {
    fn from_number(number: u32) -> Self {
        number != 0
    }

    #[inline]
    fn number(self) -> u32 {
        self.into()
    }

    #[inline]
    fn same(self, cells: &[Self; 8]) -> u32 {
        const ONES: u64 = 0x0101_0101_0101_0101;
        let cells = u64::from_le_bytes(cells.map(u8::from));
        let differ = cells ^ (u64::from(self) * ONES);
        ((differ ^ ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
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
    fn same(self, cells: &[Self; 8]) -> u32 {
        cells.iter().rev().fold(0, |bits, cell| bits << 1 | Self::from(*cell == self))
    }
}

/// The slice being coded and the three before it, with margins of background.
pub(super) struct History<C> {
    cells: Vec<C>,
    stride: usize,
    slice: usize,
    width: usize,
}

impl<C: Cell> History<C> {
    /// # Errors
    /// `OutOfMemory` where four slices do not fit this machine's memory.
    pub(super) fn new(shape: ChunkShape) -> Result<Self, FormatError> {
        let (height, width) = (shape.height as usize, shape.width as usize);
        let length = width.checked_add(2 * MARGIN).and_then(|stride| {
            height.checked_add(2 * ROW_MARGIN)?.checked_mul(stride)?.checked_mul(4)
        });
        let cells = match length {
            // Tried first, then taken zeroed: pages that no row reaches are never touched.
            Some(length) if Vec::<C>::new().try_reserve_exact(length).is_ok() => {
                vec![C::default(); length]
            }
            _ => {
                let cells = 4 * u64::from(shape.height).saturating_mul(shape.width.into());
                let bytes = cells.saturating_mul(size_of::<C>() as u64);
                return Err(FormatError::OutOfMemory { what: "the history of a chunk", bytes });
            }
        };
        let stride = width + 2 * MARGIN;
        Ok(Self { cells, stride, slice: stride * (height + 2 * ROW_MARGIN), width })
    }

    /// Where voxel x = 0 of a row is kept; `y` may lie up to 3 outside the slice.
    fn start(&self, z: usize, y: isize) -> usize {
        (z & 3) * self.slice + (y + ROW_MARGIN as isize) as usize * self.stride + MARGIN
    }

    /// The cells of the row that begins at `start`, and one of its margin.
    fn row_and_next(&self, start: usize) -> &[C] {
        &self.cells[start..=start + self.width]
    }

    /// Prepares for coding row (`z`, `y`).
    pub(super) fn view(&self, z: usize, y: usize) -> View {
        let y = y as isize;
        let starts = WINDOWS.map(|(back, on, column)| {
            // Slices before the first look like the first; there, like its rows already coded.
            let (back, on) = if z == 0 && back > 0 { (0, on.min(-1)) } else { (back.min(z), on) };
            (self.start(z + 4 - back, y + on) as isize + column) as usize
        });
        View { here: self.start(z, y), starts }
    }
}

/// Where the rows around one row are kept.
pub(super) struct View {
    here: usize,
    starts: [usize; WINDOWS.len()],
}

impl View {
    /// Start of the window's row at x = 0.
    fn row(&self, window: usize) -> usize {
        (self.starts[window] as isize - WINDOWS[window].2) as usize
    }
}

/// The row above; the row of the slice before; the one after that.
const ABOVE: usize = 1;
const BEFORE: usize = 7;
const BEFORE_NEXT: usize = 8;

impl<C: Cell> History<C> {
    /// Finds which voxels around `x` hold `label`.
    #[inline]
    pub(super) fn look(&self, view: &View, x: usize, label: C, neighbours: &mut Neighbours) {
        for (bits, start) in neighbours.iter_mut().zip(&view.starts) {
            if let Some(cells) =
                self.cells.get(start + x..start + x + 8).and_then(|cells| cells.first_chunk())
            {
                *bits = label.same(cells);
            }
        }
    }

    /// Marks with 0 where the row above, the row before and the one after that agree, here and one voxel on.
    /// `marks` is as long as a row and 8 more, which are set. Returns whether any voxel is not so.
    pub(super) fn mark_loud(&self, view: &View, marks: &mut [u8]) -> bool {
        let above = self.row_and_next(view.row(ABOVE));
        let before = self.row_and_next(view.row(BEFORE));
        let next = self.row_and_next(view.row(BEFORE_NEXT));
        let mut any = 0;
        for x in 0..self.width {
            let label = above[x];
            let loud = u8::from(label != above[x + 1])
                | u8::from(label != before[x])
                | u8::from(label != before[x + 1])
                | u8::from(label != next[x])
                | u8::from(label != next[x + 1]);
            marks[x] = loud;
            any |= loud;
        }
        any != 0
    }

    /// The label of the row above.
    #[inline]
    pub(super) fn above(&self, view: &View, x: usize) -> C {
        self.cells[view.row(ABOVE) + x]
    }

    /// Puts a label into voxels of the row being coded.
    #[inline]
    pub(super) fn set(&mut self, view: &View, from: usize, to: usize, label: C) {
        self.cells[view.here + from..view.here + to].fill(label);
    }

    /// A number for a label, the one above, the one before and the one on the left.
    #[inline]
    pub(super) fn around(&self, view: &View, x: usize, label: C, left: C) -> u32 {
        let before = self.cells[view.row(BEFORE) + x];
        [self.above(view, x), before, left].into_iter().fold(label.number(), |number, cell| {
            number.wrapping_mul(16_777_619).wrapping_add(cell.number())
        })
    }

    /// The labels most likely after `left`, in order and without repeats.
    pub(super) fn candidates(&self, view: &View, x: usize, left: C) -> Candidates<C> {
        let mut found = Candidates { labels: [left; 6], len: 1 };
        for (window, column) in ORDER {
            found.add(self.cells[view.starts[window] + x + column]);
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
