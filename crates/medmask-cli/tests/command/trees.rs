//! `pack` and `add`: which files are taken, what their entries are called, and whose space counts.

use std::path::Path;

use ndarray::Array3;
use serde_json::{Value, json};

use crate::files::{SHAPE, block, fail, json, listing, medmask, read, space, succeed, write};

/// A mask with one labelled voxel at `place` along x.
fn mask(path: &Path, place: usize) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write(path, block([[0, 1], [0, 1], [place, place + 1]], 1), &[], &space());
}

fn names(at: &Path, archive: &str) -> Vec<String> {
    let listed = json(at, &["ls", archive, "--json"]);
    let entries = listed["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

/// Paths and reasons of what was left out.
fn skipped(report: &Value) -> Vec<(&str, &str)> {
    let skipped = report["skipped"].as_array().unwrap().iter();
    skipped.map(|left| (left["path"].as_str().unwrap(), left["reason"].as_str().unwrap())).collect()
}

#[test]
fn folders_inside_folders_are_searched_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (place, file) in
        ["liver.nii.gz", "left/lung.nii", "left/upper/lobe.nii.gz", "50%/x%2Fy.nii"]
            .into_iter()
            .enumerate()
    {
        mask(&at.join("case").join(file), place);
    }
    succeed(at, &["pack", "case", "-o", "flat.mska"]);
    assert_eq!(names(at, "flat.mska"), ["liver"]);
    succeed(at, &["pack", "case", "-o", "a.mska", "--recursive"]);
    let all = ["50%/x/y", "left/lung", "left/upper/lobe", "liver"];
    assert_eq!(names(at, "a.mska"), all);
    // One folder of files, whatever is in their names; and the names come back.
    succeed(at, &["extract", "a.mska", "-d", "out"]);
    assert_eq!(listing(&at.join("out")).len(), 4);
    assert!(at.join("out/left%2Fupper%2Flobe.nii.gz").is_file());
    assert_eq!(listing(at), ["a.mska", "case", "flat.mska", "out"]);
    succeed(at, &["pack", "out", "-o", "b.mska"]);
    let mut again = names(at, "b.mska");
    again.sort();
    assert_eq!(again, all);
    for name in all {
        let at_x =
            |archive| json(at, &["ls", archive, name, "--json"])["entries"][0]["bounds"].clone();
        assert_eq!(at_x("a.mska"), at_x("b.mska"), "{name}");
    }
    // A part of the tree alone is called as it is within that part.
    succeed(at, &["pack", "case/left", "-o", "c.mska", "-r", "--prefix", "l_"]);
    assert_eq!(names(at, "c.mska"), ["l_lung", "l_upper/lobe"]);
    fail(at, &["pack", "case/left/upper/..", "-o", "d.mska", "--include", "lobe*"], 1, &["chosen"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_leads_back_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(&at.join("case/a/x.nii"), 0);
    std::os::unix::fs::symlink("..", at.join("case/a/back")).unwrap();
    let report = json(at, &["pack", "case", "-o", "a.mska", "--recursive", "--json"]);
    let reason = "this folder leads back to one that it lies in";
    assert_eq!(skipped(&report), [("case/a/back", reason)]);
    assert_eq!(names(at, "a.mska"), ["a/x"]);
}

#[test]
fn patterns_choose_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for file in ["ct.nii", "ct_seg.nii", "day1/mr_seg.nii.gz", "day1/mr.nii.gz", "draft/x_seg.nii"]
    {
        mask(&at.join("case").join(file), 0);
    }
    let pack = |more: &[&str]| {
        let fixed = ["pack", "case", "-o", "a.mska", "--force", "--recursive", "--json"];
        json(at, &[&fixed[..], more].concat());
        names(at, "a.mska")
    };
    assert_eq!(pack(&["--include", "*_seg.nii*"]), ["ct_seg", "day1/mr_seg", "draft/x_seg"]);
    assert_eq!(pack(&["--include", "*_seg.nii*", "--exclude", "draft"]), ["ct_seg", "day1/mr_seg"]);
    assert_eq!(pack(&["--include", "day1/*"]), ["day1/mr", "day1/mr_seg"]);
    assert_eq!(pack(&["--exclude", "**/*seg*"]), ["ct", "day1/mr"]);
    assert_eq!(pack(&["--include", "ct*", "--include", "mr.*"]), ["ct", "ct_seg", "day1/mr"]);
    // Files that are named, as a shell names them, are chosen too; and what is not is in the report, without a note.
    let named =
        ["pack", "case/ct.nii", "case/ct_seg.nii", "-o", "b.mska", "--exclude", "ct.nii", "--json"];
    let outcome = medmask(at, &named);
    let report: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!((skipped(&report), &*outcome.err), (vec![("case/ct.nii", "it is not chosen")], ""));
    let bad = medmask(at, &["pack", "case", "-o", "c.mska", "--include", "[a"]);
    assert!(bad.code == 2 && bad.err.contains("is no pattern"), "{bad:?}");
}

#[test]
fn a_plan_says_what_would_be_done_and_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(&at.join("m/one.nii"), 3);
    let voxels = block([[0, 2], [0, 3], [0, 4]], 1) + block([[3, 4], [0, 2], [0, 2]], 4);
    write(&at.join("m/two.nii"), voxels, &[("low", 1), ("top", 4)], &space());
    std::fs::write(at.join("m/bad.nii"), "no mask").unwrap();
    let pack = ["pack", "m", "-o", "a.mska", "--skip-bad", "--dry-run"];
    let text = succeed(at, &pack);
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["ENTRY", "LABELS", "FILE"]);
    assert_eq!(lines[1], ["one", "1", "one", "m/one.nii"]);
    assert_eq!(lines[2], ["two", "1", "low,", "4", "top", "m/two.nii"]);
    assert_eq!(text.lines().last().unwrap(), "a.mska: would get 2 entries; nothing was written");
    let report = json(at, &[&pack[..], &["--json"]].concat());
    assert_eq!((&report["dry_run"], &report["entries"]), (&json!(true), &json!(2)));
    assert_eq!(skipped(&report).iter().map(|(path, _)| *path).collect::<Vec<_>>(), ["m/bad.nii"]);
    let labels = json!([
        {"name": "low", "label": 1, "voxels": 24},
        {"name": "top", "label": 4, "voxels": 4},
    ]);
    assert_eq!(report["planned"][1], json!({"name": "two", "path": "m/two.nii", "labels": labels}));
    assert_eq!(listing(at), ["m"]);
    // What a run refuses its plan refuses, too.
    fail(at, &["pack", "m", "-o", "a.mska", "--dry-run"], 1, &["m/bad.nii"]);
    succeed(at, &["pack", "m/one.nii", "-o", "a.mska"]);
    let before = std::fs::read(at.join("a.mska")).unwrap();
    fail(at, &["pack", "m/one.nii", "-o", "a.mska", "--dry-run"], 1, &["exists", "--force"]);
    fail(at, &["add", "a.mska", "m/one.nii", "--dry-run"], 1, &["already has an entry \"one\""]);
    let text = succeed(at, &["add", "a.mska", "m/two.nii", "--dry-run"]);
    assert!(text.contains("would get 1 entry"), "{text}");
    assert_eq!(std::fs::read(at.join("a.mska")).unwrap(), before);
}

