//! The report of all pairs that share voxels, beside decoding all entries to runs; at once and at eight times the voxels.
//!
//! `shifted` is the largest mask of the case as 117 raters might draw it, each a little beside the others: all of its 6,786 pairs
//! share voxels.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use medmask::medmask_core::Bounds;
use medmask::{AnyArchive, Codec, select, shared_pairs};
use medmask_benches::Case;

const RATERS: usize = 117;

fn all(criterion: &mut Criterion) {
    let case = Case::load().unwrap();
    let shifted = shifted(&case);
    let folder = tempfile::tempdir().unwrap();
    for (name, case) in [("case", case), ("shifted", shifted)] {
        let larger = case.doubled().unwrap();
        for (size, case) in [("1x", case), ("8x", larger)] {
            let path = folder.path().join(format!("{name}-{size}.mska"));
            case.write(&path, Codec::default()).unwrap();
            measure(criterion, name, size, &path);
        }
    }
}

fn measure(criterion: &mut Criterion, name: &str, size: &str, path: &Path) {
    let mut group = criterion.benchmark_group(format!("overlap/{name}"));
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(2));
    let archive = AnyArchive::open(path).unwrap();
    group.throughput(Throughput::Elements(archive.entries().len() as u64));
    group.bench_function(BenchmarkId::new("decode_all", size), |bencher| {
        let load = || {
            archive
                .names()
                .map(|name| archive.get(name).unwrap().to_runs().unwrap())
                .collect::<Vec<_>>()
        };
        bencher.iter_with_large_drop(load);
    });
    let selections = select(&archive, &[""; 0]).unwrap();
    group.bench_function(BenchmarkId::new("pairs", size), |bencher| {
        bencher.iter(|| shared_pairs(&archive, &selections).unwrap());
    });
    group.finish();
}

/// The largest mask of `case`, moved by up to ten voxels along each axis.
fn shifted(case: &Case) -> Case {
    let (_, runs) = case.largest().unwrap();
    let shape = runs.shape();
    let mask = |rater: usize| {
        let start = [rater % 11, rater / 11 % 11, rater * 7 % 11];
        let end = std::array::from_fn(|axis| start[axis] + shape[axis]);
        (format!("rater_{rater}"), runs.pad([5; 3], [5; 3]).crop(Bounds { start, end }))
    };
    Case { space: case.space.clone(), masks: (0..RATERS).map(mask).collect() }
}

criterion_group!(benches, all);
criterion_main!(benches);
