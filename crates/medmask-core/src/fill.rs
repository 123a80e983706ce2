//! Holes of labels filled.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::runs::{Beside, Parts};
use crate::{Reorientation, Run, Runs, RunsBuilder};

impl Runs {
    /// Background that a label encloses gets that label; labelled voxels stay as they are, also those of a label inside another.
    ///
    /// A label encloses a voxel where every way from it to the edge of the volume, from face to face, meets a voxel of the
    /// label. The other labels and the background are passed alike, so that each label is filled as if it were alone; what only
    /// several labels together enclose stays background. Where several labels enclose a voxel it gets the innermost: the one
    /// whose hole (all that can be reached from the voxel without meeting the label) has the fewest voxels, and of equal ones
    /// the lowest label.
    ///
    /// ```
    /// use medmask_core::Runs;
    ///
    /// let ring = Runs::from_slice(&[1_u8, 1, 1, 1, 0, 1, 1, 1, 1], [1, 3, 3])?;
    /// // The only slice is all edge.
    /// assert_eq!(ring.fill_holes(), ring);
    /// assert_eq!(ring.fill_holes_of_slices(0).voxel_count(), 9);
    /// # Ok::<(), medmask_core::RunsError>(())
    /// ```
    #[must_use]
    pub fn fill_holes(&self) -> Self {
        fill(self, &[Beside::SLICE, Beside::ROW])
    }

    /// As [`fill_holes`](Self::fill_holes) in each slice across `axis` (0 is z, 1 is y, 2 is x) by itself: ways stay in the
    /// slice, and end at its edge.
    ///
    /// Across x this takes memory for the dense voxels of the bounding box.
    ///
    /// # Panics
    /// Where `axis` is not 0, 1 or 2.
    #[must_use]
    #[expect(clippy::expect_used, reason = "2, 1, 0 is a permutation")]
    pub fn fill_holes_of_slices(&self, axis: usize) -> Self {
        assert!(axis < 3, "a volume has axes 0, 1 and 2, and none is axis {axis}");
        match axis {
            0 => fill(self, &[Beside::ROW]),
            1 => fill(self, &[Beside::SLICE]),
            _ => {
                let turn = Reorientation::new([2, 1, 0], [false; 3]).expect("it is a permutation");
                turn.runs(&turn.runs(self).fill_holes_of_slices(0))
            }
        }
    }
}

/// Fills holes. Ways lead along x and to the rows `beside`, and end at the ends of rows and beside rows that are all background.
fn fill(runs: &Runs, beside: &[Beside]) -> Runs {
    let labels = runs.labels();
    // The first number that is no label.
    let background = (1..).zip(&labels).find(|(n, label)| n != *label);
    let background = background.map_or(labels.len() as u32 + 1, |(n, _)| n);
    let full = with_background(runs, background);
    let mut parts = Parts::of_runs(full.run_count());
    for beside in beside {
        parts.join_touching(&full, *beside, 0);
    }
    let mut regions = Regions::new(&full, parts.numbers(), beside);
    let filled: Vec<u32> = match labels[..] {
        // There is nothing that could be further inside.
        [label] => {
            let closed = |region: &Region| if region.open { 0 } else { label };
            regions.list.iter().map(closed).collect()
        }
        _ => {
            regions.connect(&full, beside);
            Ways::new(&regions, background).labels()
        }
    };
    let mut builder = RunsBuilder::new(runs.shape());
    let mut numbers = regions.numbers.iter();
    for row in full.rows() {
        for (run, number) in row.runs.iter().zip(&mut numbers) {
            let own = run.label != background;
            let label = if own { run.label } else { filled[*number as usize] };
            if label != 0 {
                builder.push(row.z, row.y, Run { label, ..*run });
            }
        }
    }
    builder.finish()
}

/// The same rows with a label for the background in them. All other rows lead to the edge, so that they need not be there.
fn with_background(runs: &Runs, background: u32) -> Runs {
    let mut builder = RunsBuilder::new(runs.shape());
    let width = runs.shape()[2] as u32;
    for row in runs.rows() {
        let mut passed = 0;
        for run in row.runs {
            if passed < run.start {
                builder.push(
                    row.z,
                    row.y,
                    Run { start: passed, end: run.start, label: background },
                );
            }
            builder.push(row.z, row.y, *run);
            passed = run.end;
        }
        if passed < width {
            builder.push(row.z, row.y, Run { start: passed, end: width, label: background });
        }
    }
    builder.finish()
}

/// A connected part of one label, or of background.
#[derive(Clone, Debug, Default)]
struct Region {
    label: u32,
    voxels: u64,
    /// Whether it reaches the edge.
    open: bool,
}

/// All regions, and which share faces.
struct Regions {
    /// Of each run the number of its region, from 0 on.
    numbers: Vec<u32>,
    list: Vec<Region>,
    /// Pairs of neighbours, each both ways round, ascending.
    neighbours: Vec<(u32, u32)>,
}

