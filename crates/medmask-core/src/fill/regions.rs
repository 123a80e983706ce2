//! The connected parts of all labels and of the background.

use crate::Runs;
use crate::runs::Beside;

/// A connected part of one label, or of background.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    pub label: u32,
    pub voxels: u64,
    /// Whether it reaches the edge.
    pub open: bool,
}

/// All regions, and which share faces.
pub(super) struct Regions {
    /// Of each run the number of its region, from 0 on.
    pub numbers: Vec<u32>,
    pub list: Vec<Region>,
    /// The neighbours of all regions, one region after the other.
    neighbours: Vec<u32>,
    /// Of each region the end of its neighbours.
    ends: Vec<usize>,
}

impl Regions {
    /// Regions without neighbours; `parts` are numbered from 1.
    pub fn new(full: &Runs, parts: Vec<u32>, beside: &[Beside]) -> Self {
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
        Self { numbers, list, neighbours: Vec::new(), ends: Vec::new() }
    }

    pub fn connect(&mut self, full: &Runs, beside: &[Beside]) {
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
        let end = |region: usize| pairs.partition_point(|(from, _)| *from as usize <= region);
        self.ends = (0..self.list.len()).map(end).collect();
        self.neighbours = pairs.into_iter().map(|(_, to)| to).collect();
    }

    /// The neighbours of a region.
    pub fn of(&self, region: u32) -> &[u32] {
        let start = (region as usize).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.neighbours[start..self.ends[region as usize]]
    }
}
