//! Which format a file is of.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "a module that several tests share")]

mod toy;

use medmask::adapter::{Formats, NiftiAdapter};
use medmask::input::collect;
use medmask::medmask_nifti::{AssumeAffine, Problem, ReadOptions, WriteOptions, write_mask};
use medmask::{Error, LabelMap, Runs, Space};

use toy::{Toy, write_toy};

const SHAPE: [usize; 3] = [2, 3, 4];

fn formats() -> Formats {
    Formats::default().with(Toy)
}

#[test]
fn files_are_known_by_their_names_and_else_by_their_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let lung = folder.path().join("lung.toy");
    write_toy(&lung, SHAPE, [1.0, 2.0, 3.0], "first", &[("left", vec![1; 24])]);
    for (name, key, entry) in [
        ("A.TOY", "toy", "A"),
        // Two formats could mean the name; the longer ending counts.
        ("b.nii.toy", "toy", "b"),
        ("IM0001", "toy", "IM0001"),
        ("scan.dat", "toy", "scan"),
    ] {
        let path = folder.path().join(name);
        std::fs::copy(&lung, &path).unwrap();
        let input = formats().input(&path).unwrap().unwrap();
        assert_eq!((input.adapter.key(), input.name.as_str()), (key, entry));
        assert!(Formats::default().input(&path).unwrap().is_none());
    }
    std::fs::write(folder.path().join("notes.txt"), "not a toy").unwrap();
    assert!(formats().input(&folder.path().join("notes.txt")).unwrap().is_none());
    let found = collect(&[folder.path().to_owned()], &formats()).unwrap().inputs;
    let found: Vec<&str> = found.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(found, ["A", "IM0001", "b", "lung", "scan"]);
    let error = collect(&[folder.path().to_owned()], &Formats::default()).unwrap_err();
    assert!(matches!(error, Error::EmptyFolder { .. }) && !error.to_string().contains("toy"));
    let error = formats().output("x.nii.toy.gz".as_ref()).unwrap_err();
    assert!(error.to_string().ends_with("must end in .nii.gz, .nii, .msk or .toy"), "{error}");
    assert!(matches!(formats().output_of_suffix(".png"), Err(Error::UnknownSuffix { .. })));
}

#[test]
fn an_adapter_takes_the_place_of_one_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere.nii");
    let runs = Runs::empty(SHAPE);
    let space = Space::of_shape(SHAPE);
    write_mask(&path, &runs, &LabelMap::new(), &space, &WriteOptions::default()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // qform_code and sform_code.
    bytes[252..256].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let error = formats().read_reference(&path).unwrap_err();
    let Error::File { path: named, source } = &error else { panic!("{error}") };
    assert_eq!(*named, path);
    assert!(source.is::<Problem>());
    let mut read = ReadOptions::default();
    read.assume_affine = Some(AssumeAffine::Pixdim);
    let formats = formats().with(NiftiAdapter::new(read));
    assert!(formats.read_reference(&path).is_ok());
    assert_eq!(formats.output_suffixes().collect::<Vec<_>>(), [".nii.gz", ".nii", ".msk", ".toy"]);
}
