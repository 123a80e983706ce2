//! A made-up label map of a kind that nobody may copy into a repository: a brain in thousands of parcels.

use std::collections::HashMap;
use std::path::Path;

use medmask_core::{LabelMap, Runs, Space};
use medmask_nifti::{WriteOptions, write_mask};
use ndarray::Array3;

use crate::run::Problem;

/// Voxels of a brain on the usual grid of 1 mm, (z, y, x).
const SHAPE: [usize; 3] = [181, 217, 181];
/// Voxels between the centres of neighbouring parcels.
const DISTANCE: i64 = 5;

/// Writes a brain whose voxels belong to the nearest of some 12,000 centres, which lie on a grid and are shaken. Labels count in the
/// order in which the voxels come.
pub fn parcels(path: &Path) -> Result<(), Problem> {
    let mut labels = HashMap::new();
    let voxels = Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let voxel = [z as i64, y as i64, x as i64];
        if !is_brain(voxel) {
            return 0_u16;
        }
        let next = labels.len() as u16 + 1;
        *labels.entry(nearest_centre(voxel)).or_insert(next)
    });
    let runs = Runs::from_array(voxels.view());
    let mut options = WriteOptions::default();
    options.label_table = false;
    let space = Space::of_shape(SHAPE);
    Ok(write_mask(path, &runs, &LabelMap::new(), &space, &options)?)
}

/// Two halves with folds.
fn is_brain(voxel: [i64; 3]) -> bool {
    let [z, y, x] = voxel.map(|axis| axis as f64);
    let part = |place: f64, middle: f64, radius: f64| ((place - middle) / radius).powi(2);
    let folds = (x / 4.0).sin() + (y / 5.0).sin() + (z / 4.5).sin();
    let is_gap = (x - 90.0).abs() < 1.0 && z > 80.0;
    part(z, 90.0, 62.0) + part(y, 108.0, 86.0) + part(x, 90.0, 68.0) < 1.0 + 0.05 * folds && !is_gap
}

/// The cell of the grid whose centre is nearest.
fn nearest_centre(voxel: [i64; 3]) -> [i64; 3] {
    let own = voxel.map(|axis| axis / DISTANCE);
    let mut nearest = (i64::MAX, own);
    for beside in 0..27 {
        let cell = [own[0] + beside / 9 - 1, own[1] + beside / 3 % 3 - 1, own[2] + beside % 3 - 1];
        let centre = centre_of(cell);
        let distance = (0..3).map(|axis| (16 * voxel[axis] - centre[axis]).pow(2)).sum();
        nearest = nearest.min((distance, cell));
    }
    nearest.1
}

/// In 16ths of a voxel, somewhere in its cell.
fn centre_of(cell: [i64; 3]) -> [i64; 3] {
    std::array::from_fn(|axis| {
        let [z, y, x] = cell.map(|axis| axis as u64);
        let number = (z << 40 | (y & 0xf_ffff) << 20 | x & 0xf_ffff) * 3 + axis as u64;
        // The finaliser of SplitMix64.
        let mixed = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let within = (mixed ^ mixed >> 31) % (16 * DISTANCE as u64);
        16 * DISTANCE * cell[axis] + within as i64
    })
}

#[cfg(test)]
mod tests {
    use medmask_nifti::{ReadOptions, Reader};

    use super::*;

    #[test]
    fn a_brain_has_more_than_ten_thousand_parcels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parcels.nii.gz");
        parcels(&path).unwrap();
        let mut reader = Reader::new(ReadOptions::default());
        let runs = reader.read(&path).unwrap().runs().unwrap();
        let labels = runs.labels();
        assert!((10_000..20_000).contains(&labels.len()), "{}", labels.len());
        assert_eq!(labels.last().copied(), u32::try_from(labels.len()).ok());
    }
}
