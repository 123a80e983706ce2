//! A made-up case: blobs with bumps, of the sizes that organs have. Integers only, so that every machine makes the same.

use medmask::medmask_core::{Run, RunsBuilder, SpaceError};
use medmask::{Runs, Space};

const SHAPE: [u32; 3] = [128, 160, 192];
const BLOBS: u32 = 24;
/// As in real cases, where most structures are out of sight.
const EMPTY: u32 = 24;

/// Blobs and empty masks.
pub fn case() -> Result<(Space, Vec<(String, Runs)>), SpaceError> {
    let shape = SHAPE.map(|axis| axis as usize);
    let spacing = [1.5; 3];
    let space = Space::new(shape, spacing, [0.0; 3], Space::of_shape(shape).direction())?;
    let blobs = (0..BLOBS).map(|number| (format!("blob_{number:02}"), blob(number)));
    let empty = (0..EMPTY).map(|number| (format!("empty_{number:02}"), Runs::empty(shape)));
    Ok((space, blobs.chain(empty).collect()))
}

fn blob(number: u32) -> Runs {
    let mut random = Random(u64::from(number) + 1);
    let radii = SHAPE.map(|axis| i64::from(4 + random.below(axis / 8)));
    let centre = SHAPE.map(|axis| i64::from(axis / 5 + random.below(axis * 3 / 5)));
    let bumps: Vec<[u64; 3]> =
        (0..3).map(|_| [(); 3].map(|()| u64::from(random.below(5)) + 2)).collect();
    let mut builder = RunsBuilder::new(SHAPE.map(|axis| axis as usize));
    for z in 0..SHAPE[0] {
        for y in 0..SHAPE[1] {
            let mut start = None;
            for x in 0..=SHAPE[2] {
                let inside = x < SHAPE[2] && is_inside([z, y, x], centre, radii, &bumps);
                match (inside, start) {
                    (true, None) => start = Some(x),
                    (false, Some(first)) => {
                        builder.push(z, y, Run { start: first, end: x, label: 1 });
                        start = None;
                    }
                    _ => {}
                }
            }
        }
    }
    builder.finish()
}

/// Within an ellipsoid whose surface triangle waves push in and out by up to a fifth.
fn is_inside(voxel: [u32; 3], centre: [i64; 3], radii: [i64; 3], bumps: &[[u64; 3]]) -> bool {
    const ONE: i64 = 1 << 12;
    let square = |axis: usize| {
        let distance = (i64::from(voxel[axis]) - centre[axis]) * ONE / radii[axis];
        distance * distance
    };
    let squared = square(0) + square(1) + square(2);
    if squared > 2 * ONE * ONE {
        return false;
    }
    let wave = |bump: &[u64; 3]| {
        let phase: u64 = (0..3).map(|axis| u64::from(voxel[axis]) * bump[axis] * 256).sum();
        ((phase % 8192) as i64 - ONE).abs() * 2 - ONE
    };
    let height: i64 = bumps.iter().map(wave).sum();
    squared < ONE * ONE + height * ONE / 8
}

/// A linear congruential generator (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % limit.max(1)
    }
}
