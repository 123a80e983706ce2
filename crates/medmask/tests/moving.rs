//! Entries move as they are: into files, from files, and from archive to archive.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../../medmask-archive/tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};

use medmask::adapter::{FileOptions, Formats, MaskToWrite};
use medmask::input::collect;
use medmask::medmask_archive::{EncodedEntry, version1};
use medmask::medmask_core::{Run, RunsBuilder};
use medmask::medmask_nifti::{ReadOptions, WriteOptions, read_mask, write_mask};
use medmask::{
    AnyArchive, ArchiveError, ArchiveWriter, Codec, EntryOptions, Error, ExtractOptions, Extracted,
    Interpolation, LabelMap, Mask, Merged, PackOptions, PackReport, Runs, Space, Target,
    WriterOptions, add, pack, select,
};
use serde_json::{Map, Value, json};

use common::{LATER_ROW, SHAPE, blob, later_blob, row, rows, write_file};

fn extract(
    archive: &AnyArchive,
    name: &str,
    path: &Path,
    options: &ExtractOptions,
) -> Result<Extracted, Error> {
    medmask::extract(archive, &select(archive.entries(), &[name])?[0], path, options)
}

fn extract_to_folder(
    archive: &AnyArchive,
    names: &[impl AsRef<str>],
    folder: &Path,
    suffix: &str,
    options: &ExtractOptions,
) -> Result<Extracted, Error> {
    let chosen = select(archive.entries(), names)?;
    medmask::extract_to_folder(archive, &chosen, folder, suffix, options, |_| ())
}

fn merge(
    archive: &AnyArchive,
    names: &[impl AsRef<str>],
    name: &str,
    formats: &Formats,
) -> Result<Merged, Error> {
    let chosen = select(archive.entries(), names)?;
    medmask::merge(archive, &chosen, name, formats, |_| ())
}

fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 0..8 {
        for y in 0..6 {
            let start = (seed + z * y) % 4;
            builder.push(z, y, Run { start, end: start + 1 + seed % 3, label: 1 });
        }
    }
    builder.finish()
}

fn labels(names: &[(&str, u32)]) -> LabelMap {
    let mut labels = LabelMap::new();
    names.iter().for_each(|(name, label)| labels.insert(*name, *label).unwrap());
    labels
}

fn space(z: f64) -> Space {
    Space::new(SHAPE, [1.0; 3], [0.0, 0.0, z], Space::of_shape(SHAPE).direction()).unwrap()
}

/// An archive of entries of the names `names` with `codec`, whose voxel 0 lies at `z` mm.
fn write_archive(path: &Path, names: &[&str], codec: Codec, z: f64, metadata: &Value) {
    let mut writer = ArchiveWriter::create(path, &space(z), WriterOptions::default()).unwrap();
    for (seed, name) in names.iter().enumerate() {
        let options = EntryOptions::new().codec(codec);
        let labels = labels(&[(*name, 1)]);
        let entry = EncodedEntry::new(name, &runs(seed as u32), &labels, &options).unwrap();
        writer.add_encoded(entry).unwrap();
    }
    writer.set_metadata(metadata.as_object().unwrap().clone()).unwrap();
    writer.finish().unwrap();
}

fn pack_with(
    paths: &[PathBuf],
    prefixes: &[&str],
    output: &Path,
    options: &PackOptions,
) -> Result<PackReport, Error> {
    let mut inputs = collect(paths, &options.formats)?;
    for (input, prefix) in inputs.iter_mut().zip(prefixes) {
        (*prefix).clone_into(&mut input.prefix);
    }
    pack(&inputs, output, options, |_| ())
}

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `a.mska` in `context` and `b.mska` in `raw`, 0.05 mm apart.
    fn with_archives() -> Self {
        let case = Self::new();
        let metadata = json!({"site": "north", "of": "a"});
        write_archive(&case.at("a.mska"), &["liver", "rib"], Codec::Context, 0.0, &metadata);
        let metadata = json!({"site": "north", "of": "b", "more": 1});
        write_archive(&case.at("b.mska"), &["aorta", "vein"], Codec::Raw, 0.05, &metadata);
        case
    }
}

