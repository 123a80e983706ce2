//! Codecs: one chunk, the tight box of the largest mask and of the merged volume, to bytes and back to runs; at once and at
//! eight times the voxels. Throughput counts the voxels of the box.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::ops::ControlFlow;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use medmask::medmask_core::Bounds;
use medmask::{CodecChoice, Runs};
use medmask_benches::Case;
use medmask_format::codec::{self, ChunkShape, Codec, Sink};
use medmask_format::{Dtype, Memory, Run};

/// As the command spells them.
const CODECS: [&str; 8] =
    ["raw", "lz4", "zstd:3", "zstd:19", "runs", "runs:lz4", "transitions", "context"];

/// What is coded.
struct Chunk {
    size: &'static str,
    what: &'static str,
    dtype: Dtype,
    runs: Runs,
    bounds: Bounds,
}

impl Chunk {
    fn shape(&self) -> ChunkShape {
        let [depth, height, width] = self.bounds.shape().map(|axis| axis as u32);
        ChunkShape { depth, height, width }
    }
}

/// Counts voxels: the least that a decoder's user can do.
struct Voxels(u64);

impl Sink for Voxels {
    fn row(&mut self, _: u32, _: u32, runs: &[Run]) -> ControlFlow<()> {
        self.0 += runs.iter().map(Run::voxels).sum::<u64>();
        ControlFlow::Continue(())
    }
}

fn all(criterion: &mut Criterion) {
    let case = Case::load().unwrap();
    let larger = case.doubled().unwrap();
    let chunks: Vec<Chunk> = [("1x", case), ("8x", larger)]
        .iter()
        .flat_map(|(size, case)| {
            let (_, mask) = case.largest().unwrap();
            let merged = case.merged().unwrap().to_runs();
            let chunk = |what, dtype, runs: &Runs| Chunk {
                size,
                what,
                dtype,
                runs: runs.clone(),
                bounds: runs.bounds().unwrap(),
            };
            [chunk("mask", Dtype::Bool, mask), chunk("merged", Dtype::U8, &merged)]
        })
        .collect();
    for name in CODECS {
        let CodecChoice(codec) = name.parse().unwrap();
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(1));
        chunks.iter().for_each(|chunk| encode_and_decode(&mut group, codec, chunk));
    }
}

fn encode_and_decode(group: &mut BenchmarkGroup<'_, WallTime>, codec: Codec, chunk: &Chunk) {
    let (shape, dtype) = (chunk.shape(), chunk.dtype);
    let id = |what: &str| BenchmarkId::new(format!("{what}/{}", chunk.what), chunk.size);
    let source = chunk.runs.part(chunk.bounds);
    let mut bytes = Vec::new();
    let coded_as = codec::encode(&codec, &source, shape, dtype, &mut bytes).unwrap();
    group.throughput(Throughput::Elements(shape.voxels()));
    group.bench_function(id("encode"), |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            codec::encode(&codec, &source, shape, dtype, &mut out).unwrap()
        });
    });
    group.bench_function(id("decode"), |bencher| {
        bencher.iter(|| {
            let mut voxels = Voxels(0);
            codec::decode(coded_as, &bytes, shape, dtype, &Memory::unlimited(), &mut voxels)
                .unwrap();
            voxels.0
        });
    });
}

criterion_group!(benches, all);
criterion_main!(benches);
