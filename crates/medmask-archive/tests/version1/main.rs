//! Version 1.0 against files of the real library, medmask 0.1.3, and against the library itself.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers outside the test functions")]

mod damage;
mod expected;
mod golden;
mod peers;
mod write;

use medmask_core::{Dtype, LabelMap, Mask, Space, Voxel, Voxels};
use ndarray::Array3;

/// A space that lies along none of the world's axes.
fn oblique(shape: [usize; 3]) -> Space {
    let (cos, sin) = (0.8, 0.6);
    let direction = [[0.0, -sin, cos], [0.0, cos, sin], [1.0, 0.0, 0.0]];
    Space::new(shape, [2.5, 0.8, 0.7], [-12.5, 30.25, 7.0], direction).expect("a sound space")
}

/// A mask whose labels 1, 2, 3, … up to `top` follow each other through the volume, with background between.
fn striped<T: Voxel>(space: &Space, top: u32) -> Mask
where
    Voxels: From<Array3<T>>,
{
    let shape = space.shape();
    let mut next = 0;
    let voxels = Array3::from_shape_simple_fn(shape, || {
        next += 1;
        let label = next * 7 % 11;
        T::from_label(if label > 3 { 0 } else { label.min(top) })
    });
    let voxels = Voxels::from(voxels);
    let mut labels = LabelMap::new();
    for label in 1..=top.min(3) {
        labels.insert(format!("organ {label} Ä"), label).expect("a good name");
    }
    Mask::new(voxels, labels, space.clone()).expect("matching parts")
}

fn empty(space: &Space) -> Mask {
    Mask::new(Voxels::zeros(Dtype::U8, space.shape()), LabelMap::new(), space.clone())
        .expect("matching parts")
}
