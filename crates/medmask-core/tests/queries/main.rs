//! Questions to runs, each against a naive reading of the same voxels.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod agreement;
mod agreement_peers;
mod components;
mod fill;
mod many;
mod margin;
mod peers;
mod surface;

use medmask_core::Runs;
use ndarray::Array3;
use proptest::prelude::*;

/// Small volumes with labels from `labels`, one of which each voxel gets, but for boxes of one label.
fn volume(labels: &'static [u32]) -> impl Strategy<Value = Array3<u32>> {
    (1_usize..6, 1_usize..7, 1_usize..9).prop_flat_map(move |shape| of_shape(labels, shape))
}

fn of_shape(
    labels: &'static [u32],
    shape: (usize, usize, usize),
) -> impl Strategy<Value = Array3<u32>> + use<> {
    let label = || prop::sample::select(labels);
    let (depth, height, width) = shape;
    let noise = prop::collection::vec(label(), depth * height * width);
    let side = |voxels: usize| (0..voxels, 1..=voxels);
    let boxes = (label(), side(depth), side(height), side(width));
    (noise, any::<bool>(), prop::collection::vec(boxes, 0..4)).prop_map(
        move |(noise, noisy, boxes)| {
            let mut voxels = Array3::from_shape_vec(shape, noise).unwrap();
            if !noisy {
                voxels.fill(0);
            }
            for (label, z, y, x) in boxes {
                let inside =
                    |index: usize, (start, length)| (start..start + length).contains(&index);
                for ((k, j, i), voxel) in voxels.indexed_iter_mut() {
                    if inside(k, z) && inside(j, y) && inside(i, x) {
                        *voxel = label;
                    }
                }
            }
            voxels
        },
    )
}

fn runs(voxels: &Array3<u32>) -> Runs {
    Runs::from_array(voxels.view())
}

/// The voxels around `at` in the volume that `offsets` (z, y, x) lead to.
fn around<'a>(
    voxels: &Array3<u32>,
    at: (usize, usize, usize),
    offsets: &'a [[isize; 3]],
) -> impl Iterator<Item = Option<(usize, usize, usize)>> + use<'a> {
    let shape = voxels.dim();
    offsets.iter().map(move |[z, y, x]| {
        let index = (
            at.0.checked_add_signed(*z)?,
            at.1.checked_add_signed(*y)?,
            at.2.checked_add_signed(*x)?,
        );
        (index.0 < shape.0 && index.1 < shape.1 && index.2 < shape.2).then_some(index)
    })
}

/// Steps to the neighbours, of which at most `axes` differ.
fn steps(axes: usize) -> Vec<[isize; 3]> {
    let all = (-1..=1).flat_map(|z| (-1..=1).flat_map(move |y| (-1..=1).map(move |x| [z, y, x])));
    let changed = |step: &[isize; 3]| step.iter().filter(|n| **n != 0).count();
    all.filter(|step| (1..=axes).contains(&changed(step))).collect()
}

/// All voxels that can be reached from `from` by `steps` over voxels that are `free`, and whether they reach the volume's edge.
fn flood(
    voxels: &Array3<u32>,
    from: (usize, usize, usize),
    steps: &[[isize; 3]],
    free: impl Fn(u32) -> bool,
) -> (Vec<(usize, usize, usize)>, bool) {
    let mut seen = Array3::from_elem(voxels.dim(), false);
    let (mut found, mut edge) = (vec![from], false);
    seen[from] = true;
    let mut next = 0;
    while next < found.len() {
        for index in around(voxels, found[next], steps) {
            let Some(index) = index else {
                edge = true;
                continue;
            };
            if free(voxels[index]) && !seen[index] {
                seen[index] = true;
                found.push(index);
            }
        }
        next += 1;
    }
    (found, edge)
}
