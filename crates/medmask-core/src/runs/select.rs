//! Labels chosen, changed or merged.

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
}
