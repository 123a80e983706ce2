//! The two voxels that are farthest apart.

use super::hull::Voxel;
use crate::space::matrix::{self, Columns, Vector};

/// The longest straight line between two voxels of a structure, from centre to centre.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diameter {
    /// Its length in mm; 0 of one voxel.
    pub mm: f64,
    /// The two voxels, (z, y, x); one of the pairs where several are equally far apart.
    pub ends: [[usize; 3]; 2],
}

/// A place in the world, and the voxel there.
#[derive(Clone, Copy)]
struct Place {
    at: Vector,
    voxel: Voxel,
    /// The distance from the middle.
    radius: f64,
}

/// The largest distance between two of `voxels` whose steps in the world are `steps`; `None` of none.
pub(super) fn diameter(voxels: &[Voxel], steps: Columns) -> Option<Diameter> {
    let start = *voxels.first()?;
    let place = |voxel: &Voxel| {
        // Beside the first voxel, so that a far origin costs no digits.
        let index = std::array::from_fn(|axis| f64::from(voxel[axis]) - f64::from(start[axis]));
        Place { at: matrix::apply(steps, index), voxel: *voxel, radius: 0.0 }
    };
    let mut places: Vec<Place> = voxels.iter().map(place).collect();
    // A good guess first: from any voxel to the farthest, and from that to the farthest.
    let first = farthest(&places, places[0].at)?;
    let second = farthest(&places, first.at)?;
    let mut best = (distance(first.at, second.at), first.voxel, second.voxel);
    let middle = matrix::scale(matrix::add(first.at, second.at), 0.5);
    places.iter_mut().for_each(|place| place.radius = distance(place.at, middle));
    places.sort_unstable_by(|a, b| b.radius.total_cmp(&a.radius));
    for (number, a) in places.iter().enumerate() {
        for b in &places[number + 1..] {
            // By way of the middle no pair is shorter, and those that follow are nearer to it.
            if a.radius + b.radius <= best.0 {
                break;
            }
            let apart = distance(a.at, b.at);
            if apart > best.0 {
                best = (apart, a.voxel, b.voxel);
            }
        }
        if a.radius * 2.0 <= best.0 {
            break;
        }
    }
    let (mm, first, second) = best;
    Some(Diameter { mm, ends: [first, second].map(|voxel| voxel.map(|n| n as usize)) })
}

fn farthest(places: &[Place], from: Vector) -> Option<Place> {
    let further = |a: &&Place, b: &&Place| distance(a.at, from).total_cmp(&distance(b.at, from));
    places.iter().max_by(further).copied()
}

fn distance(a: Vector, b: Vector) -> f64 {
    let apart = matrix::subtract(a, b);
    matrix::dot(apart, apart).sqrt()
}
