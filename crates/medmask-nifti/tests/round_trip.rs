//! Write, read: voxels, names of files and geometry come back.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::path::Path;

use medmask_core::{LabelMap, Runs, Space, Voxels};
use medmask_nifti::{
    Problem, ReadOptions, Reader, SourceGeometry, WriteOptions, read_header, read_mask, write_mask,
};
use ndarray::Array3;

fn oblique() -> Space {
    // 30 degrees about z, anisotropic.
    let (s, c) = (0.5, 0.75_f64.sqrt());
    let direction = [[0.0, 0.0, 1.0], [-s, c, 0.0], [c, s, 0.0]];
    Space::new([3, 4, 5], [4.0, 3.0, 2.0], [10.0, -20.0, 30.0], direction).unwrap()
}

fn pattern(max: u32) -> Voxels {
    Array3::from_shape_fn(
        [3, 4, 5],
        |(z, y, x)| if (x + y + z) % 2 == 0 { max - (x as u32) } else { 0 },
    )
    .into()
}

#[test]
fn voxels_and_space_come_back_from_every_type_and_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sub.01.nii.gz", "sub.01.nii", "UPPER.NII.GZ"] {
        for (max, dtype) in
            [(7, "uint8"), (300, "uint16"), (16_777_217, "uint32"), (u32::MAX, "uint32")]
        {
            let path = folder.path().join(format!("{max}-{name}"));
            let voxels = pattern(max);
            write_mask(&path, &voxels, &LabelMap::new(), &oblique(), &WriteOptions::default())
                .unwrap();
            let mut reader = Reader::new(ReadOptions::default());
            let volume = reader.read(&path).unwrap();
            let read = volume.voxels().unwrap();
            assert_eq!(read.dtype().name(), dtype);
            for ((z, y, x), label) in
                ndarray::indices([3, 4, 5]).into_iter().map(|at| (at, voxels.get(at.into())))
            {
                assert_eq!(read.get([z, y, x]), label);
            }
            assert_eq!(volume.runs().unwrap(), Runs::from_voxels(&voxels));
            let (a, b) = (volume.header().space(), oblique());
            for axis in 0..3 {
                assert!((a.spacing()[axis] - b.spacing()[axis]).abs() < 1e-5);
                assert!((a.origin()[axis] - b.origin()[axis]).abs() < 1e-5);
                for c in 0..3 {
                    assert!((a.direction()[axis][c] - b.direction()[axis][c]).abs() < 1e-5);
                }
            }
            assert_eq!(volume.header().notes(), &[]);
            assert_eq!(volume.header().intent_code(), 1002);
        }
    }
}

#[test]
fn an_existing_file_is_kept_unless_overwriting_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii.gz");
    std::fs::write(&path, b"mine").unwrap();
    let space = Space::of_shape([3, 4, 5]);
    let write =
        |options: &WriteOptions| write_mask(&path, &pattern(7), &LabelMap::new(), &space, options);
    let error = write(&WriteOptions::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::OutputExists), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    let mut options = WriteOptions::default();
    options.overwrite = true;
    write(&options).unwrap();
    assert!(read_mask(&path, &ReadOptions::default()).is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn the_sample_case_comes_back_with_its_own_affines() {
    let data =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/totalsegmentator-s0000");
    let Ok(files) = std::fs::read_dir(&data) else {
        eprintln!("skipped: {} is not there", data.display());
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.nii.gz");
    let mut reader = Reader::new(ReadOptions::default());
    let (mut count, mut labelled) = (0, 0);
    for file in files {
        let path = file.unwrap().path();
        let volume = reader.read(&path).unwrap();
        let runs = volume.runs().unwrap();
        count += 1;
        labelled += usize::from(!runs.is_empty());
        if count % 10 != 0 && runs.is_empty() {
            continue;
        }
        let header = volume.into_header();
        let mut options = WriteOptions::default();
        options.overwrite = true;
        options.geometry = Some(SourceGeometry::of(&header));
        write_mask(&out, &runs, &LabelMap::new(), header.space(), &options).unwrap();
        let again = read_header(&out, &ReadOptions::default()).unwrap();
        assert_eq!(again.affine(), header.affine());
        assert_eq!((again.qform_code(), again.sform_code()), (0, 2));
        assert_eq!(reader.read(&out).unwrap().runs().unwrap(), runs);
    }
    assert_eq!((count, labelled), (117, 21));
}
