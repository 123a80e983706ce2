//! Masks brought onto another grid.

mod bricks;
mod path;

use bricks::Bricks;
use path::Path;

use crate::{Run, Runs, RunsBuilder, ShapeMismatch, Space};

/// How the label of a point between voxel centres is chosen.
///
/// A point further than half a voxel outside the source is background; up to there the outermost voxels
/// count as going on. Positions are taken to 2^-20 of a voxel, so that rounding noise decides no tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Memory is needed for the neighbourhood of labelled voxels only, and target voxels away from the
    /// labels' bounding box are not looked at.
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
        for [z, y] in path.rows() {
            let (start, points) = path.row(z, y);
            for (step, point) in points.enumerate() {
                let Some(point) = point else { continue };
                let label = match interpolation {
                    Interpolation::Nearest => nearest(&bricks, point),
                    Interpolation::LabelLinear => label_linear(&bricks, point, self.shape()),
                };
                if label != 0 {
                    let x = (start + step) as u32;
                    builder.push(z as u32, y as u32, Run { start: x, end: x + 1, label });
                }
            }
        }
        Ok(builder.finish())
    }
}

fn nearest(bricks: &Bricks, point: [f64; 3]) -> u32 {
    bricks.get(point.map(|n| (n + 0.5).floor() as usize))
}

fn label_linear(bricks: &Bricks, point: [f64; 3], shape: [usize; 3]) -> u32 {
    let last = shape.map(|voxels| voxels - 1);
    let clamped: [f64; 3] = std::array::from_fn(|axis| point[axis].clamp(0.0, last[axis] as f64));
    let low = clamped.map(|n| n.floor() as usize);
    let high: [usize; 3] = std::array::from_fn(|axis| (low[axis] + 1).min(last[axis]));
    let labels: [u32; 8] = std::array::from_fn(|corner| {
        bricks.get(std::array::from_fn(|axis| {
            if corner >> (2 - axis) & 1 == 1 { high[axis] } else { low[axis] }
        }))
    });
    if labels.iter().all(|label| *label == labels[0]) {
        return labels[0];
    }
    let fraction = std::array::from_fn(|axis| clamped[axis] - low[axis] as f64);
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
