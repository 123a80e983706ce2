//! The codec `tiles`: chunks of large slices against naive lists of voxels.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::ops::{ControlFlow, Range};

use common::Collector;
use medmask_format::codec::{
    ChunkShape, Codec, CodecId, DenseSource, Entropy, Sink, decode, encode, innermost,
};
use medmask_format::{Dtype, FormatError, Memory, Run};
use proptest::prelude::*;

/// Wants a box of voxels, and keeps what comes.
struct Part {
    wanted: [Range<u32>; 3],
    rows: Collector,
}

impl Sink for Part {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        self.rows.row(z, y, runs)
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        self.wanted.clone()
    }
}

const EVERYTHING: [Range<u32>; 3] = [0..u32::MAX, 0..u32::MAX, 0..u32::MAX];

fn decoded(
    id: CodecId,
    bytes: &[u8],
    shape: ChunkShape,
    wanted: [Range<u32>; 3],
) -> Result<Vec<(u32, u32, Run)>, FormatError> {
    let mut part = Part { wanted, rows: Collector::default() };
    decode(id, bytes, shape, Dtype::U16, &Memory::unlimited(), &mut part)?;
    Ok(part.rows.runs)
}

/// The voxels of `runs` in the box `wanted`.
fn painted(runs: &[(u32, u32, Run)], shape: ChunkShape, wanted: &[Range<u32>; 3]) -> Vec<u16> {
    let (height, width) = (shape.height as usize, shape.width as usize);
    let mut voxels = vec![0; shape.depth as usize * height * width];
    for (z, y, run) in
        runs.iter().filter(|(z, y, _)| wanted[0].contains(z) && wanted[1].contains(y))
    {
        for x in (run.start..run.end).filter(|x| wanted[2].contains(x)) {
            voxels[(*z as usize * height + *y as usize) * width + x as usize] = run.label as u16;
        }
    }
    voxels
}

fn encoded(voxels: &[u16], shape: ChunkShape) -> (CodecId, Vec<u8>) {
    let (height, width) = (shape.height as usize, shape.width as usize);
    let source = DenseSource::new(voxels, height * width, width, width);
    let mut bytes = Vec::new();
    let id = encode(&Codec::Context, &source, shape, Dtype::U16, &mut bytes).unwrap();
    (id, bytes)
}

fn any_range(end: u32) -> impl Strategy<Value = Range<u32>> {
    (0..=end, 0..=end).prop_map(|(a, b)| a.min(b)..a.max(b))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Tiles of any extents, each in any codec, put together by hand.
    #[test]
    fn tiles_come_back_whole_and_in_part(
        runs in prop::collection::vec((0_u32..3, 0_u32..9, 0_u32..40, 1_u32..30, 0_u16..4), 1..40),
        extents in (1_u32..=9, 3_u32..=40),
        first in 0_usize..4,
        wanted in (any_range(3), any_range(9), any_range(40)),
    ) {
        let shape = ChunkShape { depth: 3, height: 9, width: 40 };
        let mut voxels = vec![0; 3 * 9 * 40];
        for (z, y, start, length, label) in runs {
            let row = ((z * 9 + y) * 40) as usize;
            voxels[row + start as usize..row + (start + length).min(40) as usize].fill(label);
        }
        let runs = Codec::Runs { entropy: Entropy::None };
        let mut codecs = [Codec::Raw, runs, Codec::Context, Codec::Transitions].into_iter().cycle().skip(first);
        let mut bytes = vec![extents.0 as u8, extents.1 as u8];
        for y in (0..9).step_by(extents.0 as usize) {
            for x in (0..40).step_by(extents.1 as usize) {
                let (height, width) = (extents.0.min(9 - y), extents.1.min(40 - x));
                let source = DenseSource::new(&voxels[(y * 40 + x) as usize..], 9 * 40, 40, width as usize);
                let mut tile = Vec::new();
                let tile_shape = ChunkShape { depth: 3, height, width };
                let id = encode(&codecs.next().unwrap(), &source, tile_shape, Dtype::U16, &mut tile).unwrap();
                // A length of up to two bytes' varint.
                bytes.extend([id as u8, tile.len() as u8 | 0x80, (tile.len() >> 7) as u8]);
                bytes.append(&mut tile);
            }
        }
        let all = decoded(CodecId::Tiles, &bytes, shape, EVERYTHING).unwrap();
        prop_assert!(painted(&all, shape, &EVERYTHING) == voxels);
        let joined = all.windows(2).all(|pair| {
            let [(z, y, run), (next_z, next_y, next)] = pair else { return false };
            (z, y) != (next_z, next_y) || run.end < next.start || run.label != next.label
        });
        prop_assert!(joined);
        let wanted = [wanted.0, wanted.1, wanted.2];
        let part = decoded(CodecId::Tiles, &bytes, shape, wanted.clone()).unwrap();
        prop_assert!(painted(&part, shape, &wanted) == painted(&all, shape, &wanted));
    }
}

