//! A format of which nothing else knows: it is packed and extracted as the formats that are built in.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod by_name;
mod toy;

use std::path::{Path, PathBuf};

use medmask::adapter::{Adapter, FileOptions, Formats, MaskToWrite};
use medmask::codec_comparison::Masks;
use medmask::input::collect;
use medmask::medmask_nifti::{ReadOptions, WriteOptions, read_mask, write_mask};
use medmask::{
    AnyArchive, Error, ExtractOptions, Interpolation, LabelMap, PackOptions, PackReport, Space,
    Target, Voxels, pack,
};

use by_name::{extract, extract_to_folder, merge};
use ndarray::Array3;
use serde_json::json;

use toy::{Toy, read_toy, write_toy};

const SHAPE: [usize; 3] = [2, 3, 4];

fn formats() -> Formats {
    Formats::default().with(Toy)
}

fn pack_options() -> PackOptions {
    let mut options = PackOptions::default();
    options.formats = formats();
    options
}

fn extract_options(target: Target) -> ExtractOptions {
    let mut options = ExtractOptions::default();
    (options.formats, options.target) = (formats(), target);
    options
}

/// 24 voxels that differ with `seed`, some of them `label`.
fn voxels(seed: usize, label: u32) -> Vec<u32> {
    (0..24).map(|place| if (place * 7 + seed) % 5 < 2 { label } else { 0 }).collect()
}

