//! What is looked up in the rows around one row (SPEC.md, "Context: neighbourhood" and "Context: scan").

use super::cell::Cell;

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

/// The row above; the row of the slice before; the one after that.
pub(super) const ABOVE: usize = 1;
pub(super) const BEFORE: usize = 7;
pub(super) const BEFORE_NEXT: usize = 8;

/// Voxels of a window before the one that is coded, in all windows but the first.
pub(super) const REACH: usize = 3;

/// For each of [`WINDOWS`] which of its voxels, lowest bit first, hold some label.
pub(super) type Neighbours = [u8; WINDOWS.len()];

/// The rows around one row.
pub(super) struct Around<'a, C> {
    /// For each of [`WINDOWS`] its row, from the window's first voxel for x = 0 on, with the margin behind it; the
    /// row itself, of which the first window is, is kept elsewhere.
    pub(super) rows: [&'a [C]; WINDOWS.len()],
}

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

    /// Up to eight labels near `x` in the slice before, behind those of `candidates`.
    pub(super) fn near(&self, x: usize, candidates: &Candidates<C>) -> Labels<C, 14> {
        let mut found = Labels { labels: [C::default(); 14], len: 0 };
        candidates.as_slice().iter().for_each(|label| found.add(*label));
        let most = found.len + 8;
        for (window, column) in NEAR {
            if found.len < most {
                found.add(self.rows[window][x + column]);
            }
        }
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

/// The same of the labels near by: all voxels of the windows of the slice before, in the order of their distance.
const NEAR: [(usize, usize); 56] = {
    let mut near = [(0, 0); 56];
    let (mut count, mut distance) = (0, 0);
    while count < near.len() {
        let mut i = 0;
        while i < near.len() {
            let (window, column) = (BEFORE - 3 + i / 8, i % 8);
            if window.abs_diff(BEFORE).pow(2) + column.abs_diff(REACH).pow(2) == distance {
                near[count] = (window, column);
                count += 1;
            }
            i += 1;
        }
        distance += 1;
    }
    near
};

/// Up to `N` labels, each there once.
pub(super) struct Labels<C, const N: usize> {
    labels: [C; N],
    len: usize,
}

/// Up to six labels that are asked about.
pub(super) type Candidates<C> = Labels<C, 6>;

impl<C: Cell, const N: usize> Labels<C, N> {
    fn add(&mut self, label: C) {
        if self.len < self.labels.len() && !self.as_slice().contains(&label) {
            self.labels[self.len] = label;
            self.len += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[C] {
        &self.labels[..self.len]
    }

    /// The same with each label as something else.
    pub(super) fn map<T>(&self, other: impl Fn(C) -> T) -> Labels<T, N> {
        Labels { labels: self.labels.map(other), len: self.len }
    }
}
