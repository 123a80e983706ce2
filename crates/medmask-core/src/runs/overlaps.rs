//! Overlap of many masks, counted in one sweep over all of them.

use std::collections::HashMap;

use super::sweep::shared_shape;
use super::{Runs, ShapeMismatch};
use crate::Run;

/// One label of one of several masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaskLabel {
    /// Which of the masks, counted from 0.
    pub mask: usize,
    /// The label, at least 1.
    pub label: u32,
}

/// Voxels that hold one label in one mask and one in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaskOverlap {
    /// The label in the one mask.
    pub first: MaskLabel,
    /// The label in the other.
    pub second: MaskLabel,
    /// Number of voxels that hold both, at least 1.
    pub voxels: u64,
}

impl Runs {
    /// How many voxels the labels of different `masks` share, ascending by (first, second), where the first is of the mask that
    /// comes first. Pairs that share no voxel are left out.
    ///
    /// All masks are gone through once, together: the time grows with their runs and with how often runs of two masks meet.
    ///
    /// ```
    /// use medmask_core::Runs;
    ///
    /// let mask = |voxels: [u8; 4]| Runs::from_slice(&voxels, [1, 1, 4]);
    /// let (a, b, c) = (mask([1, 1, 1, 0])?, mask([0, 0, 7, 7])?, mask([0, 0, 0, 1])?);
    /// let shared = Runs::overlaps_among(&[&a, &b, &c])?;
    /// let found: Vec<_> = shared.iter().map(|pair| (pair.first.mask, pair.second.mask)).collect();
    /// assert_eq!(found, [(0, 1), (1, 2)]);
    /// assert_eq!((shared[0].second.label, shared[0].voxels), (7, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn overlaps_among(masks: &[&Self]) -> Result<Vec<MaskOverlap>, ShapeMismatch> {
        overlaps(masks, |first, second| first != second)
    }

    /// How many voxels each label of the masks `first` shares with each of the masks `second`, ascending by (first, second); both
    /// count their masks from 0. A mask may be in both lists. Pairs that share no voxel are left out.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn overlaps_between(
        first: &[&Self],
        second: &[&Self],
    ) -> Result<Vec<MaskOverlap>, ShapeMismatch> {
        let masks: Vec<&Self> = first.iter().chain(second).copied().collect();
        let split = first.len();
        let mut pairs = overlaps(&masks, |a, b| (a < split) != (b < split))?;
        for pair in &mut pairs {
            pair.second.mask -= split;
        }
        Ok(pairs)
    }
}

/// The pairs of labels of those masks that `wanted` accepts.
fn overlaps(
    masks: &[&Runs],
    wanted: impl Fn(usize, usize) -> bool,
) -> Result<Vec<MaskOverlap>, ShapeMismatch> {
    shared_shape(masks)?;
    let (mut numbers, labels) = Numbers::of(masks);
    let (mut counts, mut meeting) = (Counts::new(labels.len()), Meeting::default());
    for_each_shared_row(masks, |rows| {
        meeting.start(rows.iter().map(|row| (row.mask, masks[row.mask].nth_row(row.row).runs)));
        meeting.meet(&mut numbers, &wanted, |a, b, voxels| counts.add(a, b, voxels));
    });
    let overlap = |((first, second), voxels)| {
        let [first, second] = [first, second].map(|number: u32| labels[number as usize]);
        MaskOverlap { first, second, voxels }
    };
    Ok(counts.finish().into_iter().map(overlap).collect())
}

/// A row of one of the masks.
#[derive(Clone, Copy)]
struct RowOf {
    y: u32,
    mask: usize,
    /// Its place among the rows of the mask.
    row: usize,
}

/// Calls `each` with the rows at one (z, y), for each at which more than one mask has a row.
fn for_each_shared_row(masks: &[&Runs], mut each: impl FnMut(&[RowOf])) {
    let mut next = vec![0; masks.len()];
    let mut slice: Vec<RowOf> = Vec::new();
    loop {
        let upcoming = masks.iter().zip(&next).filter_map(|(mask, row)| mask.rows.get(*row));
        let Some(z) = upcoming.map(|row| row.z).min() else { return };
        slice.clear();
        for (mask, (runs, next)) in masks.iter().zip(&mut next).enumerate() {
            let rows = runs.rows[*next..].iter().take_while(|row| row.z == z);
            let first = slice.len();
            slice.extend(rows.zip(*next..).map(|(start, row)| RowOf { y: start.y, mask, row }));
            *next += slice.len() - first;
        }
        // Stable, since the sort makes use of the order that each mask's rows have.
        slice.sort_by_key(|row| row.y);
        slice.chunk_by(|a, b| a.y == b.y).filter(|rows| rows.len() > 1).for_each(&mut each);
    }
}

