//! One entry, read in every way, against naive dense arrays.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::borrow::Cow;
use std::io;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::{Arc, Mutex};

use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, Codec, EntryOptions, OpenOptions, ReadAt,
    verify, version1,
};
use medmask_core::{Bounds, Dtype, LabelMap, Mask, Run, Runs, RunsBuilder, Sink, Space, Voxels};
use ndarray::{Array3, ArrayView3, s};
use proptest::prelude::*;

const SHAPE: [usize; 3] = [40, 30, 20];
const SPACING: [f64; 3] = [3.0, 0.7, 0.8];

/// Blobs of labels 1, 2 and 300, scattered by `seed`.
fn voxels(seed: u64) -> Array3<u16> {
    let noise = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) % 97;
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        match noise(seed + (z / 7) as u64 * 31 + (y / 5) as u64 * 7 + (x / 6) as u64) {
            0..10 => 1,
            10..14 => 2,
            14..20 => 300,
            _ => 0,
        }
    })
}

fn space() -> Space {
    let direction = [[0.0, 0.0, 1.0], [-0.6, 0.8, 0.0], [0.8, 0.6, 0.0]];
    Space::new(SHAPE, SPACING, [10.0, -20.0, 30.0], direction).unwrap()
}

fn mask(seed: u64) -> Mask {
    let mut labels = LabelMap::new();
    for (name, label) in [("left", 1), ("middle", 2), ("right", 300)] {
        labels.insert(name, label).unwrap();
    }
    Mask::new(voxels(seed), labels, space()).unwrap()
}

/// An archive with the entry `parts`.
fn write(path: &Path, mask: &Mask, codec: Codec) {
    let mut writer = ArchiveWriter::create(path, mask.space(), Default::default()).unwrap();
    let options = EntryOptions::new().codec(codec);
    writer.add_with("parts", mask, options).unwrap();
    writer.finish().unwrap();
}

#[expect(unsafe_code, reason = "the tests' files are left alone while they are mapped")]
fn accesses() -> [OpenOptions; 3] {
    // SAFETY: nobody else knows of the files, and no test changes one that is open in this way.
    let mapped = unsafe { OpenOptions::new().mapped() };
    [OpenOptions::new(), mapped, OpenOptions::new().bytes()]
}

/// What `region` of the naive array holds, of `label` alone where there is one.
fn naive(voxels: &Array3<u16>, region: Bounds, label: Option<u16>) -> Array3<u16> {
    let Bounds { start: a, end: b } = region;
    let cut = voxels.slice(s![a[0]..b[0], a[1]..b[1], a[2]..b[2]]);
    match label {
        Some(label) => cut.mapv(|voxel| u16::from(voxel == label)),
        None => cut.to_owned(),
    }
}

/// Paints rows that it is given into an array.
struct PaintRows(Array3<u16>);

impl Sink for PaintRows {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        for run in runs {
            self.0
                .slice_mut(s![z as usize, y as usize, run.start as usize..run.end as usize])
                .fill(run.label as u16);
        }
        ControlFlow::Continue(())
    }
}

fn check_all<S: ReadAt>(
    archive: &AnyArchive<S>,
    voxels: &Array3<u16>,
    region: Bounds,
    label: Option<u16>,
) {
    let mut reader = archive.get("parts").unwrap().region(region).unwrap();
    if let Some(label) = label {
        let name = reader
            .entry()
            .labels()
            .find(|known| known.number == u32::from(label))
            .unwrap()
            .name
            .unwrap();
        let by_name = reader.label(&*name).unwrap();
        reader = reader.label(u32::from(label)).unwrap();
        assert_eq!(by_name.to_runs().unwrap(), reader.to_runs().unwrap());
    }
    let expected = naive(voxels, region, label);
    assert_eq!(reader.shape(), region.shape());
    assert_eq!(reader.to_runs().unwrap(), Runs::from_array(expected.view()));

    let dense = match label {
        Some(_) => Voxels::from(expected.mapv(|voxel| voxel != 0)),
        None => Voxels::from(expected.clone()),
    };
    assert_eq!(reader.to_voxels().unwrap(), dense);

    let mut painted = PaintRows(Array3::zeros(region.shape()));
    reader.for_each_row(&mut painted).unwrap();
    assert_eq!(painted.0, expected);

    let mut array = Array3::from_elem(region.shape(), 9_u32);
    reader.read_into(&mut array).unwrap();
    assert_eq!(array, expected.mapv(u32::from));
    let [z, y, x] = region.shape();
    let mut turned = Array3::from_elem([x, y, z], 9_u16).reversed_axes();
    reader.read_into(&mut turned).unwrap();
    assert_eq!(turned, expected);

    if region.shape().contains(&0) {
        assert!(matches!(reader.to_mask(), Err(ArchiveError::RegionOutside { .. })));
    } else {
        let mask = reader.to_mask().unwrap();
        assert_eq!((mask.voxels(), mask.space()), (&dense, &space().crop(region).unwrap()));
        let names: Vec<_> = mask.labels().iter().collect();
        match label {
            Some(1) => assert_eq!(names, [("left", 1)]),
            Some(2) => assert_eq!(names, [("middle", 1)]),
            Some(_) => assert_eq!(names, [("right", 1)]),
            None => assert_eq!(names, [("left", 1), ("middle", 2), ("right", 300)]),
        }
    }
}

