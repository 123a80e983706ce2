//! Entries go to single-mask files and come from them as they are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "modules that several tests share")]

mod archives;
mod by_name;
#[path = "../../medmask-archive/tests/common/mod.rs"]
mod common;

use std::path::Path;

use medmask::adapter::{Formats, MaskToWrite};
use medmask::input::collect;
use medmask::medmask_nifti::{ReadOptions, read_mask};
use medmask::{
    AnyArchive, ArchiveError, ArchiveWriter, Codec, Error, ExtractOptions, Interpolation,
    PackOptions, Space, Target, WriterOptions, add,
};

use by_name::{extract, extract_to_folder, merge};
use medmask_format::index::EntryRow;
use serde_json::json;

use archives::{Case, labels, pack_with, runs, write_archive};
use common::{SHAPE, blob, file, later_blob, later_row, of_entries, rows, without_place};
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
    assert_eq!(entry.labels().map(|label| label.name.unwrap()).collect::<Vec<_>>(), ["hepar"]);
    assert_eq!(renamed.get("hepar").unwrap().to_runs().unwrap(), runs(0));
    let (old, new) = (blob(&case.at("a.mska"), "liver"), blob(&case.at("hepar.mska"), "hepar"));
    // As long a name, so that only it and the checksum of the header differ.
    assert_eq!(old.len(), new.len());
    assert!(old.iter().zip(&new).filter(|(a, b)| a != b).count() <= 5 + 4);
}

#[test]
fn what_this_version_does_not_know_goes_the_same_ways() {
    let case = Case::new();
    let later = file(SHAPE, &later_blob(), of_entries(vec![later_row()]));
    std::fs::write(case.at("later.mska"), later).unwrap();
    let archive = AnyArchive::open(case.at("later.mska")).unwrap();
    extract(&archive, "lung", &case.at("lung.msk"), &ExtractOptions::default()).unwrap();
    let options = PackOptions::default();
    let report = pack_with(&[case.at("later.mska")], &[], &case.at("joined.mska"), &options);
    let note = &report.unwrap().notes[0].1;
    assert!(note.ends_with("of the archive is left out: {\"later\":1}"), "{note}");
    write_archive(&case.at("to.mska"), &["liver"], Codec::Raw, 0.0, &json!({}));
    let inputs = collect(&[case.at("lung.msk")], &options.formats).unwrap().inputs;
    add(&inputs, &case.at("to.mska"), &options, |_| ()).unwrap();
    for (file, place) in [("lung.msk", 0), ("joined.mska", 0), ("to.mska", 1)] {
        assert_eq!(blob(&case.at(file), "lung"), later_blob(), "{file}");
        let archive = AnyArchive::open(case.at(file)).unwrap();
        let copy = case.at("copy.mska");
        let mut writer =
            ArchiveWriter::create(&copy, archive.space(), WriterOptions::default()).unwrap();
        writer.add_encoded(archive.as_version2().unwrap().encoded("lung").unwrap()).unwrap();
        writer.finish().unwrap();
        assert_eq!(rows(&copy), [without_place(later_row())], "{file}, {place}");
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

/// An archive of one entry whose metadata cannot be held in memory, beside the affine that it came with.
fn write_unreadable(path: &Path) {
    let metadata = r#"{"nifti":{"affine":[[1,0,0,9],[0,1,0,0],[0,0,1,0]],
        "sform_code":1,"qform_code":0},"big":1e400}"#;
    let row = EntryRow { metadata: Some(metadata.into()), ..EntryRow::new("a") };
    std::fs::write(path, file(SHAPE, &[], of_entries(vec![row]))).unwrap();
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
