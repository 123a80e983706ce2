//! What decoding holds, and the limit of it.
#![cfg(all(feature = "zstd", feature = "lz4"))]

mod common;

use std::ops::ControlFlow;

use common::Collector;
use medmask_format::codec::{
    ChunkShape, Codec, CodecId, DenseSource, Entropy, Sink, decode, encode,
};
use medmask_format::{Dtype, FormatError, Memory, Run};
use proptest::prelude::*;

const CODECS: [Codec; 8] = [
    Codec::Raw,
    Codec::Lz4,
    Codec::Zstd { level: 3 },
    Codec::Runs { entropy: Entropy::None },
    Codec::Runs { entropy: Entropy::Lz4 },
    Codec::Runs { entropy: Entropy::Zstd { level: 3 } },
    Codec::Transitions,
    Codec::Context,
];

/// Counts voxels, and keeps nothing.
#[derive(Default)]
struct Voxels(u64);

impl Sink for Voxels {
    fn row(&mut self, _: u32, _: u32, runs: &[Run]) -> ControlFlow<()> {
        self.0 += runs.iter().map(Run::voxels).sum::<u64>();
        ControlFlow::Continue(())
    }
}

/// The voxels of a chunk that is decoded within so many bytes.
fn within(
    limit: u64,
    (id, bytes): (CodecId, &[u8]),
    shape: ChunkShape,
    dtype: Dtype,
) -> Result<u64, FormatError> {
    let mut voxels = Voxels::default();
    decode(id, bytes, shape, dtype, &Memory::new(Some(limit)), &mut voxels).map(|()| voxels.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_limit_is_an_error_or_makes_no_difference(
        labels in prop::collection::vec((0_u8..4, 1_usize..40), 1..60),
        width in 1_u32..70,
        height in 1_u32..20,
    ) {
        let mut voxels: Vec<u8> =
            labels.iter().flat_map(|(label, count)| std::iter::repeat_n(*label, *count)).collect();
        let rows = voxels.len().div_ceil(width as usize);
        let depth = (rows as u32).div_ceil(height);
        let shape = ChunkShape { depth, height, width };
        voxels.resize(shape.voxels() as usize, 0);
        let stride = (height * width) as usize;
        let source = DenseSource::new(&voxels, stride, width as usize, width as usize);
        for codec in CODECS {
            let mut bytes = Vec::new();
            let id = encode(&codec, &source, shape, Dtype::U8, &mut bytes).unwrap();
            let mut all = Collector::default();
            decode(id, &bytes, shape, Dtype::U8, &Memory::unlimited(), &mut all).unwrap();
            let (mut least, mut enough) = (0, 1 << 20);
            while least < enough {
                let limit = (least + enough) / 2;
                let mut rows = Collector::default();
                let memory = Memory::new(Some(limit));
                match decode(id, &bytes, shape, Dtype::U8, &memory, &mut rows) {
                    Ok(()) => {
                        prop_assert_eq!(&rows, &all);
                        enough = limit;
                    }
                    Err(FormatError::Memory(error)) => {
                        prop_assert_eq!(error.limit(), Some(limit));
                        least = limit + 1;
                    }
                    Err(error) => prop_assert!(false, "{codec:?}: {error}"),
                }
                // All is given back.
                prop_assert!(memory.hold("all", limit).is_ok());
            }
            let slices = 8 * u64::from(height + 8) * u64::from(width + 64);
            prop_assert!(least < 8192 + 64 * slices + 4 * shape.voxels(), "{codec:?}: {least}");
        }
    }
}

/// All voxels are 1.
struct Full(u32);

impl medmask_format::codec::Source for Full {
    fn row(&self, _: u32, _: u32, runs: &mut Vec<Run>) {
        runs.clear();
        runs.push(Run { start: 0, end: self.0, label: 1 });
    }
}

fn runs(entropy: Entropy) -> Codec {
    Codec::Runs { entropy }
}

#[test]
fn vast_chunks_take_a_piece_of_memory() {
    let shape = |depth, height, width| ChunkShape { depth, height, width };
    let zstd = Entropy::Zstd { level: 22 };
    // Up to 16 MiB are unpacked at once, and these are 32. Bytes that suffice: pieces, and windows of 64 KiB or 8 MiB.
    let window = 8 << 20;
    for (codec, shape, enough) in [
        (Codec::Lz4, shape(1, 1, 1 << 28), 1 << 20),
        (Codec::Lz4, shape(64, 2048, 2048), 1 << 19),
        (Codec::Zstd { level: 22 }, shape(1, 1, 1 << 28), window + (1 << 20)),
        (Codec::Zstd { level: 22 }, shape(64, 2048, 2048), window + (1 << 18)),
        (runs(Entropy::None), shape(1, 1 << 21, 7), 1024),
        (runs(Entropy::Lz4), shape(16, 1 << 17, 7), 1024),
        (runs(zstd), shape(1 << 10, 1 << 11, 1), 1024),
        (Codec::Transitions, shape(1, 1 << 21, 7), 1024),
        (Codec::Transitions, shape(16, 1 << 17, 7), 1024),
        (Codec::Context, shape(2, 2000, 4000), 36 << 20),
    ] {
        let mut bytes = Vec::new();
        let id = encode(&codec, &Full(shape.width), shape, Dtype::Bool, &mut bytes).unwrap();
        let chunk = (id, &bytes[..]);
        assert_eq!(within(enough, chunk, shape, Dtype::Bool), Ok(shape.voxels()), "{codec:?}");
        let error = within(enough / 16, chunk, shape, Dtype::Bool).unwrap_err();
        assert!(matches!(error, FormatError::Memory(_)), "{codec:?}: {error}");
    }
}

/// One row is two slices of stripes away from the next: every row is spelled out, and moves along.
struct Stripes(u32);

impl medmask_format::codec::Source for Stripes {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        runs.clear();
        let first = (z * 7 + y) % 5;
        let starts = (first..self.0 - 6).step_by(6);
        runs.extend(starts.map(|start| Run { start, end: start + 3, label: 1 }));
    }
}

