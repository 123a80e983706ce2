use medmask_core::Runs;
use ndarray::Array3;
use proptest::prelude::*;

use super::{flood, runs, steps, volume};

/// Dense enough that there are holes: of one label, and of several.
const ONE: &[u32] = &[0, 1, 1, 1];
const SEVERAL: &[u32] = &[0, 1, 1, 1, 2, 2, 2];

/// Each background voxel by itself, as the documentation has it.
fn naive(voxels: &Array3<u32>, steps: &[[isize; 3]]) -> Array3<u32> {
    let mut labels: Vec<u32> = voxels.iter().copied().filter(|label| *label != 0).collect();
    labels.sort_unstable();
    labels.dedup();
    Array3::from_shape_fn(voxels.dim(), |index| {
        if voxels[index] != 0 {
            return voxels[index];
        }
        let hole = |label: &u32| {
            let (reached, edge) = flood(voxels, index, steps, |other| other != *label);
            (!edge).then_some((reached.len(), *label))
        };
        labels.iter().filter_map(hole).min().map_or(0, |(_, label)| label)
    })
}

fn check(voxels: &Array3<u32>) -> Result<(), TestCaseError> {
    let runs = runs(voxels);
    let filled = naive(voxels, &steps(1));
    prop_assert_eq!(runs.fill_holes(), Runs::from_array(filled.view()));
    for axis in 0..3 {
        let mut within = steps(1);
        within.retain(|step| step[axis] == 0);
        let filled = naive(voxels, &within);
        prop_assert_eq!(
            runs.fill_holes_of_slices(axis),
            Runs::from_array(filled.view()),
            "{}",
            axis
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn holes_are_what_no_flood_leaves(one in volume(ONE), several in volume(SEVERAL)) {
        check(&one)?;
        check(&several)?;
    }
}

/// A volume of cubes around its centre, each painted over the one before: (half of the side, label).
fn nested(cubes: &[(usize, u32)]) -> Array3<u32> {
    let mut voxels = Array3::zeros((13, 13, 13));
    for (half, label) in cubes {
        for ((z, y, x), voxel) in voxels.indexed_iter_mut() {
            if [z, y, x].iter().all(|n| n.abs_diff(6) <= *half) {
                *voxel = *label;
            }
        }
    }
    voxels
}

#[test]
fn nested_labels_do_not_fill_each_other() {
    // From outside in: shell 5, gap, shell 9, gap, core 2, and in that a hole.
    let voxels = nested(&[(6, 5), (5, 0), (4, 9), (3, 0), (2, 2), (1, 0)]);
    let filled = nested(&[(6, 5), (4, 9), (2, 2)]);
    assert_eq!(runs(&voxels).fill_holes(), runs(&filled));
}

#[test]
fn what_only_two_labels_together_enclose_stays_background() {
    let mut voxels = nested(&[(3, 1), (2, 0)]);
    voxels.slice_mut(ndarray::s![..6, .., ..]).mapv_inplace(|label| label * 2);
    assert_eq!(runs(&voxels).fill_holes(), runs(&voxels));
    // A label around both encloses it.
    let mut around = nested(&[(6, 7), (5, 0)]);
    around.zip_mut_with(&voxels, |outer, inner| *outer = (*outer).max(*inner));
    let filled = runs(&around).fill_holes();
    assert_eq!(filled.at([6, 6, 6]), Some(7));
    assert_eq!(filled.binary_of(1), runs(&voxels).binary_of(1));
}

#[test]
#[should_panic(expected = "none is axis 3")]
fn a_volume_has_no_fourth_axis() {
    let _ = Runs::empty([1, 1, 1]).fill_holes_of_slices(3);
}
