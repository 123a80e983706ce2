//! A CT with a tilted gantry: the archive's grid has right angles, and what is measured is measured where the file has its voxels.

use std::path::Path;

use medmask::medmask_nifti::{ReadOptions, SourceGeometry, WriteOptions, read_header, write_mask};
use medmask::{LabelMap, Space, Voxels};
use ndarray::Array3;

use crate::files::{fail, json, succeed};

/// RAS+: slices of 1.5 mm that are 2.5 mm thick and lie 0.9 mm further to the front each. The determinant is 1.5 * 1.5 * 2.5.
const TILTED: [[f64; 4]; 4] =
    [[-1.5, 0.0, 0.0, 60.0], [0.0, 1.5, 0.9, -80.0], [0.0, 0.0, 2.5, -300.0], [0.0, 0.0, 0.0, 1.0]];
const VOXEL_ML: f64 = 1.5 * 1.5 * 2.5 / 1000.0;
const SHAPE: [usize; 3] = [20, 30, 40];

/// The whole block of `label`: x 4 to 9, y 10 to 19, z 12 to 17; its middle is (6.5, 14.5, 14.5).
fn write(path: &Path) {
    let inside = |n: usize, from: usize, to: usize| (from..=to).contains(&n);
    let block = |(z, y, x)| u8::from(inside(x, 4, 9) && inside(y, 10, 19) && inside(z, 12, 17));
    let voxels = Voxels::from(Array3::from_shape_fn(SHAPE, block));
    let [z, y, x] = SHAPE;
    let (space, _) = Space::from_nifti_affine_within([x, y, z], TILTED, 1000.0).unwrap();
    let mut options = WriteOptions::default();
    options.geometry = Some(SourceGeometry::new(TILTED, 0, 1));
    write_mask(path, &voxels, &LabelMap::new(), &space, &options).unwrap();
}

fn close(found: &serde_json::Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-5 * expected.abs(), "{found} is not {expected}");
}

#[test]
fn a_tilted_ct_is_measured_by_its_own_affine() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(&at.join("tilt.nii.gz"));
    let pack = ["pack", "tilt.nii.gz", "-o", "a.mska"];
    fail(at, &pack, 1, &["sheared", "--max-shear-voxels"]);
    succeed(at, &[&pack[..], &["--max-shear-voxels", "1000"]].concat());
    let ml = 360.0 * VOXEL_ML;
    // LPS+, by hand from the affine and the middle of the block.
    let centroid = [-(60.0 - 1.5 * 6.5), -(-80.0 + 1.5 * 14.5 + 0.9 * 14.5), -300.0 + 2.5 * 14.5];
    for archive in ["a.mska", "again.mska"] {
        let stats = json(at, &["stats", archive, "--json"]);
        let label = &stats["entries"][0]["labels"][0];
        close(&label["volume_ml"], ml);
        (0..3).for_each(|axis| close(&label["centroid_lps_mm"][axis], centroid[axis]));
        close(&json(at, &["ls", archive, "--json"])["entries"][0]["labels"][0]["volume_ml"], ml);
        close(&json(at, &["info", archive, "--json"])["space"]["voxel_volume_mm3"], VOXEL_ML * 1e3);
        // An expression is measured alike, and a volume in it is one of the file's voxels.
        let computed = json(at, &["stats", archive, "tilt + tilt", "--json"]);
        close(&computed["entries"][0]["labels"][0]["volume_ml"], ml);
        for (least, voxels) in [(ml * 0.999, 360), (ml * 1.001, 0)] {
            let kept = format!("min_ml(tilt, {least})");
            let stats = json(at, &["stats", archive, &kept, "--json"]);
            assert_eq!(stats["entries"][0]["labels"][0]["voxels"], voxels, "{least}");
        }
        // The first voxel of the block, found by where the file has it.
        let point = [-(60.0 - 1.5 * 4.0), -(-80.0 + 1.5 * 10.0 + 0.9 * 12.0), -300.0 + 2.5 * 12.0];
        let [x, y, z] = point.map(|mm: f64| mm.to_string());
        let found = succeed(at, &["at", archive, &x, &y, &z]);
        assert!(found.contains("tilt"), "{found}");

        // Every way out gives the file's affine.
        succeed(at, &["extract", archive, "-d", "out", "--force"]);
        succeed(at, &["extract", archive, "--merge", "-o", "merged.nii.gz", "--force"]);
        for file in ["out/tilt.nii.gz", "merged.nii.gz"] {
            let mut options = ReadOptions::default();
            options.max_shear_voxels = 1000.0;
            let affine = read_header(&at.join(file), &options).unwrap().affine();
            let narrow = TILTED.map(|row| row.map(|number| f64::from(number as f32)));
            assert_eq!(affine, narrow, "{file}");
        }
        succeed(at, &["pack", "a.mska", "-o", "again.mska", "--force"]);
    }
}