/// Two slices, in slanted blocks of 5 x 5 or so that have labels at random: no plane is as the one before.
fn blocks(height: u32, width: u32) -> (ChunkShape, Vec<u16>) {
    let shape = ChunkShape { depth: 2, height, width };
    let block = |z: u32, y: u32, x: u32| {
        ((y + x / 7) / 5 * 97 + (x + y / 3) / 5 + z).wrapping_mul(0x9e37_79b1) >> 29
    };
    let mut voxels = Vec::new();
    for (z, y) in (0..2).flat_map(|z| (0..height).map(move |y| (z, y))) {
        voxels.extend((0..width).map(|x| block(z, y, x) as u16));
    }
    (shape, voxels)
}

#[test]
fn a_part_needs_its_own_tiles_alone() {
    let (shape, voxels) = blocks(256, 300);
    let (id, mut bytes) = encoded(&voxels, shape);
    // Two by two tiles.
    assert_eq!((id, &bytes[..4]), (CodecId::Tiles, &[0x80, 1, 0x96, 1][..]));
    assert_eq!(innermost(id, &bytes).unwrap(), CodecId::Context);
    let wanted = [0..2, 0..128, 150..300];
    let before = decoded(id, &bytes, shape, EVERYTHING).unwrap();
    assert!(painted(&before, shape, &EVERYTHING) == voxels);
    // The codec of the first tile becomes one that is none.
    bytes[4] = 99;
    let part = decoded(id, &bytes, shape, wanted.clone()).unwrap();
    assert!(painted(&part, shape, &wanted) == painted(&before, shape, &wanted));
    assert!(part.iter().all(|(_, y, run)| *y < 128 && run.start >= 150));
    let error = decoded(id, &bytes, shape, [0..1, 127..128, 149..150]).unwrap_err();
    assert!(error.to_string().contains("99"), "{error}");
}

#[test]
fn small_and_simple_slices_are_not_cut() {
    let (shape, voxels) = blocks(255, 255);
    assert_eq!(encoded(&voxels, shape).0, CodecId::Context);
    // Large ones with one label in the middle.
    let shape = ChunkShape { depth: 1, height: 256, width: 300 };
    let mut simple = vec![0; 256 * 300];
    (100..140).for_each(|y| simple[y * 300 + 120..y * 300 + 170].fill(3));
    assert_eq!(encoded(&simple, shape).0, CodecId::Context);
}

#[test]
fn a_chunk_by_hand_is_read() {
    // Tiles of 2 x 8 voxels in a slice of 3 x 12: raw, with bits of 8, 4, 8 and 4 voxels a row.
    let tiles =
        [&[0, 2, 0b1111_0000, 0b0000_0001][..], &[0, 1, 0b1000_0011], &[0, 0], &[0, 1, 0b1111]];
    let bytes = [&[2, 8][..], &tiles.concat()].concat();
    let shape = ChunkShape { depth: 1, height: 3, width: 12 };
    let mut rows = Collector::default();
    decode(CodecId::Tiles, &bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut rows).unwrap();
    let run = |start, end| Run { start, end, label: 1 };
    // Runs that go on in the next tile are one.
    let first = [(0, 0, run(4, 10)), (0, 1, run(0, 1)), (0, 1, run(11, 12))];
    assert_eq!(rows.runs, [&first[..], &[(0, 2, run(8, 12))]].concat());
}

