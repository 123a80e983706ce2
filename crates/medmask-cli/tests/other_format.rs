//! The command with a format of which it does not know.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../../medmask/tests/toy/mod.rs"]
mod toy;

use std::path::Path;

use medmask::Archive;
use medmask::adapter::Formats;
use serde_json::json;

use toy::{Toy, read_toy, write_toy};

const SHAPE: [usize; 3] = [2, 3, 4];

/// Runs the command with the toy format. Paths are relative to `folder`: arguments that begin with `@`.
fn medmask(folder: &Path, arguments: &str) -> u8 {
    let path = |word: &str| match word.strip_prefix('@') {
        Some(name) => folder.join(name).into_os_string(),
        None => word.into(),
    };
    let arguments = std::iter::once("medmask").chain(arguments.split(' ')).map(path);
    medmask_cli::run(arguments, &Formats::default().with(Toy))
}

fn voxels(seed: usize) -> Vec<u32> {
    (0..24).map(|place| u32::from((place * 7 + seed) % 5 < 2)).collect()
}

/// A folder `masks` with `lung.toy`, and one that only its content tells, `IM0001`.
fn case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let masks = folder.path().join("masks");
    std::fs::create_dir(&masks).unwrap();
    let lung = [("left", voxels(0)), ("right", voxels(1))];
    write_toy(&masks.join("lung.toy"), SHAPE, [1.0, 2.0, 3.0], "first", &lung);
    let kidney = [("left", voxels(2)), ("right", voxels(3))];
    write_toy(&masks.join("IM0001"), SHAPE, [1.0, 2.0, 3.0], "second", &kidney);
    folder
}

#[test]
fn every_verb_that_reads_or_writes_files_takes_it() {
    let folder = case();
    let folder = folder.path();
    assert_eq!(medmask(folder, "pack @masks -o @case.mska"), 0);
    let archive = Archive::open(folder.join("case.mska")).unwrap();
    let names: Vec<_> = archive.names().collect();
    assert_eq!(names, ["IM0001/left", "IM0001/right", "lung/left", "lung/right"]);

    assert_eq!(medmask(folder, "extract @case.mska lung/* -d @out --format toy"), 0);
    for (file, seed) in [("lung%2Fleft.toy", 0), ("lung%2Fright.toy", 1)] {
        let (origin, tag, masks) = read_toy(&folder.join("out").join(file));
        assert_eq!((origin, tag), (json!([1.0, 2.0, 3.0]), json!("first")));
        assert_eq!(masks[0].1, voxels(seed), "{file}");
    }
    assert_eq!(medmask(folder, "extract @case.mska IM0001/left -o @one.toy"), 0);
    assert_eq!(read_toy(&folder.join("one.toy")).2, [("IM0001/left".to_owned(), voxels(2))]);
    let like = "extract @case.mska IM0001/left -o @one.toy --force --like @masks/lung.toy";
    assert_eq!(medmask(folder, like), 0);
    assert_eq!(read_toy(&folder.join("one.toy")).1, "first");
    let onto = "extract @case.mska lung/right -o @onto.nii.gz --onto @masks/IM0001";
    assert_eq!(medmask(folder, onto), 0);
    assert_eq!(medmask(folder, "extract @case.mska --merge -o @all.toy"), 0);

    assert_eq!(medmask(folder, "add @case.mska @all.toy @onto.nii.gz --prefix new_"), 0);
    let archive = Archive::open(folder.join("case.mska")).unwrap();
    let names: Vec<_> = archive.names().skip(4).collect();
    assert_eq!(names, ["new_all/all", "new_onto"]);
    assert_eq!(
        archive.get("new_onto").unwrap().to_runs().unwrap(),
        archive.get("lung/right").unwrap().to_runs().unwrap()
    );
    let bench = "bench-codecs @masks @onto.nii.gz --codec raw --repeats 1 --json";
    assert_eq!(medmask(folder, bench), 0);
}

#[test]
fn what_is_wrong_with_it_is_a_failure_or_wrong_usage() {
    let folder = case();
    let folder = folder.path();
    assert_eq!(medmask(folder, "pack @masks -o @case.mska"), 0);
    std::fs::write(folder.join("bad.toy"), "{}").unwrap();
    for (arguments, code) in [
        ("pack @bad.toy -o @x.mska", 1),
        ("pack @masks/lung.toy @masks/lung.toy -o @x.mska", 1),
        ("extract @case.mska -d @out --format toy --like @case.mska", 2),
        ("extract @case.mska -d @out --format png", 2),
        ("extract @case.mska -o @x.toy", 2),
        ("extract @case.mska lung/left -o @masks/lung.toy", 1),
    ] {
        assert_eq!(medmask(folder, arguments), code, "{arguments}");
    }
    assert!(!folder.join("x.mska").exists() && !folder.join("out").exists());
    // Without it nothing is known of it.
    let masks = folder.join("masks").into_os_string();
    let output = folder.join("x.mska").into_os_string();
    let arguments = ["medmask".into(), "pack".into(), masks, "-o".into(), output];
    assert_eq!(medmask_cli::run(arguments, &Formats::default()), 1);
}
