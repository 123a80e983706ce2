//! NIfTI: the largest mask's `.nii.gz` to runs, and a file packed into an archive; at once and at eight times the voxels.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::num::NonZero;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use medmask::input;
use medmask::medmask_nifti::{ReadOptions, Reader, WriteOptions, write_mask};
use medmask::{LabelMap, PackOptions, pack};
use medmask_benches::Case;

fn import(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("import");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    let case = Case::load().unwrap();
    let larger = case.doubled().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (size, case) in [("1x", case), ("8x", larger)] {
        let (_, runs) = case.largest().unwrap();
        let file = folder.path().join(format!("{size}.nii.gz"));
        write_mask(&file, runs, &LabelMap::new(), &case.space, &WriteOptions::default()).unwrap();
        group.throughput(Throughput::Elements(
            case.space.shape().iter().map(|n| *n as u64).product(),
        ));
        let mut reader = Reader::new(ReadOptions::default());
        group.bench_function(BenchmarkId::new("read", size), |bencher| {
            bencher.iter(|| reader.read(&file).unwrap().runs().unwrap());
        });
        let mut options = PackOptions::default();
        (options.jobs, options.overwrite) = (NonZero::<usize>::MIN, true);
        let inputs = input::collect(&[file], &options.formats).unwrap().inputs;
        let archive = folder.path().join("packed.mska");
        group.bench_function(BenchmarkId::new("pack", size), |bencher| {
            bencher.iter(|| pack(&inputs, &archive, &options, |_| ()).unwrap());
        });
    }
}

criterion_group!(benches, import);
criterion_main!(benches);
