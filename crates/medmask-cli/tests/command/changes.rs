//! `add`, `rm`, `compact`, `convert`, `verify` and `bench-codecs`.

use medmask::medmask_archive::{AnyArchive, version1};
use serde_json::json;

use crate::files::{block, case, damage, fail, json, listing, packed, read, space, succeed, write};

#[test]
fn entries_are_added_removed_and_their_bytes_given_back() {
    let (folder, masks) = packed();
    let path = folder.path().join("case.mska");
    let before = std::fs::read(&path).unwrap();
    write(&folder.path().join("aorta.nii.gz"), block([[1, 2], [0, 7], [0, 8]], 1), &[], &space());
    fail(
        folder.path(),
        &["add", "case.mska", "aorta.nii.gz", "masks"],
        1,
        &["masks/Gap.nii.gz: ", "already has an entry \"Gap\""],
    );
    std::fs::write(folder.path().join("bad.nii.gz"), "text").unwrap();
    fail(folder.path(), &["add", "case.mska", "aorta.nii.gz", "bad.nii.gz"], 1, &["bad.nii.gz"]);
    write(
        &folder.path().join("far.nii"),
        block([[1, 2], [0, 7], [0, 8]], 1),
        &[],
        &medmask::Space::of_shape([6, 7, 8]),
    );
    fail(
        folder.path(),
        &["add", "case.mska", "far.nii"],
        1,
        &["far.nii: does not lie in the space of case.mska"],
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);

    succeed(folder.path(), &["add", "case.mska", "aorta.nii.gz"]);
    succeed(folder.path(), &["extract", "case.mska", "aorta", "-o", "again.nii.gz"]);
    assert_eq!(
        read(&folder.path().join("again.nii.gz")).0,
        read(&folder.path().join("aorta.nii.gz")).0
    );
    fail(folder.path(), &["rm", "case.mska", "aorta", "livr"], 1, &["did you mean \"liver\""]);
    succeed(folder.path(), &["rm", "case.mska", "aorta", "l*"]);
    let names = |listed: serde_json::Value| -> Vec<String> {
        let entries = listed["entries"].as_array().unwrap().clone();
        entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(json(folder.path(), &["ls", "case.mska", "--json"])), ["Gap", "sub.01"]);
    assert_ne!(json(folder.path(), &["info", "case.mska", "--json"])["dead_bytes"], 0);
    succeed(folder.path(), &["compact", "case.mska"]);
    let info = json(folder.path(), &["info", "case.mska", "--json"]);
    assert_eq!((&info["dead_bytes"], &info["entry_count"]), (&json!(0), &json!(2)));
    assert!(path.metadata().unwrap().len() < before.len() as u64);
    assert!(masks.exists());
    succeed(folder.path(), &["verify", "case.mska", "--deep"]);
}

#[test]
fn taking_out_and_compacting_are_one_step() {
    let (folder, _) = packed();
    let path = folder.path().join("case.mska");
    let whole = std::fs::read(&path).unwrap();
    // In an entry that stays.
    damage(&path, "sub.01");
    let damaged = std::fs::read(&path).unwrap();
    fail(folder.path(), &["rm", "case.mska", "liver", "--compact"], 1, &["case.mska: "]);
    assert_eq!(std::fs::read(&path).unwrap(), damaged);
    std::fs::write(&path, &whole).unwrap();
    let said = succeed(folder.path(), &["rm", "case.mska", "liver", "--compact"]);
    assert_eq!(said, "1 entry removed, 3 left; 0 B dead\n");
    std::fs::hard_link(&path, folder.path().join("other.mska")).unwrap();
    for verb in [&["rm", "case.mska", "lobes", "--compact"][..], &["compact", "case.mska"]] {
        fail(folder.path(), verb, 1, &["case.mska has 2 names (hard links)"]);
    }
    assert_eq!(json(folder.path(), &["info", "case.mska", "--json"])["entry_count"], 3);
}

#[cfg(unix)]
#[test]
fn another_user_who_compacts_is_told_that_the_file_is_his() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;

    let (folder, _) = packed();
    let path = folder.path().join("case.mska");
    if path.metadata().unwrap().uid() != 0 {
        eprintln!("skipped: only root can become somebody else");
        return;
    }
    chown(&path, Some(12_345), Some(23_456)).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_medmask"));
        command.current_dir(folder.path()).args(arguments).uid(34_567).gid(34_567).output()
    };
    let Ok(output) = run(&["rm", "case.mska", "liver"]) else {
        eprintln!("skipped: another user cannot run the command here");
        return;
    };
    assert!(output.status.success(), "{output:?}");
    assert_eq!(path.metadata().unwrap().uid(), 12_345);
    // What the group may do is not for his group.
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o676)).unwrap();
    let output = run(&["compact", "case.mska"]).unwrap();
    assert!(output.status.success(), "{output:?}");
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.starts_with("medmask: note: case.mska: the new file belongs to you"), "{notes}");
    let found = path.metadata().unwrap();
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (34_567, 34_567, 0o666));
}

