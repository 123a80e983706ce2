//! Connected parts of a mask.

use std::cmp::Reverse;

use super::Runs;
use super::touching::Beside;
use crate::{LabelStatistics, Run};

/// Which voxels are neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Connectivity {
    /// The 6 voxels that share a face.
    Faces,
    /// The 18 voxels that share a face or an edge.
    Edges,
    /// The 26 voxels that share a face, an edge or a corner.
    #[default]
    Corners,
}

impl Connectivity {
    /// How many neighbours a voxel has: 6, 18 or 26.
    #[must_use]
    pub fn neighbours(self) -> u32 {
        match self {
            Self::Faces => 6,
            Self::Edges => 18,
            Self::Corners => 26,
        }
    }
}

/// A number that is none of 6, 18 and 26.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a voxel has 6, 18 or 26 neighbours, not {neighbours}")]
pub struct ConnectivityError {
    /// The number.
    pub neighbours: u32,
}

impl TryFrom<u32> for Connectivity {
    type Error = ConnectivityError;

    fn try_from(neighbours: u32) -> Result<Self, ConnectivityError> {
        match neighbours {
            6 => Ok(Self::Faces),
            18 => Ok(Self::Edges),
            26 => Ok(Self::Corners),
            _ => Err(ConnectivityError { neighbours }),
        }
    }
}

/// The connected components of a mask, numbered from 1: larger ones first, and those of one size in the order of their first
/// voxels (z, y, x).
///
/// ```
/// use medmask_core::{Connectivity, Runs};
///
/// let runs = Runs::from_slice(&[7_u8, 0, 7, 7, 0, 9], [1, 1, 6])?;
/// let components = runs.components(Connectivity::default());
/// assert_eq!(components.runs(), &Runs::from_slice(&[2_u8, 0, 1, 1, 0, 3], [1, 1, 6])?);
/// assert_eq!(components.statistics()[0].voxels, 2);
/// assert_eq!(components.label_of(3), Some(9));
/// assert_eq!(components.largest(1), Runs::from_slice(&[0_u8, 0, 7, 7, 0, 0], [1, 1, 6])?);
/// # Ok::<(), medmask_core::RunsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    runs: Runs,
    statistics: Vec<LabelStatistics>,
    labels: Vec<u32>,
}

impl Components {
    /// Each voxel with the number of its component as its label, on the grid of the mask.
    #[must_use]
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Count, bounding box and coordinate sums of each component, whose number is the `label`; ascending by number.
    #[must_use]
    pub fn statistics(&self) -> &[LabelStatistics] {
        &self.statistics
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether the mask has no labelled voxel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The label that the voxels of component number `component` have in the mask; `None` where there is no such component.
    #[must_use]
    pub fn label_of(&self, component: u32) -> Option<u32> {
        self.labels.get((component as usize).checked_sub(1)?).copied()
    }

    /// The `count` largest components with the labels of the mask: the first ones, whatever their labels.
    #[must_use]
    pub fn largest(&self, count: usize) -> Runs {
        self.runs.relabel(|component| match component as usize {
            kept if kept <= count => self.labels[kept - 1],
            _ => 0,
        })
    }

    /// The components of at least `voxels` voxels, with the labels of the mask.
    #[must_use]
    pub fn at_least(&self, voxels: u64) -> Runs {
        self.largest(self.statistics.partition_point(|component| component.voxels >= voxels))
    }
}

impl Runs {
    /// The connected components, each label apart: neighbours of different labels are never in one component.
    ///
    /// Time and memory grow with the number of runs.
    ///
    /// # Panics
    /// Where there are more than `u32::MAX` runs, which take 48 GiB.
    #[must_use]
    pub fn components(&self, connectivity: Connectivity) -> Components {
        let mut parts = Parts::of_runs(self.runs.len());
        for &(beside, reach) in steps(connectivity) {
            parts.join_touching(self, beside, reach);
        }
        let numbers = parts.numbers();
        let mut statistics = self.statistics_of_parts(&numbers);
        // Numbers ascend with the first voxels, and the order of equal sizes is kept.
        statistics.sort_by_key(|part| Reverse(part.voxels));
        let mut ranks = vec![0; statistics.len()];
        for (rank, part) in (1..).zip(&mut statistics) {
            ranks[part.label as usize - 1] = rank;
            part.label = rank;
        }
        let (mut runs, mut labels) = (self.clone(), vec![0; statistics.len()]);
        for (run, number) in runs.runs.iter_mut().zip(numbers) {
            let rank = ranks[number as usize - 1];
            labels[rank as usize - 1] = run.label;
            run.label = rank;
        }
        Components { runs, statistics, labels }
    }

