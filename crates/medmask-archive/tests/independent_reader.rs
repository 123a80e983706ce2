//! A reader in Python that was written from SPEC.md alone finds in files what this crate finds.
//!
//! Runs where `MEDMASK_PYTHON` names a Python that has the package zstandard.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use medmask_archive::{Archive, ArchiveWriter, Codec, EntryOptions, Layers, WriterOptions};
use medmask_core::{LabelMap, Mask, Space, Voxels};
use medmask_format::blob::BlobHeader;
use medmask_format::codec::{CodecId, Entropy};
use ndarray::Array3;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use common::trailer_of;

const SHAPE: [usize; 3] = [40, 22, 27];

fn python() -> Option<String> {
    let python = std::env::var("MEDMASK_PYTHON").ok();
    if python.is_none() {
        println!("skipped: MEDMASK_PYTHON not set");
    }
    python
}

fn golden_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/version2")
}

/// What the reader prints, or its complaint; and its warnings.
fn read(python: &str, path: &Path) -> (Result<Value, String>, String) {
    let script = "../medmask-format/tests/peers/read_medmask.py";
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = Command::new(python).arg("-B").arg(script).arg(path).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(0) => (Ok(serde_json::from_slice(&output.stdout).unwrap()), errors),
        Some(1) => (Err(errors.lines().last().unwrap().to_owned()), errors),
        other => panic!("{other:?}: {errors}"),
    }
}

fn digest(voxels: &Voxels) -> String {
    let mut hasher = Sha256::new();
    medmask_core::with_voxels!(voxels, array => {
        for voxel in array {
            hasher.update(medmask_core::Voxel::to_label(*voxel).to_le_bytes());
        }
    });
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Statistics that the index has or leaves out, as the reader prints those that it counts itself.
fn statistics(archive: &Archive, name: &str) -> Value {
    let labels = archive.get(name).unwrap().counted_labels().unwrap();
    let known = labels.into_iter().filter_map(|label| label.statistics);
    let mut known: Vec<_> = known
        .map(|known| {
            let bounds = [0, 1, 2].map(|axis| [known.bounds.start[axis], known.bounds.end[axis]]);
            let sums = known.sums;
            json!({"label": known.label, "voxels": known.voxels, "bounds": bounds, "sums": sums})
        })
        .collect();
    known.sort_by_key(|known| known["label"].as_u64());
    Value::from(known)
}

fn assert_same(found: &Value, archive: &Archive) {
    let space = archive.space();
    assert_eq!(found["shape"], json!(space.shape()));
    assert_eq!(found["spacing"], json!(space.spacing()));
    assert_eq!(found["origin"], json!(space.origin()));
    assert_eq!(found["direction"], json!(space.direction()));
    assert_eq!(found["metadata"], json!(archive.metadata().unwrap()));
    let entries = found["entries"].as_array().unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names, archive.entries().map(medmask_archive::Entry::name).collect::<Vec<_>>());
    for (entry, name) in entries.iter().zip(names) {
        let mask = archive.get(name).unwrap().to_mask().unwrap();
        assert_eq!(entry["sha256_of_uint32_zyx"], digest(mask.voxels()), "{name}");
        assert_eq!(entry["labels_counted"], statistics(archive, name), "{name}");
        let known = archive.entry(name).unwrap();
        let metadata = entry["metadata"].as_object().cloned().unwrap_or_default();
        assert_eq!(metadata, known.metadata().unwrap(), "{name}");
        let labels = known.labels().map(|label| (label.name.unwrap(), label.number));
        let listed = entry["labels"].as_array().unwrap().iter();
        let listed = listed.map(|l| (l["name"].as_str().unwrap(), l["label"].as_u64().unwrap()));
        let listed = listed.map(|(name, label)| (name.into(), u32::try_from(label).unwrap()));
        assert!(listed.eq(labels), "{name}");
    }
}

