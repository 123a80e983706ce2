//! A mask of one label grown, without a distance for any voxel.
//!
//! A voxel within the margin of a slice's voxels, in the slice, lies within the margin of them some slices further as well: how
//! many is its level. Levels of a slice are painted from its runs, since along a row they depend on nothing but the distance to
//! the run. From slice to slice they then fall by one.

use bytemuck::{Zeroable, try_zeroed_vec};

use super::error::{MarginError, volume_of};
use super::metric::Metric;
use crate::{Run, Runs, Voxel};

/// All voxels of the grid within the margin of a labelled one, as label 1.
pub(super) fn dilated(runs: &Runs, metric: &Metric) -> Result<Runs, MarginError> {
    // Bytes where they can count the slices: a box takes as many as it has voxels.
    if metric.reach()[0] < usize::from(u8::MAX) {
        dilated_by::<u8>(runs, metric)
    } else {
        dilated_by::<u32>(runs, metric)
    }
}

/// A number of slices.
trait Level: Voxel + Zeroable + Ord {
    fn of(slices: usize) -> Self;

    fn less_one(self) -> Self;
}

impl Level for u8 {
    fn of(slices: usize) -> Self {
        slices as Self
    }

    fn less_one(self) -> Self {
        self.saturating_sub(1)
    }
}

impl Level for u32 {
    fn of(slices: usize) -> Self {
        slices as Self
    }

    fn less_one(self) -> Self {
        self.saturating_sub(1)
    }
}

fn dilated_by<T: Level>(runs: &Runs, metric: &Metric) -> Result<Runs, MarginError> {
    let shape @ [_, height, width] = runs.shape();
    let no_memory = |_| MarginError::Memory { shape };
    let mut levels: Vec<T> = try_zeroed_vec(volume_of(shape)?).map_err(no_memory)?;
    let profiles = profiles::<T>(metric);
    let reach = metric.reach()[1];
    for row in runs.rows() {
        let slice = row.z as usize * height;
        let y = row.y as usize;
        for beside in y.saturating_sub(reach)..(y + reach + 1).min(height) {
            let start = (slice + beside) * width;
            let profile = &profiles[beside.abs_diff(y)];
            row.runs.iter().for_each(|run| profile.paint(&mut levels[start..start + width], run));
        }
    }
    spread(&mut levels, height * width);
    let labels = |_| MarginError::Memory { shape };
    Runs::from_slice(&levels, shape).map_err(labels)
}

/// The levels beside and in a run, in a row some rows away.
struct Profile<T> {
    inside: T,
    /// After the run's end, falling.
    after: Vec<T>,
    /// Before its start, rising.
    before: Vec<T>,
}

/// By the distance in rows.
fn profiles<T: Level>(metric: &Metric) -> Vec<Profile<T>> {
    let level = |rest: u64| T::of(metric.voxels_within(0, rest) + 1);
    let profile = |rows: usize| {
        // No less than 0, since the margin reaches that far.
        let rest = metric.square() - metric.square_of(1, rows);
        let along = 1..=metric.voxels_within(2, rest);
        let after: Vec<T> = along.map(|voxels| level(rest - metric.square_of(2, voxels))).collect();
        let before = after.iter().rev().copied().collect();
        Profile { inside: level(rest), after, before }
    };
    (0..=metric.reach()[1]).map(profile).collect()
}

impl<T: Level> Profile<T> {
    fn paint(&self, row: &mut [T], run: &Run) {
        let (start, end) = (run.start as usize, run.end as usize);
        row[start..end].iter_mut().for_each(|level| *level = (*level).max(self.inside));
        // Where the grid ends, the outer parts are cut off.
        raise(&mut row[end..], &self.after);
        let outside = self.before.len().saturating_sub(start);
        raise(&mut row[start.saturating_sub(self.before.len())..start], &self.before[outside..]);
    }
}

fn raise<T: Level>(row: &mut [T], levels: &[T]) {
    row.iter_mut().zip(levels).for_each(|(level, other)| *level = (*level).max(*other));
}

/// Lets levels fall by one from slice to slice, both ways, and makes those that are left 1.
fn spread<T: Level>(levels: &mut [T], slice: usize) {
    let lower = |levels: &mut [T], from: &[T]| {
        for (level, other) in levels.iter_mut().zip(from) {
            *level = (*level).max(other.less_one());
        }
    };
    let slices = levels.len() / slice;
    for z in 1..slices {
        let (before, here) = levels.split_at_mut(z * slice);
        lower(&mut here[..slice], &before[(z - 1) * slice..]);
    }
    for z in (1..slices).rev() {
        let (before, here) = levels.split_at_mut(z * slice);
        lower(&mut before[(z - 1) * slice..], &here[..slice]);
    }
    let one = T::of(1);
    levels.iter_mut().for_each(|level| *level = (*level).min(one));
}
