//! Measures of runs, each against a naive reading of the same voxels and against figures of other programs.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod grey;
mod separation;
mod shape;

use medmask_core::{Runs, Space};
use ndarray::Array3;
use proptest::prelude::*;

/// Small volumes of blobs with the labels 1 and 2.
fn blobs() -> impl Strategy<Value = Array3<u8>> {
    let shape = (1_usize..7, 1_usize..8, 1_usize..9);
    let ball = (0.0..7.0, 0.0..8.0, 0.0..9.0, 0.3..4.0, 0_u8..3);
    (shape, prop::collection::vec(ball, 1..5)).prop_map(|(shape, balls)| {
        Array3::from_shape_fn(shape, |(z, y, x)| {
            let inside = |(k, j, i, radius, _): &&(f64, f64, f64, f64, u8)| {
                let square = (z as f64 - k).powi(2) + (y as f64 - j).powi(2);
                square + (x as f64 - i).powi(2) <= radius * radius
            };
            balls.iter().rev().find(inside).map_or(0, |ball| ball.4)
        })
    })
}

/// Spaces of `shape` (z, y, x): anisotropic, oblique, and of either hand.
fn spaces(shape: [usize; 3]) -> impl Strategy<Value = Space> {
    let spacing = prop::sample::select(&[[1.0, 1.0, 1.0], [5.0, 0.7, 0.7], [0.5, 0.5, 5.0]][..]);
    (spacing, 0.0..6.2, -1.5..1.5, 0_usize..3, any::<bool>()).prop_map(
        move |(spacing, turn, tilt, first, mirrored)| {
            let ((sin, cos), (up, along)) = (f64::sin_cos(turn), f64::sin_cos(tilt));
            let axes =
                [[cos * along, sin * along, up], [-sin, cos, 0.0], [-cos * up, -sin * up, along]];
            let mut direction: [[f64; 3]; 3] = std::array::from_fn(|n| axes[(n + first) % 3]);
            if mirrored {
                direction[1] = direction[1].map(|n: f64| -n);
            }
            Space::new(shape, spacing, [10.0, -20.5, 300.0], direction).unwrap()
        },
    )
}

/// A mask, and a space for it.
fn placed() -> impl Strategy<Value = (Array3<u8>, Space)> {
    blobs().prop_flat_map(|voxels| {
        let (z, y, x) = voxels.dim();
        (Just(voxels), spaces([z, y, x]))
    })
}

/// The voxels of a label, (z, y, x), in C order.
fn voxels_of(voxels: &Array3<u8>, label: u8) -> Vec<[usize; 3]> {
    let of_label = voxels.indexed_iter().filter(|(_, found)| **found == label);
    of_label.map(|((z, y, x), _)| [z, y, x]).collect()
}

fn runs(voxels: &Array3<u8>) -> Runs {
    Runs::from_array(voxels.view())
}

fn close(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= 1e-9 * (1.0 + wanted.abs())
}