#[test]
fn compressed_files_of_other_kinds_are_packed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(&at.join("m/spleen.nii"), 5);
    let plain = std::fs::read(at.join("m/spleen.nii")).unwrap();
    std::fs::write(at.join("m/liver.nii.zst"), zstd::encode_all(&*plain, 3).unwrap()).unwrap();
    // Of Python's bz2.
    let trap = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/nifti");
    std::fs::create_dir(at.join("b")).unwrap();
    for file in ["bzip2.nii.bz2", "plain.nii"] {
        std::fs::copy(trap.join(file), at.join("b").join(file)).unwrap();
    }
    for (folder, entries) in [("m", ["liver", "spleen"]), ("b", ["bzip2", "plain"])] {
        let archive = format!("{folder}.mska");
        let report = json(at, &["pack", folder, "-o", &archive, "--json"]);
        assert_eq!(skipped(&report), []);
        assert_eq!(names(at, &archive), entries);
        succeed(at, &["extract", &archive, "-d", "out", "--force"]);
        let [first, second] = entries.map(|name| read(&at.join(format!("out/{name}.nii.gz"))).0);
        assert_eq!(first, second);
    }
    let output = ["extract", "m.mska", "liver", "-o", "x.nii.zst"];
    fail(at, &output, 1, &["must end in .nii.gz, .nii or .msk"]);
}