fn axis(length: usize) -> impl Strategy<Value = Range<usize>> {
    (0..=length, 0..=length).prop_map(|(a, b)| a.min(b)..a.max(b))
}

fn region() -> impl Strategy<Value = Bounds> {
    let any = (axis(SHAPE[0]), axis(SHAPE[1]), axis(SHAPE[2])).prop_map(|(z, y, x)| Bounds {
        start: [z.start, y.start, x.start],
        end: [z.end, y.end, x.end],
    });
    prop_oneof![1 => Just(Bounds::of_shape(SHAPE)), 4 => any]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_combination_gives_the_naive_voxels(
        seed in any::<u32>(),
        codec in prop::sample::select(vec![
            Codec::Raw, Codec::Zstd { level: 3 }, Codec::default(), Codec::Context,
        ]),
        regions in prop::collection::vec((region(), prop::sample::select(vec![
            None, Some(1_u16), Some(2), Some(300),
        ])), 1..6),
    ) {
        let (voxels, mask) = (voxels(seed.into()), mask(seed.into()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.mska");
        write(&path, &mask, codec);
        let old = folder.path().join("old.mska");
        let mut writer = version1::Writer::create(&old, mask.space()).unwrap();
        writer.add("parts", &mask).unwrap();
        writer.finish().unwrap();
        for options in accesses() {
            for path in [&path, &old] {
                let archive = AnyArchive::open_with(path, &options).unwrap();
                for (region, label) in &regions {
                    check_all(&archive, &voxels, *region, *label);
                }
            }
        }
    }
}

/// Notes which ranges were asked for.
struct Noted {
    bytes: Vec<u8>,
    reads: Mutex<Vec<(u64, usize)>>,
}

impl ReadAt for Noted {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.reads.lock().unwrap().push((offset, length));
        self.bytes.read_at(offset, length)
    }
}

/// Voxels in every slice, uncompressed, so that each slab has a known size: 40 slices of 512 bytes in 3 slabs of up to 14.
fn raw_slabs() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut labels = LabelMap::new();
    labels.insert("all", 1).unwrap();
    let shape = [40, 64, 64];
    let full = Mask::new(Array3::from_elem(shape, true), labels, Space::of_shape(shape)).unwrap();
    write(&path, &full, Codec::Raw);
    (folder, path)
}

#[test]
fn a_whole_entry_is_one_read_and_a_slice_its_table_and_its_chunk() {
    let (_folder, path) = raw_slabs();
    let storage = Noted { bytes: std::fs::read(&path).unwrap(), reads: Mutex::default() };
    let archive = Archive::from_storage(storage, &path).unwrap();
    let reads = || std::mem::take(&mut *archive.storage().reads.lock().unwrap());
    let (blob, length) = archive.entry("parts").unwrap().blob().unwrap();
    let opening: usize = reads().iter().map(|(_, length)| length).sum();
    assert!(opening as u64 <= archive.file_bytes() - length, "opening reads front and index alone");

    let full = archive.get("parts").unwrap();
    let whole = vec![(blob, length as usize)];
    assert!(full.to_mask().unwrap().to_binary().iter().all(|voxel| *voxel));
    assert_eq!(reads(), whole);
    assert_eq!(full.to_runs().unwrap().voxel_count(), 40 * 64 * 64);
    assert_eq!(reads(), whole);
    full.read_into(&mut Array3::<u8>::zeros([40, 64, 64])).unwrap();
    assert_eq!(reads(), whole);
    assert_eq!(full.label("all").unwrap().to_runs().unwrap().voxel_count(), 40 * 64 * 64);
    assert_eq!(reads(), whole);

    let slice = full.region(Bounds { start: [20, 0, 0], end: [21, 64, 64] }).unwrap();
    assert_eq!(slice.to_runs().unwrap().voxel_count(), 64 * 64);
    // The second slab, slices 14 to 27; the table before the chunks came with the first 4 KiB.
    let header = length - 40 * 512;
    assert_eq!(reads(), [(blob, 4096), (blob + header + 14 * 512, 14 * 512)]);
    let first = full.region(Bounds { start: [13, 0, 0], end: [15, 64, 64] }).unwrap();
    assert_eq!(first.to_voxels().unwrap().labels(), [1]);
    assert_eq!(reads(), [(blob, 4096), (blob + header, 28 * 512)], "two slabs side by side");
}

