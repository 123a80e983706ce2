//! From each voxel of one mask to the nearest voxel of another, slice by slice.
//!
//! In a slice of the other mask the squared distance of every place to its nearest voxel comes from the rows, and then along y from the
//! lowest of parabolas (Felzenszwalb and Huttenlocher 2012). Along z the few slices are looked at that can hold a nearer voxel than one
//! that is known. So memory is that of one slice, and a distance is the rounded root of one exact sum.

use super::error::SurfaceError;
use crate::{Bounds, Row, Runs};

/// A voxel that looks for its nearest one.
struct Place {
    y: u32,
    x: u32,
    /// Of the distance to the nearest voxel that is known, in mm^2.
    square: f64,
}

/// The places of one slice.
struct Slice {
    z: u32,
    places: Vec<Place>,
}

/// The squared distance in mm^2 from each voxel of `from` to the nearest voxel of `to`, in the order of the rows. Neither is empty.
pub(super) fn squares_to_nearest(
    from: &Runs,
    to: &Runs,
    spacing: [f64; 3],
) -> Result<Vec<f64>, SurfaceError> {
    let (Some(around_from), Some(around_to)) = (from.bounds(), to.bounds()) else {
        return Ok(Vec::new());
    };
    let mut slices = slices_of(from, &Guess { to, spacing });
    let mut field = Field::new(around_from.union(&around_to), spacing)?;
    // Of the slices those that hold a voxel: there may be thousands of millions between two.
    let mut filled: Vec<u32> = to.rows().map(|row| row.z).collect();
    filled.dedup();
    for z in filled {
        field.fill(to.rows_of_slices(z, z + 1));
        for slice in &mut slices {
            let apart = f64::from(slice.z.abs_diff(z)) * spacing[0];
            field.shorten(&mut slice.places, apart * apart);
        }
    }
    let places = slices.iter().flat_map(|slice| &slice.places);
    Ok(places.map(|place| place.square).collect())
}

fn slices_of(from: &Runs, guess: &Guess<'_>) -> Vec<Slice> {
    let mut slices: Vec<Slice> = Vec::new();
    for row in from.rows() {
        if slices.last().is_none_or(|slice| slice.z != row.z) {
            slices.push(Slice { z: row.z, places: Vec::new() });
        }
        let Some(slice) = slices.last_mut() else { continue };
        let places = row.runs.iter().flat_map(|run| run.start..run.end).map(|x| Place {
            y: row.y,
            x,
            square: guess.square(row.z, row.y, x),
        });
        slice.places.extend(places);
    }
    slices
}

/// A first bound, which spares looking at most slices.
struct Guess<'a> {
    to: &'a Runs,
    spacing: [f64; 3],
}

impl Guess<'_> {
    /// Of the distance to some voxel of the row of the same place, where it has one; else there is no bound.
    fn square(&self, z: u32, y: u32, x: u32) -> f64 {
        let runs = self.to.row(z, y);
        let next = runs.partition_point(|run| run.end <= x);
        let after = runs.get(next).map(|run| run.start.saturating_sub(x));
        let before = next.checked_sub(1).map(|last| x - (runs[last].end - 1));
        let nearest = after.into_iter().chain(before).min();
        nearest.map_or(f64::INFINITY, |voxels| {
            let apart = f64::from(voxels) * self.spacing[2];
            apart * apart
        })
    }
}

/// Squared distances to the nearest voxel of one slice, for every place of a box (y, x).
struct Field {
    start: [usize; 2],
    height: usize,
    width: usize,
    spacing: [f64; 3],
    squares: Vec<f64>,
    /// The rows that hold a voxel, counted from the start of the box.
    rows: Vec<usize>,
    /// Squares within the rows that hold a voxel, row after row.
    along_x: Vec<f64>,
    lowest: Vec<Parabola>,
}

/// One that is the lowest from a place on.
#[derive(Clone, Copy)]
struct Parabola {
    from: f64,
    foot: f64,
    at_foot: f64,
}