/// Writes a file of `volumes` along its fourth axis.
fn four_axes(path: &Path, volumes: &[Array3<u32>], more: impl Fn(&mut Vec<u8>)) {
    let [z, y, x] = SHAPE;
    let all =
        Array3::from_shape_fn([z * volumes.len(), y, x], |(n, y, x)| volumes[n / z][[n % z, y, x]]);
    let long = medmask::Space::new(
        [z * volumes.len(), y, x],
        space().spacing(),
        space().origin(),
        space().direction(),
    );
    write(path, all, &[], &long.unwrap());
    let mut bytes = std::fs::read(path).unwrap();
    let dim = [4, x, y, z, volumes.len()].map(|n| (n as i16).to_le_bytes()).concat();
    bytes[40..50].copy_from_slice(&dim);
    more(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn every_volume_of_a_file_becomes_an_entry() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Masks that overlap, as volumes of one file may.
    let volumes: Vec<Array3<u32>> =
        (0..11).map(|n| block([[0, 3], [0, 1 + n % 7], [1, 2 + n % 6]], 1)).collect();
    four_axes(&at.join("onehot.nii"), &volumes, |_| ());
    mask(&at.join("single.nii"), 2);
    fail(
        at,
        &["pack", "onehot.nii", "-o", "a.mska"],
        1,
        &["11 volumes", "--volume", "--volumes all"],
    );
    succeed(at, &["pack", "onehot.nii", "single.nii", "-o", "a.mska", "--volumes", "all"]);
    let mut expected: Vec<String> = (0..11).map(|n| format!("onehot_{n}")).collect();
    expected.push("single".to_owned());
    assert_eq!(names(at, "a.mska"), expected);
    for (n, volume) in volumes.into_iter().enumerate() {
        let name = format!("onehot_{n}");
        succeed(at, &["extract", "a.mska", &name, "-o", "x.nii", "--force"]);
        let expected = medmask::Runs::from_voxels(&medmask::Voxels::from(volume));
        assert_eq!(read(&at.join("x.nii")).0, expected, "{n}");
    }
    let both =
        medmask(at, &["pack", "onehot.nii", "-o", "b.mska", "--volumes", "all", "--volume", "1"]);
    assert_eq!(both.code, 2, "{both:?}");
    // The same file compressed, which is read in one go, and an end that is missing.
    let plain = std::fs::read(at.join("onehot.nii")).unwrap();
    std::fs::write(at.join("onehot.nii.zst"), zstd::encode_all(&*plain, 3).unwrap()).unwrap();
    succeed(at, &["pack", "onehot.nii.zst", "single.nii", "-o", "c.mska", "--volumes", "all"]);
    let listed = |archive| json(at, &["ls", archive, "--json"])["entries"].clone();
    assert_eq!(listed("a.mska"), listed("c.mska"));
    std::fs::write(at.join("short.nii"), &plain[..plain.len() - 1]).unwrap();
    fail(at, &["pack", "short.nii", "-o", "d.mska", "--volumes", "all"], 1, &["ends too early"]);
}

#[test]
fn an_image_of_several_volumes_is_no_mask_either() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let [z, y, x] = SHAPE;
    let grey = Array3::from_shape_vec(SHAPE, (1..=(z * y * x) as u32).collect()).unwrap();
    let unsaid = |bytes: &mut Vec<u8>| bytes[68..70].fill(0);
    four_axes(&at.join("bold.nii"), &[grey.clone(), grey.clone()], unsaid);
    let pack = ["pack", "bold.nii", "-o", "a.mska", "--max-made-names", "300"];
    fail(at, &[&pack[..], &["--volume", "1"]].concat(), 1, &["336 labels", "looks like an image"]);
    fail(
        at,
        &[&pack[..], &["--volumes", "all"]].concat(),
        1,
        &["336 labels", "looks like an image"],
    );
    // A file that says it holds labels is never refused for that.
    four_axes(&at.join("atlas.nii"), &[grey.clone(), grey], |_| ());
    let atlas =
        ["pack", "atlas.nii", "-o", "a.mska", "--max-made-names", "300", "--volumes", "all"];
    succeed(at, &atlas);
}