#[test]
fn a_label_takes_the_chunks_of_its_slices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let shape = [64, 30, 40];
    // Three labels, one above the other, in four chunks of 16 slices; only the highest reaches the fourth.
    let voxels = Array3::from_shape_fn(shape, |(z, y, x)| match z {
        0..20 => 1_u16,
        20..40 if y > 3 && x > 5 => 2,
        40.. => 3,
        _ => 0,
    });
    let mut labels = LabelMap::new();
    for (name, label) in [("low", 1), ("middle", 2), ("high", 3)] {
        labels.insert(name, label).unwrap();
    }
    let mask = Mask::new(voxels.clone(), labels, Space::of_shape(shape)).unwrap();
    write(&path, &mask, Codec::Raw);
    let mut bytes = std::fs::read(&path).unwrap();
    let archive = Archive::open(&path).unwrap();
    let (offset, length) = archive.entry("parts").unwrap().blob().unwrap();
    // The last voxel is wrong: chunks that nobody wants are not checked.
    bytes[(offset + length) as usize - 1] ^= 1;
    let archive = Archive::from_storage(&bytes[..], &path).unwrap();
    let parts = archive.get("parts").unwrap();
    assert!(parts.to_voxels().is_err());
    for (label, number) in [("low", 1), ("middle", 2)] {
        let one = archive.get("parts").unwrap().label(label).unwrap();
        let expected = Voxels::from(voxels.mapv(|voxel| voxel == number));
        assert!(one.to_voxels().unwrap() == expected);
        assert!(one.to_runs().unwrap().to_voxels(Dtype::Bool) == expected);
    }
    assert!(archive.get("parts").unwrap().label("high").unwrap().to_voxels().is_err());
    // A region without the label takes nothing at all.
    let region = Bounds { start: [50, 0, 0], end: [64, 30, 40] };
    let none = archive.get("parts").unwrap().label("middle").unwrap().region(region).unwrap();
    assert!(none.to_voxels().unwrap().labels().is_empty());
}

#[test]
fn every_kind_of_pointer_to_a_storage_is_a_storage() {
    let (_folder, path) = raw_slabs();
    let bytes = std::fs::read(&path).unwrap();
    fn count<S: ReadAt>(storage: S) -> u64 {
        let archive = AnyArchive::from_storage(storage, "case.mska").unwrap();
        archive.get("parts").unwrap().to_runs().unwrap().voxel_count()
    }
    let counts = [
        count(bytes.clone()),
        count(&bytes),
        count(bytes.as_slice()),
        count(Box::new(bytes.clone()) as Box<dyn ReadAt>),
        count(Arc::new(bytes.clone()) as Arc<dyn ReadAt>),
        count(&(Arc::new(bytes) as Arc<dyn ReadAt>)),
        count(std::fs::File::open(&path).unwrap()),
    ];
    assert_eq!(counts, [40 * 64 * 64; 7]);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &mask(1), Codec::default());
    for options in accesses() {
        let archive = Archive::open_with(&path, &options).unwrap();
        let parts = archive.get("parts").unwrap();
        assert_eq!(parts.entry().dtype(), Some(Dtype::U16));
        let outside = parts.region(Bounds { start: [0; 3], end: [41, 1, 1] });
        assert!(matches!(outside, Err(ArchiveError::RegionOutside { .. })));
        let unknown = parts.label("rihgt").unwrap_err().to_string();
        assert_eq!(unknown, "entry \"parts\" has no label \"rihgt\"; did you mean \"right\"?");
        assert!(matches!(parts.label(7), Err(ArchiveError::LabelNotFound { .. })));
        assert!(matches!(parts.label(0), Err(ArchiveError::LabelNotFound { .. })));
        let narrow = parts.read_into(&mut Array3::from_elem(SHAPE, 0_u8));
        assert!(matches!(narrow, Err(ArchiveError::TypeTooNarrow { .. })));
        parts.label(300).unwrap().read_into(&mut Array3::from_elem(SHAPE, 0_u8)).unwrap();
        let small = parts.read_into(&mut Array3::from_elem([1; 3], 0_u16));
        assert!(matches!(small, Err(ArchiveError::ShapeMismatch { .. })));
    }
}

