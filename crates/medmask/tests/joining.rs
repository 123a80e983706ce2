//! Archives are joined, with each other and with other files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "modules that several tests share")]

mod archives;
mod by_name;
#[path = "../../medmask-archive/tests/common/mod.rs"]
mod common;

use std::path::Path;

use medmask::adapter::Formats;
use medmask::input::collect;
use medmask::medmask_archive::version1;
use medmask::medmask_nifti::{ReadOptions, WriteOptions, read_mask, write_mask};
use medmask::{
    AnyArchive, ArchiveWriter, Codec, Error, ExtractOptions, LabelMap, Mask, PackOptions,
    WriterOptions, add,
};

use by_name::extract;
use serde_json::{Value, json};

use archives::{Case, labels, pack_with, runs, space, write_archive};
use common::blob;

#[test]
fn archives_and_other_files_are_joined() {
    let case = Case::with_archives();
    let [a, b, joined] = ["a.mska", "b.mska", "joined.mska"].map(|name| case.at(name));
    let nifti = case.at("cyst.nii.gz");
    write_mask(&nifti, &runs(7), &LabelMap::new(), &space(0.0), &WriteOptions::default()).unwrap();
    let mut options = PackOptions::default();
    let paths = [a.clone(), b.clone(), nifti];
    let report = pack_with(&paths, &[], &joined, &options).unwrap();
    assert_eq!((report.entries, report.geometries), (5, 2));
    assert!((report.largest_distance_mm - 0.05).abs() < 1e-9, "{report:?}");
    assert_eq!(report.notes.len(), 1);
    assert_eq!(report.notes[0].0, b);
    assert!(report.notes[0].1.contains("\"of\""), "{report:?}");
    let archive = AnyArchive::open(&joined).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["liver", "rib", "aorta", "vein", "cyst"]);
    let metadata = json!({"site": "north", "of": "a", "more": 1});
    assert_eq!(Value::from(archive.metadata().unwrap()), metadata);
    assert_eq!(*archive.space(), space(0.0));
    for (file, name) in [(&a, "liver"), (&a, "rib"), (&b, "aorta"), (&b, "vein")] {
        assert_eq!(blob(&joined, name), blob(file, name), "{name}");
    }
    assert_eq!(archive.get("cyst").unwrap().to_runs().unwrap(), runs(7));

    // Only who asks for a codec gets another one.
    let codecs = |path: &Path| -> Vec<String> {
        let archive = AnyArchive::open(path).unwrap();
        archive.entries().map(|entry| entry.codec().unwrap().to_owned()).collect()
    };
    assert_eq!(codecs(&joined), ["context", "context", "raw", "raw", "transitions"]);
    (options.codec, options.overwrite) = (Some(Codec::Lz4), true);
    pack_with(&paths, &[], &joined, &options).unwrap();
    assert_eq!(codecs(&joined), ["lz4"; 5]);
    let archive = AnyArchive::open(&joined).unwrap();
    assert_eq!(archive.get("rib").unwrap().to_runs().unwrap(), runs(1));

    options.tolerance_mm = 0.04;
    let error = pack_with(&[a.clone(), b], &[], &joined, &options).unwrap_err();
    let Error::SpaceMismatch { path, reference, .. } = error else { panic!("{error}") };
    assert_eq!((path, reference), (case.at("b.mska"), a));
}

#[test]
fn names_that_collide_are_an_error_that_prefixes_solve() {
    let case = Case::with_archives();
    write_archive(&case.at("c.mska"), &["rib", "vein"], Codec::Raw, 0.0, &json!({}));
    let [a, c, joined] = ["a.mska", "c.mska", "joined.mska"].map(|name| case.at(name));
    let options = PackOptions::default();
    let paths = [a.clone(), c.clone()];
    let error = pack_with(&paths, &[], &joined, &options).unwrap_err();
    let Error::DuplicateName { name, first, second } = error else { panic!("{error}") };
    assert_eq!((name.as_str(), &first, &second), ("rib", &a, &c));
    assert!(!joined.exists());
    pack_with(&paths, &["", "c_"], &joined, &options).unwrap();
    let archive = AnyArchive::open(&joined).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["liver", "rib", "c_rib", "c_vein"]);
    assert_eq!(archive.get("c_rib").unwrap().to_runs().unwrap(), runs(0));
    let labels = |name: &str| -> Vec<String> {
        let entry = archive.entry(name).unwrap();
        entry.labels().map(|label| label.name.unwrap().into_owned()).collect()
    };
    assert_eq!((labels("rib"), labels("c_rib")), (vec!["rib".into()], vec!["c_rib".into()]));

    let before = std::fs::read(&a).unwrap();
    let mut inputs = collect(std::slice::from_ref(&c), &options.formats).unwrap().inputs;
    let error = add(&inputs, &a, &options, |_| ()).unwrap_err();
    let Error::EntryExists { path, archive, name } = error else { panic!("{error}") };
    assert_eq!((path, archive, name.as_str()), (c, a.clone(), "rib"));
    assert_eq!(std::fs::read(&a).unwrap(), before);
    "c/".clone_into(&mut inputs[0].prefix);
    add(&inputs, &a, &options, |_| ()).unwrap();
    let archive = AnyArchive::open(&a).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["liver", "rib", "c/rib", "c/vein"]);
    assert_eq!(archive.metadata().unwrap()["of"], "a");
}

