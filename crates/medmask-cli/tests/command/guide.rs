//! The commands of `docs/queries.md`, one after the other.

use std::process::Command;

use crate::files::{block, space, succeed, write};

const GUIDE: &str = include_str!("../../../../docs/queries.md");

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
    let mut ran = 0;
    let blocks = GUIDE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines) {
        let arguments = line.strip_prefix("medmask ").unwrap();
        let run = Command::new("sh")
            .args(["-c", &format!("\"$MEDMASK\" {arguments}")])
            .env("MEDMASK", env!("CARGO_BIN_EXE_medmask"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(run.status.success() && !run.stdout.is_empty(), "{line}: {run:?}");
        ran += 1;
    }
    assert_eq!(ran, GUIDE.lines().filter(|line| line.starts_with("medmask ")).count());
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