/// Takes two rows and no more.
#[derive(Default)]
struct TwoRows(Vec<(u32, u32)>);

impl Sink for TwoRows {
    fn row(&mut self, z: u32, y: u32, _: &[Run]) -> ControlFlow<()> {
        self.0.push((z, y));
        if self.0.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn a_sink_that_breaks_off_gets_no_more_rows() {
    let (folder, path) = raw_slabs();
    let old = folder.path().join("old.mska");
    let full = Archive::open(&path).unwrap().get("parts").unwrap().to_mask().unwrap();
    let mut writer = version1::Writer::create(&old, full.space()).unwrap();
    writer.add("parts", &full).unwrap();
    writer.finish().unwrap();
    for path in [path, old] {
        let archive = AnyArchive::open(&path).unwrap();
        let mut rows = TwoRows::default();
        archive.get("parts").unwrap().for_each_row(&mut rows).unwrap();
        assert_eq!(rows.0, [(0, 0), (0, 1)]);
    }
}

#[test]
fn a_view_of_a_larger_array_is_filled_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &mask(5), Codec::default());
    let archive = Archive::open(&path).unwrap();
    let mut larger = Array3::from_elem([SHAPE[0] + 2, SHAPE[1], SHAPE[2] + 3], 9_u16);
    archive.get("parts").unwrap().read_into(larger.slice_mut(s![1..41, .., 2..22])).unwrap();
    let part: ArrayView3<'_, u16> = larger.slice(s![1..41, .., 2..22]);
    assert_eq!(part, voxels(5));
    let rest = larger.len() - part.len();
    assert_eq!(larger.iter().filter(|voxel| **voxel == 9).count(), rest);
}

#[test]
fn of_zeros_only_labelled_voxels_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &mask(5), Codec::default());
    let archive = Archive::open(&path).unwrap();
    let mut zeros = Array3::<u16>::zeros(SHAPE);
    archive.get("parts").unwrap().read_into_zeros(&mut zeros).unwrap();
    assert_eq!(zeros, voxels(5));
    // What is no zero shows which voxels were written.
    let mut array = Array3::from_elem(SHAPE, 9_u16);
    archive.get("parts").unwrap().read_into_zeros(&mut array).unwrap();
    assert_eq!(array, voxels(5).mapv(|label| if label == 0 { 9 } else { label }));
}

#[test]
fn sums_too_large_to_store_are_unknown_and_the_mask_is_whole() {
    // 512 rows from the middle of the longest axis to its end: the indices along it add up to more than 2^64.
    const WIDTH: u32 = i32::MAX as u32;
    let shape = [1, 512, WIDTH as usize];
    let mut runs = RunsBuilder::new(shape);
    (0..512).for_each(|y| runs.push(0, y, Run { start: WIDTH / 2, end: WIDTH, label: 1 }));
    let runs = runs.finish();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vast.mska");
    let space = Space::of_shape(shape);
    let mut writer = ArchiveWriter::create(&path, &space, Default::default()).unwrap();
    let (mut labels, options) = (LabelMap::new(), EntryOptions::new());
    labels.insert("vast", 1).unwrap();
    writer.add_runs("vast", &runs, &labels, &options).unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.get("vast").unwrap().to_runs().unwrap(), runs);
    let statistics = archive.entry("vast").unwrap().labels().next().unwrap().statistics.unwrap();
    assert_eq!(statistics.voxels, 512 * u64::from(WIDTH - WIDTH / 2));
    let [z, y, x] = statistics.centroid();
    assert_eq!([z, y], [0.0, 255.5]);
    assert!(x.is_nan());
    assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
}