#[test]
fn files_get_the_names_that_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (place, file) in ["m/liver.nii", "one/seg.nii", "two/seg.nii"].into_iter().enumerate() {
        mask(&at.join(file), place);
    }
    let given = ["--name", "first=one/seg.nii", "--name", "second reader=two/seg.nii"];
    succeed(at, &[&["pack", "m", "-o", "a.mska"][..], &given].concat());
    assert_eq!(names(at, "a.mska"), ["liver", "first", "second reader"]);
    succeed(at, &["pack", "-o", "b.mska", "--name", "alone=one/seg.nii"]);
    assert_eq!(names(at, "b.mska"), ["alone"]);
    // An archive of one entry is a file of one mask, and one of several is not.
    succeed(at, &["add", "a.mska", "--name", "third=b.mska"]);
    assert_eq!(names(at, "a.mska"), ["liver", "first", "second reader", "third"]);
    fail(at, &["pack", "-o", "c.mska", "--name", "x=a.mska"], 1, &["4 masks", "\"x\"", "--prefix"]);
    // That names begin so does not make them parts of it.
    succeed(at, &["pack", "m", "-o", "l.mska", "--name", "lung=one/seg.nii"]);
    fail(at, &["pack", "-o", "c.mska", "--name", "l=l.mska"], 1, &["2 masks", "\"l\"", "--prefix"]);
    let bad = medmask(at, &["pack", "-o", "c.mska", "--name", "x"]);
    assert!(bad.code == 2 && bad.err.contains("NAME=FILE"), "{bad:?}");
    assert_eq!(medmask(at, &["pack", "-o", "c.mska"]).code, 2);
}

#[test]
fn an_entry_takes_the_place_of_another_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    mask(&at.join("liver.nii"), 1);
    mask(&at.join("spleen.nii"), 2);
    succeed(at, &["pack", "liver.nii", "spleen.nii", "-o", "a.mska"]);
    mask(&at.join("new/liver.nii"), 6);
    let add = ["add", "a.mska", "new/liver.nii"];
    let before = std::fs::read(at.join("a.mska")).unwrap();
    fail(at, &add, 1, &["already has an entry \"liver\"", "--replace"]);
    assert_eq!(std::fs::read(at.join("a.mska")).unwrap(), before);
    succeed(at, &[&add[..], &["--replace"]].concat());
    assert_eq!(names(at, "a.mska"), ["spleen", "liver"]);
    succeed(at, &["extract", "a.mska", "liver", "-o", "x.nii"]);
    assert_eq!(read(&at.join("x.nii")).0, read(&at.join("new/liver.nii")).0);
    succeed(at, &["verify", "a.mska", "--deep"]);
    // Two that are new still may not have one name, and where one is bad nothing is replaced.
    let twins = ["add", "a.mska", "liver.nii", "new/liver.nii", "--replace"];
    fail(at, &twins, 1, &["would both become the entry \"liver\""]);
    assert_eq!(names(at, "a.mska"), ["spleen", "liver"]);
}
