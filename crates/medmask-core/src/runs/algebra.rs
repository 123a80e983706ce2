//! Two masks of one shape together: set algebra and overlap.

use std::collections::HashMap;

use super::{Runs, RunsBuilder};
use crate::{Row, Run};

/// Two masks that should lie on one grid have different shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "masks have shapes {first:?} and {second:?} (z, y, x) and cannot be compared voxel by voxel"
)]
pub struct ShapeMismatch {
    /// Of the first mask (z, y, x).
    pub first: [usize; 3],
    /// Of the second mask (z, y, x).
    pub second: [usize; 3],
}

/// Voxels that hold one label in the first mask and one in the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelOverlap {
    /// Label in the first mask, at least 1.
    pub first: u32,
    /// Label in the second mask, at least 1.
    pub second: u32,
    /// Number of voxels that hold both, at least 1.
    pub voxels: u64,
}

impl Runs {
    /// The voxels labelled in either mask, as label 1.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn union(&self, other: &Self) -> Result<Self, ShapeMismatch> {
        self.combine(other, |first, second| u32::from(first != 0 || second != 0))
    }

    /// The voxels labelled in both masks, as label 1.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn intersection(&self, other: &Self) -> Result<Self, ShapeMismatch> {
        self.combine(other, |first, second| u32::from(first != 0 && second != 0))
    }

    /// The voxels labelled in this mask and not in the other, as label 1.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn difference(&self, other: &Self) -> Result<Self, ShapeMismatch> {
        self.combine(other, |first, second| u32::from(first != 0 && second == 0))
    }

    /// The voxels labelled in one mask and not in the other, as label 1.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn symmetric_difference(&self, other: &Self) -> Result<Self, ShapeMismatch> {
        self.combine(other, |first, second| u32::from((first != 0) != (second != 0)))
    }

    /// This mask with the labelled voxels of `other` painted over it.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn paint_over(&self, other: &Self) -> Result<Self, ShapeMismatch> {
        self.combine(other, |first, second| if second == 0 { first } else { second })
    }

    /// Every voxel's label as `label(first, second)` of the labels in both masks, where 0 is background.
    /// It is not asked where both are background.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn combine(
        &self,
        other: &Self,
        mut label: impl FnMut(u32, u32) -> u32,
    ) -> Result<Self, ShapeMismatch> {
        let mut builder = RunsBuilder::new(self.shape);
        self.for_each_pair(other, |z, y, start, end, first, second| {
            let label = label(first, second);
            if label != 0 {
                builder.push(z, y, Run { start, end, label });
            }
        })?;
        Ok(builder.finish())
    }

    /// How many voxels hold each pair of labels in both masks, ascending by (first, second). Pairs that
    /// share no voxel are left out.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn overlaps(&self, other: &Self) -> Result<Vec<LabelOverlap>, ShapeMismatch> {
        let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
        self.for_each_pair(other, |_, _, start, end, first, second| {
            if first != 0 && second != 0 {
                *counts.entry((first, second)).or_default() += u64::from(end - start);
            }
        })?;
        let mut overlaps: Vec<_> = counts
            .into_iter()
            .map(|((first, second), voxels)| LabelOverlap { first, second, voxels })
            .collect();
        overlaps.sort_unstable_by_key(|overlap| (overlap.first, overlap.second));
        Ok(overlaps)
    }

    /// Number of voxels that are labelled in both masks.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn overlap_voxels(&self, other: &Self) -> Result<u64, ShapeMismatch> {
        let mut voxels = 0;
        self.for_each_pair(other, |_, _, start, end, first, second| {
            if first != 0 && second != 0 {
                voxels += u64::from(end - start);
            }
        })?;
        Ok(voxels)
    }

    /// Calls `each(z, y, start, end, first, second)` for every stretch of a row over which neither
    /// mask changes its label and at least one has one, ascending.
    fn for_each_pair(
        &self,
        other: &Self,
        mut each: impl FnMut(u32, u32, u32, u32, u32, u32),
    ) -> Result<(), ShapeMismatch> {
        if self.shape != other.shape {
            return Err(ShapeMismatch { first: self.shape, second: other.shape });
        }
        let (mut ours, mut theirs) = (self.rows().peekable(), other.rows().peekable());
        loop {
            let place = |row: &Row<'_>| (row.z, row.y);
            let (here, there) = (ours.peek().map(place), theirs.peek().map(place));
            // The next row that either has; where both have it, they are looked at together.
            let Some((z, y)) = here.into_iter().chain(there).min() else { return Ok(()) };
            let first = ours.next_if(|row| place(row) == (z, y));
            let second = theirs.next_if(|row| place(row) == (z, y));
            pair_rows(
                first.map_or(&[], |row| row.runs),
                second.map_or(&[], |row| row.runs),
                |start, end, a, b| each(z, y, start, end, a, b),
            );
        }
    }
}

fn pair_rows(mut ours: &[Run], mut theirs: &[Run], mut each: impl FnMut(u32, u32, u32, u32)) {
    let mut x = 0;
    while !(ours.is_empty() && theirs.is_empty()) {
        let (first, first_until) = stretch(ours, x);
        let (second, second_until) = stretch(theirs, x);
        let end = first_until.min(second_until);
        if first != 0 || second != 0 {
            each(x, end, first, second);
        }
        x = end;
        ours = without_passed(ours, x);
        theirs = without_passed(theirs, x);
    }
}

/// The label at `x`, and how far it reaches; the first run ends after `x`.
fn stretch(runs: &[Run], x: u32) -> (u32, u32) {
    match runs.first() {
        None => (0, u32::MAX),
        Some(run) if x < run.start => (0, run.start),
        Some(run) => (run.label, run.end),
    }
}

fn without_passed(runs: &[Run], x: u32) -> &[Run] {
    match runs {
        [first, rest @ ..] if first.end <= x => rest,
        _ => runs,
    }
}
