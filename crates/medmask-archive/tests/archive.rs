//! What can be done with an archive on disk, against naive arrays.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, EntryOptions, FileError, Kind,
    ReadAt, WriterOptions, verify,
};
use medmask_core::{Bounds, Dtype, LabelMap, Mask, Run, RunsBuilder, Space, Voxels};
use ndarray::{Array3, s};
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
        let options = EntryOptions { codec, ..EntryOptions::default() };
        writer.add_with(codec.id().name(), &mask(), options).unwrap();
    }
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.kind(), Kind::Archive);
    for codec in codecs {
        let entry = archive.entry(codec.id().name()).unwrap();
        assert_eq!((entry.codec(), entry.dtype()), (Some(codec.id().name()), Dtype::U16));
        assert_eq!(archive.load(entry.name()).unwrap(), mask());
        let counted = balls().iter().filter(|voxel| **voxel == 300).count() as u64;
        let known = entry.labels().nth(1).unwrap();
        assert_eq!((known.name, known.statistics.unwrap().voxels), ("right", counted));
    }
}

#[test]
fn labels_and_regions_are_cut_from_the_whole() {
    let folder = folder();
    let path = with_balls(&folder);
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.load_label("balls", "left").unwrap(), balls().map(|voxel| *voxel == 1));
    assert_eq!(archive.load_label("balls", "right").unwrap(), balls().map(|voxel| *voxel == 300));
    for (start, end) in
        [([0; 3], SHAPE), ([12, 3, 4], [13, 29, 17]), ([20, 10, 9], [31, 12, 10]), ([5; 3], [5; 3])]
    {
        let region = archive.load_region("balls", Bounds { start, end }).unwrap();
        let cut =
            balls().slice(s![start[0]..end[0], start[1]..end[1], start[2]..end[2]]).to_owned();
        assert_eq!(region, Voxels::from(cut), "{start:?} to {end:?}");
    }
    let outside = Bounds { start: [0; 3], end: [41, 1, 1] };
    assert!(matches!(
        archive.load_region("balls", outside),
        Err(ArchiveError::RegionOutside { .. })
    ));
}

/// Counts the bytes that were asked for.
struct Counted {
    bytes: Vec<u8>,
    read: AtomicU64,
}

impl ReadAt for Counted {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        self.bytes.read_at(offset, length)
    }
}

#[test]
fn only_touched_slabs_are_read() {
    let folder = folder();
    let path = folder.path().join("case.mska");
    let mut writer =
        ArchiveWriter::create(&path, mask().space(), WriterOptions::default()).unwrap();
    // Voxels in every slice, uncompressed, so that each slab of 16 slices has the same known size.
    let full =
        Mask::new(Array3::from_elem(SHAPE, true), labels(&[("all", 1)]), mask().space().clone())
            .unwrap();
    let raw = EntryOptions { codec: Codec::Raw, ..EntryOptions::default() };
    writer.add_with("full", &full, raw).unwrap();
    writer.add("balls", &mask()).unwrap();
    writer.finish().unwrap();
    let counted = Counted { bytes: std::fs::read(&path).unwrap(), read: AtomicU64::new(0) };
    let archive = Archive::from_storage(counted, &path).unwrap();
    let counter = |archive: &Archive<Counted>| archive_storage(archive).swap(0, Ordering::Relaxed);
    let opening = counter(&archive);
    let blobs: u64 = archive.entries().map(medmask_archive::Entry::stored_bytes).sum();
    assert!(opening <= archive.file_bytes() - blobs, "opening reads front and index alone");

    let whole = archive.load("full").unwrap();
    assert_eq!(whole, full);
    let all = counter(&archive);
    let (_, stored) = archive.entry("full").unwrap().blob().unwrap();
    assert!(all >= stored && all < stored + 64, "{all} bytes read of a blob of {stored}");

    let slice = Bounds { start: [20, 0, 0], end: [21, 30, 20] };
    assert_eq!(
        archive.load_region("full", slice).unwrap(),
        Voxels::from(Array3::from_elem([1, 30, 20], true))
    );
    let one = counter(&archive);
    // 40 slices in 3 slabs of at most 14 slices, 600 bits each.
    assert!(one <= 14 * 75 + 100, "{one} bytes read for one of 3 slabs in {stored}");
}

