//! The exact distance of every voxel to the nearest labelled one, and which label that has.
//!
//! The distance is a sum of one square for each axis, so that one axis after the other is dealt with (Saito and Toriwaki 1994):
//! along a line, every voxel is the foot of a parabola, and the lowest parabola over a place is what the place gets (Meijster,
//! Roerdink and Hesselink 2000). In whole numbers equal distances are equal, and the lowest label among them stays exact.

use super::error::{MarginError, volume_of};
use super::metric::Metric;
use crate::{Run, Runs};

/// A squared distance in units of a [`Metric`], and the label there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nearest {
    /// More than the square of the margin where no labelled voxel is within it.
    pub square: u64,
    /// Lowest of the equally near ones.
    pub label: u32,
}

const NOTHING: Nearest = Nearest { square: u64::MAX, label: 0 };

/// The nearest labelled voxel of each voxel of the grid, in C order.
pub(crate) fn nearest(runs: &Runs, metric: &Metric) -> Result<Vec<Nearest>, MarginError> {
    let shape @ [depth, height, width] = runs.shape();
    let voxels = volume_of(shape)?;
    let mut field = Vec::new();
    field.try_reserve_exact(voxels).map_err(|_| MarginError::Memory { shape })?;
    field.resize(voxels, NOTHING);
    for row in runs.rows() {
        let start = (row.z as usize * height + row.y as usize) * width;
        for run in row.runs {
            let found = Nearest { square: 0, label: run.label };
            field[start + run.start as usize..start + run.end as usize].fill(found);
        }
    }
    let mut line = Line::new(metric);
    let slice = height * width;
    for start in (0..voxels).step_by(width) {
        line.transform(&mut field, 2, Strided { start, step: 1, count: width });
    }
    for z in 0..depth {
        for x in 0..width {
            let start = z * slice + x;
            line.transform(&mut field, 1, Strided { start, step: width, count: height });
        }
    }
    for start in 0..slice {
        line.transform(&mut field, 0, Strided { start, step: slice, count: depth });
    }
    Ok(field)
}

/// Which voxels of a volume make a line.
#[derive(Clone, Copy)]
struct Strided {
    start: usize,
    step: usize,
    count: usize,
}

/// What the work on a line needs; kept from line to line.
struct Line<'a> {
    metric: &'a Metric,
    lowest: Vec<Parabola>,
}

/// One that is the lowest from a place on.
#[derive(Clone, Copy)]
struct Parabola {
    from: usize,
    foot: usize,
    at_foot: Nearest,
}

impl<'a> Line<'a> {
    fn new(metric: &'a Metric) -> Self {
        Self { metric, lowest: Vec::new() }
    }

    fn transform(&mut self, field: &mut [Nearest], axis: usize, line: Strided) {
        if self.metric.reach()[axis] == 0 {
            return;
        }
        self.lowest.clear();
        for foot in 0..line.count {
            let at_foot = field[line.start + foot * line.step];
            if at_foot.square <= self.metric.square() {
                self.add(axis, foot, at_foot, line.count);
            }
        }
        let mut parabolas = self.lowest.iter().copied().peekable();
        while let Some(lowest) = parabolas.next() {
            let end = parabolas.peek().map_or(line.count, |next| next.from);
            let reach = self.metric.reach()[axis];
            let near = lowest.foot.saturating_sub(reach).max(lowest.from);
            for place in near..end.min(lowest.foot + reach + 1) {
                let along = self.metric.square_of(axis, place.abs_diff(lowest.foot));
                let square = lowest.at_foot.square.saturating_add(along);
                field[line.start + place * line.step] = Nearest { square, ..lowest.at_foot };
            }
        }
    }

    /// Adds the next parabola, which hides others from some place on.
    fn add(&mut self, axis: usize, foot: usize, at_foot: Nearest, count: usize) {
        let mut from = 0;
        while let Some(last) = self.lowest.last() {
            from = self.first_lower(axis, last, foot, at_foot);
            if from > last.from {
                break;
            }
            self.lowest.pop();
            from = 0;
        }
        if from < count {
            self.lowest.push(Parabola { from, foot, at_foot });
        }
    }

    /// The first place where the parabola over `foot` is lower than an earlier one; of equal ones the lower label is.
    fn first_lower(&self, axis: usize, other: &Parabola, foot: usize, at_foot: Nearest) -> usize {
        let (reach, apart) = (self.metric.reach()[axis], foot - other.foot);
        if apart > 2 * reach {
            // No place is within the margin of both feet.
            return other.foot + reach + 1;
        }
        let step = self.metric.square_of(axis, 1);
        if step == 0 {
            return if at_foot < other.at_foot { 0 } else { usize::MAX };
        }
        // p places from the other foot both are equal, where at_foot + step (p - apart)^2 = other + step p^2.
        let (apart, step) = (apart as i128, i128::from(step));
        let rise = i128::from(at_foot.square) - i128::from(other.at_foot.square);
        let (above, below) = (rise + step * apart * apart, 2 * step * apart);
        let (equal, rest) = (above.div_euclid(below), above.rem_euclid(below));
        let tie_won = rest == 0 && at_foot.label < other.at_foot.label;
        let place = other.foot as i128 + equal + i128::from(!tie_won);
        usize::try_from(place.max(0)).unwrap_or(usize::MAX)
    }
}

/// The voxels within the margin, with the label of the nearest one.
pub(super) fn grown(runs: &Runs, metric: &Metric) -> Result<Runs, MarginError> {
    let shape @ [_, height, width] = runs.shape();
    let field = nearest(runs, metric)?;
    let mut builder = crate::RunsBuilder::new(shape);
    for (row, voxels) in field.chunks_exact(width).enumerate() {
        let (z, y) = ((row / height) as u32, (row % height) as u32);
        for (x, found) in (0..).zip(voxels) {
            if found.square <= metric.square() {
                builder.push(z, y, Run { start: x, end: x + 1, label: found.label });
            }
        }
    }
    Ok(builder.finish())
}
