//! The 117 masks of the sample case, against what nibabel and NumPy say of them.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::files::{fail, json, listing, medmask, read, succeed};

/// Counted with nibabel 5.4.2 and NumPy from the files: name, voxels, bounds.
const EXPECTED: [(&str, u64, [[u64; 2]; 3]); 3] = [
    ("colon", 59_305, [[128, 179], [24, 123], [88, 166]]),
    ("rib_right_12", 13, [[172, 179], [23, 26], [103, 107]]),
    ("urinary_bladder", 68_016, [[128, 179], [63, 116], [93, 150]]),
];

/// The folder of the case, where it is there.
pub fn sample() -> Option<PathBuf> {
    let data =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-s0000");
    let found = data.canonicalize().ok();
    if found.is_none() {
        eprintln!("skipped: {} is not there", data.display());
    }
    found
}

#[test]
fn the_sample_case_goes_in_and_comes_out_unchanged() {
    let Some(data) = sample() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let input = data.to_str().unwrap();
    let strict = ["pack", input, "-o", "case.mska", "--tolerance-mm", "0.01"];
    fail(
        at,
        &strict,
        1,
        &["aorta.nii.gz: ", "direction differs by 0.0571 mm", "more than 0.01 mm"],
    );
    assert_eq!(listing(at), [""; 0]);

    let packed = medmask(at, &["pack", input, "-o", "case.mska"]);
    assert_eq!(packed.code, 0, "{packed:?}");
    assert!(packed.out.starts_with("case.mska: 117 entries, 21 not empty; "), "{}", packed.out);
    // The largest distance of the two affines at an outer corner, as NumPy has it: 0.0571.
    assert!(
        packed.err.contains("2 geometries, up to 0.057 mm apart, within tolerance 0.1 mm"),
        "{}",
        packed.err
    );
    assert!(at.join("case.mska").metadata().unwrap().len() <= 33_000);

    let listed = json(at, &["ls", "case.mska", "--json"]);
    let entries = listed["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 117);
    for (name, voxels, bounds) in EXPECTED {
        let entry = entries.iter().find(|entry| entry["name"] == name).unwrap();
        assert_eq!(entry["labels"][0]["voxels"], voxels, "{name}");
        assert_eq!(entry["labels"][0]["bounds"], json!(bounds), "{name}");
    }

    succeed(at, &["extract", "case.mska", "-d", "out", "--level", "1"]);
    let files = listing(&at.join("out"));
    assert_eq!(files.len(), 117);
    for file in files {
        let ((runs, header), (source, source_header)) =
            (read(&at.join("out").join(&file)), read(&data.join(&file)));
        assert_eq!(runs, source, "{file}");
        assert_eq!(header.affine(), source_header.affine(), "{file}");
        // The sources set no qform; the writer may.
        assert_eq!(header.sform_code(), source_header.sform_code(), "{file}");
    }
}

#[cfg(unix)]
#[test]
fn the_readme_shows_what_the_command_prints() {
    let Some(data) = sample() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(data, folder.path().join("segmentations")).unwrap();
    let readme = include_str!("../../../../README.md");
    let block = readme.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    for shown in block.split("$ medmask ").skip(1) {
        let (command, output) = shown.split_once('\n').unwrap();
        let run = std::process::Command::new("sh")
            .args(["-c", &format!("\"$MEDMASK\" {command}")])
            .env("MEDMASK", env!("CARGO_BIN_EXE_medmask"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8(run.stdout).unwrap();
        // A line of dots stands for the rest.
        match output.strip_suffix("...\n") {
            Some(beginning) => assert!(printed.starts_with(beginning), "{command}:\n{printed}"),
            None => assert_eq!(printed, output, "{command}"),
        }
    }
}