#[test]
fn golden_files_hold_what_was_packed() {
    let Some(python) = python() else { return };
    let expected = fs::read(golden_folder().join("expected.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for (file, entries) in expected["files"].as_object().unwrap() {
        let path = golden_folder().join(file);
        let found = read(&python, &path).0.unwrap();
        let number = |value: &Value| value.as_f64().unwrap();
        for (row, known) in expected["affine_ras_xyz"].as_array().unwrap()[..3].iter().enumerate() {
            // World LPS+ and axes (z, y, x) become RAS+ and (x, y, z).
            let sign = if row < 2 { -1.0 } else { 1.0 };
            for axis in 0..3 {
                let step = number(&found["spacing"][axis]) * number(&found["direction"][axis][row]);
                assert!(
                    (sign * step - number(&known[2 - axis])).abs() < 1e-5,
                    "{}",
                    path.display()
                );
            }
            let origin = sign * number(&found["origin"][row]);
            assert!((origin - number(&known[3])).abs() < 1e-5, "{}", path.display());
        }
        let found_entries = found["entries"].as_array().unwrap();
        assert_eq!(found_entries.len(), entries.as_object().unwrap().len());
        for (entry, (name, mask)) in found_entries.iter().zip(entries.as_object().unwrap()) {
            let what = format!("{name} in {file}");
            assert_eq!(entry["name"], *name);
            let known = &expected["masks"][mask.as_str().unwrap()];
            assert_eq!(found["shape"], known["shape"], "{what}");
            assert_eq!(entry["sha256_of_uint32_zyx"], known["sha256_of_uint32_zyx"], "{what}");
            assert_eq!(entry["labels_counted"], known["labels"], "{what}");
        }
        assert_same(&found, &Archive::open(&path).unwrap());
    }
}

fn codecs() -> Vec<(&'static str, Codec)> {
    vec![
        ("raw", Codec::Raw),
        ("lz4", Codec::Lz4),
        ("zstd", Codec::Zstd { level: 9 }),
        ("streams", Codec::Runs { entropy: Entropy::None }),
        ("streams lz4", Codec::Runs { entropy: Entropy::Lz4 }),
        ("streams zstd", Codec::Runs { entropy: Entropy::Zstd { level: 9 } }),
        ("transitions", Codec::Transitions),
        ("context", Codec::Context),
    ]
}

fn hashed(number: usize) -> u32 {
    let number = (number as u32).wrapping_mul(0x9E37_79B1);
    (number ^ (number >> 15)).wrapping_mul(0x85EB_CA77) >> 8
}

/// Cells around random centres, some of them background: many labels that meet and end.
fn cells(cells: usize, seed: usize, label: fn(usize) -> u32) -> Array3<u32> {
    let centres: Vec<_> = (0..cells)
        .map(|cell| [0, 1, 2].map(|axis| hashed(seed + 3 * cell + axis) as usize % SHAPE[axis]))
        .collect();
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let distance = |centre: &[usize; 3]| {
            let [a, b, c] = [z.abs_diff(centre[0]), y.abs_diff(centre[1]), x.abs_diff(centre[2])];
            a * a + b * b + c * c
        };
        let cell = (0..cells).min_by_key(|cell| distance(&centres[*cell])).unwrap();
        if distance(&centres[cell]) > 90 || cell % 4 == 0 { 0 } else { label(cell) }
    })
}

/// Cells with single voxels of other labels strewn in.
fn speckled(seed: usize) -> Array3<u32> {
    let mut voxels = cells(40, seed, |cell| cell as u32);
    for (i, voxel) in voxels.iter_mut().enumerate() {
        let number = hashed(seed + i);
        if number.is_multiple_of(31) {
            *voxel = number / 31 % 41;
        }
    }
    voxels
}

/// Single voxels of five labels in the background, which no shape foretells.
fn strewn(seed: usize) -> Array3<u8> {
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let number = hashed(seed + (z * SHAPE[1] + y) * SHAPE[2] + x);
        if number.is_multiple_of(6) { (number / 6 % 5 + 1) as u8 } else { 0 }
    })
}

/// Blocks of 8 voxels in any of 20 labels, so that many labels meet at each voxel.
fn blocks(seed: usize) -> Array3<u16> {
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let block = (z / 2 * SHAPE[1] + y / 2) * SHAPE[2] + x / 2;
        (hashed(seed + block) % 20 * 3000) as u16
    })
}