fn archive_storage(archive: &Archive<Counted>) -> &AtomicU64 {
    &archive.storage().read
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
    assert_eq!(archive.load("second").unwrap(), renamed);
    assert_eq!((archive.shared_bytes(), archive.dead_bytes()), (0, 0));
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
    let missing = Archive::open(&path).unwrap().load("kidny_left").unwrap_err().to_string();
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
    let strict = WriterOptions { tolerance_mm: 0.01, ..WriterOptions::default() };
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
    assert_eq!(before.load("first").unwrap(), mask());
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
    let options = WriterOptions { overwrite: true, ..WriterOptions::default() };
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
    let raw = EntryOptions { codec: Codec::Raw, ..EntryOptions::default() };
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
        assert!(archive.dead_bytes() <= live + (64 << 10));
    }
    assert!(std::fs::metadata(&path).unwrap().len() < 3 * 48_000 + (64 << 10));
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
    std::fs::File::options().write(true).open(&path).unwrap().set_len(700).unwrap();
    let Err(ArchiveError::Io { source, .. }) = archive.load("balls") else {
        panic!("a chunk is missing")
    };
    assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
#[expect(unsafe_code, reason = "the file is left alone while it is mapped")]
fn a_mapped_archive_is_the_same() {
    let folder = folder();
    let path = with_balls(&folder);
    // SAFETY: nobody else knows of the file.
    let archive = unsafe { Archive::map(&path) }.unwrap();
    assert_eq!(archive.load("balls").unwrap(), mask());
}

#[test]
fn an_array_is_used_again() {
    let folder = folder();
    let path = with_balls(&folder);
    let archive = Archive::open(&path).unwrap();
    let mut array = Array3::from_elem(SHAPE, 9_u32);
    archive.load_into("balls", &mut array).unwrap();
    assert_eq!(array, balls().map(|label| u32::from(*label)));
    let mut turned = Array3::from_elem([SHAPE[2], SHAPE[1], SHAPE[0]], 9_u16).reversed_axes();
    archive.load_into("balls", &mut turned).unwrap();
    assert_eq!(turned, balls());
    let narrow = archive.load_into("balls", &mut Array3::from_elem(SHAPE, 0_u8));
    assert!(matches!(narrow, Err(ArchiveError::TypeTooNarrow { .. })));
    let small = archive.load_into("balls", &mut Array3::from_elem([1; 3], 0_u16));
    assert!(matches!(small, Err(ArchiveError::ShapeMismatch { .. })));
}

#[test]
fn sums_too_large_to_store_are_unknown_and_the_mask_is_whole() {
    // 512 rows from the middle of the longest axis to its end: the indices along it add up to more than 2^64.
    const WIDTH: u32 = i32::MAX as u32;
    let shape = [1, 512, WIDTH as usize];
    let mut runs = RunsBuilder::new(shape);
    (0..512).for_each(|y| runs.push(0, y, Run { start: WIDTH / 2, end: WIDTH, label: 1 }));
    let runs = runs.finish();
    let folder = folder();
    let path = folder.path().join("vast.mska");
    let space = Space::of_shape(shape);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    let (labels, options) = (labels(&[("vast", 1)]), EntryOptions::default());
    writer.add_encoded(EncodedEntry::new("vast", &runs, &labels, &options).unwrap()).unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.load_runs("vast").unwrap(), runs);
    let statistics = archive.entry("vast").unwrap().labels().next().unwrap().statistics.unwrap();
    assert_eq!(statistics.voxels, 512 * u64::from(WIDTH - WIDTH / 2));
    let [z, y, x] = statistics.centroid();
    assert_eq!([z, y], [0.0, 255.5]);
    assert!(x.is_nan());
    assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
}
