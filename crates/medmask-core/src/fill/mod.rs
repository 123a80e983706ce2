//! Holes of labels filled.

mod regions;
mod ways;

use regions::{Region, Regions};
use ways::Ways;

use crate::runs::{Beside, Parts, for_each_stretch};
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
        for_each_stretch(row.runs, width, |stretch| {
            let label = if stretch.label == 0 { background } else { stretch.label };
            builder.push(row.z, row.y, Run { label, ..stretch });
        });
    }
    builder.finish()
}
