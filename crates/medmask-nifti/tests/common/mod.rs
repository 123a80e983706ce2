//! What several tests need.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use medmask_core::Space;

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The real case of 117 masks, where it is there.
pub fn sample_case() -> Option<PathBuf> {
    let folder = workspace().join("../shared/data/totalsegmentator-s0000");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// Runs a script of tests/peers with the Python that MEDMASK_PYTHON names; false where there is none.
pub fn run_peer(script: &str, arguments: &[&Path]) -> bool {
    let Some(python) = std::env::var_os("MEDMASK_PYTHON") else {
        eprintln!("skipped: MEDMASK_PYTHON not set");
        return false;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
    let status = Command::new(python).arg(script).args(arguments).status().unwrap();
    assert!(status.success(), "the peer script failed");
    true
}

/// World positions (x, y, z; LPS+, mm) of the centres of the corner voxels; z changes slowest, x fastest.
pub fn corners(space: &Space) -> Vec<[f64; 3]> {
    let [depth, height, width] = space.shape().map(|axis| (axis - 1) as f64);
    let mut corners = Vec::new();
    for z in [0.0, depth] {
        for y in [0.0, height] {
            for x in [0.0, width] {
                let index = [z, y, x];
                corners.push(std::array::from_fn(|world| {
                    (0..3).fold(space.origin()[world], |sum, axis| {
                        sum + space.direction()[axis][world] * space.spacing()[axis] * index[axis]
                    })
                }));
            }
        }
    }
    corners
}

/// The largest distance between points of two lists, mm.
pub fn largest_distance(a: &[[f64; 3]], b: &[[f64; 3]]) -> f64 {
    assert_eq!(a.len(), b.len());
    let distance = |(a, b): (&[f64; 3], &[f64; 3])| {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    a.iter().zip(b).map(distance).fold(0.0, f64::max)
}