#[test]
fn an_entry_goes_to_a_single_mask_file_and_back_as_it_is() {
    let case = Case::with_archives();
    let archive = AnyArchive::open(case.at("a.mska")).unwrap();
    let options = ExtractOptions::default();
    extract(&archive, "liver", &case.at("liver.msk"), &options).unwrap();
    assert_eq!(blob(&case.at("liver.msk"), "liver"), blob(&case.at("a.mska"), "liver"));
    let names = ["liver", "rib"].map(str::to_owned);
    extract_to_folder(&archive, &names, &case.at("out"), ".msk", &options).unwrap();
    assert_eq!(blob(&case.at("out/rib.msk"), "rib"), blob(&case.at("a.mska"), "rib"));
    assert_eq!(rows(&case.at("out/rib.msk"))[..], rows(&case.at("a.mska"))[1..]);
    // A folder of them makes the same archive.
    let pack_options = PackOptions::default();
    pack_with(&[case.at("out")], &[], &case.at("again.mska"), &pack_options).unwrap();
    for name in ["liver", "rib"] {
        assert_eq!(blob(&case.at("again.mska"), name), blob(&case.at("a.mska"), name));
    }
    assert_eq!(rows(&case.at("again.mska")), rows(&case.at("a.mska")));
    // A file of another name gives it to the entry; the chunks stay.
    std::fs::rename(case.at("liver.msk"), case.at("hepar.msk")).unwrap();
    pack_with(&[case.at("hepar.msk")], &[], &case.at("hepar.mska"), &pack_options).unwrap();
    let renamed = AnyArchive::open(case.at("hepar.mska")).unwrap();
    let entry = renamed.entry("hepar").unwrap();
    assert_eq!(entry.codec(), Some("context"));
    assert_eq!(entry.labels().map(|label| label.name).collect::<Vec<_>>(), ["hepar"]);
    assert_eq!(renamed.get("hepar").unwrap().to_runs().unwrap(), runs(0));
    let (old, new) = (blob(&case.at("a.mska"), "liver"), blob(&case.at("hepar.mska"), "hepar"));
    // As long a name, so that only it and the checksum of the header differ.
    assert_eq!(old.len(), new.len());
    assert!(old.iter().zip(&new).filter(|(a, b)| a != b).count() <= 5 + 4);
}

#[test]
fn what_this_version_does_not_know_goes_the_same_ways() {
    let case = Case::new();
    write_file(&case.at("later.mska"), &later_blob(), LATER_ROW);
    let archive = AnyArchive::open(case.at("later.mska")).unwrap();
    extract(&archive, "lung", &case.at("lung.msk"), &ExtractOptions::default()).unwrap();
    let options = PackOptions::default();
    pack_with(&[case.at("later.mska")], &[], &case.at("joined.mska"), &options).unwrap();
    write_archive(&case.at("to.mska"), &["liver"], Codec::Raw, 0.0, &json!({}));
    let inputs = collect(&[case.at("lung.msk")], &options.formats).unwrap();
    add(&inputs, &case.at("to.mska"), &options, |_| ()).unwrap();
    for (file, place) in [("lung.msk", 0), ("joined.mska", 0), ("to.mska", 1)] {
        assert_eq!(blob(&case.at(file), "lung"), later_blob(), "{file}");
        let archive = AnyArchive::open(case.at(file)).unwrap();
        let copy = case.at("copy.mska");
        let mut writer =
            ArchiveWriter::create(&copy, archive.space(), WriterOptions::default()).unwrap();
        writer.add_encoded(archive.as_version2().unwrap().encoded("lung").unwrap()).unwrap();
        writer.finish().unwrap();
        assert_eq!(rows(&copy), [row(LATER_ROW)], "{file}, {place}");
        std::fs::remove_file(copy).unwrap();
    }
    // Decoding is another matter.
    let mut recode = PackOptions::default();
    recode.codec = Some(Codec::Raw);
    let error = pack_with(&[case.at("lung.msk")], &[], &case.at("x.mska"), &recode).unwrap_err();
    assert!(matches!(error, Error::Archive(ArchiveError::Format { .. })), "{error}");
    let error = extract(&archive, "lung", &case.at("lung.nii"), &ExtractOptions::default());
    assert!(matches!(error, Err(Error::Archive(ArchiveError::Format { .. }))), "{error:?}");
    assert!(!case.at("lung.nii").exists() && !case.at("x.mska").exists());
}

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
    assert_eq!(Value::from(archive.metadata().unwrap().clone()), metadata);
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
    assert_eq!(codecs(&joined), ["context", "context", "raw", "raw", "runs"]);
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
        entry.labels().map(|label| label.name.to_owned()).collect()
    };
    assert_eq!((labels("rib"), labels("c_rib")), (vec!["rib".into()], vec!["c_rib".into()]));

    let before = std::fs::read(&a).unwrap();
    let mut inputs = collect(std::slice::from_ref(&c), &options.formats).unwrap();
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
    let found = collect(&[case.folder.path().to_owned()], &Formats::default()).unwrap();
    assert_eq!(found.iter().map(|input| &input.name).collect::<Vec<_>>(), ["cyst"]);
    std::fs::remove_file(nifti).unwrap();
    let error = collect(&[case.folder.path().to_owned()], &Formats::default()).unwrap_err();
    assert!(error.to_string().contains(".img.gz or .msk)"), "{error}");
}

