//! Organ-like solids: ellipsoids, tubes and shells with smooth irregular surfaces.
//!
//! Only additions, multiplications and square roots: every machine makes the same voxels.

use medmask_core::Space;
use ndarray::Array3;

/// A point or vector (x, y, z) in mm.
pub type Point = [f64; 3];

/// A part of an organ.
pub enum Solid {
    /// A filled ellipsoid.
    Ellipsoid { centre: Point, radii: Point, roughness: f64 },
    /// All that lies within `radius` of a line through the points.
    Tube { path: Vec<Point>, radius: f64 },
    /// The surface of an ellipsoid, `thickness` times its radii wide.
    Shell { centre: Point, radii: Point, thickness: f64 },
}

const SHELL_ROUGHNESS: f64 = 0.06;
const TUBE_ROUGHNESS: f64 = 0.15;

impl Solid {
    /// Corners of a box around it.
    fn reach(&self) -> (Point, Point) {
        match self {
            Self::Ellipsoid { centre, radii, roughness } => {
                around(*centre, radii.map(|radius| radius * (1.0 + roughness)))
            }
            Self::Shell { centre, radii, thickness } => {
                around(*centre, radii.map(|radius| radius * (1.0 + SHELL_ROUGHNESS + thickness)))
            }
            Self::Tube { path, radius } => {
                let margin = [radius * (1.0 + TUBE_ROUGHNESS); 3];
                let ends = path.iter().map(|point| around(*point, margin));
                ends.reduce(|a, b| {
                    (
                        std::array::from_fn(|axis| a.0[axis].min(b.0[axis])),
                        std::array::from_fn(|axis| a.1[axis].max(b.1[axis])),
                    )
                })
                .unwrap_or_default()
            }
        }
    }

    fn contains(&self, point: Point, noise: &Noise) -> bool {
        match self {
            Self::Ellipsoid { centre, radii, roughness } => {
                let distance = relative(point, *centre, *radii);
                (distance - 1.0).abs() > *roughness && distance < 1.0
                    || distance < 1.0 + roughness * noise.at(point)
            }
            Self::Shell { centre, radii, thickness } => {
                let from_surface = relative(point, *centre, *radii) - 1.0;
                from_surface.abs() < thickness + SHELL_ROUGHNESS
                    && (from_surface + SHELL_ROUGHNESS * noise.at(point)).abs() < *thickness
            }
            Self::Tube { path, radius } => {
                let distance = path
                    .windows(2)
                    .map(|ends| from_segment(point, ends[0], ends[1]))
                    .fold(f64::INFINITY, f64::min);
                distance < radius * (1.0 + TUBE_ROUGHNESS)
                    && distance < radius * (1.0 + TUBE_ROUGHNESS * noise.at(point))
            }
        }
    }
}

/// The voxels of `space`, whose axes are the world's, that lie in any of `solids`. `seed` makes the surface.
pub fn rasterise(solids: &[Solid], space: &Space, seed: u32) -> Array3<bool> {
    let mut voxels = Array3::from_elem(space.shape(), false);
    let noise = Noise { seed };
    for solid in solids {
        let (low, high) = solid.reach();
        let [depth, height, width] = [2, 1, 0].map(|world_axis| {
            let axis = 2 - world_axis;
            let size = space.spacing()[axis];
            let first = (low[world_axis] / size).max(0.0) as usize;
            first..((high[world_axis] / size) as usize + 1).min(space.shape()[axis])
        });
        for z in depth {
            for y in height.clone() {
                for x in width.clone() {
                    let point = space.index_to_world([z as f64, y as f64, x as f64]);
                    if solid.contains(point, &noise) {
                        voxels[[z, y, x]] = true;
                    }
                }
            }
        }
    }
    voxels
}

fn around(centre: Point, margin: Point) -> (Point, Point) {
    (
        std::array::from_fn(|axis| centre[axis] - margin[axis]),
        std::array::from_fn(|axis| centre[axis] + margin[axis]),
    )
}

/// Distance from the centre, where the ellipsoid's surface is at 1.
fn relative(point: Point, centre: Point, radii: Point) -> f64 {
    let squares = (0..3).map(|axis| ((point[axis] - centre[axis]) / radii[axis]).powi(2));
    squares.sum::<f64>().sqrt()
}

fn from_segment(point: Point, start: Point, end: Point) -> f64 {
    let along: Point = std::array::from_fn(|axis| end[axis] - start[axis]);
    let offset: Point = std::array::from_fn(|axis| point[axis] - start[axis]);
    let dot = |a: Point, b: Point| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let share = (dot(offset, along) / dot(along, along).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    let rest: Point = std::array::from_fn(|axis| offset[axis] - share * along[axis]);
    dot(rest, rest).sqrt()
}

/// Smooth noise from -1 to 1: random values on a lattice, and a smooth way between them.
struct Noise {
    seed: u32,
}

impl Noise {
    /// Distance of lattice points, mm.
    const WAVE: f64 = 22.0;

    fn at(&self, point: Point) -> f64 {
        let scaled = point.map(|mm| mm / Self::WAVE);
        let cell = scaled.map(|number| number.floor() as i64);
        let share: Point = std::array::from_fn(|axis| {
            let rest = scaled[axis] - cell[axis] as f64;
            rest * rest * (3.0 - 2.0 * rest)
        });
        (0..8).fold(0.0, |sum, corner: i64| {
            let bits = [corner & 1, corner >> 1 & 1, corner >> 2];
            let weight = (0..3).fold(1.0, |product, axis| {
                product * if bits[axis] == 1 { share[axis] } else { 1.0 - share[axis] }
            });
            sum + weight * self.value(std::array::from_fn(|axis| cell[axis] + bits[axis]))
        })
    }

    /// The random value of a lattice point.
    fn value(&self, cell: [i64; 3]) -> f64 {
        let mixed = cell.iter().fold(self.seed, |hash, axis| {
            let hash = (hash ^ *axis as u32).wrapping_mul(0x9e37_79b1);
            hash ^ hash >> 15
        });
        f64::from(mixed) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_has_the_volume_of_a_ball() {
        let space = Space::of_shape([40; 3]);
        let ball = Solid::Ellipsoid { centre: [20.0; 3], radii: [12.0; 3], roughness: 0.0 };
        let voxels = rasterise(&[ball], &space, 1).iter().filter(|voxel| **voxel).count() as f64;
        let expected = 4.0 / 3.0 * std::f64::consts::PI * 12.0_f64.powi(3);
        assert!((voxels / expected - 1.0).abs() < 0.02, "{voxels} {expected}");
    }

    #[test]
    fn tubes_and_shells_are_where_they_should_be() {
        let space = Space::of_shape([40; 3]);
        let tube = Solid::Tube { path: vec![[5.0, 5.0, 5.0], [30.0, 5.0, 5.0]], radius: 3.0 };
        let shell = Solid::Shell { centre: [20.0; 3], radii: [12.0; 3], thickness: 0.2 };
        let tube = rasterise(&[tube], &space, 7);
        assert!(tube[[5, 5, 20]] && !tube[[5, 9, 20]] && !tube[[5, 5, 36]]);
        let shell = rasterise(&[shell], &space, 7);
        assert!(shell[[20, 20, 32]] && !shell[[20, 20, 20]] && !shell[[20, 20, 38]]);
    }
}
