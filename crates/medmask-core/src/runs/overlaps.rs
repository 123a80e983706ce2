//! Overlap of many masks, counted in one sweep over all of them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::num::NonZero;
use std::ops::Range;

use super::sweep::shared_shape;
use super::{Runs, ShapeMismatch};
use crate::{Row, Run, parallel};

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
    let (numbers, labels) = Numbers::of(masks);
    let count = |slices: Range<u32>| {
        let (mut numbers, mut meeting) = (numbers.clone(), Meeting::default());
        let mut counts = Counts::new(labels.len());
        let each = |rows: &[RowOf]| meeting.count(masks, rows, &mut numbers, &mut counts);
        for_each_cluster(masks, slices, each);
        counts
    };
    let mut counts = Counts::new(labels.len());
    let take = |block: Counts| {
        counts.add_all(block);
        Ok::<(), Infallible>(())
    };
    let threads = parallel::available();
    let worker = || |slices| Ok(count(slices));
    let Ok(()) = parallel::for_each_ordered(blocks(masks, threads), threads, worker, take);
    let overlap = |((first, second), voxels)| {
        let [first, second] = [first, second].map(|number: u32| labels[number as usize]);
        MaskOverlap { first, second, voxels }
    };
    let overlaps = counts.finish().into_iter().map(overlap);
    Ok(overlaps.filter(|pair| wanted(pair.first.mask, pair.second.mask)).collect())
}

