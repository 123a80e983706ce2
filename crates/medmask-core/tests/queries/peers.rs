//! What scipy and connected-components-3d make of the same masks.
//!
//! `../peers/make_query_cases.py` writes the cases: a small sample is committed. With `MEDMASK_PYTHON` set to a Python that has
//! both, all cases are made anew, and those of the real masks beside the repository too.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use medmask_core::{Connectivity, Runs};
use serde::Deserialize;
use serde::de::DeserializeOwned;

type Lengths = Vec<usize>;

#[derive(Deserialize)]
struct Case {
    name: String,
    shape: [usize; 3],
    spacing: [f64; 3],
    voxels: Lengths,
    components: Vec<(u32, Lengths)>,
    filled: Lengths,
    filled_slices: [Lengths; 3],
    grown: Vec<(f64, Lengths)>,
    shrunk: Vec<(f64, Lengths)>,
    boundary: Lengths,
}

fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| made_by("make_query_cases.py", "query_cases.json"))
}

/// The cases that a script of `../peers` writes: those that are committed as `sample` or, where there is a Python, all of them.
pub fn made_by<T: DeserializeOwned>(script: &str, sample: &str) -> Vec<T> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
    let mut path = folder.join(sample);
    if let Some(python) = std::env::var_os("MEDMASK_PYTHON") {
        path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(sample);
        let mut command = Command::new(python);
        command.arg(folder.join(script)).arg(&path).arg("--full");
        let shared = folder.join("../../../../../shared/data/totalsegmentator-s0000");
        if shared.is_dir() {
            command.arg("--masks").arg(shared);
        }
        assert!(command.status().unwrap().success());
    } else {
        eprintln!("MEDMASK_PYTHON is not set: only the committed sample of cases is checked");
    }
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A mask of labels and lengths in turn, in C order (z, y, x).
pub fn runs_of(lengths: &[usize], shape: [usize; 3]) -> Runs {
    let voxels: Vec<u32> = lengths
        .chunks_exact(2)
        .flat_map(|run| std::iter::repeat_n(u32::try_from(run[0]).unwrap(), run[1]))
        .collect();
    Runs::from_slice(&voxels, shape).unwrap()
}

impl Case {
    fn runs(&self, lengths: &[usize]) -> Runs {
        runs_of(lengths, self.shape)
    }

    fn mask(&self) -> Runs {
        self.runs(&self.voxels)
    }

    fn check(&self, found: &Runs, wanted: &[usize], what: &str) {
        let wanted = self.runs(wanted);
        let differing = found.combine(&wanted, |a, b| u32::from(a != b)).unwrap().voxel_count();
        let all = wanted.voxel_count();
        assert_eq!(differing, 0, "{}, {what}: of {all} voxels", self.name);
    }
}

#[test]
fn components_are_those_of_connected_components_3d() {
    for case in cases() {
        for (neighbours, wanted) in &case.components {
            let connectivity = Connectivity::try_from(*neighbours).unwrap();
            let found = case.mask().components(connectivity);
            case.check(found.runs(), wanted, &format!("{neighbours} neighbours"));
        }
    }
}

#[test]
fn holes_are_filled_as_scipy_fills_them() {
    for case in cases() {
        case.check(&case.mask().fill_holes(), &case.filled, "holes");
        for (axis, wanted) in case.filled_slices.iter().enumerate() {
            let found = case.mask().fill_holes_of_slices(axis);
            case.check(&found, wanted, &format!("holes of slices across {axis}"));
        }
    }
    assert!(cases().iter().any(|case| case.filled != case.voxels), "some case has a hole");
}

#[test]
fn margins_are_those_of_scipys_distances() {
    for case in cases() {
        for (mm, wanted) in &case.grown {
            let found = case.mask().grow(*mm, case.spacing).unwrap();
            case.check(&found, wanted, &format!("grown by {mm} mm"));
        }
        for (mm, wanted) in &case.shrunk {
            let found = case.mask().shrink(*mm, case.spacing).unwrap();
            case.check(&found, wanted, &format!("shrunk by {mm} mm"));
        }
    }
}

#[test]
fn boundaries_are_what_scipys_erosion_takes() {
    for case in cases() {
        case.check(&case.mask().boundary(), &case.boundary, "boundary");
    }
}
