//! The area of a smooth surface, estimated by how often straight lines cross it.

use super::Runs;
use super::touching::Beside;
use crate::Run;
use crate::space::matrix::{self, Vector};

impl Runs {
    /// An estimate of the area in mm^2 of the smooth surface around the labelled voxels, whatever their labels; voxels are `spacing` mm
    /// (z, y, x) large, and outside of the volume is background.
    ///
    /// By Cauchy and Crofton's formula the area is four times the mean, over all directions, of how often lines of a direction leave the
    /// structure, times the area that each line stands for. Lines run in the 13 directions from a voxel to its 26 neighbours, and each
    /// direction counts by the share of the sphere that is nearest to it (Lehmann and Legland, 2012, "Efficient N-Dimensional surface
    /// estimation using Crofton formula and run-length encoding", Insight Journal). ITK's `LabelShapeStatistics` does the same
    /// (`GetPerimeter`); its shares are those of cubes, while these are those of the spacing.
    ///
    /// A ball of ten voxels' radius is right to about one per cent. [`face_area_mm2`](Self::face_area_mm2) gives half as much again for it,
    /// however small the voxels are: steps are longer than the slope that they stand for.
    #[must_use]
    pub fn surface_area_mm2(&self, spacing: [f64; 3]) -> f64 {
        let voxels = self.voxel_count() as f64;
        let volume: f64 = spacing.iter().product();
        let mut area = 0.0;
        for (direction, share) in directions(spacing) {
            let length = matrix::norm(std::array::from_fn(|axis| {
                f64::from(direction[axis]) * spacing[axis]
            }));
            let left = voxels - self.followed(direction) as f64;
            area += share * left * volume / length;
        }
        4.0 * area
    }

    /// How many labelled voxels have another one step back in a direction (z, y, x); z and y are as in [`Beside`].
    fn followed(&self, [z, y, x]: [i32; 3]) -> u64 {
        if z == 0 && y == 0 {
            // Runs of different labels may follow each other.
            let in_row = |runs: &[Run]| {
                let gaps =
                    runs.windows(2).filter(|pair| pair[0].end < pair[1].start).count() as u64;
                runs.iter().map(Run::voxels).sum::<u64>() - gaps - u64::from(!runs.is_empty())
            };
            return self.rows().map(|row| in_row(row.runs)).sum();
        }
        let mut shared = 0;
        let beside = Beside { slices: z as u32, rows: -i64::from(y) };
        self.for_each_two_rows(beside, |here, there| {
            shared +=
                shared_when_moved(self.nth_row(here).runs, self.nth_row(there).runs, x.into());
        });
        shared
    }
}

/// How many voxels of `runs` lie on those of `others`, which are moved by `by`.
fn shared_when_moved(runs: &[Run], mut others: &[Run], by: i64) -> u64 {
    let mut shared = 0;
    let moved = |x: u32| i64::from(x) + by;
    for run in runs {
        while let [first, rest @ ..] = others
            && moved(first.end) <= i64::from(run.start)
        {
            others = rest;
        }
        for other in others.iter().take_while(|other| moved(other.start) < i64::from(run.end)) {
            let end = moved(other.end).min(run.end.into());
            shared += (end - moved(other.start).max(run.start.into())) as u64;
        }
    }
    shared
}

