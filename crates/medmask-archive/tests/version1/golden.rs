//! Files that the real library wrote, committed in testdata/version1.

use std::path::{Path, PathBuf};

use medmask_archive::ArchiveError;
use medmask_archive::version1::{LabelChange, Reader};

use crate::expected::{Expected, parse};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/version1")
}

fn expected() -> Expected {
    parse(&std::fs::read(folder().join("expected.json")).unwrap())
}

/// Files whose voxels are no labels of ours.
const REFUSED: [&str; 2] = ["negative.msk", "float32.msk"];

#[test]
fn every_file_of_the_library_reads_as_the_library_reads_it() {
    let expected = expected();
    assert_eq!(expected.len(), 15);
    for (file, masks) in expected.iter().filter(|(file, _)| !REFUSED.contains(&file.as_str())) {
        let reader = Reader::open(folder().join(file)).unwrap();
        assert_eq!(reader.names().len(), masks.len(), "{file}");
        let names: Vec<String> = reader.names().map(str::to_owned).collect();
        for (name, expected) in names.iter().zip(masks) {
            if file.ends_with(".mska") {
                assert_eq!(*name, expected.name, "{file}");
            } else {
                assert_eq!(*name, file.trim_end_matches(".msk"));
            }
            let mapping: Vec<_> =
                reader.mapping(name).unwrap().iter().map(|(n, l)| (n.to_owned(), l)).collect();
            assert_eq!(mapping, expected.mapping, "{file}/{name}");
            let mask = reader.get(name).unwrap().to_mask().unwrap();
            expected.assert_same(&mask, &format!("{file}/{name}"));
            let dtype = match expected.dtype.as_str() {
                "int64" => "bool",
                ">u2" => "uint16",
                as_it_is => as_it_is,
            };
            assert_eq!(mask.voxels().dtype().name(), dtype, "{file}/{name}");
        }
    }
}

#[test]
fn voxels_that_are_no_labels_are_refused_with_the_value() {
    let reader = Reader::open(folder().join("negative.msk")).unwrap();
    let error = reader.get("negative").unwrap().to_mask().unwrap_err();
    assert!(matches!(error, ArchiveError::LabelOutOfRange { label: -7, .. }), "{error}");
    let reader = Reader::open(folder().join("float32.msk")).unwrap();
    let error = reader.get("float32").unwrap().to_mask().unwrap_err().to_string();
    assert!(error.contains("float32.msk") && error.contains("whole numbers"), "{error}");
}

#[test]
fn names_that_cannot_stay_are_reported() {
    let reader = Reader::open(folder().join("odd_mapping.mska")).unwrap();
    let (_, labels, changes) = reader.runs_with_changes("odd").unwrap();
    let labels: Vec<_> = labels.iter().map(|(name, label)| (name.to_owned(), label)).collect();
    let expected = [("background", 0), ("liver", 1), ("label_2", 2), ("label_9", 9)]
        .map(|(n, l)| (n.to_owned(), l));
    assert_eq!(labels, expected);
    assert_eq!(changes.len(), 4);
    assert!(changes.contains(&LabelChange::SecondName { name: "hepar".to_owned(), label: 1 }));
    assert!(changes.contains(&LabelChange::LeftOut { name: "ignore".to_owned(), label: -1 }));
    assert!(changes.contains(&LabelChange::Named { label: 9, made: "label_9".to_owned() }));
}

#[test]
fn a_name_that_is_not_there_is_an_error() {
    let reader = Reader::open(folder().join("appended.mska")).unwrap();
    let error = reader.get("mask_5").unwrap_err();
    assert!(matches!(error, ArchiveError::EntryNotFound { .. }), "{error}");
    assert!(error.to_string().contains("mask_"), "{error}");
}
