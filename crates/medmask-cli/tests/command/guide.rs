//! The commands of `docs/queries.md` and `docs/measures.md`, one after the other.

use std::path::Path;
use std::process::Command;

use medmask::Space;
use ndarray::Array3;

use crate::files::{block, space, succeed, write};

const QUERIES: &str = include_str!("../../../../docs/queries.md");
const MEASURES: &str = include_str!("../../../../docs/measures.md");

/// Runs the commands of a guide in `folder`. Each must print something, but for those that are told to be quiet, and exit with 0; those
/// that compare may find differences.
fn run_all(guide: &str, folder: &Path) {
    let mut ran = 0;
    let blocks = guide.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines) {
        let arguments = line.strip_prefix("medmask ").unwrap();
        let run = Command::new("sh")
            .args(["-c", &format!("\"$MEDMASK\" {arguments}")])
            .env("MEDMASK", env!("CARGO_BIN_EXE_medmask"))
            .current_dir(folder)
            .output()
            .unwrap();
        let differs = arguments.starts_with("diff ") && run.status.code() == Some(1);
        assert!(run.status.success() || differs, "{line}: {run:?}");
        let is_silent = arguments.contains("--quiet") || arguments.contains(" > ");
        assert_eq!(run.stdout.is_empty(), is_silent, "{line}: {run:?}");
        ran += 1;
    }
    assert_eq!(ran, guide.lines().filter(|line| line.starts_with("medmask ")).count());
}

/// An archive with images in and out of its space, alone and as a cohort.
fn measured_case(at: &Path) {
    let masks = at.join("case");
    std::fs::create_dir(&masks).unwrap();
    for (mask, voxels) in [
        ("liver", block([[1, 4], [2, 6], [1, 5]], 1)),
        ("tumour", block([[3, 5], [3, 5], [3, 5]], 1)),
        ("aorta", block([[0, 6], [0, 1], [0, 1]], 1)),
        ("ablation", block([[2, 6], [2, 6], [2, 6]], 1)),
    ] {
        write(&masks.join(format!("{mask}.nii.gz")), voxels, &[], &space());
    }
    succeed(at, &["pack", "case", "-o", "case.mska"]);
    write(&at.join("ct.nii.gz"), block([[0, 4], [0, 7], [0, 5]], 40), &[], &space());
    let coarse = Space::new([3, 4, 4], [4.0, 3.0, 2.0], space().origin(), space().direction());
    let values = Array3::from_shape_fn([3, 4, 4], |(z, y, x)| (z + y + x) as u32);
    write(&at.join("pet.nii.gz"), values, &[], &coarse.unwrap());
    for case in ["cohort/s1", "cohort/s2"] {
        std::fs::create_dir_all(at.join(case)).unwrap();
        for file in ["case.mska", "ct.nii.gz"] {
            std::fs::copy(at.join(file), at.join(case).join(file)).unwrap();
        }
    }
}

#[test]
fn the_commands_of_the_guide_to_measures_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (side, name, end) in [("reference", "references", 5), ("prediction", "predictions", 6)] {
        let masks = at.join(side);
        std::fs::create_dir(&masks).unwrap();
        std::fs::create_dir(at.join(name)).unwrap();
        let mut lesions = block([[1, 2], [1, 2], [1, 2]], 1);
        lesions += &block([[4, 5], [5, 6], [6, 7]], 1);
        for (mask, voxels) in [
            ("liver", block([[1, 4], [2, 6], [1, end]], 1)),
            ("tumour", block([[3, 5], [3, 5], [3, end]], 1)),
            ("lesions", lesions),
        ] {
            write(&masks.join(format!("{mask}.nii.gz")), voxels, &[], &space());
        }
        succeed(at, &["pack", side, "-o", &format!("{side}.mska")]);
        succeed(at, &["pack", side, "-o", &format!("{name}/case_1.mska")]);
    }
    measured_case(at);
    run_all(MEASURES, at);
}

#[test]
fn the_commands_of_the_guide_run_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let masks = folder.path().join("masks");
    std::fs::create_dir(&masks).unwrap();
    let mut lobes = block([[0, 3], [0, 7], [0, 8]], 1);
    lobes += &block([[3, 6], [0, 7], [0, 8]], 2);
    let mut lesions = block([[1, 2], [1, 2], [1, 2]], 1);
    lesions += &block([[4, 5], [5, 6], [6, 7]], 1);
    for (name, voxels, labels) in [
        ("liver", block([[1, 4], [2, 6], [1, 5]], 1), &[][..]),
        ("tumour", block([[3, 5], [3, 5], [3, 6]], 1), &[]),
        ("sternum", block([[0, 1], [0, 1], [3, 5]], 1), &[]),
        ("rib_left_1", block([[4, 5], [1, 2], [5, 8]], 1), &[]),
        ("rib_right_1", block([[4, 5], [1, 2], [0, 2]], 1), &[]),
        ("lobes", lobes, &[("upper", 1), ("lower", 2)]),
        ("lesions", lesions, &[]),
    ] {
        write(&masks.join(format!("{name}.nii.gz")), voxels, labels, &space());
    }
    succeed(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    run_all(QUERIES, folder.path());
    // Both lesions lie in one lobe each.
    let found = succeed(
        folder.path(),
        &["overlap", "case.mska", "--within", "lesions", "--of", "lobes", "--components", "--csv"],
    );
    assert!(
        found.contains(",lobes/upper,1,0.003") && found.contains(",lobes/lower,1,0.003"),
        "{found}"
    );
}