impl Field {
    fn new(bounds: Bounds, spacing: [f64; 3]) -> Result<Self, SurfaceError> {
        let [_, height, width] = std::array::from_fn(|axis| bounds.end[axis] - bounds.start[axis]);
        let memory = SurfaceError::Memory { shape: [height, width] };
        let area = height.checked_mul(width).ok_or(memory)?;
        let [mut squares, mut along_x] = [Vec::new(), Vec::new()];
        for part in [&mut squares, &mut along_x] {
            part.try_reserve_exact(area).map_err(|_| memory)?;
        }
        squares.resize(area, f64::INFINITY);
        Ok(Self {
            start: [bounds.start[1], bounds.start[2]],
            height,
            width,
            spacing,
            squares,
            rows: Vec::new(),
            along_x,
            lowest: Vec::new(),
        })
    }

    /// Makes this the field of a slice with these `rows`.
    fn fill<'a>(&mut self, rows: impl Iterator<Item = Row<'a>>) {
        self.rows.clear();
        self.along_x.clear();
        for row in rows {
            self.rows.push(row.y as usize - self.start[0]);
            let start = self.along_x.len();
            self.along_x.resize(start + self.width, f64::INFINITY);
            fill_row(&mut self.along_x[start..], &row, self.start[1], self.spacing[2]);
        }
        for x in 0..self.width {
            self.fill_column(x);
        }
    }

    /// Takes the lowest parabola of every place of a column. All rows have a voxel, so that all parabolas are finite.
    fn fill_column(&mut self, x: usize) {
        let step = self.spacing[1];
        self.lowest.clear();
        for (index, row) in self.rows.iter().enumerate() {
            let (foot, at_foot) = (*row as f64 * step, self.along_x[index * self.width + x]);
            let mut from = f64::NEG_INFINITY;
            while let Some(last) = self.lowest.last() {
                let apart = foot - last.foot;
                from = f64::midpoint(foot, last.foot) + (at_foot - last.at_foot) / (2.0 * apart);
                if from > last.from {
                    break;
                }
                self.lowest.pop();
                from = f64::NEG_INFINITY;
            }
            self.lowest.push(Parabola { from, foot, at_foot });
        }
        let mut parabolas = self.lowest.iter().peekable();
        let mut lowest = parabolas.next();
        for y in 0..self.height {
            let place = y as f64 * step;
            while let Some(next) = parabolas.next_if(|next| next.from <= place) {
                lowest = Some(next);
            }
            self.squares[y * self.width + x] = lowest.map_or(f64::INFINITY, |lowest| {
                let apart = place - lowest.foot;
                lowest.at_foot + apart * apart
            });
        }
    }

    /// Shortens the way of places that lie in another slice, `apart` mm^2 away.
    fn shorten(&self, places: &mut [Place], apart: f64) {
        for place in places.iter_mut().filter(|place| apart < place.square) {
            let [y, x] = [place.y as usize - self.start[0], place.x as usize - self.start[1]];
            place.square = place.square.min(apart + self.squares[y * self.width + x]);
        }
    }
}

/// The squared distance in mm^2 of each place of a row to its nearest voxel. `first` is the x of the first place.
fn fill_row(squares: &mut [f64], row: &Row<'_>, first: usize, step: f64) {
    let square = |voxels: usize| {
        let apart = voxels as f64 * step;
        apart * apart
    };
    // One behind the last voxel before here; nothing where there is none.
    let mut before: Option<usize> = None;
    for run in row.runs {
        let [start, end] = [run.start, run.end].map(|x| x as usize - first);
        let from = before.unwrap_or(0);
        for (after, square_here) in squares[from..start].iter_mut().enumerate() {
            let left = before.map_or(usize::MAX, |_| after + 1);
            *square_here = square(left.min(start - from - after));
        }
        squares[start..end].fill(0.0);
        before = Some(end);
    }
    let end = before.unwrap_or(0);
    for (voxels, place) in (1..).zip(&mut squares[end..]) {
        *place = square(voxels);
    }
}
