//! Archives: open, read one entry, read all, one slice, queries, write; at once and at eight times the voxels.
//!
//! Throughput counts the voxels of the grid. A cost that grows with the volume gives the same rate at both sizes; one that grows
//! with the surface gives about twice the rate at the larger. Reading dense arrays lies between: decoding grows with the surface,
//! taking memory from the system with the pages that labelled rows touch.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::path::PathBuf;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use medmask::OpenOptions;
use medmask::medmask_core::{Bounds, Run, RunsBuilder};
use medmask::{Archive, ArchiveWriter, CodecChoice, EntryOptions, LabelMap, Mask, Runs, Space};
use medmask_benches::{Case, options_of_writer};
use tempfile::TempDir;

const CODECS: [&str; 3] = ["transitions", "runs", "context"];

/// A case in memory and as archives.
struct Prepared {
    size: &'static str,
    case: Case,
    merged: Mask,
    folder: TempDir,
}

impl Prepared {
    fn new(size: &'static str, case: Case) -> Self {
        let merged = case.merged().unwrap();
        let prepared = Self { size, case, merged, folder: tempfile::tempdir().unwrap() };
        for name in CODECS {
            let CodecChoice(codec) = name.parse().unwrap();
            prepared.case.write(&prepared.masks(name), codec).unwrap();
            let options = EntryOptions::new().codec(codec);
            let path = prepared.merged_path(name);
            let mut writer =
                ArchiveWriter::create(path, &prepared.case.space, options_of_writer()).unwrap();
            writer.add_with("merged", &prepared.merged, options).unwrap();
            writer.finish().unwrap();
        }
        prepared
    }

    fn masks(&self, codec: &str) -> PathBuf {
        self.folder.path().join(format!("masks-{codec}.mska"))
    }

    fn merged_path(&self, codec: &str) -> PathBuf {
        self.folder.path().join(format!("merged-{codec}.msk"))
    }

    /// Voxels of the grid.
    fn voxels(&self) -> u64 {
        self.case.space.shape().iter().map(|axis| *axis as u64).product()
    }
}

/// Every group at both sizes.
fn all(criterion: &mut Criterion) {
    let case = Case::load().unwrap();
    let larger = case.doubled().unwrap();
    let sizes = [Prepared::new("1x", case), Prepared::new("8x", larger)];
    open(&mut group(criterion, "open"), &sizes);
    read_one(&mut group(criterion, "read_one"), &sizes);
    read_all(&mut group(criterion, "read_all"), &sizes);
    one_slice(&mut group(criterion, "one_slice"), &sizes);
    access(&mut group(criterion, "access"), &sizes);
    query(&mut group(criterion, "query"), &sizes);
    write(&mut group(criterion, "write"), &sizes);
    open_many_labels(&mut group(criterion, "open_many_labels"));
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    group
}

fn each(sizes: &[Prepared]) -> impl Iterator<Item = (&Prepared, &'static str, BenchmarkId)> {
    sizes
        .iter()
        .flat_map(|size| CODECS.map(|codec| (size, codec, BenchmarkId::new(codec, size.size))))
}

fn open(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    for (size, codec, id) in each(sizes) {
        group.throughput(Throughput::Elements(size.case.masks.len() as u64));
        let path = size.masks(codec);
        group.bench_function(id, |bencher| bencher.iter(|| Archive::open(&path).unwrap()));
    }
}

/// One entry of as many labels as an atlas in small parcels has: without names of their own, with names that count, and with
/// others.
fn open_many_labels(group: &mut BenchmarkGroup<'_, WallTime>) {
    const LABELS: u32 = 70_000;
    type NameOf = fn(u32) -> String;
    let folder = tempfile::tempdir().unwrap();
    let runs = parcels(LABELS);
    let names: [(&str, NameOf); 3] = [
        ("made", |label| format!("label_{label}")),
        ("counted", |label| format!("parcel no. {label}")),
        ("mixed", |label| format!("parcel {:x}", label.wrapping_mul(2_654_435_761))),
    ];
    for (id, name_of) in names {
        let path = folder.path().join(id);
        let mut labels = LabelMap::new();
        for label in 1..=LABELS {
            labels.insert(name_of(label), label).unwrap();
        }
        let space = Space::of_shape(runs.shape());
        let mut writer = ArchiveWriter::create(&path, &space, options_of_writer()).unwrap();
        writer.add_runs("parcels", &runs, &labels, &EntryOptions::new()).unwrap();
        writer.finish().unwrap();
        group.throughput(Throughput::Elements(LABELS.into()));
        group.bench_function(id, |bencher| bencher.iter(|| Archive::open(&path).unwrap()));
    }
}

/// Boxes of 4 x 4 x 4 voxels, each of a label of its own.
fn parcels(labels: u32) -> Runs {
    const SIDE: u32 = 4;
    let shape = [35, 40, 50].map(|axis: u32| axis * SIDE);
    let mut builder = RunsBuilder::new(shape.map(|axis| axis as usize));
    for (z, y) in (0..shape[0]).flat_map(|z| (0..shape[1]).map(move |y| (z, y))) {
        for x in 0..shape[2] / SIDE {
            let label = (z / SIDE * 40 + y / SIDE) * 50 + x + 1;
            assert!(label <= labels);
            builder.push(z, y, Run { start: x * SIDE, end: (x + 1) * SIDE, label });
        }
    }
    builder.finish()
}

