//! Masks grown and shrunk by a margin in mm.

mod metric;

use metric::Metric;

use crate::{Bounds, Runs};

/// Why a mask cannot be grown or shrunk.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MarginError {
    /// A margin that is no distance.
    #[error("a margin is a number of mm from 0 on, not {margin_mm}")]
    Margin {
        /// What was asked for, in mm.
        margin_mm: f64,
    },
    /// Voxels without a size.
    #[error("voxels of {spacing:?} mm (z, y, x) have no size")]
    Spacing {
        /// What was given, in mm (z, y, x).
        spacing: [f64; 3],
    },
}

impl Runs {
    /// Adds all background whose centre lies at most `margin_mm` from the centre of a labelled voxel, inside the volume. Voxels
    /// are `spacing` mm (z, y, x) apart.
    ///
    /// Each voxel gets the label of the nearest labelled one, and of equally near ones the lowest label. Labelled voxels stay as
    /// they are.
    ///
    /// Spacing and margin are numbers of a file and of a person, which rounding has changed a little: three voxels of 0.7 mm
    /// shall be within 2.1 mm. So distances are compared as whole multiples of a millionth of the spacing, and a distance that is
    /// more than the margin by less than a millionth of it is within.
    ///
    /// ```
    /// use medmask_core::Runs;
    ///
    /// let runs = Runs::from_slice(&[0_u8, 0, 0, 0, 1, 0, 0, 2], [1, 1, 8])?;
    /// let grown = runs.grow(2.1, [3.0, 1.0, 0.7])?;
    /// assert_eq!(grown, Runs::from_slice(&[0_u8, 1, 1, 1, 1, 1, 2, 2], [1, 1, 8])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the margin is negative or not finite, or the spacing not positive and finite.
    pub fn grow(&self, margin_mm: f64, spacing: [f64; 3]) -> Result<Self, MarginError> {
        check(margin_mm, spacing)?;
        let Some(bounds) = self.bounds() else { return Ok(self.clone()) };
        let metric = Metric::new(margin_mm, spacing, self.shape());
        let bounds = widened(bounds, metric.reach(), self.shape());
        let start = bounds.start.map(|start| start as i64);
        Ok(nearest(&self.crop(bounds), &metric).shifted(start, self.shape()))
    }

    /// Keeps the voxels whose centre lies more than `margin_mm` from the centre of every voxel that does not have their label, as
    /// [`grow`](Self::grow) measures it. What lies outside of the volume counts as background. Voxels are `spacing` mm (z, y, x)
    /// apart.
    ///
    /// # Errors
    /// Where the margin is negative or not finite, or the spacing not positive and finite.
    #[expect(clippy::expect_used, reason = "all lie on one grid")]
    pub fn shrink(&self, margin_mm: f64, spacing: [f64; 3]) -> Result<Self, MarginError> {
        check(margin_mm, spacing)?;
        let mut kept = Self::empty(self.shape());
        for label in self.labels() {
            let binary = self.binary_of(label);
            let Some(bounds) = binary.bounds() else { continue };
            let inside = binary.crop(bounds).pad([1; 3], [1; 3]);
            let shape = inside.shape();
            let outside = Self::from_slice(&vec![1_u8; shape.iter().product()], shape);
            let outside = outside.map(|all| all.difference(&inside).expect("one"));
            let metric = Metric::new(margin_mm, spacing, shape);
            let near = nearest(&outside.expect("one"), &metric);
            let start = bounds.start.map(|start| start as i64 - 1);
            let part = inside.difference(&near).expect("one").shifted(start, self.shape());
            kept = kept.paint_over(&part.relabel(|_| label)).expect("one");
        }
        Ok(kept)
    }

    /// What [`grow`](Self::grow) adds, without the mask itself.
    ///
    /// # Errors
    /// Where the margin is negative or not finite, or the spacing not positive and finite.
    #[expect(clippy::expect_used, reason = "both lie on one grid")]
    pub fn shell(&self, margin_mm: f64, spacing: [f64; 3]) -> Result<Self, MarginError> {
        let grown = self.grow(margin_mm, spacing)?;
        let added = grown.combine(self, |new, old| if old == 0 { new } else { 0 });
        Ok(added.expect("growing keeps the shape"))
    }
}

fn check(margin_mm: f64, spacing: [f64; 3]) -> Result<(), MarginError> {
    if !(margin_mm.is_finite() && margin_mm >= 0.0) {
        return Err(MarginError::Margin { margin_mm });
    }
    if !spacing.iter().all(|mm| mm.is_finite() && *mm > 0.0) {
        return Err(MarginError::Spacing { spacing });
    }
    Ok(())
}

/// A box with `reach` voxels more at each side, cut at the volume.
fn widened(bounds: Bounds, reach: [usize; 3], shape: [usize; 3]) -> Bounds {
    Bounds {
        start: std::array::from_fn(|axis| bounds.start[axis].saturating_sub(reach[axis])),
        end: std::array::from_fn(|axis| (bounds.end[axis] + reach[axis]).min(shape[axis])),
    }
}

#[expect(clippy::expect_used, reason = "there is one voxel for each of the shape")]
/// Every voxel within the margin with the label of the nearest labelled one.
fn nearest(runs: &Runs, metric: &Metric) -> Runs {
    let shape = runs.shape();
    let mut best = vec![(u64::MAX, 0_u32); shape.iter().product()];
    let span = |at: u32, reach: usize, end: usize| {
        (at as usize).saturating_sub(reach)..(at as usize + reach + 1).min(end)
    };
    let [reach_z, reach_y, _] = metric.reach();
    for row in runs.rows() {
        for z in span(row.z, reach_z, shape[0]) {
            for y in span(row.y, reach_y, shape[1]) {
                let beside = metric.square_of(0, z.abs_diff(row.z as usize))
                    + metric.square_of(1, y.abs_diff(row.y as usize));
                let Some(rest) = metric.square().checked_sub(beside) else { continue };
                let width = metric.voxels_within(2, rest);
                for run in row.runs {
                    let (start, last) = (run.start as usize, run.end as usize - 1);
                    for x in start.saturating_sub(width)..(last + width + 1).min(shape[2]) {
                        let along = start.saturating_sub(x) + x.saturating_sub(last);
                        let here = (beside + metric.square_of(2, along), run.label);
                        let known = &mut best[(z * shape[1] + y) * shape[2] + x];
                        *known = here.min(*known);
                    }
                }
            }
        }
    }
    let labels: Vec<u32> = best.into_iter().map(|(_, label)| label).collect();
    Runs::from_slice(&labels, shape).expect("the voxels fill the shape")
}