/// Both masks of `lung.toy`.
fn lung() -> [(&'static str, Vec<u32>); 2] {
    [("left", voxels(1, 1)), ("right", voxels(3, 300))]
}

fn write_lung(folder: &Path) -> PathBuf {
    let path = folder.join("lung.toy");
    write_toy(&path, SHAPE, [1.0, 2.0, 3.05], "first", &lung());
    path
}

fn pack_files(paths: &[PathBuf], output: &Path) -> Result<PackReport, Error> {
    let inputs = collect(paths, &formats())?.inputs;
    pack(&inputs, output, &pack_options(), |_| ())
}

/// `lung.toy` and `liver.nii.gz`, which lies 0.05 mm away, in `case.mska`.
fn case(folder: &Path) -> AnyArchive {
    let toy = write_lung(folder);
    let space = Space::new(SHAPE, [1.0; 3], [1.0, 2.0, 3.0], Space::of_shape(SHAPE).direction());
    let mask = Voxels::from(Array3::from_elem(SHAPE, true));
    let nifti = folder.join("liver.nii.gz");
    let options = WriteOptions::default();
    write_mask(&nifti, &mask, &LabelMap::new(), &space.unwrap(), &options).unwrap();
    let report = pack_files(&[toy.clone(), nifti], &folder.join("case.mska")).unwrap();
    assert_eq!((report.entries, report.non_empty, report.geometries), (3, 3, 2));
    assert!((report.largest_distance_mm - 0.05).abs() < 1e-6, "{report:?}");
    assert_eq!(report.notes, [(toy, "it is a toy".to_owned())]);
    AnyArchive::open(folder.join("case.mska")).unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_mask_of_a_file_becomes_an_entry() {
    let folder = tempfile::tempdir().unwrap();
    let archive = case(folder.path());
    assert_eq!(archive.names().collect::<Vec<_>>(), ["lung/left", "lung/right", "liver"]);
    assert_eq!(archive.metadata().unwrap()["made of"], "toys");
    let entry = archive.entry("lung/right").unwrap();
    // A single label without a name is called as its entry.
    let labels: Vec<_> = entry.labels().map(|label| (label.name.unwrap(), label.number)).collect();
    assert_eq!(labels, [("lung/right".into(), 300)]);
    let kept = json!({"toy": {"origin": [1.0, 2.0, 3.05], "tag": "first"}});
    assert_eq!(serde_json::Value::from(entry.metadata().unwrap()), kept);
    let runs = archive.get("lung/right").unwrap().to_runs().unwrap();
    let [depth, height, width] = SHAPE;
    for (place, label) in voxels(3, 300).into_iter().enumerate() {
        let index = [place / (height * width), place / width % height, place % width];
        assert_eq!(runs.at(index), Some(label));
    }
    assert_eq!(depth * height * width, 24);
}

#[test]
fn entries_come_back_with_what_only_their_format_understands() {
    let folder = tempfile::tempdir().unwrap();
    let archive = case(folder.path());
    let options = extract_options(Target::Own);
    let at = |name: &str| folder.path().join(name);
    extract(&archive, "lung/left", &at("left.toy"), &options).unwrap();
    let (origin, tag, masks) = read_toy(&at("left.toy"));
    assert_eq!((origin, tag), (json!([1.0, 2.0, 3.05]), json!("first")));
    assert_eq!(masks, [("lung/left".to_owned(), voxels(1, 1))]);

    // From one format to another the voxels go, and the space as far as it is not the other's secret.
    let chosen = names(&["lung/right", "liver"]);
    let made = extract_to_folder(&archive, &chosen, &at("toys"), ".toy", &options).unwrap();
    assert_eq!(made.files, [at("toys/lung%2Fright.toy"), at("toys/liver.toy")]);
    let (origin, tag, masks) = read_toy(&at("toys/liver.toy"));
    assert_eq!((origin, tag), (json!([1.0, 2.0, 3.0]), json!("none")));
    assert_eq!(masks, [("liver".to_owned(), vec![1; 24])]);
    extract(&archive, "lung/right", &at("right.nii"), &options).unwrap();
    let (mask, header) = read_mask(&at("right.nii"), &ReadOptions::default()).unwrap();
    assert_eq!(mask.to_runs(), archive.get("lung/right").unwrap().to_runs().unwrap());
    assert!((header.space().origin()[2] - 3.05).abs() < 1e-6);
    // Through a .msk file and back.
    extract(&archive, "lung/left", &at("left.msk"), &options).unwrap();
    pack_files(&[at("left.msk")], &at("again.mska")).unwrap();
    let again = AnyArchive::open(at("again.mska")).unwrap();
    extract(&again, "left", &at("again.toy"), &options).unwrap();
    let (origin, tag, masks) = read_toy(&at("again.toy"));
    assert_eq!((origin, tag), (json!([1.0, 2.0, 3.05]), json!("first")));
    assert_eq!(masks, [("left".to_owned(), voxels(1, 1))]);
}

#[test]
fn what_is_merged_keeps_what_all_have_in_common() {
    let folder = tempfile::tempdir().unwrap();
    let archive = case(folder.path());
    let options = extract_options(Target::Own);
    for (entries, tag, z) in
        [(["lung/left", "lung/right"], "first", 3.05), (["lung/left", "liver"], "none", 3.05)]
    {
        let merged = merge(&archive, &names(&entries), "all", &formats()).unwrap();
        let path = folder.path().join(format!("{tag}.toy"));
        merged.mask.write(&path, &options).unwrap();
        let (origin, found, masks) = read_toy(&path);
        assert_eq!((origin, found), (json!([1.0, 2.0, z]), json!(tag)));
        assert_eq!(masks.len(), 1);
    }
}

#[test]
fn references_of_any_format_say_where_masks_are_to_lie() {
    let folder = tempfile::tempdir().unwrap();
    let archive = case(folder.path());
    let at = |name: &str| folder.path().join(name);
    write_toy(&at("like.toy"), SHAPE, [1.0, 2.0, 3.0], "like", &[]);
    write_toy(&at("onto.toy"), [1, 3, 4], [1.0, 2.0, 4.05], "onto", &[]);
    let reference = |name: &str| formats().read_reference(&at(name)).unwrap();

    let like = extract_options(Target::Like(reference("like.toy")));
    extract(&archive, "lung/left", &at("a.toy"), &like).unwrap();
    let (origin, tag, _) = read_toy(&at("a.toy"));
    assert_eq!((origin, tag), (json!([1.0, 2.0, 3.05]), json!("like")));
    // The header of one format is nothing to another, nor to one that has none.
    for (reference, output) in [
        ("like.toy", "a.nii"),
        ("like.toy", "a.msk"),
        ("liver.nii.gz", "b.toy"),
        ("case.mska", "b.msk"),
    ] {
        let like = extract_options(Target::Like(formats().read_reference(&at(reference)).unwrap()));
        let error = extract(&archive, "lung/left", &at(output), &like).unwrap_err();
        assert!(matches!(error, Error::NoHeader { .. }), "{error}");
        assert!(!at(output).exists());
    }

    let onto = extract_options(Target::Onto(reference("onto.toy"), Interpolation::Nearest));
    extract(&archive, "lung/left", &at("c.toy"), &onto).unwrap();
    let (origin, tag, masks) = read_toy(&at("c.toy"));
    assert_eq!((origin, tag), (json!([1.0, 2.0, 4.05]), json!("onto")));
    // The second slice.
    assert_eq!(masks, [("lung/left".to_owned(), voxels(1, 1)[12..].to_vec())]);
    // Onto an archive, from a toy, into NIfTI.
    let onto = extract_options(Target::Onto(reference("case.mska"), Interpolation::Nearest));
    extract(&archive, "lung/left", &at("d.nii"), &onto).unwrap();
    let (mask, _) = read_mask(&at("d.nii"), &ReadOptions::default()).unwrap();
    assert_eq!(mask.to_runs(), archive.get("lung/left").unwrap().to_runs().unwrap());
}

#[test]
fn a_format_may_write_several_masks_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.toy");
    let archive = case(folder.path());
    let masks = ["lung/left", "lung/right"].map(|name| {
        let runs = archive.get(name).unwrap().to_runs().unwrap();
        let part = name.split('/').next_back().unwrap();
        MaskToWrite::new(part, runs, LabelMap::new(), archive.space().clone())
    });
    Toy.write(&path, &masks, &FileOptions::default()).unwrap();
    let expected = lung().map(|(name, voxels)| (name.to_owned(), voxels));
    assert_eq!(read_toy(&path).2, expected);
    // Those that hold one mask say so.
    for name in ["both.nii.gz", "both.msk"] {
        let path = folder.path().join(name);
        let formats = formats();
        let adapter = formats.output(&path).unwrap();
        let error = adapter.write(&path, &masks, &FileOptions::default()).unwrap_err();
        assert!(matches!(error, Error::SeveralEntries { entries: 2 }), "{error}");
    }
}

#[test]
fn bad_files_are_left_out_whole_and_names_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let lung = write_lung(folder.path());
    let at = |name: &str| folder.path().join(name);
    write_toy(&at("none.toy"), SHAPE, [1.0, 2.0, 3.0], "", &[]);
    write_toy(&at("far.toy"), SHAPE, [1.0, 2.0, 4.0], "", &lung_parts());
    std::fs::write(at("text.toy"), "no JSON").unwrap();
    let twice = [("left", voxels(1, 1)), ("left", voxels(2, 1))];
    write_toy(&at("twice.toy"), SHAPE, [1.0, 2.0, 3.0], "", &twice);
    let output = at("case.mska");
    for (bad, part) in [
        ("none.toy", "none.toy: holds no masks"),
        ("far.toy", "far.toy: does not lie in the space of"),
        ("text.toy", "text.toy: expected"),
        ("twice.toy", "twice.toy would both become the entry \"twice/left\""),
    ] {
        let error = pack_files(&[lung.clone(), at(bad)], &output).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(!output.exists());
    }
    let mut options = pack_options();
    options.skip_bad = true;
    let paths = [lung.clone(), at("none.toy"), at("far.toy"), at("text.toy")];
    let inputs = collect(&paths, &formats()).unwrap().inputs;
    let report = pack(&inputs, &output, &options, |_| ()).unwrap();
    assert_eq!((report.entries, report.skipped.len()), (2, 3));
    // Of two of one name the second is a bad one.
    let inputs = collect(&[lung.clone(), lung], &formats()).unwrap().inputs;
    let report = pack(&inputs, &at("x.mska"), &options, |_| ()).unwrap();
    assert!(matches!(report.skipped[..], [(_, Error::DuplicateName { .. })]), "{report:?}");
    assert_eq!(report.entries, 2);
    let error = pack(&inputs, &at("y.mska"), &pack_options(), |_| ()).unwrap_err();
    assert!(matches!(error, Error::DuplicateName { .. }), "{error}");
}

fn lung_parts() -> [(&'static str, Vec<u32>); 1] {
    [("left", voxels(1, 1))]
}

#[test]
fn codecs_are_compared_on_masks_of_any_format() {
    let folder = tempfile::tempdir().unwrap();
    drop(case(folder.path()));
    let at = |name: &str| folder.path().join(name);
    write_toy(&at("more.toy"), SHAPE, [1.0, 2.0, 3.0], "", &lung());
    let masks = Masks::read(&[at("case.mska"), at("more.toy")], &formats()).unwrap();
    // bool, uint16 and bool from the archive; bool and uint16.
    assert_eq!((masks.count(), masks.dense_bytes()), (5, 24 * (1 + 2 + 1 + 1 + 2)));
    let measured = masks.measure("context".parse().unwrap(), 1, || ()).unwrap();
    assert!(measured.bytes > 288);
    let error = Masks::read(&[at("more.toy"), at("more.toy")], &formats()).unwrap_err();
    assert!(matches!(error, Error::DuplicateName { .. }), "{error}");
}
