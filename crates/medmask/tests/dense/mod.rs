//! Masks as dense arrays, with the simplest code that does what expressions do.

use ndarray::Array3;

pub const SHAPE: [usize; 3] = [5, 6, 7];
/// Of voxels, in mm (z, y, x).
pub const SPACING: [f64; 3] = [2.0, 1.5, 1.0];

#[derive(Clone, Debug, PartialEq)]
pub struct Dense(Array3<bool>);

/// The voxels of the grid.
fn all() -> impl Iterator<Item = [i64; 3]> {
    let [depth, height, width] = SHAPE.map(|n| n as i64);
    (0..depth).flat_map(move |z| (0..height).flat_map(move |y| (0..width).map(move |x| [z, y, x])))
}

fn distance_mm(a: [i64; 3], b: [i64; 3]) -> f64 {
    let parts = [0, 1, 2].map(|axis| ((a[axis] - b[axis]) as f64 * SPACING[axis]).powi(2));
    parts.iter().sum::<f64>().sqrt()
}

impl Dense {
    pub fn of(voxels: &Array3<u8>, wanted: fn(u8) -> bool) -> Self {
        Self(voxels.map(|label| *label != 0 && wanted(*label)))
    }

    pub fn empty() -> Self {
        Self(Array3::from_elem(SHAPE, false))
    }

    pub fn into_array(self) -> Array3<bool> {
        self.0
    }

    fn at(&self, at: [i64; 3]) -> bool {
        let inside = (0..3).all(|axis| (0..SHAPE[axis] as i64).contains(&at[axis]));
        inside && self.0[at.map(|n| n as usize)]
    }

    fn made(wanted: impl Fn([i64; 3]) -> bool) -> Self {
        Self(Array3::from_shape_fn(SHAPE, |(z, y, x)| wanted([z, y, x].map(|n| n as i64))))
    }

    pub fn join(&self, sign: char, other: &Self) -> Self {
        Self::made(|at| match (sign, self.at(at), other.at(at)) {
            ('+', a, b) => a || b,
            ('-', a, b) => a && !b,
            ('&', a, b) => a && b,
            (_, a, b) => a != b,
        })
    }

    pub fn grow(&self, margin: f64) -> Self {
        Self::made(|at| all().any(|other| self.at(other) && distance_mm(at, other) <= margin))
    }

    /// What lies outside of the grid is background.
    pub fn shrink(&self, margin: f64) -> Self {
        let around = |at: [i64; 3]| {
            let far = |axis: usize| (margin / SPACING[axis]) as i64 + 1;
            let [z, y, x] = [far(0), far(1), far(2)];
            let offsets = (-z..=z).flat_map(move |dz| {
                (-y..=y).flat_map(move |dy| (-x..=x).map(move |dx| [dz, dy, dx]))
            });
            offsets.map(move |offset| [0, 1, 2].map(|axis| at[axis] + offset[axis]))
        };
        Self::made(|at| around(at).all(|other| self.at(other) || distance_mm(at, other) > margin))
    }

    /// Parts that hang together, larger ones first, then in the order of their first voxels.
    fn parts(&self, faces_alone: bool) -> Vec<Vec<[i64; 3]>> {
        let mut left = self.clone();
        let mut parts = Vec::new();
        for first in all() {
            let (mut part, mut next) = (Vec::new(), vec![first]);
            while let Some(at) = next.pop() {
                if !left.at(at) {
                    continue;
                }
                left.0[at.map(|n| n as usize)] = false;
                part.push(at);
                let near = |other: &[i64; 3]| {
                    let apart = [0, 1, 2].map(|axis| (at[axis] - other[axis]).abs());
                    apart.iter().all(|n| *n <= 1)
                        && (!faces_alone || apart.iter().sum::<i64>() == 1)
                };
                next.extend(all().filter(near));
            }
            if !part.is_empty() {
                parts.push(part);
            }
        }
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts
    }

    fn of_parts<'a>(parts: impl Iterator<Item = &'a Vec<[i64; 3]>>) -> Self {
        let voxels: Vec<[i64; 3]> = parts.flatten().copied().collect();
        Self::made(|at| voxels.contains(&at))
    }

    pub fn largest(&self, count: usize) -> Self {
        Self::of_parts(self.parts(false).iter().take(count))
    }

    pub fn at_least(&self, voxels: usize) -> Self {
        Self::of_parts(self.parts(false).iter().filter(|part| part.len() >= voxels))
    }

    /// Background that does not reach the edge over faces is no background.
    pub fn fill(&self) -> Self {
        let background = Self::made(|at| !self.at(at));
        let is_edge =
            |at: &[i64; 3]| (0..3).any(|axis| at[axis] == 0 || at[axis] == SHAPE[axis] as i64 - 1);
        let open = background.parts(true);
        let open = open.iter().filter(|part| part.iter().any(is_edge));
        let outside = Self::of_parts(open);
        Self::made(|at| !outside.at(at))
    }
}