#[test]
fn an_archive_in_a_folder_is_no_mask_of_it() {
    let case = Case::with_archives();
    let nifti = case.at("cyst.nii");
    write_mask(&nifti, &runs(7), &LabelMap::new(), &space(0.0), &WriteOptions::default()).unwrap();
    let found = collect(&[case.folder.path().to_owned()], &Formats::default()).unwrap().inputs;
    assert_eq!(found.iter().map(|input| &input.name).collect::<Vec<_>>(), ["cyst"]);
    std::fs::remove_file(nifti).unwrap();
    let error = collect(&[case.folder.path().to_owned()], &Formats::default()).unwrap_err();
    assert!(error.to_string().contains(".img.zst or .msk)"), "{error}");
}

#[test]
fn masks_of_version_1_are_joined_too() {
    let case = Case::with_archives();
    let old = case.at("old.mska");
    let mut writer = version1::Writer::create(&old, &space(0.0)).unwrap();
    let voxels = runs(3).to_voxels(medmask::Dtype::U8);
    let mask = Mask::new(voxels, labels(&[("inside", 1)]), space(0.0)).unwrap();
    writer.add("first", &mask).unwrap();
    writer.add("second", &mask).unwrap();
    writer.finish().unwrap();
    let options = PackOptions::default();
    let paths = [old, case.at("a.mska")];
    pack_with(&paths, &["v1_", ""], &case.at("joined.mska"), &options).unwrap();
    let archive = AnyArchive::open(case.at("joined.mska")).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["v1_first", "v1_second", "liver", "rib"]);
    assert_eq!(archive.get("v1_second").unwrap().to_mask().unwrap(), mask);
}

#[test]
fn joined_masks_lie_where_their_own_files_said() {
    let case = Case::new();
    let options = PackOptions::default();
    let pack_at = |archive: &str, places: &[(&str, f64)]| {
        let paths = places.iter().map(|(name, z)| {
            let path = case.at(&format!("{name}.nii"));
            let labels = LabelMap::new();
            write_mask(&path, &runs(1), &labels, &space(*z), &WriteOptions::default()).unwrap();
            path
        });
        pack_with(&paths.collect::<Vec<_>>(), &[], &case.at(archive), &options).unwrap();
    };
    pack_at("a.mska", &[("a1", 0.0), ("a2", 0.0625), ("a3", -0.0625)]);
    pack_at("b.mska", &[("b1", 0.0625), ("b2", 0.125)]);
    let [a, b, joined] = ["a.mska", "b.mska", "joined.mska"].map(|name| case.at(name));
    // The archives are near enough to each other, but not the second mask of the second.
    let error = pack_with(&[a.clone(), b], &[], &joined, &options).unwrap_err();
    assert!(error.to_string().contains("b.mska: does not lie in the space of"), "{error}");
    assert!(error.to_string().contains("0.1250 mm"), "{error}");
    // Nor does an archive lie elsewhere because the mask is gone that gave it its space.
    let mut writer = ArchiveWriter::open(&a, WriterOptions::default()).unwrap();
    writer.remove("a1").unwrap();
    writer.finish().unwrap();
    let report = pack_with(&[a], &[], &joined, &options).unwrap();
    assert!((report.largest_distance_mm - 0.0625).abs() < 1e-9, "{report:?}");
    let archive = AnyArchive::open(&joined).unwrap();
    assert_eq!(*archive.space(), space(0.0));
    extract(&archive, "a3", &case.at("again.nii"), &ExtractOptions::default()).unwrap();
    let (_, header) = read_mask(&case.at("again.nii"), &ReadOptions::default()).unwrap();
    assert_eq!(header.space().origin()[2], -0.0625);
}
