//! The codecs: arbitrary bytes as a chunk, and the input as voxels there and back.

use medmask_format::codec::{self, ChunkShape, Codec, CodecId, Collector, DenseSource, Entropy};
use medmask_format::{Dtype, Run};

/// The most voxels that go there and back; `context` takes a hundred times as long for noise as the others.
const MOST_VOXELS: u32 = 1 << 17;
const MOST_CONTEXT_VOXELS: u32 = 1 << 12;

/// `raw`, `lz4` and `zstd`.
pub fn codec_packed(input: &[u8]) {
    check(input, &[Codec::Raw, Codec::Lz4, Codec::Zstd { level: 3 }], MOST_VOXELS);
}

/// `runs` behind each entropy coder.
pub fn codec_runs(input: &[u8]) {
    let coders = [Entropy::None, Entropy::Lz4, Entropy::Zstd { level: 3 }, Entropy::Adaptive];
    check(input, &coders.map(|entropy| Codec::Runs { entropy }), MOST_VOXELS);
}

/// `context`.
pub fn codec_context(input: &[u8]) {
    check(input, &[Codec::Context], MOST_CONTEXT_VOXELS);
}

/// The first five bytes choose codec, voxel type and shape; the rest is the chunk, or the voxels of one.
fn check(input: &[u8], codecs: &[Codec], most_voxels: u32) {
    let Some((&[choice, depth, height, width, wide], rest)) = input.split_first_chunk() else {
        return;
    };
    let codec = codecs[usize::from(choice >> 3) % codecs.len()];
    let dtype = [Dtype::Bool, Dtype::U8, Dtype::U16, Dtype::U32][usize::from(choice & 3)];
    let axis = |byte: u8| 1 + u32::from(byte) % 24;
    let mut shape = ChunkShape {
        depth: axis(depth),
        height: axis(height),
        width: axis(width) + u32::from(wide),
    };
    if choice & 4 == 0 {
        // A chunk of few bytes may claim long rows.
        shape.width <<= if choice & 0x80 == 0 { 0 } else { 8 };
        decode(codec.id(), rest, shape, dtype);
    } else {
        shape.depth = shape.depth.min(most_voxels / (shape.height * shape.width)).max(1);
        round_trip(&codec, rest, shape, dtype);
    }
}

fn decode(id: CodecId, bytes: &[u8], shape: ChunkShape, dtype: Dtype) {
    let mut rows = Collector::default();
    if codec::decode(id, bytes, shape, dtype, &mut rows).is_ok() {
        assert_rows(&rows.runs, shape, dtype);
    }
}

/// Rows ascend, runs ascend within them, stay inside, are joined, and their labels fit.
fn assert_rows(runs: &[(u32, u32, Run)], shape: ChunkShape, dtype: Dtype) {
    for (z, y, run) in runs {
        assert!(
            *z < shape.depth && *y < shape.height && run.start < run.end && run.end <= shape.width
        );
        assert!(run.label >= 1 && run.label <= dtype.max_label());
    }
    for pair in runs.windows(2) {
        let [(z0, y0, before), (z1, y1, after)] = pair else { continue };
        assert!((z0, y0) <= (z1, y1));
        if (z0, y0) == (z1, y1) {
            assert!(
                before.end < after.start
                    || (before.end == after.start && before.label != after.label)
            );
        }
    }
}

fn round_trip(codec: &Codec, bytes: &[u8], shape: ChunkShape, dtype: Dtype) {
    let count = shape.voxels() as usize;
    // Stretched, so that a short input makes both runs and noise.
    let stretch = usize::from(bytes.first().copied().unwrap_or(0) % 7) + 1;
    let voxel = |index: usize| {
        let byte =
            u32::from(bytes.get((index / stretch) % bytes.len().max(1)).copied().unwrap_or(0));
        if byte < 96 { 0 } else { (byte * 16_843_009).min(dtype.max_label()) }
    };
    let voxels: Vec<u32> = (0..count).map(voxel).collect();
    let (height, width) = (shape.height as usize, shape.width as usize);
    let source = DenseSource::new(&voxels, height * width, width, width);
    let mut coded = Vec::new();
    let Ok(id) = codec::encode(codec, &source, shape, dtype, &mut coded) else {
        panic!("voxels of the right type can be encoded");
    };
    assert!(
        coded.len() as u64 <= shape.packed_bytes(dtype) * 101 / 100 + 64,
        "noise does not grow"
    );
    let mut rows = Collector::default();
    codec::decode(id, &coded, shape, dtype, &mut rows).expect("what was encoded can be decoded");
    assert_rows(&rows.runs, shape, dtype);
    let mut painted = vec![0; count];
    for (z, y, run) in rows.runs {
        let row = (z as usize * height + y as usize) * width;
        painted[row + run.start as usize..row + run.end as usize].fill(run.label);
    }
    assert_eq!(painted, voxels);
}