#[test]
fn both_format_versions_are_read_and_written() {
    let (folder, masks) = packed();
    succeed(folder.path(), &["convert", "case.mska", "old.mska", "--format-version", "1"]);
    fail(
        folder.path(),
        &["convert", "case.mska", "old.mska"],
        1,
        &["old.mska already exists", "--force"],
    );
    let old = version1::Reader::open(folder.path().join("old.mska")).unwrap();
    assert_eq!(old.names().collect::<Vec<_>>(), ["Gap", "liver", "lobes", "sub.01"]);
    assert_eq!(
        old.get("lobes").unwrap().to_mask().unwrap().to_runs(),
        read(&masks.join("lobes.nii.gz")).0
    );
    // Version 1 is asked the same questions.
    let of = |archive: &str| json(folder.path(), &["stats", archive, "--json"]);
    assert_eq!(of("old.mska"), of("case.mska"));
    let info = json(folder.path(), &["info", "old.mska", "--json"]);
    assert_eq!(info["format_version"], "1.0");
    assert_eq!(info["file_bytes"], folder.path().join("old.mska").metadata().unwrap().len());
    succeed(folder.path(), &["verify", "old.mska"]);
    succeed(folder.path(), &["extract", "old.mska", "liver", "-o", "liver.nii.gz"]);
    assert_eq!(read(&folder.path().join("liver.nii.gz")).0, read(&masks.join("liver.nii.gz")).0);
    succeed(folder.path(), &["convert", "old.mska", "new.mska", "--codec", "context"]);
    let new = AnyArchive::open(folder.path().join("new.mska")).unwrap();
    assert_eq!(new.format_version(), "2.0");
    assert_eq!(
        new.get("sub.01").unwrap().to_mask().unwrap(),
        old.get("sub.01").unwrap().to_mask().unwrap()
    );
    fail(folder.path(), &["convert", "case.mska", "one.msk"], 1, &["exactly one mask"]);
    assert!(!folder.path().join("one.msk").exists());
}

#[test]
fn codecs_are_measured_on_the_callers_masks() {
    let (folder, _) = case();
    let measured = json(
        folder.path(),
        &["bench-codecs", "masks", "--repeats", "1", "--json", "--plot", "plot.svg"],
    );
    assert_eq!((&measured["masks"], &measured["non_empty"]), (&json!(4), &json!(3)));
    // Two of bool, one of uint8 and one of uint16.
    assert_eq!(measured["raw_bytes"], 6 * 7 * 8 * 5);
    // One input is a .nii.
    assert_eq!(measured["nifti_bytes"], json!(null));
    let codecs = measured["codecs"].as_array().unwrap();
    assert_eq!(codecs.len(), 10);
    for codec in codecs {
        assert!(
            codec["decode_mvoxel_s"].as_f64().unwrap() > 0.0
                && codec["bytes"].as_u64().unwrap() > 288,
            "{codec}"
        );
    }
    let drawing = std::fs::read_to_string(folder.path().join("plot.svg")).unwrap();
    assert_eq!(drawing.matches("<circle").count(), 10);
    assert!(drawing.contains(">transitions</text>") && drawing.ends_with("</svg>\n"));
    fail(
        folder.path(),
        &["bench-codecs", "masks", "--plot", "plot.svg"],
        1,
        &["plot.svg already exists"],
    );

    succeed(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    let csv = succeed(
        folder.path(),
        &[
            "bench-codecs",
            "case.mska",
            "--codec",
            "runs",
            "--codec",
            "raw",
            "--csv",
            "--repeats",
            "2",
        ],
    );
    assert_eq!(csv.lines().count(), 3);
    let text = succeed(
        folder.path(),
        &["bench-codecs", "masks/liver.nii.gz", "--codec", "runs", "--repeats", "1"],
    );
    assert!(text.starts_with("1 mask, 1 not empty; 336 B raw, "), "{text}");
    assert_eq!(listing(folder.path()), ["case.mska", "masks", "plot.svg"]);
}

#[test]
fn what_is_added_never_drifts_from_the_space_of_the_archive() {
    let (folder, _) = case();
    let moved = |name: &str, mm: f64| {
        let origin = [10.0 + mm, -20.0, 30.0];
        let space =
            medmask::Space::new(space().shape(), space().spacing(), origin, space().direction());
        write(&folder.path().join(name), block([[1, 2], [0, 7], [0, 8]], 1), &[], &space.unwrap());
    };
    moved("near.nii", 0.08);
    moved("far.nii", 0.16);
    succeed(folder.path(), &["pack", "masks/liver.nii.gz", "near.nii", "-o", "case.mska"]);
    fail(folder.path(), &["add", "case.mska", "far.nii"], 1, &["far.nii: ", "0.1600 mm"]);
    // Nor where the entry is gone that gave the archive its space.
    succeed(folder.path(), &["rm", "case.mska", "liver"]);
    fail(folder.path(), &["add", "case.mska", "far.nii"], 1, &["far.nii: ", "0.1600 mm"]);
}