/// A run with the mask that it is of.
#[derive(Clone, Copy)]
struct RunOf {
    mask: usize,
    run: Run,
}

/// Where runs of one row meet.
#[derive(Default)]
struct Meeting {
    runs: Vec<RunOf>,
    /// Those that began before and have not ended, with the numbers of their labels.
    open: Vec<(RunOf, u32)>,
}

impl Meeting {
    fn start<'a>(&mut self, rows: impl Iterator<Item = (usize, &'a [Run])>) {
        self.runs.clear();
        self.open.clear();
        self.runs.extend(
            rows.flat_map(|(mask, runs)| runs.iter().map(move |run| RunOf { mask, run: *run })),
        );
        self.runs.sort_by_key(|of| of.run.start);
    }

    /// Calls `each` with the numbers of two labels, that of the earlier mask first, and how many voxels two of their runs share.
    fn meet(
        &mut self,
        numbers: &mut Numbers,
        wanted: impl Fn(usize, usize) -> bool,
        mut each: impl FnMut(u32, u32, u32),
    ) {
        for of in &self.runs {
            let start = of.run.start;
            self.open.retain(|(other, _)| other.run.end > start);
            let number = numbers.get(of.mask, of.run.label);
            for (other, known) in &self.open {
                if wanted(other.mask, of.mask) {
                    let voxels = other.run.end.min(of.run.end) - start;
                    let (a, b) =
                        if other.mask < of.mask { (*known, number) } else { (number, *known) };
                    each(a, b, voxels);
                }
            }
            self.open.push((*of, number));
        }
    }
}

/// Numbers for the labels of all masks, ascending by mask and label.
struct Numbers {
    of_masks: Vec<LabelNumbers>,
}

struct LabelNumbers {
    /// The label met last, with its number: runs mostly hold the label of the run before.
    last: (u32, u32),
    all: HashMap<u32, u32>,
}

impl Numbers {
    fn of(masks: &[&Runs]) -> (Self, Vec<MaskLabel>) {
        let mut found = Vec::new();
        let mut of_masks = Vec::with_capacity(masks.len());
        for (mask, runs) in masks.iter().enumerate() {
            let mut labels: Vec<u32> = runs.runs.iter().map(|run| run.label).collect();
            labels.dedup();
            labels.sort_unstable();
            labels.dedup();
            let numbers = labels.iter().copied().zip(found.len() as u32..);
            of_masks.push(LabelNumbers { last: (0, 0), all: numbers.collect() });
            found.extend(labels.into_iter().map(|label| MaskLabel { mask, label }));
        }
        (Self { of_masks }, found)
    }

    fn get(&mut self, mask: usize, label: u32) -> u32 {
        let LabelNumbers { last, all } = &mut self.of_masks[mask];
        if last.0 != label {
            *last = (label, all[&label]);
        }
        last.1
    }
}

/// Voxels counted for pairs of numbers.
enum Counts {
    /// For few numbers: a square, row by row.
    Square {
        side: usize,
        voxels: Vec<u64>,
    },
    Pairs(HashMap<(u32, u32), u64>),
}

impl Counts {
    /// The square then takes 2 MB at most.
    const MOST_IN_SQUARE: usize = 512;

    fn new(numbers: usize) -> Self {
        if numbers > Self::MOST_IN_SQUARE {
            return Self::Pairs(HashMap::new());
        }
        Self::Square { side: numbers, voxels: vec![0; numbers * numbers] }
    }

    fn add(&mut self, first: u32, second: u32, more: u32) {
        let count = match self {
            Self::Square { side, voxels } => &mut voxels[first as usize * *side + second as usize],
            Self::Pairs(pairs) => pairs.entry((first, second)).or_default(),
        };
        *count += u64::from(more);
    }

    /// The pairs that share voxels, ascending.
    fn finish(self) -> Vec<((u32, u32), u64)> {
        let mut pairs: Vec<_> = match self {
            Self::Pairs(pairs) => pairs.into_iter().collect(),
            Self::Square { side, voxels } => {
                let pair = |place: usize| ((place / side) as u32, (place % side) as u32);
                let found = voxels.into_iter().enumerate().filter(|(_, voxels)| *voxels > 0);
                found.map(|(place, voxels)| (pair(place), voxels)).collect()
            }
        };
        pairs.sort_unstable();
        pairs
    }
}
