//! How far the surfaces of two masks are apart.

use super::nearest::squares_to_nearest;
use crate::margin::{TOLERANCE, check};
use crate::percentile::percentile;
use crate::{DistanceError, MarginError, Runs, ShapeMismatch};

/// The distances from each surface voxel of one mask to the nearest surface voxel of another, and the other way round.
///
/// A surface voxel is a voxel of the mask with a face to a voxel that is not of it, or to the edge of the volume. Distances are in mm
/// between centres of voxels. Published tools disagree on both (Podobnik and Vrtovec 2024, arXiv 2410.02630): `docs/measures.md` of the
/// repository says which of them give the figures that are given here.
///
/// ```
/// use medmask_core::Runs;
///
/// let first = Runs::from_slice(&[1_u8, 1, 0, 0, 0, 0], [1, 1, 6])?;
/// let second = Runs::from_slice(&[0_u8, 1, 0, 0, 1, 0], [1, 1, 6])?;
/// let distances = first.surface_distances(&second, [3.0, 1.0, 0.5])?.expect("neither is empty");
/// assert_eq!(distances.from_first(), [0.0, 0.5]);
/// assert_eq!(distances.from_second(), [0.0, 1.5]);
/// assert_eq!(distances.hausdorff_mm(), 1.5);
/// assert_eq!(distances.pooled_mean_mm(), 0.5);
/// assert_eq!(distances.surface_dice(0.5), 0.75);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SurfaceDistances {
    from_first: Vec<f64>,
    from_second: Vec<f64>,
}

impl SurfaceDistances {
    /// From each surface voxel of the first mask to the second mask's surface, in mm, ascending; never empty.
    #[must_use]
    pub fn from_first(&self) -> &[f64] {
        &self.from_first
    }

    /// From each surface voxel of the second mask to the first mask's surface, in mm, ascending; never empty.
    #[must_use]
    pub fn from_second(&self) -> &[f64] {
        &self.from_second
    }

    /// The largest of all distances, in mm: the Hausdorff distance (HD).
    #[must_use]
    pub fn hausdorff_mm(&self) -> f64 {
        self.hausdorff_percentile_mm(1.0)
    }

    /// The larger of the two directed percentiles, in mm, where `share` is 0.95 for the 95th (HD95). Between two ranks it is
    /// interpolated, at rank `share` (n - 1) from 0. MONAI and MetricsReloaded give the same.
    #[must_use]
    pub fn hausdorff_percentile_mm(&self, share: f64) -> f64 {
        of_ascending(&self.from_first, share).max(of_ascending(&self.from_second, share))
    }

    /// The percentile of the distances of both directions together, in mm. MedPy, panoptica and seg-metrics give this as their HD95,
    /// which misses a far part that is small beside both surfaces.
    #[must_use]
    pub fn pooled_percentile_mm(&self, share: f64) -> f64 {
        let mut all = [&self.from_first[..], &self.from_second].concat();
        // Both halves ascend, and this sort merges what ascends.
        all.sort_by(f64::total_cmp);
        of_ascending(&all, share)
    }

    /// The mean of the distances of both directions together, in mm: the average symmetric surface distance (ASSD).
    #[must_use]
    pub fn pooled_mean_mm(&self) -> f64 {
        let count = (self.from_first.len() + self.from_second.len()) as f64;
        (sum(&self.from_first) + sum(&self.from_second)) / count
    }

    /// The mean of the two directed means, in mm: the mean average surface distance (MASD). It differs from ASSD where one surface has
    /// more voxels than the other.
    #[must_use]
    pub fn mean_of_means_mm(&self) -> f64 {
        let mean = |distances: &[f64]| sum(distances) / distances.len() as f64;
        f64::midpoint(mean(&self.from_first), mean(&self.from_second))
    }

    /// The share of the voxels of both surfaces that lie within `tolerance_mm` of the other one, 0 to 1: the normalised surface distance
    /// or surface Dice (Nikolov and others 2021), counted in voxels and not in area. A distance that is more than the tolerance by less
    /// than a millionth of it is within.
    #[must_use]
    pub fn surface_dice(&self, tolerance_mm: f64) -> f64 {
        let limit = tolerance_mm * (1.0 + TOLERANCE);
        let within = |distances: &[f64]| distances.partition_point(|distance| *distance <= limit);
        let count = self.from_first.len() + self.from_second.len();
        (within(&self.from_first) + within(&self.from_second)) as f64 / count as f64
    }
}

impl Runs {
    /// How far the surfaces of two masks are apart, whatever their labels; `None` where one of them is empty, and so has no surface.
    /// Voxels are `spacing` mm (z, y, x) apart.
    ///
    /// Time grows with the boxes of both, and memory with their surfaces and a slice of a box.
    ///
    /// # Errors
    /// Where the shapes differ, the spacing is not positive and finite, or there is no memory for a slice.
    pub fn surface_distances(
        &self,
        other: &Self,
        spacing: [f64; 3],
    ) -> Result<Option<SurfaceDistances>, DistanceError> {
        let (first, second) = (self.shape(), other.shape());
        if first != second {
            return Err(ShapeMismatch { first, second }.into());
        }
        check(0.0, spacing)?;
        let surface = |runs: &Self| runs.binary().boundary();
        let (first, second) = (surface(self), surface(other));
        if first.is_empty() || second.is_empty() {
            return Ok(None);
        }
        let directed = |from: &Self, to: &Self| {
            let mut distances = squares_to_nearest(from, to, spacing)?;
            distances.iter_mut().for_each(|square| *square = square.sqrt());
            distances.sort_unstable_by(f64::total_cmp);
            Ok::<_, MarginError>(distances)
        };
        let (from_first, from_second) = (directed(&first, &second)?, directed(&second, &first)?);
        Ok(Some(SurfaceDistances { from_first, from_second }))
    }
}

fn of_ascending(ascending: &[f64], share: f64) -> f64 {
    percentile(ascending.len() as u64, share, |rank| ascending[rank as usize])
}

fn sum(ascending: &[f64]) -> f64 {
    ascending.iter().sum()
}