impl Regions {
    /// Regions without neighbours; `parts` are numbered from 1.
    fn new(full: &Runs, parts: Vec<u32>, beside: &[Beside]) -> Self {
        let mut numbers = parts;
        numbers.iter_mut().for_each(|number| *number -= 1);
        let count = numbers.iter().max().map_or(0, |last| *last as usize + 1);
        let mut list = vec![Region::default(); count];
        let mut rows_beside = vec![0; full.rows().len()];
        for beside in beside {
            full.for_each_two_rows(*beside, |row, other| {
                rows_beside[row] += 1;
                rows_beside[other] += 1;
            });
        }
        let width = full.shape()[2] as u32;
        let mut all = numbers.iter();
        for (row, found) in full.rows().zip(rows_beside) {
            let at_edge = found < 2 * beside.len();
            for (run, number) in row.runs.iter().zip(&mut all) {
                let region = &mut list[*number as usize];
                region.label = run.label;
                region.voxels += run.voxels();
                region.open |= at_edge || run.start == 0 || run.end == width;
            }
        }
        Self { numbers, list, neighbours: Vec::new() }
    }

    fn connect(&mut self, full: &Runs, beside: &[Beside]) {
        let mut pairs = Vec::new();
        let mut add = |run: usize, other: usize| {
            let (a, b) = (self.numbers[run], self.numbers[other]);
            if a != b {
                pairs.extend([(a, b), (b, a)]);
            }
        };
        for beside in beside {
            full.for_each_touching(*beside, 0, &mut add);
        }
        let mut first = 0;
        for row in full.rows() {
            // Nothing lies between two runs of a row.
            (first + 1..first + row.runs.len()).for_each(|run| add(run - 1, run));
            first += row.runs.len();
        }
        pairs.sort_unstable();
        pairs.dedup();
        self.neighbours = pairs;
    }

    fn of(&self, region: u32) -> impl Iterator<Item = u32> {
        let first = self.neighbours.partition_point(|(from, _)| *from < region);
        let all = self.neighbours[first..].iter();
        all.take_while(move |(from, _)| *from == region).map(|(_, to)| *to)
    }
}

/// Ways from every region to the edge, over the fewest regions.
struct Ways<'a> {
    regions: &'a Regions,
    background: u32,
    /// The next region on the way; itself where it is open.
    next: Vec<u32>,
    /// How many regions follow on the way.
    length: Vec<u32>,
    /// By which search each region was seen last.
    seen: Vec<u64>,
    searches: u64,
}

impl<'a> Ways<'a> {
    fn new(regions: &'a Regions, background: u32) -> Self {
        let count = regions.list.len();
        let mut ways = Self {
            regions,
            background,
            next: vec![u32::MAX; count],
            length: vec![0; count],
            seen: vec![0; count],
            searches: 0,
        };
        let open = (0..count as u32).filter(|region| regions.list[*region as usize].open);
        let mut waiting: VecDeque<u32> = open.collect();
        for region in &waiting {
            ways.next[*region as usize] = *region;
        }
        while let Some(region) = waiting.pop_front() {
            for other in regions.of(region) {
                if ways.next[other as usize] == u32::MAX {
                    ways.next[other as usize] = region;
                    ways.length[other as usize] = ways.length[region as usize] + 1;
                    waiting.push_back(other);
                }
            }
        }
        ways
    }

    /// With which label each region is filled; 0 where it is no hole.
    fn labels(mut self) -> Vec<u32> {
        let regions = self.regions;
        let label = |(number, region): (usize, &Region)| {
            if region.label == self.background { self.innermost(number as u32) } else { 0 }
        };
        regions.list.iter().enumerate().map(label).collect()
    }

    /// The innermost label that encloses a region; 0 where none does.
    fn innermost(&mut self, hole: u32) -> u32 {
        let own = self.regions.list[hole as usize].voxels;
        let mut found: Option<(u64, u32)> = None;
        // A label that encloses the hole lies on every way to the edge, and so on this one.
        let mut region = hole;
        while self.next[region as usize] != region {
            region = self.next[region as usize];
            let label = self.regions.list[region as usize].label;
            if label == self.background || found.is_some_and(|(_, known)| known == label) {
                continue;
            }
            if let Some(voxels) = self.enclosed(hole, label) {
                found = Some(found.map_or((voxels, label), |known| known.min((voxels, label))));
                // The hole itself is the least that can be enclosed.
                if voxels == own {
                    break;
                }
            }
        }
        found.map_or(0, |(_, label)| label)
    }

    /// Voxels that can be reached from a region without meeting `label`; `None` where the edge is among them.
    fn enclosed(&mut self, from: u32, label: u32) -> Option<u64> {
        self.searches += 1;
        let mut voxels = 0;
        // Those near the edge first: where it can be reached, it mostly is so soon.
        let mut waiting = BinaryHeap::from([Reverse((0, from))]);
        self.seen[from as usize] = self.searches;
        while let Some(Reverse((_, region))) = waiting.pop() {
            let known = &self.regions.list[region as usize];
            if known.open {
                return None;
            }
            voxels += known.voxels;
            for other in self.regions.of(region) {
                let free = self.regions.list[other as usize].label != label;
                if free && self.seen[other as usize] != self.searches {
                    self.seen[other as usize] = self.searches;
                    waiting.push(Reverse((self.length[other as usize], other)));
                }
            }
        }
        Some(voxels)
    }
}
