//! Where a label ends: its outermost voxels and the area of their faces.

use super::touching::Beside;
use super::{Runs, RunsBuilder};
use crate::Run;

impl Runs {
    /// The voxels, with their labels, that share a face with a voxel of another label or of the background, or with the edge of
    /// the volume.
    #[must_use]
    pub fn boundary(&self) -> Self {
        let mut builder = RunsBuilder::new(self.shape);
        let mut inner = Vec::new();
        for row in self.rows() {
            let beside = self.rows_beside(row.z, row.y);
            for run in row.runs {
                inner.clear();
                // Without its ends, and over and under voxels of its own.
                inner.push((run.start + 1, run.end.saturating_sub(1)));
                for neighbours in beside {
                    keep_covered(&mut inner, neighbours, run.label);
                }
                let mut start = run.start;
                for &(from, to) in inner.iter().filter(|(from, to)| from < to) {
                    builder.push(row.z, row.y, Run { start, end: from, ..*run });
                    start = to;
                }
                builder.push(row.z, row.y, Run { start, ..*run });
            }
        }
        builder.finish()
    }

    /// The area in mm^2 of all faces between a labelled voxel and a voxel of another label or of the background, or the edge of
    /// the volume. A face between two labels counts for both. Voxels are `spacing` mm (z, y, x) large.
    #[must_use]
    pub fn face_area_mm2(&self, spacing: [f64; 3]) -> f64 {
        self.face_areas_mm2(spacing).into_iter().map(|(_, area)| area).sum()
    }

    /// The area in mm^2 of the faces of each label, ascending by label, as [`face_area_mm2`](Self::face_area_mm2) has it.
    #[must_use]
    pub fn face_areas_mm2(&self, spacing: [f64; 3]) -> Vec<(u32, f64)> {
        let statistics = self.statistics();
        let place = |label: u32| statistics.partition_point(|known| known.label < label);
        // Each voxel has two faces across every axis, but those between two voxels of the label do not count.
        let mut faces: Vec<[u64; 3]> =
            statistics.iter().map(|label| [2 * label.voxels, 2 * label.voxels, 0]).collect();
        for run in &self.runs {
            faces[place(run.label)][2] += 2;
        }
        for (axis, beside) in [(0, Beside::SLICE), (1, Beside::ROW)] {
            self.for_each_touching(beside, 0, |run, other| {
                let label = self.runs[run].label;
                if label == self.runs[other].label {
                    faces[place(label)][axis] -= 2 * self.shared_length(run, other);
                }
            });
        }
        let [z, y, x] = spacing;
        let area = |faces: [u64; 3]| {
            let [across_z, across_y, across_x] = faces.map(|count| count as f64);
            across_z * y * x + across_y * z * x + across_x * z * y
        };
        statistics.iter().zip(faces).map(|(known, faces)| (known.label, area(faces))).collect()
    }

    /// The four rows that share faces with row (`z`, `y`); empty outside the volume.
    fn rows_beside(&self, z: u32, y: u32) -> [&[Run]; 4] {
        let before = |index: u32| index.checked_sub(1);
        let row = |z: Option<u32>, y: Option<u32>| match (z, y) {
            (Some(z), Some(y)) => self.row(z, y),
            _ => &[],
        };
        // No index is the largest of its type, so that adding one cannot overflow.
        [
            row(before(z), Some(y)),
            row(Some(z + 1), Some(y)),
            row(Some(z), before(y)),
            row(Some(z), Some(y + 1)),
        ]
    }
}

/// Cuts ascending stretches down to what runs of `label` cover.
fn keep_covered(stretches: &mut Vec<(u32, u32)>, runs: &[Run], label: u32) {
    let all = stretches.len();
    for index in 0..all {
        let (start, end) = stretches[index];
        let first = runs.partition_point(|run| run.end <= start);
        let covering = runs[first..].iter().take_while(|run| run.start < end);
        stretches.extend(
            covering
                .filter(|run| run.label == label)
                .map(|run| (run.start.max(start), run.end.min(end))),
        );
    }
    stretches.drain(..all);
}