#[test]
fn of_many_slices_two_are_kept() {
    // 300 slices of 256 rows with 40 runs: 37 MB as runs, and 0.25 MB the rows of two slices.
    let shape = ChunkShape { depth: 300, height: 256, width: 246 };
    let all: u64 = (0..300 * 256_u32)
        .map(|row| {
            let mut runs = Vec::new();
            medmask_format::codec::Source::row(&Stripes(246), row / 256, row % 256, &mut runs);
            runs.iter().map(Run::voxels).sum::<u64>()
        })
        .sum();
    for codec in [runs(Entropy::None), runs(Entropy::Lz4), Codec::Transitions] {
        let mut bytes = Vec::new();
        let id = encode(&codec, &Stripes(246), shape, Dtype::Bool, &mut bytes).unwrap();
        assert_eq!(id, codec.id());
        let chunk = (id, &bytes[..]);
        let enough = 6 << 20;
        assert_eq!(within(enough + 4 * bytes.len() as u64, chunk, shape, Dtype::Bool), Ok(all));
    }
}

#[test]
fn a_window_of_more_than_8_mib_is_refused() {
    let shape = ChunkShape { depth: 1, height: 1 << 10, width: 1 << 18 };
    let voxels = vec![0_u8; shape.packed_bytes(Dtype::Bool) as usize];
    for (bits, is_read) in [(23, true), (24, false)] {
        let mut compressor = zstd::bulk::Compressor::new(3).unwrap();
        for parameter in [
            zstd::zstd_safe::CParameter::ContentSizeFlag(false),
            zstd::zstd_safe::CParameter::WindowLog(bits),
        ] {
            compressor.set_parameter(parameter).unwrap();
        }
        let bytes = compressor.compress(&voxels).unwrap();
        let read = within(1 << 30, (CodecId::Zstd, &bytes), shape, Dtype::Bool);
        assert_eq!(read.is_ok(), is_read, "{bits}: {read:?}");
        assert!(is_read || matches!(read, Err(FormatError::Corrupt(_))), "{read:?}");
    }
}

#[test]
fn context_leaves_slices_that_are_too_large_to_transitions() {
    for (height, width) in [(1, (1 << 16) + 1), (4097, 2016)] {
        let shape = ChunkShape { depth: 2, height, width };
        let mut bytes = Vec::new();
        let id = encode(&Codec::Context, &Full(width), shape, Dtype::Bool, &mut bytes).unwrap();
        assert_eq!(id, CodecId::Transitions, "{shape:?}");
        let read = within(1 << 30, (id, &bytes), shape, Dtype::Bool);
        assert_eq!(read, Ok(shape.voxels()));
        // Whoever claims larger ones is refused before anything is allocated.
        let larger = ChunkShape { height: 1 << 20, ..shape };
        let read = within(0, (CodecId::Context, &[0, 1, 2, 3]), larger, Dtype::Bool);
        assert!(matches!(read, Err(FormatError::Corrupt(_))), "{read:?}");
    }
}