/// Masks of every voxel type; each call makes others.
fn masks(seed: usize) -> Vec<(&'static str, Voxels)> {
    let narrow = |voxels: Array3<u32>| voxels.mapv(|label| u8::try_from(label).unwrap());
    vec![
        ("one", cells(30, seed, |_| 1).mapv(|label| label > 0).into()),
        ("specks", cells(9, seed, |_| 1).mapv(|label| label > 0).into()),
        ("cells", narrow(cells(60, seed, |cell| cell as u32)).into()),
        ("grains", cells(400, seed, |cell| cell as u32).mapv(|cell| cell as u16).into()),
        ("speckled", narrow(speckled(seed)).into()),
        (
            "noise",
            Array3::from_shape_fn(SHAPE, |(z, y, x)| {
                hashed(seed + (z * 22 + y) * 27 + x).is_multiple_of(3)
            })
            .into(),
        ),
        ("strewn", strewn(seed).into()),
        ("large", cells(50, seed, |cell| 100_000_007 * (cell as u32 % 40 + 1)).into()),
        ("blocks", blocks(seed).into()),
    ]
}

fn mask(voxels: Voxels, space: &Space) -> Mask {
    let mut found = std::collections::BTreeSet::new();
    medmask_core::with_voxels!(&voxels, array => {
        found.extend(array.iter().map(|voxel| medmask_core::Voxel::to_label(*voxel)));
    });
    let mut labels = LabelMap::new();
    for label in found.into_iter().filter(|label| *label > 0) {
        labels.insert(format!("Größe {label}"), label).unwrap();
    }
    medmask_core::with_voxels!(voxels, array => Mask::new(array, labels, space.clone()).unwrap())
}

/// An archive with every codec and voxel type, written in many commits, with entries taken away again.
fn appended(path: &Path) {
    let direction = [[0.0, 0.0, 1.0], [0.6, 0.8, 0.0], [0.8, -0.6, 0.0]];
    let space = Space::new(SHAPE, [2.5, 0.7, 0.7], [-10.5, 1e-3, 300.0], direction).unwrap();
    let writer = ArchiveWriter::create(path, &space, WriterOptions::default()).unwrap();
    writer.finish().unwrap();
    let mut writer = ArchiveWriter::open(path, WriterOptions::default()).unwrap();
    writer
        .set_metadata(json!({"study": "größer", "number": u64::MAX}).as_object().unwrap())
        .unwrap();
    for (seed, (codec_name, codec)) in codecs().into_iter().enumerate() {
        for (number, (name, voxels)) in masks(1000 * seed).into_iter().enumerate() {
            // Of one record some entries share theirs, and of the next one others.
            let metadata = json!({"from": (seed + number) / 2 % 3});
            let metadata = metadata.as_object().unwrap().clone();
            let options = EntryOptions::new().codec(codec).metadata(metadata);
            writer
                .add_with(&format!("{name} {codec_name}"), &mask(voxels, &space), options)
                .unwrap();
            if name != "cells" {
                writer.commit().unwrap();
            }
        }
        writer.remove(&format!("specks {codec_name}")).unwrap();
    }
    writer.add("again", &mask(masks(0).remove(2).1, &space)).unwrap();
    writer.add("empty", &mask(Array3::from_elem(SHAPE, false).into(), &space)).unwrap();
    writer.commit().unwrap();
    writer.remove("one raw").unwrap();
    writer.commit().unwrap();
}

#[test]
fn an_appended_archive_is_read_alike() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("appended.mska");
    appended(&path);
    let (found, warnings) = read(&python, &path);
    assert_same(&found.unwrap(), &Archive::open(&path).unwrap());
    assert_eq!(warnings, "");
}

#[test]
fn tiles_are_read_alike() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.mska");
    // Slanted blocks of labels at random, so that a slice takes long enough to be cut.
    let shape = [1, 256, 290];
    let voxels = Array3::from_shape_fn(shape, |(_, y, x)| {
        (hashed((y + x / 7) / 6 * 97 + (x + y / 3) / 6) % 5 * 90) as u16
    });
    let space = Space::of_shape(shape);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    let options = EntryOptions::new().codec(Codec::Context);
    writer.add_with("blocks", &mask(voxels.clone().into(), &space), options).unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert!(archive.get("blocks").unwrap().to_voxels().unwrap() == Voxels::from(voxels));
    let (offset, length) = archive.entry("blocks").unwrap().blob().unwrap();
    let blob = &fs::read(&path).unwrap()[offset as usize..][..length as usize];
    let (header, _) = BlobHeader::parse(blob, offset).unwrap();
    assert_eq!(header.chunks[0].codec, CodecId::Tiles as u8);
    let (found, warnings) = read(&python, &path);
    assert_same(&found.unwrap(), &archive);
    assert_eq!(warnings, "");
}

