//! Everything that can be wrong with what the command is given: a clear line, an exit code, and nothing half-written.

use std::path::Path;

#[cfg(unix)]
use crate::files::pipe;
use crate::files::{
    PACK, block, case, damage, fail, json, listing, medmask, packed, space, succeed, write,
};

/// Fails to pack, and nothing but the folder of masks is there afterwards.
fn refuse(folder: &Path, parts: &[&str]) {
    fail(folder, &PACK, 1, parts);
    assert_eq!(listing(folder), ["masks"]);
}

#[test]
fn an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("masks")).unwrap();
    refuse(folder.path(), &["masks: no mask files"]);
}

#[test]
fn a_path_that_is_not_there() {
    let (folder, _) = case();
    fail(
        folder.path(),
        &["pack", "mask", "-o", "case.mska"],
        1,
        &["cannot open mask: ", "No such file"],
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read() {
    let (folder, masks) = case();
    // A link to nowhere fails for every user, also one whom permissions do not hold.
    std::os::unix::fs::symlink("nowhere", masks.join("aorta.nii.gz")).unwrap();
    refuse(folder.path(), &["masks/aorta.nii.gz: ", "No such file"]);
}

#[test]
fn a_file_that_is_not_nifti() {
    let (folder, masks) = case();
    std::fs::write(
        masks.join("aorta.nii.gz"),
        "plain text, and long enough to be a header".repeat(20),
    )
    .unwrap();
    refuse(folder.path(), &["masks/aorta.nii.gz: not a NIfTI file"]);
    fail(
        folder.path(),
        &["pack", "masks/notes.txt", "-o", "case.mska"],
        1,
        &["masks/notes.txt: not a mask file", ".nii.gz"],
    );
}

#[test]
fn a_file_that_is_cut_off() {
    let (folder, masks) = case();
    for (name, keep) in [("liver.nii.gz", 40), ("liver.nii.gz", 90), ("sub.01.nii", 400)] {
        let whole = std::fs::read(masks.join(name)).unwrap();
        std::fs::write(masks.join(name), &whole[..keep]).unwrap();
        refuse(folder.path(), &[&format!("masks/{name}: ")]);
        std::fs::write(masks.join(name), &whole).unwrap();
    }
}

#[test]
fn two_files_of_one_name() {
    let (folder, masks) = case();
    std::fs::copy(masks.join("sub.01.nii"), masks.join("sub.01.nii.gz")).unwrap();
    refuse(folder.path(), &["masks/sub.01.nii ", "masks/sub.01.nii.gz ", "\"sub.01\""]);
}

#[test]
fn shapes_that_differ() {
    let (folder, masks) = case();
    let other = medmask::Space::of_shape([6, 7, 9]);
    write(&masks.join("wide.nii.gz"), ndarray::Array3::zeros([6, 7, 9]), &[], &other);
    refuse(folder.path(), &["masks/wide.nii.gz: ", "masks/Gap.nii.gz", "[6, 7, 8]", "[6, 7, 9]"]);
}

#[test]
fn spaces_that_differ() {
    let (folder, masks) = case();
    let moved = medmask::Space::new(
        space().shape(),
        space().spacing(),
        [10.0, -20.0, 30.5],
        space().direction(),
    );
    write(&masks.join("moved.nii.gz"), block([[0, 1], [0, 1], [0, 1]], 1), &[], &moved.unwrap());
    refuse(
        folder.path(),
        &["masks/moved.nii.gz: ", "origin differs by 0.5", "more than 0.1 mm", "--tolerance-mm"],
    );
    let allowed = [&PACK[..], &["--tolerance-mm", "0.51"]].concat();
    succeed(folder.path(), &allowed);
}

#[test]
fn voxels_that_are_no_labels_and_grids_that_lie_nowhere() {
    let (folder, masks) = case();
    let path = masks.join("sub.01.nii");
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    // scl_slope and scl_inter: 5 becomes 2.5.
    bytes[112..116].copy_from_slice(&0.5_f32.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    refuse(folder.path(), &["masks/sub.01.nii: voxel (x, y, z) = (4, 1, 3) holds 2.5"]);
    bytes = whole;
    // qform_code and sform_code.
    bytes[252..256].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    refuse(
        folder.path(),
        &["masks/sub.01.nii: qform_code and sform_code are both 0", "--assume-affine pixdim"],
    );
    // Assumed it lies elsewhere than the others, but can be packed alone.
    succeed(
        folder.path(),
        &["pack", "masks/sub.01.nii", "-o", "one.mska", "--assume-affine", "pixdim"],
    );
}

#[test]
fn bad_files_are_left_out_where_that_is_asked_for() {
    let (folder, masks) = case();
    std::fs::write(masks.join("aorta.nii.gz"), "text").unwrap();
    let other = medmask::Space::of_shape([6, 7, 9]);
    write(&masks.join("wide.nii.gz"), ndarray::Array3::zeros([6, 7, 9]), &[], &other);
    let skipping = [&PACK[..], &["--skip-bad", "--json"]].concat();
    let outcome = medmask(folder.path(), &skipping);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.err.contains("note: left out masks/aorta.nii.gz: "), "{}", outcome.err);
    assert!(outcome.err.contains("note: left out masks/wide.nii.gz: "), "{}", outcome.err);
    let report: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(report["entries"], 4);
    let skipped: Vec<_> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["path"].as_str().unwrap())
        .collect();
    assert_eq!(skipped, ["masks/aorta.nii.gz", "masks/wide.nii.gz", "masks/notes.txt"]);
    assert_eq!(
        json(folder.path(), &["ls", "case.mska", "--json"])["entries"].as_array().unwrap().len(),
        4
    );

    // Nothing at all is no archive.
    fail(
        folder.path(),
        &["pack", "masks/aorta.nii.gz", "-o", "none.mska", "--skip-bad"],
        1,
        &["none of the inputs"],
    );
    assert!(!folder.path().join("none.mska").exists());
}

#[test]
fn a_name_that_is_not_in_the_archive() {
    let (folder, _) = packed();
    for verb in [
        &["extract", "case.mska", "livr", "-o", "x.nii"][..],
        &["rm", "case.mska", "livr"],
        &["stats", "case.mska", "livr"],
    ] {
        fail(folder.path(), verb, 1, &["\"livr\"", "did you mean \"liver\"?"]);
    }
    fail(
        folder.path(),
        &["ls", "case.mska", "rib_*"],
        1,
        &["no entry and no label matches \"rib_*\""],
    );
    fail(folder.path(), &["ls", "case.mska", "rib_[*"], 1, &["\"rib_[*\" is not a pattern"]);
}

#[test]
fn wrong_usage() {
    let (folder, _) = packed();
    for arguments in [
        &[][..],
        &["unpack"],
        &["pack"],
        &["pack", "masks"],
        &["pack", "masks", "-o", "x.mska", "--codec", "zip"],
        &["pack", "masks", "-o", "x.mska", "--codec", "zstd:23"],
        &["pack", "masks", "-o", "x.mska", "--tolerance-mm", "-1"],
        &["pack", "masks", "-o", "x.mska", "--jobs", "0"],
        &["pack", "masks", "-o", "x.mska", "--metadata", "novalue"],
        &["extract", "case.mska"],
        &["extract", "case.mska", "-o", "x.nii", "-d", "out"],
        &["extract", "case.mska", "-o", "x.nii"],
        &["extract", "case.mska", "-d", "out", "--merge"],
        &["extract", "case.mska", "-d", "out", "--format", "msk", "--like", "masks/liver.nii.gz"],
        &["extract", "case.mska", "liver", "-o", "x.nii.gz", "--level", "13"],
        &["labels", "case.mska", "--format", "bids"],
        &["stats", "case.mska", "--json", "--csv"],
        &["convert", "case.mska", "case.mska", "--force"],
        &["convert", "case.mska", "x.mska", "--format-version", "1", "--codec", "raw"],
        &["repair", "case.mska", "-o", "case.mska", "--force"],
    ] {
        let outcome = medmask(folder.path(), arguments);
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{arguments:?}: {outcome:?}");
        assert!(!outcome.err.is_empty());
    }
    assert_eq!(listing(folder.path()), ["case.mska", "masks"]);
}

#[test]
fn files_that_are_no_archives_and_damaged_ones() {
    let (folder, _) = packed();
    let path = folder.path().join("case.mska");
    let whole = std::fs::read(&path).unwrap();
    fail(folder.path(), &["ls", "masks/notes.txt"], 1, &["masks/notes.txt: not a medmask file"]);
    fail(folder.path(), &["ls", "none.mska"], 1, &["cannot open none.mska"]);
    for keep in [0, 5, 100, 200, 288, whole.len() - 1] {
        std::fs::write(&path, &whole[..keep]).unwrap();
        fail(folder.path(), &["ls", "case.mska"], 1, &["case.mska: "]);
    }
    std::fs::write(&path, &whole).unwrap();
    damage(&path, "sub.01");
    fail(folder.path(), &["extract", "case.mska", "-d", "out"], 1, &["case.mska: ", "checksum"]);
    assert_eq!(listing(folder.path()), ["case.mska", "masks"]);
    let verified = medmask(folder.path(), &["verify", "case.mska"]);
    assert_eq!(verified.code, 1, "{verified:?}");
    assert!(
        verified.out.starts_with("case.mska: entry \"sub.01\": chunk at byte "),
        "{}",
        verified.out
    );
    assert!(verified.err.contains("case.mska: 1 problem found"), "{}", verified.err);
    // The other entries are as they were.
    succeed(folder.path(), &["extract", "case.mska", "liver", "-o", "liver.nii.gz"]);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_and_never_waited_for() {
    let (folder, masks) = packed();
    for name in ["pipe.mska", "pipe.nii.gz", "pipe.json"] {
        pipe(&folder.path().join(name));
    }
    let _listening =
        std::os::unix::net::UnixListener::bind(folder.path().join("socket.mska")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless.nii")).unwrap();
    for (arguments, kind) in [
        (&["ls", "pipe.mska"][..], "a pipe"),
        (&["info", "pipe.mska"], "a pipe"),
        (&["stats", "pipe.mska"], "a pipe"),
        (&["labels", "pipe.mska"], "a pipe"),
        (&["verify", "pipe.mska"], "a pipe"),
        (&["ls", "socket.mska"], "a socket"),
        (&["ls", "masks"], "a folder"),
        (&["repair", "pipe.mska", "-o", "x.mska"], "a pipe"),
        (&["convert", "pipe.mska", "x.mska"], "a pipe"),
        (&["extract", "pipe.mska", "-d", "out"], "a pipe"),
        (&["extract", "case.mska", "liver", "-o", "x.nii", "--like", "pipe.nii.gz"], "a pipe"),
        (&["extract", "case.mska", "liver", "-o", "x.nii", "--onto", "endless.nii"], "a device"),
        (&["pack", "pipe.nii.gz", "-o", "x.mska"], "a pipe"),
        (&["pack", "masks", "endless.nii", "-o", "x.mska"], "a device"),
        (&["pack", "masks", "-o", "x.mska", "--labels", "pipe.json"], "a pipe"),
        (&["add", "case.mska", "pipe.mska"], "a pipe"),
        (&["bench-codecs", "pipe.nii.gz"], "a pipe"),
    ] {
        fail(folder.path(), arguments, 1, &[&format!("it is {kind}, not a file")]);
    }
    assert!(!folder.path().join("x.mska").exists());

    // In a folder they are left out, and that is said.
    pipe(&masks.join("aorta.nii.gz"));
    pipe(&masks.join("no mask"));
    std::os::unix::fs::symlink("/dev/zero", masks.join("endless.nii")).unwrap();
    std::fs::rename(masks.join("liver.nii.gz"), folder.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("../moved", masks.join("liver.nii.gz")).unwrap();
    for arguments in
        [&["pack", "masks", "-o", "x.mska"][..], &["bench-codecs", "masks", "--codec", "raw"]]
    {
        let outcome = medmask(folder.path(), arguments);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let notes: Vec<&str> = outcome.err.lines().collect();
        let expected = [
            "aorta.nii.gz: it is a pipe, not a file",
            "endless.nii: it is a device, not a file",
            "no mask (and 1 more): it has not the name of a mask file",
        ]
        .map(|what| format!("medmask: note: left out masks/{what}"));
        assert_eq!(notes, expected);
    }
    let entries = json(folder.path(), &["ls", "x.mska", "--json"]);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 4);
}

#[test]
fn long_names_do_not_flood_the_error_line() {
    let (folder, _) = packed();
    let long = "long\u{1b}[2J name ".repeat(700_000);
    let at = |name: &str| folder.path().join(name);
    let quoted = serde_json::to_string(&long).unwrap();
    // As many characters as the shell of no system takes in an argument, so in files.
    std::fs::write(at("name.json"), format!("{{{quoted}: 3}}")).unwrap();
    std::fs::write(at("value.json"), format!("{{\"liver\": {quoted}}}")).unwrap();
    std::fs::write(
        at("twice.json"),
        r#"{"LONG": 3, "other": 3}"#.replace("LONG", &"x".repeat(9_000_000)),
    )
    .unwrap();
    for (file, parts) in [
        ("name.json", ["\"long\\u{1b}[2J name long", "(9800000 characters) cannot be a name"]),
        ("value.json", ["\"liver\": ", " characters) is not one label"]),
        ("twice.json", ["xxxx\"… (9000000 characters)", "cannot be a name: it is longer"]),
    ] {
        let pack = ["pack", "masks", "-o", "x.mska", "--labels", file];
        fail(folder.path(), &pack, 1, &parts);
        assert!(medmask(folder.path(), &pack).err.len() < 1_000);
    }
    let argument = "x".repeat(100_000);
    for arguments in [
        &["extract", "case.mska", &argument, "-d", "out"][..],
        &["rm", "case.mska", &format!("{argument}*")],
        &["mv", "case.mska", "liver", &argument],
        &["ls", &argument],
        &["pack", &argument, "-o", "x.mska"],
        &["labels", "case.mska", "liver", "-o", &argument],
    ] {
        let outcome = medmask(folder.path(), arguments);
        assert_eq!(outcome.code, 1, "{outcome:?}");
        assert!(outcome.err.len() < 2_100, "{}", outcome.err.len());
        assert!(outcome.err.contains(" characters)"), "{outcome:?}");
        assert_eq!(outcome.err.lines().count(), 1);
    }
}
