//! Files that tools write, damage or misread: each is read as nibabel and SimpleITK do, or refused with the
//! field, the value and the option that decides. The files come from tests/peers/make_traps.py.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use medmask_nifti::{ReadOptions, Reader, Volume};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    options: Options,
    /// Labelled voxels: z, y, x, label.
    voxels: Option<Vec<[u32; 4]>>,
    /// As `common::corners`, by the peer in `corners_by`.
    corners: Option<Vec<[f64; 3]>>,
    corners_by: Option<String>,
    tolerance_mm: Option<f64>,
    /// Words of the message.
    refused: Option<Vec<String>>,
    when: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    dtype: Option<String>,
    names: Option<BTreeMap<u32, String>>,
}

#[derive(Deserialize)]
struct Options {
    volume: Option<usize>,
    form: Option<String>,
    assume_affine: Option<String>,
}

impl Options {
    fn read_options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        options.volume = self.volume;
        options.form =
            self.form.as_ref().map_or_else(Default::default, |form| form.parse().unwrap());
        options.assume_affine = self.assume_affine.as_ref().map(|choice| choice.parse().unwrap());
        options
    }
}

fn check_folder(folder: &Path) {
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_str(&expected).unwrap();
    assert!(expected.cases.len() >= 100);
    let failures: Vec<String> =
        expected.cases.iter().flat_map(|case| check(folder, case)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with a case.
fn check(folder: &Path, case: &Case) -> Option<String> {
    let path = folder.join(&case.file);
    let mut reader = Reader::new(case.options.read_options());
    let read = reader.read(&path);
    let failure = match (&case.refused, read) {
        (Some(words), read) => {
            let message = match (case.when.as_deref(), read) {
                (Some("voxels"), Ok(volume)) => {
                    let problem = volume.voxels().err()?.to_string();
                    assert_eq!(volume.runs().unwrap_err().to_string(), problem);
                    problem
                }
                (_, Err(error)) => error.to_string(),
                (_, Ok(_)) => return Some(format!("{}: not refused", case.file)),
            };
            let missing: Vec<_> = words.iter().filter(|word| !message.contains(*word)).collect();
            (!missing.is_empty()).then(|| format!("{message:?} lacks {missing:?}"))
        }
        (None, Err(error)) => Some(format!("refused: {error}")),
        (None, Ok(volume)) => check_volume(case, &volume).err(),
    };
    failure.map(|failure| format!("{} {:?}: {failure}", case.file, case.options.form))
}

fn check_volume(case: &Case, volume: &Volume<'_>) -> Result<(), String> {
    let voxels = volume.voxels().map_err(|error| error.to_string())?;
    let [depth, height, width] = voxels.shape();
    let mut labelled = Vec::new();
    for at in ndarray::indices([depth, height, width]) {
        let (z, y, x) = at;
        match voxels.get(at.into()).unwrap() {
            0 => {}
            label => labelled.push([z as u32, y as u32, x as u32, label]),
        }
    }
    let equal = |what: &str, same: bool| if same { Ok(()) } else { Err(what.to_owned()) };
    equal("voxels", Some(&labelled) == case.voxels.as_ref())?;
    let runs = volume.runs().map_err(|error| error.to_string())?;
    equal("runs", runs == medmask_core::Runs::from_voxels(&voxels))?;
    if let Some(dtype) = &case.dtype {
        equal("dtype", voxels.dtype().name() == dtype)?;
    }
    let header = volume.header();
    if let Some(corners) = &case.corners {
        let mm = common::largest_distance(&common::corners(header.space()), corners);
        if mm > case.tolerance_mm.unwrap_or_default() {
            return Err(format!("a corner is {mm} mm off {:?}", case.corners_by));
        }
    }
    let notes: Vec<String> = header.notes().iter().map(ToString::to_string).collect();
    let noted = notes.iter().zip(&case.notes).all(|(note, words)| note.contains(words));
    equal(&format!("notes {notes:?}"), noted && notes.len() == case.notes.len())?;
    let names: BTreeMap<u32, String> =
        header.label_names().iter().map(|(name, label)| (label, name.to_owned())).collect();
    equal(&format!("names {names:?}"), names == case.names.clone().unwrap_or_default())
}

#[test]
fn committed_files_are_read_as_the_peers_do() {
    check_folder(&common::workspace().join("testdata/nifti"));
}

#[test]
fn fresh_files_are_read_as_the_peers_do() {
    let folder = tempfile::tempdir().unwrap();
    if common::run_peer("make_traps.py", &[folder.path()]) {
        check_folder(folder.path());
    }
}
