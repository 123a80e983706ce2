//! Geometry in every orientation against nibabel and SimpleITK, in both directions. Skipped without Python.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use medmask_core::{AxisCodes, LabelMap, Runs, Space, Voxels};
use medmask_nifti::{ReadOptions, Reader, SourceGeometry, WriteOptions, read_header, write_mask};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Expected {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    voxels: Vec<[u32; 4]>,
    nibabel: Vec<[f64; 3]>,
    simpleitk: Vec<[f64; 3]>,
}

fn labelled(runs: &Runs) -> Vec<[u32; 4]> {
    let mut voxels = Vec::new();
    for row in runs.rows() {
        for run in row.runs {
            voxels.extend((run.start..run.end).map(|x| [row.z, row.y, x, run.label]));
        }
    }
    voxels
}

fn record(file: &str, dtype: &str, runs: &Runs, space: &Space) -> Value {
    json!({ "file": file, "dtype": dtype, "voxels": labelled(runs), "corners": common::corners(space) })
}

#[test]
fn every_orientation_is_read_and_written_as_the_peers_do() {
    let folder = tempfile::tempdir().unwrap();
    if !common::run_peer("make_orientations.py", &[folder.path()]) {
        return;
    }
    let expected = std::fs::read_to_string(folder.path().join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_str(&expected).unwrap();
    assert_eq!(expected.cases.len(), 248);
    let mut reader = Reader::new(ReadOptions::default());
    let mut written = Vec::new();
    for case in &expected.cases {
        let volume = reader.read(&folder.path().join(&case.file)).unwrap();
        let runs = volume.runs().unwrap();
        assert_eq!(labelled(&runs), case.voxels, "{}", case.file);
        let header = volume.into_header();
        let corners = common::corners(header.space());
        for peer in [&case.nibabel, &case.simpleitk] {
            let mm = common::largest_distance(&corners, peer);
            assert!(mm < 1e-4, "{}: {mm} mm", case.file);
        }
        // As it is, and turned so that its axes run along RAS.
        let turn = header.space().reorientation_to(&AxisCodes::RAS);
        let turned = (turn.runs(&runs), turn.space(header.space()));
        for (kind, (runs, space)) in [("same", (runs, header.space().clone())), ("turned", turned)]
        {
            let name = format!("{kind}.{}", case.file);
            let out = folder.path().join(&name);
            write_mask(&out, &runs, &LabelMap::new(), &space, &WriteOptions::default()).unwrap();
            let mut record = record(&name, "uint8", &runs, &space);
            record["source"] = case.file.clone().into();
            written.push(record);
        }
    }
    check(folder.path(), &written);
}

fn check(folder: &Path, written: &[Value]) {
    std::fs::write(folder.join("written.json"), Value::from(written.to_vec()).to_string()).unwrap();
    assert!(common::run_peer("check_written.py", &[folder]));
}

#[test]
fn written_types_names_and_copied_headers_are_read_by_the_peers() {
    if std::env::var_os("MEDMASK_PYTHON").is_none() {
        eprintln!("skipped: MEDMASK_PYTHON not set");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let direction = [[0.0, 0.0, 1.0], [-0.6, 0.8, 0.0], [0.8, 0.6, 0.0]];
    let space = Space::new([3, 4, 5], [4.0, 3.0, 2.0], [10.0, -20.0, 30.0], direction).unwrap();
    let mut names = LabelMap::new();
    for (name, label) in [("Größe & <Form>", 7), ("odd ]]> name", 2), ("liver", 300)] {
        names.insert(name, label).unwrap();
    }
    names.set_colour(7, Some([10, 20, 30, 255])).unwrap();
    let mut written = Vec::new();
    for (dtype, label) in [("uint8", 200), ("uint16", 300), ("uint32", u32::MAX)] {
        let voxels = ndarray::Array3::from_shape_fn([3, 4, 5], |(z, y, x)| {
            if (x + 2 * y + z) % 3 == 0 { label - x as u32 } else { 0 }
        });
        let runs = Runs::from_voxels(&Voxels::from(voxels));
        // SimpleITK takes the voxels of x.nii for those of x.nii.gz where both exist.
        for (end, table) in [("plain.nii", false), ("named.nii.gz", true)] {
            let name = format!("sub.01.{dtype}.{end}");
            let mut options = WriteOptions::default();
            options.label_table = table;
            options.compression_level = 12;
            write_mask(&folder.path().join(&name), &runs, &names, &space, &options).unwrap();
            let mut case = record(&name, dtype, &runs, &space);
            if table {
                case["names"] =
                    json!({ "7": "Größe & <Form>", "2": "odd ]]> name", "300": "liver" });
            }
            written.push(case);
        }
    }
    written.extend(hard_geometries(folder.path()));
    written.extend(copies_of_headers(folder.path()));
    check(folder.path(), &written);
}

/// Masks with the affines and codes of sources that are hard to give back to both peers.
fn hard_geometries(folder: &Path) -> Vec<Value> {
    // 1e-3 off half a turn, where 32 bits are too few for a quaternion.
    let (s, c) = (1e-3_f64.sin(), 1e-3_f64.cos());
    let half_turn =
        [[-c, s, 0.0, 100.0], [-s, -c, 0.0, 50.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
    let mut sheared = half_turn;
    sheared[0][1] += 1.8e-4;
    let shape = [400, 300, 5];
    let runs = Runs::from_voxels(&Voxels::zeros(medmask_core::Dtype::Bool, [5, 300, 400]));
    let cases = [(half_turn, 0, 1e-4), (sheared, 2, 0.2)];
    let written = cases.map(|(affine, code, tolerance_mm)| {
        let (space, _) = Space::from_nifti_affine_within(shape, affine, 1.0).unwrap();
        let name = format!("hard.{code}.nii.gz");
        let mut options = WriteOptions::default();
        options.geometry = Some(SourceGeometry::new(affine, 0, 2));
        write_mask(&folder.join(&name), &runs, &LabelMap::new(), &space, &options).unwrap();
        let header = read_header(&folder.join(&name), &ReadOptions::default()).unwrap();
        assert_eq!((header.qform_code(), header.sform_code()), (code, 2), "{name}");
        let mut case = record(&name, "uint8", &runs, &space);
        case["tolerance_mm"] = tolerance_mm.into();
        case
    });
    written.into()
}

/// Masks written with the header of a file that nibabel made.
fn copies_of_headers(folder: &Path) -> Vec<Value> {
    let traps = common::workspace().join("testdata/nifti");
    let files = ["sform_only.nii", "qform_only.nii", "nifti_2_big_endian.nii", "metre.nii"];
    let written = files.map(|file| {
        let like = read_header(&traps.join(file), &ReadOptions::default()).unwrap();
        let mut reader = Reader::new(ReadOptions::default());
        let runs = reader.read(&traps.join("int16_300.nii")).unwrap().runs().unwrap();
        let name = format!("like.{file}");
        let mut options = WriteOptions::default();
        options.like = Some(Box::new(like.clone()));
        write_mask(&folder.join(&name), &runs, &LabelMap::new(), like.space(), &options).unwrap();
        let mut case = record(&name, "uint16", &runs, like.space());
        case["nifti_2"] = (file.starts_with("nifti_2")).into();
        case
    });
    written.into()
}

#[test]
fn the_sample_case_is_read_as_nibabel_does() {
    #[derive(Deserialize)]
    struct File {
        voxels: u64,
        sum: u64,
        bounds: Option<[[usize; 2]; 3]>,
        affine: [[f64; 4]; 4],
    }

    let Some(case) = common::sample_case() else { return };
    let folder = tempfile::tempdir().unwrap();
    let description = folder.path().join("described.json");
    if !common::run_peer("describe_folder.py", &[&case, &description]) {
        return;
    }
    let description = std::fs::read_to_string(description).unwrap();
    let files: BTreeMap<String, File> = serde_json::from_str(&description).unwrap();
    assert_eq!(files.len(), 117);
    let mut reader = Reader::new(ReadOptions::default());
    for (name, file) in files {
        let volume = reader.read(&case.join(&name)).unwrap();
        assert_eq!(volume.header().affine(), file.affine, "{name}");
        let runs = volume.runs().unwrap();
        let labels = runs.statistics();
        assert_eq!(labels.iter().map(|label| label.voxels).sum::<u64>(), file.voxels, "{name}");
        let sum = labels.iter().map(|label| label.voxels * u64::from(label.label)).sum::<u64>();
        assert_eq!(sum, file.sum, "{name}");
        let bounds = runs
            .bounds()
            .map(|bounds| std::array::from_fn(|axis| [bounds.start[axis], bounds.end[axis]]));
        assert_eq!(bounds, file.bounds, "{name}");
    }
}

#[test]
fn names_that_totalsegmentator_wrote_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segmentations.nii.gz");
    if !common::run_peer("make_totalsegmentator.py", &[&path]) || !path.exists() {
        return;
    }
    let mut reader = Reader::new(ReadOptions::default());
    let volume = reader.read(&path).unwrap();
    let names: Vec<_> = volume.header().label_names().iter().collect();
    assert_eq!(names, [("spleen", 1), ("liver", 5), ("costal_cartilages", 117)]);
    assert_eq!(labelled(&volume.runs().unwrap()), [[0, 2, 1, 1], [2, 3, 4, 117]]);
    assert_eq!((volume.header().qform_code(), volume.header().sform_code()), (0, 2));
}
