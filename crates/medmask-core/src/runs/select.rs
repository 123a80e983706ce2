//! Labels chosen, changed or merged.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Runs, RunsBuilder};
use crate::Run;

impl Runs {
    /// Only the voxels whose label `wanted` accepts, with their labels.
    #[must_use]
    pub fn select(&self, mut wanted: impl FnMut(u32) -> bool) -> Self {
        self.relabel(|label| if wanted(label) { label } else { 0 })
    }

    /// The voxels of one label, as label 1.
    #[must_use]
    pub fn binary_of(&self, label: u32) -> Self {
        self.relabel(|found| u32::from(found == label))
    }

    /// All labelled voxels, as label 1.
    #[must_use]
    pub fn binary(&self) -> Self {
        self.relabel(|_| 1)
    }

    /// Each label replaced by `new_label(label)`, 0 for background. Labels given the same new label merge.
    #[must_use]
    pub fn relabel(&self, mut new_label: impl FnMut(u32) -> u32) -> Self {
        let mut builder = RunsBuilder::new(self.shape);
        for row in self.rows() {
            for run in row.runs {
                let label = new_label(run.label);
                if label != 0 {
                    builder.push(row.z, row.y, Run { label, ..*run });
                }
            }
        }
        builder.finish()
    }

    /// Each label by itself, as label 1 on the same grid; ascending by label.
    #[must_use]
    pub fn split(&self) -> BTreeMap<u32, Self> {
        let mut builders = BTreeMap::new();
        for row in self.rows() {
            for run in row.runs {
                let builder =
                    builders.entry(run.label).or_insert_with(|| RunsBuilder::new(self.shape));
                builder.push(row.z, row.y, Run { label: 1, ..*run });
            }
        }
        builders.into_iter().map(|(label, builder)| (label, builder.finish())).collect()
    }

    /// Each label by itself on the same grid, ascending by label, where it does not matter which label the voxels then have. One label
    /// alone is not copied.
    pub(crate) fn parts(&self) -> Vec<(u32, Cow<'_, Self>)> {
        match self.runs.first().map(|run| run.label) {
            Some(label) if self.runs.iter().all(|run| run.label == label) => {
                vec![(label, Cow::Borrowed(self))]
            }
            _ => self.split().into_iter().map(|(label, part)| (label, Cow::Owned(part))).collect(),
        }
    }

    /// All voxels of the grid that are not labelled, as label 1. Memory grows with the number of rows.
    pub(crate) fn background(&self) -> Self {
        let [depth, height, width] = self.shape.map(|axis| axis as u32);
        let mut builder = RunsBuilder::new(self.shape);
        let mut rows = self.rows().peekable();
        for (z, y) in (0..depth).flat_map(|z| (0..height).map(move |y| (z, y))) {
            let row = rows.next_if(|row| (row.z, row.y) == (z, y));
            for_each_stretch(row.map_or(&[], |row| row.runs), width, |stretch| {
                if stretch.label == 0 {
                    builder.push(z, y, Run { label: 1, ..stretch });
                }
            });
        }
        builder.finish()
    }
}

/// Calls `each` with the stretches of a row of `width` voxels, ascending: its runs, and between them the background with label 0.
pub(crate) fn for_each_stretch(runs: &[Run], width: u32, mut each: impl FnMut(Run)) {
    let mut passed = 0;
    for run in runs {
        if passed < run.start {
            each(Run { start: passed, end: run.start, label: 0 });
        }
        each(*run);
        passed = run.end;
    }
    if passed < width {
        each(Run { start: passed, end: width, label: 0 });
    }
}