/// The 13 directions, (z, y, x) in voxels, and which share of the sphere is nearest to each and its opposite.
fn directions(spacing: [f64; 3]) -> impl Iterator<Item = ([i32; 3], f64)> {
    // One octant tells all: by symmetry what is nearest to a place in it lies in it.
    let octant: Vec<[i32; 3]> =
        (1..8).map(|bits| [bits >> 2 & 1, bits >> 1 & 1, bits & 1]).collect();
    let unit = |direction: &[i32; 3]| {
        let step: Vector = std::array::from_fn(|axis| f64::from(direction[axis]) * spacing[axis]);
        matrix::scale(step, 1.0 / matrix::norm(step))
    };
    let units: Vec<Vector> = octant.iter().map(unit).collect();
    let cells: Vec<f64> = units.iter().map(|one| nearest_area(*one, &units)).collect();
    octant.into_iter().zip(cells).flat_map(|(direction, cell)| {
        let axes = direction.iter().filter(|n| **n != 0).count();
        // An axis lies in four octants, a diagonal of a face in two, that of the cube in one; and so does its opposite.
        let octants = [0.0, 4.0, 2.0, 1.0][axes];
        let share = 2.0 * octants * cell / (4.0 * std::f64::consts::PI);
        turned(direction).into_iter().map(move |direction| (direction, share))
    })
}

/// The direction and its mirror images, of each and its opposite one: z, or else y, or else x is positive.
fn turned([z, y, x]: [i32; 3]) -> Vec<[i32; 3]> {
    match (z, y, x) {
        (1, 1, 1) => vec![[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]],
        (1, 1, 0) => vec![[1, 1, 0], [1, -1, 0]],
        (z, y, 1) if z + y == 1 => vec![[z, y, 1], [z, y, -1]],
        _ => vec![[z, y, x]],
    }
}

/// The area of the part of the octant of the unit sphere that is nearest to `one` among `all`.
fn nearest_area(one: Vector, all: &[Vector]) -> f64 {
    let mut polygon: Vec<Vector> = vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for other in all.iter().filter(|other| **other != one) {
        polygon = cut(&polygon, matrix::subtract(one, *other));
    }
    match polygon[..] {
        [first, ref rest @ ..] => {
            rest.windows(2).map(|pair| triangle_area(first, pair[0], pair[1])).sum()
        }
        [] => 0.0,
    }
}

/// The part of a polygon on the sphere on the side of a plane through its centre that `normal` points to.
fn cut(polygon: &[Vector], normal: Vector) -> Vec<Vector> {
    let mut kept = Vec::new();
    for (number, here) in polygon.iter().enumerate() {
        let next = polygon[(number + 1) % polygon.len()];
        let (side, next_side) = (matrix::dot(*here, normal), matrix::dot(next, normal));
        if side >= 0.0 {
            kept.push(*here);
        }
        if side * next_side < 0.0 {
            let crossing = matrix::subtract(
                matrix::scale(next, side.abs()),
                matrix::scale(*here, -next_side.abs()),
            );
            kept.push(matrix::scale(crossing, 1.0 / matrix::norm(crossing)));
        }
    }
    kept
}

/// The area of a triangle on the unit sphere (Van Oosterom and Strackee, 1983).
fn triangle_area(a: Vector, b: Vector, c: Vector) -> f64 {
    let volume = matrix::dot(a, matrix::cross(b, c)).abs();
    let cosines = 1.0 + matrix::dot(a, b) + matrix::dot(b, c) + matrix::dot(c, a);
    2.0 * volume.atan2(cosines)
}

#[cfg(test)]
mod tests {
    use super::directions;

    #[test]
    fn shares_of_cubes_are_those_of_itk_and_all_shares_are_one() {
        // Twice the areas of the parts of the sphere that ITK's filter has.
        for (direction, share) in directions([2.0; 3]) {
            let known = match direction.iter().filter(|n| **n != 0).count() {
                1 => 0.045_777_891_204_76 * 2.0,
                2 => 0.036_980_627_876_08 * 2.0,
                _ => 0.035_195_639_782_32 * 2.0,
            };
            assert!((share - known).abs() < 1e-9, "{direction:?}: {share}");
        }
        for spacing in [[1.0, 1.0, 1.0], [5.0, 0.7, 0.7], [0.1, 3.0, 1.0]] {
            assert_eq!(directions(spacing).count(), 13);
            let all: f64 = directions(spacing).map(|(_, share)| share).sum();
            assert!((all - 1.0).abs() < 1e-12, "{spacing:?}: {all}");
        }
    }
}
