//! Masks brought onto another grid.

mod bricks;
mod linear;
mod path;

use bricks::Bricks;
pub(crate) use linear::Linear;
use path::{Path, Position};

use crate::{Run, Runs, RunsBuilder, ShapeMismatch, Space};

/// How the label of a point between voxel centres is chosen.
///
/// A point further than half a voxel outside the source is background; up to there the outermost voxels
/// count as going on. Positions are taken to 2^-20 of a voxel, so that rounding noise decides no tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Interpolation {
    /// The label of the nearest voxel; half-way between two, that of the higher index. ITK's
    /// `NearestNeighborInterpolateImageFunction`, `sitkNearestNeighbor`.
    Nearest,
    /// Each label, background too, is interpolated linearly as a mask of 0 and 1, and the greatest wins;
    /// where several are equal, the smallest label. ITK's `LabelImageGenericInterpolateImageFunction` with
    /// linear interpolation, `sitkLabelLinear`. For a binary mask that is linear interpolation above 0.5.
    LabelLinear,
}

impl Runs {
    /// These runs, which lie on `source`, brought onto `target`.
    ///
    /// Memory is needed for the neighbourhood of labelled voxels, and a few bytes for every 512 voxels of their
    /// bounding box; target voxels away from that box are not looked at.
    ///
    /// # Errors
    /// Where the runs' shape is not that of `source`.
    pub fn resample(
        &self,
        source: &Space,
        target: &Space,
        interpolation: Interpolation,
    ) -> Result<Self, ShapeMismatch> {
        if self.shape() != source.shape() {
            return Err(ShapeMismatch { first: self.shape(), second: source.shape() });
        }
        let Some(bounds) = self.bounds() else { return Ok(Self::empty(target.shape())) };
        let bricks = Bricks::new(self, bounds);
        let path = Path::new(source, target, bounds);
        let mut builder = RunsBuilder::new(target.shape());
        let skipped = path.voxels_within(Bricks::MARGIN);
        for [z, y] in path.rows() {
            let row = path.row(z, y);
            let mut x = row.first;
            while x < row.end {
                let here = x as u32;
                let position = path.position(&row, x);
                x += 1;
                let Some(position) = position else { continue };
                if bricks.is_far(position.nearest()) {
                    x = x.saturating_add(skipped);
                    continue;
                }
                let label = match interpolation {
                    Interpolation::Nearest => bricks.get(position.nearest()),
                    Interpolation::LabelLinear => label_linear(&bricks, position, self.shape()),
                };
                if label != 0 {
                    builder.push(z as u32, y as u32, Run { start: here, end: here + 1, label });
                }
            }
        }
        Ok(builder.finish())
    }
}

fn label_linear(bricks: &Bricks, position: Position, shape: [usize; 3]) -> u32 {
    let (low, high, fraction) = position.between(shape);
    let labels = bricks.corners(low, high);
    if labels.iter().all(|label| *label == labels[0]) {
        return labels[0];
    }
    heaviest(labels, fraction)
}

/// The label with the greatest weight, the smallest where several are equal.
fn heaviest(labels: [u32; 8], fraction: [f64; 3]) -> u32 {
    let (mut best, mut best_weight) = (u32::MAX, 0.0);
    for (place, label) in labels.into_iter().enumerate() {
        if labels[..place].contains(&label) {
            continue;
        }
        let weight = weight_of(label, labels, fraction);
        if weight > best_weight || (weight == best_weight && label < best) {
            (best, best_weight) = (label, weight);
        }
    }
    best
}

/// Linear interpolation of "is `label`" along x, then y, then z: ITK's order, so that rounding agrees.
fn weight_of(label: u32, labels: [u32; 8], [z, y, x]: [f64; 3]) -> f64 {
    let is = |corner: usize| if labels[corner] == label { 1.0 } else { 0.0 };
    let between = |a: f64, b: f64, fraction: f64| a + (b - a) * fraction;
    let edge = |corner: usize| between(is(corner), is(corner + 1), x);
    let face = |corner: usize| between(edge(corner), edge(corner + 2), y);
    between(face(0), face(4), z)
}