#[test]
fn damage_and_files_of_several_masks_called_single_are_refused() {
    let case = Case::with_archives();
    let options = PackOptions::default();
    std::fs::copy(case.at("a.mska"), case.at("two.msk")).unwrap();
    let error = pack_with(&[case.at("two.msk")], &[], &case.at("x.mska"), &options).unwrap_err();
    assert!(error.to_string().contains("two.msk: a .msk file holds exactly one"), "{error}");
    let (offset, length) = {
        let archive = AnyArchive::open(case.at("a.mska")).unwrap();
        archive.entry("rib").unwrap().blob().unwrap()
    };
    let mut bytes = std::fs::read(case.at("a.mska")).unwrap();
    bytes[(offset + length - 1) as usize] ^= 1;
    std::fs::write(case.at("a.mska"), bytes).unwrap();
    let error = pack_with(&[case.at("a.mska")], &[], &case.at("x.mska"), &options).unwrap_err();
    assert!(error.to_string().contains("its checksum does not match"), "{error}");
    let archive = AnyArchive::open(case.at("a.mska")).unwrap();
    let extracted = extract(&archive, "rib", &case.at("rib.msk"), &ExtractOptions::default());
    assert!(extracted.unwrap_err().to_string().contains("checksum"));
    assert!(!case.at("x.mska").exists() && !case.at("rib.msk").exists());
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

/// An archive of one entry whose metadata cannot be held in memory, beside the affine that it came with.
fn write_unreadable(path: &Path) {
    let row = r#"{"name":"a","metadata":{"nifti":{"affine":[[1,0,0,9],[0,1,0,0],[0,0,1,0]],
        "sform_code":1,"qform_code":0},"big":1e400}}"#;
    write_file(path, &[], row);
}

#[test]
fn metadata_that_cannot_be_read_are_told_of_and_keep_no_voxels_back() {
    let case = Case::new();
    write_unreadable(&case.at("case.mska"));
    let archive = AnyArchive::open(case.at("case.mska")).unwrap();
    let options = ExtractOptions::default();
    let made = extract(&archive, "a", &case.at("a.nii"), &options).unwrap();
    assert_eq!(made.notes.len(), 1);
    let (name, note) = &made.notes[0];
    assert!(name == "a" && note.contains("cannot be read"), "{note}");
    let (mask, header) = read_mask(&case.at("a.nii"), &ReadOptions::default()).unwrap();
    assert!(mask.to_runs().is_empty());
    assert_eq!(*header.space(), *archive.space());
    let merged = merge(&archive, &["a"], "all", &Formats::default()).unwrap();
    assert_eq!(merged.notes, made.notes);
    // Where the entry is copied nothing is left out.
    let made = extract(&archive, "a", &case.at("a.msk"), &options).unwrap();
    assert!(made.notes.is_empty());
    assert_eq!(rows(&case.at("a.msk")), rows(&case.at("case.mska")));
}

#[test]
fn a_mask_that_does_not_fit_its_space_is_not_written_empty() {
    let case = Case::with_archives();
    let elsewhere = Space::of_shape([1, 2, 3]);
    let mask = MaskToWrite::new("a", runs(0), labels(&[("a", 1)]), elsewhere);
    let reference = Formats::default().read_reference(&case.at("a.mska")).unwrap();
    let mut options = ExtractOptions::default();
    options.target = Target::Onto(reference, Interpolation::Nearest);
    let error = mask.write(&case.at("a.nii"), &options).unwrap_err();
    assert!(matches!(&error, Error::MaskShape { name, .. } if name == "a"), "{error}");
    assert!(!case.at("a.nii").exists());
}

#[test]
fn options_start_from_defaults() {
    assert_eq!(PackOptions::default().codec, None);
    assert_eq!(PackOptions::default().metadata, Map::new());
    assert!(!FileOptions::default().overwrite && !ExtractOptions::default().overwrite);
}
