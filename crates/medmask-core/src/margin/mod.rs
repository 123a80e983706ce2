//! Masks grown and shrunk by a margin in mm.

mod dilate;
mod distance;
mod error;
mod metric;

pub use error::MarginError;
pub(crate) use error::volume_of;
use metric::Metric;
pub(crate) use metric::TOLERANCE;

use crate::{Bounds, Run, Runs, RunsBuilder};

impl Runs {
    /// Adds all background whose centre lies at most `margin_mm` from the centre of a labelled voxel, inside the volume. Voxels
    /// are `spacing` mm (z, y, x) apart.
    ///
    /// Each voxel gets the label of the nearest labelled one, and of equally near ones the lowest label. Labelled voxels stay as
    /// they are.
    ///
    /// Spacing and margin are numbers of a file and of a person, which rounding has changed a little: three voxels of 0.7 mm
    /// shall be within 2.1 mm. So seven digits of the spacing count, distances are exact from there on, and one that is more than
    /// the margin by less than a millionth of it is within.
    ///
    /// Memory grows with the box of the mask and its margin: a byte for each voxel where there is one label, else 16.
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
    /// Where the margin is negative or not finite, the spacing not positive and finite, or there is no memory for the box.
    pub fn grow(&self, margin_mm: f64, spacing: [f64; 3]) -> Result<Self, MarginError> {
        check(margin_mm, spacing)?;
        let Some(bounds) = self.bounds() else { return Ok(self.clone()) };
        let metric = Metric::new(margin_mm, spacing, self.shape());
        let bounds = widened(bounds, metric.reach(), self.shape());
        let inside = self.crop(bounds);
        let grown = match self.labels()[..] {
            [label] => dilate::dilated(&inside, &metric)?.relabel(|_| label),
            _ => distance::grown(&inside, &metric)?,
        };
        Ok(grown.shifted(bounds.start.map(|start| start as i64), self.shape()))
    }

    /// Keeps the voxels whose centre lies more than `margin_mm` from the centre of every voxel that does not have their label, as
    /// [`grow`](Self::grow) measures it. What lies outside of the volume counts as background. Voxels are `spacing` mm (z, y, x)
    /// apart.
    ///
    /// Memory grows with the largest box of a label: a byte for each voxel.
    ///
    /// # Errors
    /// Where the margin is negative or not finite, the spacing not positive and finite, or there is no memory for a box.
    pub fn shrink(&self, margin_mm: f64, spacing: [f64; 3]) -> Result<Self, MarginError> {
        check(margin_mm, spacing)?;
        let mut kept = Vec::new();
        for (label, part) in self.split() {
            let Some(bounds) = part.bounds() else { continue };
            // With a layer around it, which is as good as all that lies further out.
            let part = part.crop(bounds).pad([1; 3], [1; 3]);
            let metric = Metric::new(margin_mm, spacing, part.shape());
            let near = dilate::dilated(&part.background(), &metric)?;
            let [z, y, x] = bounds.start.map(|start| start as u32);
            for row in near.background().rows() {
                // Of the layer nothing is left, so that no index becomes negative.
                let place =
                    |run: &Run| Run { start: run.start + x - 1, end: run.end + x - 1, label };
                kept.extend(row.runs.iter().map(|run| (row.z + z - 1, row.y + y - 1, place(run))));
            }
        }
        kept.sort_unstable_by_key(|(z, y, run)| (*z, *y, run.start));
        let mut builder = RunsBuilder::new(self.shape());
        kept.into_iter().for_each(|(z, y, run)| builder.push(z, y, run));
        Ok(builder.finish())
    }

    /// What [`grow`](Self::grow) adds, without the mask itself.
    ///
    /// # Errors
    /// Where the margin is negative or not finite, the spacing not positive and finite, or there is no memory for the box.
    #[expect(clippy::expect_used, reason = "both lie on one grid")]
    pub fn shell(&self, margin_mm: f64, spacing: [f64; 3]) -> Result<Self, MarginError> {
        let grown = self.grow(margin_mm, spacing)?;
        let added = grown.combine(self, |new, old| if old == 0 { new } else { 0 });
        Ok(added.expect("growing keeps the shape"))
    }
}

pub(crate) fn check(margin_mm: f64, spacing: [f64; 3]) -> Result<(), MarginError> {
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
    let end = |axis: usize| bounds.end[axis].saturating_add(reach[axis]).min(shape[axis]);
    Bounds {
        start: std::array::from_fn(|axis| bounds.start[axis].saturating_sub(reach[axis])),
        end: std::array::from_fn(end),
    }
}
