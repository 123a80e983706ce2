//! Shapes and distances of runs, and the values of an image beneath all masks of an archive.
//!
//! The image is to cost no more than reading it and decoding the masks: `image/both` reads the file and measures, `image/read` reads it
//! alone, and `image/decode_all` decodes all entries alone. `image/decode_and_measure` has the image in memory.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use medmask::adapter::{Formats, ImageFile};
use medmask::medmask_nifti::{WriteOptions, write_mask};
use medmask::{AnyArchive, Codec, LabelMap, MeasureOptions, Voxels, measure, select};
use medmask_benches::Case;
use ndarray::Array3;

fn all(criterion: &mut Criterion) {
    let case = Case::load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    case.write(&path, Codec::default()).unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    runs(criterion, &case);
    image(criterion, &archive, &write_image(folder.path(), &case));
}

fn runs(criterion: &mut Criterion, case: &Case) {
    let mut group = criterion.benchmark_group("measures");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    let named = |name: &str| case.non_empty().find(|(known, _)| known == name);
    let (_, one) = named("hip_left").unwrap_or_else(|| case.largest().unwrap());
    let (_, other) = named("hip_right").unwrap_or_else(|| case.non_empty().next().unwrap());
    group.bench_function("shape/one", |bencher| {
        bencher.iter(|| one.shape_measures(&case.space).unwrap());
    });
    group.bench_function("shape/all", |bencher| {
        let masks = || case.masks.iter().map(|(_, runs)| runs.shape_measures(&case.space).unwrap());
        bencher.iter(|| masks().collect::<Vec<_>>());
    });
    group.bench_function("slices/one", |bencher| {
        bencher.iter(|| one.slice_areas(&case.space).unwrap());
    });
    group.bench_function("distance/pair", |bencher| {
        bencher.iter(|| one.separation(other, case.space.spacing(), &[5.0, 10.0]).unwrap());
    });
    group.finish();
}

fn image(criterion: &mut Criterion, archive: &AnyArchive, image: &Path) {
    let mut group = criterion.benchmark_group("image");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    let formats = Formats::default();
    let decode = || archive.names().map(|name| archive.get(name).unwrap().to_runs().unwrap());
    group.bench_function("decode_all", |bencher| {
        bencher.iter_with_large_drop(|| decode().collect::<Vec<_>>());
    });
    group.bench_function("read", |bencher| {
        bencher.iter_with_large_drop(|| formats.read_image(image).unwrap());
    });
    let selections = select(archive, &[""; 0]).unwrap();
    let measured = |image: &ImageFile| {
        let mut options = MeasureOptions::default();
        options.image = Some(image);
        measure(archive, &selections, &options, |_| ()).unwrap()
    };
    let known = formats.read_image(image).unwrap();
    group.bench_function("decode_and_measure", |bencher| bencher.iter(|| measured(&known)));
    group.bench_function("both", |bencher| {
        bencher.iter_with_large_drop(|| {
            let image = formats.read_image(image).unwrap();
            (measured(&image), image)
        });
    });
    group.finish();
}

/// Numbers of 12 bits with some noise on the grid of the case, as a CT has them.
fn write_image(folder: &Path, case: &Case) -> PathBuf {
    let path = folder.join("image.nii.gz");
    let shape = case.space.shape();
    let mut state = 1_u32;
    let numbers = Array3::from_shape_fn(shape, |(z, y, x)| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (1000 + 2 * (z + y + x)) as u16 + (state >> 26) as u16
    });
    let options = WriteOptions::default();
    write_mask(&path, &Voxels::from(numbers), &LabelMap::new(), &case.space, &options).unwrap();
    path
}

criterion_group!(benches, all);
criterion_main!(benches);
