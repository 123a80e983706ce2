//! Chunks that Zstandard packs so well that they are never unpacked as a whole.
#![cfg(feature = "zstd")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::ops::ControlFlow;

use medmask_format::codec::{ChunkShape, Codec, CodecId, Sink, Source, decode, encode};
use medmask_format::{Dtype, FormatError, Memory, Run};

/// Three runs in every row of a chunk that is too large to be unpacked at once; another column in every row.
struct Stripes(ChunkShape);

impl Stripes {
    fn runs(&self, z: u32, y: u32) -> [Run; 3] {
        let first = (z * self.0.height + y) % 100;
        let run = |start, end| Run { start, end, label: 1 };
        [run(first, first + 5), run(first + 7, 1000), run(1024, self.0.width)]
    }
}

impl Source for Stripes {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        runs.clear();
        runs.extend(self.runs(z, y));
    }
}

/// Compares every row with the source.
struct SameStripes<'a> {
    stripes: &'a Stripes,
    rows: u64,
}

impl Sink for SameStripes<'_> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        assert_eq!(runs, self.stripes.runs(z, y), "slice {z}, row {y}");
        self.rows += 1;
        ControlFlow::Continue(())
    }
}

/// Takes whatever comes.
struct Anything;

impl Sink for Anything {
    fn row(&mut self, _: u32, _: u32, _: &[Run]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[test]
fn a_large_chunk_is_unpacked_piece_by_piece() {
    // 17 MiB of bits, and no row but every eighth begins on a byte.
    let stripes = Stripes(ChunkShape { depth: 17, height: 4096, width: 2049 });
    let mut bytes = Vec::new();
    let codec = Codec::Zstd { level: 1 };
    let id = encode(&codec, &stripes, stripes.0, Dtype::Bool, &mut bytes).unwrap();
    assert_eq!(id, CodecId::Zstd);
    let decoded = |bytes: &[u8]| {
        let mut same = SameStripes { stripes: &stripes, rows: 0 };
        decode(id, bytes, stripes.0, Dtype::Bool, &Memory::unlimited(), &mut same)
            .map(|()| same.rows)
    };
    assert_eq!(decoded(&bytes), Ok(17 * 4096));
    let wrong = |bytes: &[u8]| matches!(decoded(bytes), Err(FormatError::Corrupt(_)));
    assert!(wrong(&bytes[..bytes.len() - 1]), "a byte is missing");
    assert!(wrong(&bytes[..bytes.len() / 2]), "half is missing");
    bytes.push(0);
    assert!(wrong(&bytes), "a byte follows");
    bytes.pop();
    for height in [4095, 4097] {
        let other = ChunkShape { height, ..stripes.0 };
        let result = decode(id, &bytes, other, Dtype::Bool, &Memory::unlimited(), &mut Anything);
        assert!(matches!(result, Err(FormatError::Corrupt(_))), "{height}: {result:?}");
    }
    // The same frame is what `runs` keeps of noise: voxels packed at one bit, behind Zstandard.
    bytes.splice(..0, [0x12, 1]);
    let mut same = SameStripes { stripes: &stripes, rows: 0 };
    let runs = CodecId::Runs;
    decode(runs, &bytes, stripes.0, Dtype::Bool, &Memory::unlimited(), &mut same).unwrap();
    assert_eq!(same.rows, 17 * 4096);
}