#[test]
fn damage_is_refused() {
    let shape = ChunkShape { depth: 1, height: 3, width: 12 };
    let two = [0, 0, 0, 0];
    for (bytes, reason) in [
        (&[][..], "ends early"),
        (&[0, 8, 0, 0, 0, 0], "no voxel"),
        (&[4, 8, 0, 0, 0, 0], "more than it has"),
        (&[3, 13, 0, 0], "more than it has"),
        (&[1, 1, 0, 0, 0, 0], "more tiles than bytes"),
        (&[3, 6, 0, 0, 0], "more tiles than bytes"),
        (&[3, 6, 0, 0, 0, 2], "ends early"),
        (&[3, 6, 0, 0, 0, 0, 0], "follow its end"),
        (&[3, 12, 7, 2, 0, 0], "within tiles"),
        (&[3, 12, 5, 2, 0, 0], "within tiles"),
        (&[3, 12, 99, 1, 0], "99"),
        (&[3, 12, 0, 1, 0], "length"),
    ] {
        let error = decoded(CodecId::Tiles, bytes, shape, EVERYTHING).unwrap_err();
        assert!(error.to_string().contains(reason), "{bytes:?}: {error}");
    }
    // Two tiles without a voxel are a chunk; tiles in the rest of `planes` are, too, but no tiles within them.
    let whole = |id, bytes: &[u8]| decoded(id, bytes, shape, EVERYTHING);
    assert_eq!(whole(CodecId::Tiles, &[&[3, 6][..], &two].concat()).unwrap(), []);
    assert_eq!(whole(CodecId::Planes, &[&[7, 0, 0, 0, 3, 6][..], &two].concat()).unwrap(), []);
    for (id, bytes) in
        [(CodecId::Tiles, &[3, 6, 0, 0, 0, 0][..]), (CodecId::Planes, &[7, 0, 0, 0, 3])]
    {
        assert!(innermost(id, bytes).is_err());
    }
}

#[test]
fn what_is_not_wanted_does_not_wait() {
    // 90 slices in two tiles along x, raw, with rows of 8 and 3 voxels, of which every second one is labelled, and all.
    let shape = ChunkShape { depth: 90, height: 2, width: 11 };
    let wide = [&[0, 0xb4, 1][..], &[0b0101_0101; 180]].concat();
    let narrow = [&[0, 68][..], &[255; 67], &[0b1111]].concat();
    let bytes = [&[2, 8][..], &wide, &narrow].concat();
    let memory = Memory::new(Some(10_000));
    let mut part = Part { wanted: [7..8, 1..2, 0..11], rows: Collector::default() };
    decode(CodecId::Tiles, &bytes, shape, Dtype::Bool, &memory, &mut part).unwrap();
    let run = |start, end| (7, 1, Run { start, end, label: 1 });
    assert_eq!(part.rows.runs, [run(0, 1), run(2, 3), run(4, 5), run(6, 7), run(8, 11)]);
    let all =
        decode(CodecId::Tiles, &bytes, shape, Dtype::Bool, &memory, &mut Collector::default());
    assert!(matches!(all, Err(FormatError::Memory { .. })), "{all:?}");
}

#[test]
fn rows_of_tiles_take_no_more_memory_than_they_may() {
    let (shape, voxels) = blocks(256, 300);
    let (id, bytes) = encoded(&voxels, shape);
    let memory = Memory::new(Some(3 << 20));
    let mut rows = Collector::default();
    decode(id, &bytes, shape, Dtype::U16, &memory, &mut rows).unwrap();
    let memory = Memory::new(Some(1 << 20));
    let result = decode(id, &bytes, shape, Dtype::U16, &memory, &mut Collector::default());
    let error = result.unwrap_err().to_string();
    assert!(error.contains("rows of a chunk's tiles"), "{error}");
}