    /// Of each part, which is the `label`; runs have the `numbers` of their parts, which ascend from 1 as they first occur.
    fn statistics_of_parts(&self, numbers: &[u32]) -> Vec<LabelStatistics> {
        let mut statistics: Vec<LabelStatistics> = Vec::new();
        let mut numbers = numbers.iter();
        for row in self.rows() {
            for (run, number) in row.runs.iter().zip(&mut numbers) {
                let run = Run { label: *number, ..*run };
                match statistics.get_mut(run.label as usize - 1) {
                    Some(known) => known.add(row.z, row.y, &run),
                    None => statistics.push(LabelStatistics::of_run(row.z, row.y, &run)),
                }
            }
        }
        statistics
    }
}

/// Which earlier rows hold neighbours, and how far along x beside a run.
fn steps(connectivity: Connectivity) -> &'static [(Beside, u32)] {
    const BEFORE: Beside = Beside { slices: 1, rows: -1 };
    const BEHIND: Beside = Beside { slices: 1, rows: 1 };
    match connectivity {
        Connectivity::Faces => &[(Beside::ROW, 0), (Beside::SLICE, 0)],
        Connectivity::Edges => &[(Beside::ROW, 1), (Beside::SLICE, 1), (BEFORE, 0), (BEHIND, 0)],
        Connectivity::Corners => &[(Beside::ROW, 1), (Beside::SLICE, 1), (BEFORE, 1), (BEHIND, 1)],
    }
}

/// Runs that are put together step by step: a forest in which every run knows an earlier one of its part, or is the first.
pub(crate) struct Parts {
    parents: Vec<u32>,
}

impl Parts {
    /// Every run by itself.
    #[expect(clippy::expect_used, reason = "as is documented where this is public")]
    pub fn of_runs(runs: usize) -> Self {
        let runs = u32::try_from(runs).expect("there are at most 2^32 - 1 runs");
        Self { parents: (0..runs).collect() }
    }

    /// Puts together all runs of one label that touch, as [`Runs::for_each_touching`] has it.
    pub fn join_touching(&mut self, runs: &Runs, beside: Beside, reach: u32) {
        runs.for_each_touching(beside, reach, |run, other| {
            if runs.runs[run].label == runs.runs[other].label {
                self.join(run as u32, other as u32);
            }
        });
    }

    fn join(&mut self, run: u32, other: u32) {
        let (a, b) = (self.first(run), self.first(other));
        self.parents[a.max(b) as usize] = a.min(b);
    }

    /// The first run of the part; makes the way shorter for those who ask later.
    fn first(&mut self, mut run: u32) -> u32 {
        while self.parents[run as usize] != run {
            let parent = self.parents[run as usize];
            let next = self.parents[parent as usize];
            self.parents[run as usize] = next;
            run = next;
        }
        run
    }

    /// The number of each run's part, from 1 on in the order of their first runs.
    pub fn numbers(mut self) -> Vec<u32> {
        let mut count = 0;
        for run in 0..self.parents.len() {
            let parent = self.parents[run] as usize;
            // A parent comes earlier, so that it has its number already.
            self.parents[run] = if parent == run {
                count += 1;
                count
            } else {
                self.parents[parent]
            };
        }
        self.parents
    }
}
