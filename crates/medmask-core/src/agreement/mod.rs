//! How well two masks agree.

mod components;
mod distances;
mod matching;
mod nearest;

pub use components::{
    Change, ComponentAgreement, ComponentPair, ComponentRule, Matching, MatchingError,
};
pub use distances::SurfaceDistances;

use std::collections::BTreeMap;

use crate::{Runs, ShapeMismatch};

/// Voxel counts of two masks of one shape, from which measures of agreement follow.
///
/// Two empty masks have nothing to agree on: measures that would divide by 0 are `None` then.
///
/// ```
/// use medmask_core::Runs;
///
/// let first = Runs::from_slice(&[1_u8, 1, 1, 0], [1, 1, 4])?;
/// let second = Runs::from_slice(&[0_u8, 1, 1, 1], [1, 1, 4])?;
/// let agreement = first.agreement(&second)?;
/// assert_eq!(agreement.dice(), Some(2.0 / 3.0));
/// assert_eq!(agreement.iou(), Some(0.5));
/// assert_eq!(agreement.volume_difference(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Agreement {
    /// Voxels of the first mask.
    pub first: u64,
    /// Voxels of the second mask.
    pub second: u64,
    /// Voxels of both.
    pub shared: u64,
}

impl Agreement {
    /// Twice the shared voxels over the sum of both masks (Dice 1945), 0 to 1; `None` where both are empty.
    #[must_use]
    pub fn dice(&self) -> Option<f64> {
        ratio(2.0 * self.shared as f64, self.first as f64 + self.second as f64)
    }

    /// Shared voxels over those of either mask (Jaccard 1912), 0 to 1; `None` where both are empty.
    #[must_use]
    pub fn iou(&self) -> Option<f64> {
        ratio(self.shared as f64, self.first as f64 + self.second as f64 - self.shared as f64)
    }

    /// Voxels of the second mask less those of the first.
    #[must_use]
    pub fn volume_difference(&self) -> i64 {
        self.second as i64 - self.first as i64
    }

    /// [`Agreement::volume_difference`] over the voxels of the first mask; `None` where that is empty.
    #[must_use]
    pub fn relative_volume_difference(&self) -> Option<f64> {
        ratio(self.volume_difference() as f64, self.first as f64)
    }

    /// Share of the first mask that lies in the second, 0 to 1; `None` where the first is empty.
    #[must_use]
    pub fn share_of_first(&self) -> Option<f64> {
        ratio(self.shared as f64, self.first as f64)
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Runs {
    /// How well the labelled voxels of two masks agree, whatever their labels.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn agreement(&self, other: &Self) -> Result<Agreement, ShapeMismatch> {
        let shared = self.overlap_voxels(other)?;
        Ok(Agreement { first: self.voxel_count(), second: other.voxel_count(), shared })
    }

    /// How well each label that is in either mask agrees, ascending by label.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn agreement_by_label(&self, other: &Self) -> Result<Vec<(u32, Agreement)>, ShapeMismatch> {
        let overlaps = self.overlaps(other)?;
        let mut labels: BTreeMap<u32, Agreement> = BTreeMap::new();
        for label in self.statistics() {
            labels.entry(label.label).or_default().first = label.voxels;
        }
        for label in other.statistics() {
            labels.entry(label.label).or_default().second = label.voxels;
        }
        for overlap in overlaps.into_iter().filter(|overlap| overlap.first == overlap.second) {
            labels.entry(overlap.first).or_default().shared = overlap.voxels;
        }
        Ok(labels.into_iter().collect())
    }
}