#[test]
fn layers_are_read_alike() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layers.mska");
    let space = Space::of_shape(SHAPE);
    let options = WriterOptions::default().layers(Some(Layers::Always));
    let mut writer = ArchiveWriter::create(&path, &space, options).unwrap();
    // Cells touch and do not overlap; those of the second seed overlap those of the first.
    for (codec, seed) in [(Codec::Transitions, 3), (Codec::Context, 3), (Codec::Transitions, 4)] {
        let cells = mask(cells(14, seed, |cell| cell as u32 % 7 * 40).into(), &space).to_runs();
        for (label, runs) in cells.split() {
            let name = format!("{label} of {seed} {codec:?}");
            let mut labels = LabelMap::new();
            labels.insert("absent", 3).unwrap();
            labels.insert(name.clone(), label).unwrap();
            let options = EntryOptions::new().codec(codec);
            writer.add_runs(&name, &runs.relabel(|_| label), &labels, &options).unwrap();
        }
    }
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    let blobs: HashSet<_> = archive.entries().filter_map(medmask_archive::Entry::blob).collect();
    assert!(blobs.len() < 8 && archive.entries().len() > 12, "{} blobs", blobs.len());
    drop(archive);
    let (found, warnings) = read(&python, &path);
    assert_same(&found.unwrap(), &Archive::open(&path).unwrap());
    assert_eq!(warnings, "");
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("40 of 3 Context").unwrap();
    writer.rename("80 of 3 Context", "another").unwrap();
    writer.commit().unwrap();
    drop(writer);
    let (found, warnings) = read(&python, &path);
    assert_same(&found.unwrap(), &Archive::open(&path).unwrap());
    assert_eq!(warnings, "");
}

#[test]
fn damage_is_found_and_named() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.mska");
    let bytes = fs::read(golden_folder().join("runs.mska")).unwrap();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 16;
        fs::write(&path, bytes).unwrap();
        read(&python, &path).0.unwrap_err()
    };
    let archive = Archive::open(golden_folder().join("runs.mska")).unwrap();
    for entry in archive.entries() {
        let Some((offset, length)) = entry.blob() else { continue };
        let [start, end] = [offset, offset + length].map(|n| usize::try_from(n).unwrap());
        assert!(flipped(end - 1).contains("chunk at offset"), "{}", entry.name());
        assert!(flipped(start + 13).contains("blob header at offset"), "{}", entry.name());
    }
    assert!(flipped(usize::from(bytes[6]) + 12).contains("index record at offset"));
    let (copy, trailer) = (trailer_of(&bytes) - 6, bytes.len() - 1);
    assert!(flipped(copy).contains("index record at offset"));
    assert!(flipped(trailer).contains("another trailer"));
    // Front and slot have a copy.
    for (at, warning) in [(110, "read by its trailer"), (20, "is known by its trailer")] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 16;
        fs::write(&path, bytes).unwrap();
        let (found, warnings) = read(&python, &path);
        assert_same(&found.unwrap(), &archive);
        assert!(warnings.contains(warning), "{warnings}");
    }
}

#[test]
fn the_other_slot_is_read_where_the_newest_state_is_damaged() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    writer.add("old", &mask(masks(7).remove(0).1, &space)).unwrap();
    writer.finish().unwrap();
    let before = Archive::open(&path).unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.add("new", &mask(masks(7).remove(1).1, &space)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let mut bytes = fs::read(&path).unwrap();
    // The last byte of the newest index record.
    let record = trailer_of(&bytes) - 1;
    bytes[record] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (found, warnings) = read(&python, &path);
    assert_same(&found.unwrap(), &before);
    assert!(warnings.contains("the newest state is not whole"), "{warnings}");
}
