//! What can be done with an archive on disk, against naive arrays.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io;
use std::path::PathBuf;

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EntryOptions, FileError, Kind, Ownership,
    WriterOptions,
};
use medmask_core::{Dtype, LabelMap, Mask, Space};
use ndarray::Array3;
use tempfile::TempDir;

const SHAPE: [usize; 3] = [40, 30, 20];

fn labels(names: &[(&str, u32)]) -> LabelMap {
    let mut labels = LabelMap::new();
    for (name, label) in names {
        labels.insert(*name, *label).unwrap();
    }
    labels
}

/// Two balls, labels 1 and 300, the second over the first.
fn balls() -> Array3<u16> {
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let squared = |centre: [f64; 3]| {
            (z as f64 - centre[0]).powi(2)
                + (y as f64 - centre[1]).powi(2)
                + (x as f64 - centre[2]).powi(2)
        };
        match (squared([12.0, 12.0, 9.0]) < 60.0, squared([25.0, 16.0, 10.0]) < 90.0) {
            (_, true) => 300,
            (true, false) => 1,
            _ => 0,
        }
    })
}

fn mask() -> Mask {
    Mask::new(balls(), labels(&[("left", 1), ("right", 300)]), Space::of_shape(SHAPE)).unwrap()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// An archive with the entry `balls`.
fn with_balls(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    writer.add("balls", &mask()).unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn every_codec_gives_back_what_was_added() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    let codecs = [Codec::Raw, Codec::Lz4, Codec::Zstd { level: 3 }, Codec::default()];
    for codec in codecs {
        let options = EntryOptions::new().codec(codec);
        writer.add_with(codec.id().name(), &mask(), options).unwrap();
    }
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.kind(), Kind::Archive);
    for codec in codecs {
        let entry = archive.entry(codec.id().name()).unwrap();
        assert_eq!((entry.codec(), entry.dtype()), (Some(codec.id().name()), Some(Dtype::U16)));
        assert_eq!(archive.get(entry.name()).unwrap().to_mask().unwrap(), mask());
        let counted = balls().iter().filter(|voxel| **voxel == 300).count() as u64;
        let known = entry.labels().nth(1).unwrap();
        assert_eq!(
            (known.name.as_deref(), known.statistics.unwrap().voxels),
            (Some("right"), counted)
        );
    }
}

#[test]
fn equal_voxels_are_stored_once() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    writer.add("first", &mask()).unwrap();
    let renamed =
        Mask::new(balls(), labels(&[("a", 1), ("b", 300)]), mask().space().clone()).unwrap();
    writer.add("second", &renamed).unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    let blob = archive.entry("first").unwrap().blob();
    assert_eq!(blob, archive.entry("second").unwrap().blob());
    assert_eq!(archive.shared_bytes(), blob.unwrap().1);

    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("first").unwrap();
    writer.compact().unwrap();
    drop(writer);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.get("second").unwrap().to_mask().unwrap(), renamed);
    assert_eq!((archive.shared_bytes(), archive.dead_bytes()), (0, 0));
}

#[test]
fn changes_and_compaction_are_one_step() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    for name in ["first", "second", "third"] {
        writer.add(name, &mask()).unwrap();
    }
    writer.finish().unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("first").unwrap();
    writer.rename("second", "new").unwrap();
    let other =
        Mask::new(balls().mapv(|label| label / 300), labels(&[("b", 1)]), mask().space().clone());
    writer.add("fourth", &other.clone().unwrap()).unwrap();
    assert_eq!(writer.compact().unwrap(), Ownership::Kept);
    let names = |archive: &Archive<_>| archive.names().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(writer.archive()), ["third", "new", "fourth"]);
    drop(writer);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["third", "new", "fourth"]);
    assert_eq!((archive.generation(), archive.dead_bytes()), (1, 0));
    assert_eq!(archive.get("fourth").unwrap().to_mask().unwrap(), other.unwrap());
    assert_eq!(archive.get("new").unwrap().to_mask().unwrap(), mask());
}

#[test]
fn names_are_unique_and_suggested() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    writer.add("kidney_left", &mask()).unwrap();
    assert!(matches!(writer.add("kidney_left", &mask()), Err(ArchiveError::EntryExists { .. })));
    for name in ["", "a\nb", "nul\0"] {
        assert!(matches!(writer.add(name, &mask()), Err(ArchiveError::InvalidName { .. })));
    }
    writer.finish().unwrap();
    let missing = Archive::open(&path).unwrap().get("kidny_left").unwrap_err().to_string();
    assert_eq!(missing, "no entry is named \"kidny_left\"; did you mean \"kidney_left\"?");
}