/// Slices of about equally many runs, for as many threads; one block where another thread takes longer to start than to count.
fn blocks(masks: &[&Runs], threads: NonZero<usize>) -> Vec<Range<u32>> {
    const LEAST_RUNS: usize = 1 << 14;
    let runs: usize = masks.iter().map(|mask| mask.runs.len()).sum();
    let wanted = threads.get().min(runs / LEAST_RUNS).max(1);
    let depth = masks.first().map_or(0, |mask| mask.shape[0] as u32);
    let before = |z: u32| -> usize {
        let first = |mask: &&Runs| {
            mask.rows
                .get(mask.rows.partition_point(|row| row.z < z))
                .map_or(mask.runs.len(), |row| row.first)
        };
        masks.iter().map(first).sum()
    };
    let mut start = 0;
    let mut blocks = Vec::with_capacity(wanted);
    for block in 1..=wanted {
        let (mut low, mut high) = (start, depth);
        while block < wanted && low < high {
            let middle = low.midpoint(high);
            match before(middle) < runs * block / wanted {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        blocks.push(start..high);
        start = high;
    }
    blocks
}

/// A row of one of the masks.
#[derive(Clone, Copy)]
struct RowOf {
    y: u32,
    /// From the first voxel that is labelled to the last.
    start: u32,
    end: u32,
    mask: u32,
    /// Its place among the rows of the mask.
    row: usize,
}

impl RowOf {
    fn new(masks: &[&Runs], mask: usize, row: usize) -> Self {
        let Row { y, runs, .. } = masks[mask].nth_row(row);
        let start = runs.first().map_or(0, |run| run.start);
        let end = runs.last().map_or(0, |run| run.end);
        Self { y, start, end, mask: mask as u32, row }
    }
}

/// Calls `each` with rows of several masks at one (z, y) of `slices` whose extents along x hang together: what shares voxels is among
/// them.
fn for_each_cluster(masks: &[&Runs], slices: Range<u32>, mut each: impl FnMut(&[RowOf])) {
    let first = |mask: &&Runs| mask.rows.partition_point(|row| row.z < slices.start);
    let mut next: Vec<usize> = masks.iter().map(first).collect();
    let mut slice: Vec<RowOf> = Vec::new();
    loop {
        let upcoming = masks.iter().zip(&next).filter_map(|(mask, row)| mask.rows.get(*row));
        let Some(z) = upcoming.map(|row| row.z).min().filter(|z| *z < slices.end) else { return };
        slice.clear();
        for (mask, (runs, next)) in masks.iter().zip(&mut next).enumerate() {
            let rows = runs.rows[*next..].iter().take_while(|row| row.z == z).count();
            slice.extend((*next..*next + rows).map(|row| RowOf::new(masks, mask, row)));
            *next += rows;
        }
        // Stable, since that makes use of the order that each mask's rows have.
        slice.sort_by_key(|row| u64::from(row.y) << 32 | u64::from(row.start));
        let mut first = 0;
        while let Some(row) = slice.get(first) {
            let (y, mut end) = (row.y, row.end);
            let hangs_on = |row: &&RowOf| {
                let is_near = row.y == y && row.start < end;
                end = end.max(row.end);
                is_near
            };
            let last = first + 1 + slice[first + 1..].iter().take_while(hangs_on).count();
            if last > first + 1 {
                each(&slice[first..last]);
            }
            first = last;
        }
    }
}

/// Where runs of one row meet.
#[derive(Default)]
struct Meeting {
    runs: Vec<(usize, Run)>,
    /// Of the runs that began before and have not ended the numbers of their labels, and where they end.
    open: Vec<u32>,
    ends: Vec<u32>,
}

impl Meeting {
    fn count(
        &mut self,
        masks: &[&Runs],
        rows: &[RowOf],
        numbers: &mut Numbers,
        counts: &mut Counts,
    ) {
        self.runs.clear();
        for row in rows {
            let mask = row.mask as usize;
            self.runs.extend(masks[mask].nth_row(row.row).runs.iter().map(|run| (mask, *run)));
        }
        self.runs.sort_by_key(|(_, run)| run.start);
        self.open.clear();
        self.ends.clear();
        let mut first_end = u32::MAX;
        for (mask, run) in &self.runs {
            if first_end <= run.start {
                first_end = close(&mut self.open, &mut self.ends, run.start);
            }
            let number = numbers.get(*mask, run.label);
            let until = self.ends.iter().map(|end| *end.min(&run.end) - run.start);
            counts.add(number, self.open.iter().copied().zip(until));
            self.open.push(number);
            self.ends.push(run.end);
            first_end = first_end.min(run.end);
        }
    }
}

/// Takes out what ends at or before `x`, and gives where the first of the others ends.
fn close(open: &mut Vec<u32>, ends: &mut Vec<u32>, x: u32) -> u32 {
    let mut place = 0;
    let mut first_end = u32::MAX;
    while let Some(end) = ends.get(place) {
        if *end <= x {
            open.swap_remove(place);
            ends.swap_remove(place);
        } else {
            first_end = first_end.min(*end);
            place += 1;
        }
    }
    first_end
}

/// Numbers for the labels of all masks, ascending by mask and label.
#[derive(Clone)]
struct Numbers {
    of_masks: Vec<LabelNumbers>,
}

#[derive(Clone)]
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
            let mut labels: Vec<u32> = Vec::new();
            for run in &runs.runs {
                if labels.last() != Some(&run.label) {
                    labels.push(run.label);
                }
            }
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
    /// For few numbers: a square of them.
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

    /// Counts the voxels that one shares with others.
    fn add(&mut self, one: u32, others: impl Iterator<Item = (u32, u32)>) {
        match self {
            Self::Square { side, voxels } => {
                // One line of the square stays in the processor's nearest memory.
                let line = &mut voxels[one as usize * *side..][..*side];
                others.for_each(|(other, shared)| line[other as usize] += u64::from(shared));
            }
            Self::Pairs(pairs) => others.for_each(|(other, shared)| {
                *pairs.entry((one.min(other), one.max(other))).or_default() += u64::from(shared);
            }),
        }
    }

    /// Adds what was counted elsewhere of the same numbers.
    fn add_all(&mut self, other: Self) {
        match (self, other) {
            (Self::Square { voxels, .. }, Self::Square { voxels: others, .. }) => {
                voxels.iter_mut().zip(others).for_each(|(voxels, other)| *voxels += other);
            }
            (Self::Pairs(pairs), other) => {
                for (pair, voxels) in other.finish() {
                    *pairs.entry(pair).or_default() += voxels;
                }
            }
            (Self::Square { .. }, Self::Pairs(_)) => unreachable!("both are of the same numbers"),
        }
    }

    /// The pairs that share voxels, ascending, the lower number first.
    fn finish(self) -> Vec<((u32, u32), u64)> {
        match self {
            Self::Square { side, voxels } => {
                let pairs =
                    (0..side).flat_map(|one| (one + 1..side).map(move |other| (one, other)));
                let count = |(one, other): (usize, usize)| {
                    let shared = voxels[one * side + other] + voxels[other * side + one];
                    (shared > 0).then_some(((one as u32, other as u32), shared))
                };
                pairs.filter_map(count).collect()
            }
            Self::Pairs(pairs) => {
                let mut pairs: Vec<_> = pairs.into_iter().collect();
                pairs.sort_unstable();
                pairs
            }
        }
    }
}