fn read_one(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    for (size, codec, id) in each(sizes) {
        group.throughput(Throughput::Elements(size.voxels()));
        let archive = Archive::open(size.masks(codec)).unwrap();
        let (name, _) = size.case.largest().unwrap();
        group.bench_function(id, |bencher| {
            bencher.iter(|| archive.get(name).unwrap().to_mask().unwrap());
        });
    }
}

fn read_all(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    for (size, codec, id) in each(sizes) {
        group.throughput(Throughput::Elements(size.voxels() * size.case.masks.len() as u64));
        let archive = Archive::open(size.masks(codec)).unwrap();
        let load = || {
            archive
                .names()
                .map(|name| archive.get(name).unwrap().to_mask().unwrap())
                .collect::<Vec<_>>()
        };
        group.bench_function(id, |bencher| bencher.iter_with_large_drop(load));
    }
}

fn one_slice(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    for (size, codec, id) in each(sizes) {
        let (name, runs) = size.case.largest().unwrap();
        let bounds = runs.bounds().unwrap();
        let z = usize::midpoint(bounds.start[0], bounds.end[0]);
        let [_, height, width] = size.case.space.shape();
        group.throughput(Throughput::Elements((height * width) as u64));
        let archive = Archive::open(size.masks(codec)).unwrap();
        let slice = Bounds { start: [z, 0, 0], end: [z + 1, height, width] };
        group.bench_function(id, |bencher| {
            let slice = archive.get(name).unwrap().region(slice).unwrap();
            bencher.iter(|| slice.to_voxels().unwrap());
        });
    }
}

/// Plain reads, a memory map and bytes in memory: to open, to load an organ and to load a slice.
fn access(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    #[expect(unsafe_code, reason = "nobody else knows of the benchmark's files")]
    // SAFETY: the files are written before and deleted after.
    let mapped = unsafe { OpenOptions::new().mapped() };
    let accesses =
        [("plain", OpenOptions::new()), ("mapped", mapped), ("bytes", OpenOptions::new().bytes())];
    for size in sizes {
        let path = size.masks("runs");
        let (name, runs) = size.case.largest().unwrap();
        let bounds = runs.bounds().unwrap();
        let z = usize::midpoint(bounds.start[0], bounds.end[0]);
        let [_, height, width] = size.case.space.shape();
        let slice = Bounds { start: [z, 0, 0], end: [z + 1, height, width] };
        for (access, options) in &accesses {
            let id = |what: &str| BenchmarkId::new(format!("{what}/{access}"), size.size);
            let open = || Archive::open_with(&path, options).unwrap();
            group.bench_function(id("open"), |bencher| bencher.iter(open));
            let archive = open();
            let organ = archive.get(name).unwrap();
            group.bench_function(id("organ"), |bencher| bencher.iter(|| organ.to_runs().unwrap()));
            let slice = organ.region(slice).unwrap();
            group.bench_function(id("slice"), |bencher| bencher.iter(|| slice.to_runs().unwrap()));
        }
    }
}

/// One label of the merged volume, the voxels around one point, and statistics from the index.
fn query(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    for (size, codec, _) in each(sizes) {
        let id = |what: &str| BenchmarkId::new(format!("{what}/{codec}"), size.size);
        let merged = Archive::open(size.merged_path(codec)).unwrap();
        let (name, runs) = size.case.largest().unwrap();
        group.throughput(Throughput::Elements(size.voxels()));
        group.bench_function(id("label"), |bencher| {
            bencher
                .iter(|| merged.get("merged").unwrap().label(name).unwrap().to_voxels().unwrap());
        });
        let centre = runs.bounds().unwrap();
        let centre: [usize; 3] =
            std::array::from_fn(|axis| usize::midpoint(centre.start[axis], centre.end[axis]));
        let point = Bounds { start: centre, end: centre.map(|index| index + 1) };
        group.throughput(Throughput::Elements(1));
        group.bench_function(id("point"), |bencher| {
            bencher
                .iter(|| merged.get("merged").unwrap().region(point).unwrap().to_voxels().unwrap());
        });
        group.bench_function(id("statistics"), |bencher| {
            bencher.iter(|| {
                merged
                    .entry("merged")
                    .unwrap()
                    .labels()
                    .filter_map(|label| label.statistics)
                    .count()
            });
        });
    }
}

fn write(group: &mut BenchmarkGroup<'_, WallTime>, sizes: &[Prepared]) {
    for size in sizes {
        group.throughput(Throughput::Elements(size.voxels() * size.case.masks.len() as u64));
        for name in CODECS {
            let CodecChoice(codec) = name.parse().unwrap();
            let path = size.folder.path().join("written.mska");
            group.bench_function(BenchmarkId::new(name, size.size), |bencher| {
                bencher.iter(|| size.case.write(&path, codec).unwrap());
            });
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