#[test]
fn spaces_are_compared_in_mm() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape(SHAPE);
    let moved = Space::new(SHAPE, space.spacing(), [0.045, 0.0, 0.0], space.direction()).unwrap();
    let writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    assert!((writer.check_space("moved", &moved).unwrap() - 0.045).abs() < 1e-9);
    let strict = WriterOptions::new().tolerance_mm(0.01);
    writer.finish().unwrap();
    let writer = ArchiveWriter::open(&path, strict).unwrap();
    let message = writer.check_space("moved", &moved).unwrap_err().to_string();
    assert!(message.contains("origin") && message.contains("0.045"), "{message}");
}

#[test]
fn one_writer_at_a_time_and_readers_keep_their_state() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    writer.add("first", &mask()).unwrap();
    writer.finish().unwrap();
    let before = Archive::open(&path).unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    assert!(matches!(
        ArchiveWriter::open(&path, WriterOptions::default()),
        Err(ArchiveError::Locked { .. })
    ));
    writer.remove("first").unwrap();
    writer.compact().unwrap();
    assert!(matches!(
        ArchiveWriter::open(&path, WriterOptions::default()),
        Err(ArchiveError::Locked { .. })
    ));
    drop(writer);
    assert_eq!(before.get("first").unwrap().to_mask().unwrap(), mask());
    assert_eq!(Archive::open(&path).unwrap().entries().len(), 0);
    ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
}

#[test]
fn files_are_neither_replaced_nor_left_half_written() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    std::fs::write(&path, "precious").unwrap();
    let refused = ArchiveWriter::create(&path, mask().space(), WriterOptions::default());
    assert!(matches!(refused, Err(ArchiveError::Output(FileError::Exists { .. }))));
    let options = WriterOptions::new().overwrite(true);
    let mut writer = ArchiveWriter::create(&path, mask().space(), options.clone()).unwrap();
    writer.add("first", &mask()).unwrap();
    drop(writer);
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    ArchiveWriter::create(&path, mask().space(), options).unwrap().finish().unwrap();
    assert_eq!(Archive::open(&path).unwrap().entries().len(), 0);
}

#[test]
fn dead_space_is_bounded() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    ArchiveWriter::create(&path, mask().space(), WriterOptions::default())
        .unwrap()
        .finish()
        .unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    let raw = EntryOptions::new().codec(Codec::Raw);
    for _ in 0..40 {
        if writer.archive().entry("balls").is_ok() {
            writer.remove("balls").unwrap();
        }
        // Equal voxels would be found in the dead blob, so each round has other ones.
        let mut voxels = balls();
        voxels[[0, 0, writer.archive().generation() as usize % 20]] = 1;
        voxels[[39, 29, 19]] = 1;
        let mask =
            Mask::new(voxels, labels(&[("left", 1), ("right", 300)]), mask().space().clone())
                .unwrap();
        writer.add_with("balls", &mask, raw.clone()).unwrap();
        writer.commit().unwrap();
        let archive = writer.archive();
        let live = archive.file_bytes() - archive.dead_bytes();
        assert!(archive.dead_bytes() <= live + (16 << 10));
    }
    assert!(std::fs::metadata(&path).unwrap().len() < 3 * 48_000 + (16 << 10));
}

#[test]
fn a_single_mask_file_has_one_entry() {
    let folder = folder();
    let path = folder.path().join("balls.msk");
    let writer = ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    assert!(matches!(writer.finish(), Err(ArchiveError::NotSingle { entries: 0 })));
    assert!(!path.exists());
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    writer.add("balls", &mask()).unwrap();
    writer.finish().unwrap();
    assert_eq!(&std::fs::read(&path).unwrap()[..5], b"MSK1\x02");
    assert_eq!(Archive::open(&path).unwrap().kind(), Kind::SingleMask);
}

#[test]
fn a_file_cut_under_a_reader_is_an_error() {
    let folder = folder();
    let path = with_balls(&folder);
    let archive = Archive::open(&path).unwrap();
    let (offset, length) = archive.entry("balls").unwrap().blob().unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(offset + length - 1).unwrap();
    let Err(ArchiveError::Io { source, .. }) = archive.get("balls").unwrap().to_mask() else {
        panic!("a chunk is missing")
    };
    assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof);
}
