//! The codecs: arbitrary bytes as a chunk, and the input as voxels there and back.

use std::ops::{ControlFlow, Range};

use medmask_format::codec::{self, ChunkShape, Codec, CodecId, DenseSource, Entropy, Sink};
use medmask_format::{Dtype, Memory, Run};

use crate::limits::MAX_MEMORY;

/// About the most voxels that go there and back; `context` takes a hundred times as long for noise as the others.
const MOST_VOXELS: u32 = 1 << 17;
const MOST_CONTEXT_VOXELS: u32 = 1 << 13;

fn memory() -> Memory {
    Memory::new(Some(MAX_MEMORY))
}

/// `raw`, `lz4` and `zstd`.
pub fn codec_packed(input: &[u8]) {
    check(input, &[Codec::Raw, Codec::Lz4, Codec::Zstd { level: 3 }], MOST_VOXELS);
}

/// `runs` behind each entropy coder.
pub fn codec_runs(input: &[u8]) {
    let coders = [Entropy::None, Entropy::Lz4, Entropy::Zstd { level: 3 }];
    check(input, &coders.map(|entropy| Codec::Runs { entropy }), MOST_VOXELS);
}

/// `context`.
pub fn codec_context(input: &[u8]) {
    check(input, &[Codec::Context], MOST_CONTEXT_VOXELS);
}

/// `transitions`.
pub fn codec_transitions(input: &[u8]) {
    check(input, &[Codec::Transitions], MOST_VOXELS);
}

/// `planes`, of chunks of every codec.
pub fn codec_planes(input: &[u8]) {
    check_as(
        Some(CodecId::Planes),
        input,
        &[Codec::Context, Codec::Transitions],
        MOST_CONTEXT_VOXELS,
    );
}

/// `tiles`, of chunks of every codec.
pub fn codec_tiles(input: &[u8]) {
    check_as(Some(CodecId::Tiles), input, &[Codec::Context], MOST_CONTEXT_VOXELS);
}

fn check(input: &[u8], codecs: &[Codec], most_voxels: u32) {
    check_as(None, input, codecs, most_voxels);
}

/// The first five bytes choose codec, voxel type and shape; the rest is the chunk, or the voxels of one. A chunk is one of the codec
/// `id`, or of the codec chosen.
fn check_as(id: Option<CodecId>, input: &[u8], codecs: &[Codec], most_voxels: u32) {
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
        // A chunk of few bytes may claim long rows; few of them, since each voxel takes time.
        if choice & 0x80 != 0 {
            shape.width <<= 8;
            shape.height = shape.height.min(4);
            shape.depth = shape.depth.min(2);
        }
        decode(id.unwrap_or(codec.id()), rest, shape, dtype);
    } else {
        shape.depth = shape.depth.min(most_voxels / (shape.height * shape.width)).max(1);
        round_trip(&codec, rest, shape, dtype);
    }
}

fn decode(id: CodecId, bytes: &[u8], shape: ChunkShape, dtype: Dtype) {
    let narrow = shape.width < 300;
    let mut rows = Rows::new(shape, dtype, narrow.then(Vec::new));
    if codec::decode(id, bytes, shape, dtype, &memory(), &mut rows).is_err() {
        return;
    }
    if let Some(all) = rows.kept {
        // A sink that has a use for a part gets the same voxels of it.
        let part = |extent: u32| extent / 3..extent - extent / 4;
        let wanted = [part(shape.depth), part(shape.height), part(shape.width)];
        let mut rows = Rows::new(shape, dtype, Some(Vec::new()));
        rows.wanted = wanted.clone();
        codec::decode(id, bytes, shape, dtype, &memory(), &mut rows)
            .expect("what is decoded is decoded again");
        let [slices, lines, columns] = wanted;
        let of_wanted = |rows: Vec<(u32, u32, Run)>| {
            let part = rows.into_iter().filter(|(z, y, _)| slices.contains(z) && lines.contains(y));
            let within = part.map(|(z, y, run)| {
                let (start, end) = (run.start.max(columns.start), run.end.min(columns.end));
                (z, y, Run { start, end, ..run })
            });
            within.filter(|(.., run)| run.start < run.end).collect::<Vec<_>>()
        };
        assert!(of_wanted(rows.kept.unwrap_or_default()) == of_wanted(all));
    }
}

/// Rows ascend, runs ascend within them, stay inside, are joined, and their labels fit.
struct Rows {
    shape: ChunkShape,
    dtype: Dtype,
    wanted: [Range<u32>; 3],
    before: Option<(u32, u32)>,
    /// The rows, where they are wanted.
    kept: Option<Vec<(u32, u32, Run)>>,
}

impl Rows {
    fn new(shape: ChunkShape, dtype: Dtype, kept: Option<Vec<(u32, u32, Run)>>) -> Self {
        Self { shape, dtype, wanted: [0..u32::MAX, 0..u32::MAX, 0..u32::MAX], before: None, kept }
    }
}

impl Sink for Rows {
    fn wanted(&self) -> [Range<u32>; 3] {
        self.wanted.clone()
    }

    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        assert!(self.before < Some((z, y)) && z < self.shape.depth && y < self.shape.height);
        self.before = Some((z, y));
        assert!(!runs.is_empty());
        for run in runs {
            assert!(run.start < run.end && run.end <= self.shape.width);
            assert!(run.label >= 1 && run.label <= self.dtype.max_label());
        }
        for pair in runs.windows(2) {
            let [before, after] = pair else { continue };
            assert!(
                before.end < after.start
                    || (before.end == after.start && before.label != after.label)
            );
        }
        if let Some(kept) = &mut self.kept {
            kept.extend(runs.iter().map(|run| (z, y, *run)));
        }
        ControlFlow::Continue(())
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
    let mut rows = Rows::new(shape, dtype, Some(Vec::new()));
    codec::decode(id, &coded, shape, dtype, &memory(), &mut rows)
        .expect("what was encoded can be decoded");
    let mut painted = vec![0; count];
    for (z, y, run) in rows.kept.into_iter().flatten() {
        let row = (z as usize * height + y as usize) * width;
        painted[row + run.start as usize..row + run.end as usize].fill(run.label);
    }
    assert_eq!(painted, voxels);
}
