//! Queries of runs: algebra, components, holes and margins, of one mask and of the merged volume; at once and at eight times the
//! voxels. Throughput counts the voxels of the grid. What works on runs gives about twice the rate at the larger size; a margin
//! works on the dense voxels of a box, and gives the same.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use medmask::Runs;
use medmask::medmask_core::Connectivity;
use medmask_benches::Case;

/// A case with its masks in one volume.
struct Prepared {
    size: &'static str,
    case: Case,
    merged: Runs,
}

impl Prepared {
    fn new(size: &'static str, case: Case) -> Self {
        let merged = case.merged().unwrap().to_runs();
        Self { size, case, merged }
    }

    /// The mask that most has a hole and a bend, where it is there, and the merged volume.
    fn volumes(&self) -> [(&'static str, &Runs); 2] {
        let hip = self.case.non_empty().find(|(name, _)| name == "hip_left");
        let (_, mask) = hip.unwrap_or_else(|| self.case.largest().unwrap());
        [("one", mask), ("merged", &self.merged)]
    }
}

fn all(criterion: &mut Criterion) {
    let case = Case::load().unwrap();
    let larger = case.doubled().unwrap();
    let sizes = [Prepared::new("1x", case), Prepared::new("8x", larger)];
    let mut group = criterion.benchmark_group("queries");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for size in &sizes {
        let voxels = size.case.space.shape().iter().map(|axis| *axis as u64).product();
        group.throughput(Throughput::Elements(voxels));
        algebra(&mut group, size);
        for (what, runs) in size.volumes() {
            parts(&mut group, size, what, runs);
            margins(&mut group, size, what, runs);
        }
    }
}

fn algebra(group: &mut BenchmarkGroup<'_, WallTime>, size: &Prepared) {
    let masks: Vec<&Runs> = size.case.masks.iter().map(|(_, runs)| runs).collect();
    let mut pairs = size.case.non_empty().map(|(_, runs)| runs);
    let (first, second) = (pairs.next().unwrap(), pairs.next().unwrap());
    group.bench_function(BenchmarkId::new("union/pair", size.size), |bencher| {
        bencher.iter(|| first.union(second).unwrap());
    });
    group.bench_function(BenchmarkId::new("union/pair by union_all", size.size), |bencher| {
        bencher.iter(|| Runs::union_all(&[first, second]).unwrap());
    });
    group.bench_function(BenchmarkId::new("union/all", size.size), |bencher| {
        bencher.iter(|| Runs::union_all(&masks).unwrap());
    });
    group.bench_function(BenchmarkId::new("union/all in pairs", size.size), |bencher| {
        let empty = Runs::empty(masks[0].shape());
        bencher.iter(|| masks.iter().fold(empty.clone(), |all, mask| all.union(mask).unwrap()));
    });
}

fn parts(group: &mut BenchmarkGroup<'_, WallTime>, size: &Prepared, what: &str, runs: &Runs) {
    let id = |query: &str| BenchmarkId::new(format!("{query}/{what}"), size.size);
    group.bench_function(id("components"), |bencher| {
        bencher.iter(|| runs.components(Connectivity::Corners));
    });
    group.bench_function(id("holes"), |bencher| bencher.iter(|| runs.fill_holes()));
    group.bench_function(id("holes of slices"), |bencher| {
        bencher.iter(|| runs.fill_holes_of_slices(0));
    });
    group.bench_function(id("boundary"), |bencher| bencher.iter(|| runs.boundary()));
    let spacing = size.case.space.spacing();
    group.bench_function(id("area"), |bencher| bencher.iter(|| runs.face_areas_mm2(spacing)));
}

fn margins(group: &mut BenchmarkGroup<'_, WallTime>, size: &Prepared, what: &str, runs: &Runs) {
    let spacing = size.case.space.spacing();
    for mm in [5.0, 50.0] {
        let id = |query: &str| BenchmarkId::new(format!("{query} {mm} mm/{what}"), size.size);
        group.bench_function(id("grow"), |bencher| {
            bencher.iter(|| runs.grow(mm, spacing).unwrap());
        });
        group.bench_function(id("shrink"), |bencher| {
            bencher.iter(|| runs.shrink(mm, spacing).unwrap());
        });
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
