//! Bytes of small chunks, worked out by hand from SPEC.md. They may be added to, never changed: files that
//! hold such chunks exist.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::Collector;
use medmask_format::codec::{
    ChunkShape, Codec, CodecId, DenseSource, Entropy, Painter, decode, encode,
};
use medmask_format::{Bounds, Dtype, Memory, Run};

const SHAPE: ChunkShape = ChunkShape { depth: 2, height: 3, width: 5 };

/// Two slices of three rows: an edit, a shift, a copy of the row; then a copy of the slice before, a row
/// of its own, and nothing.
const LABELS: [u8; 30] = [
    0, 7, 7, 9, 0, //
    0, 0, 7, 9, 9, //
    0, 0, 7, 9, 9, //
    0, 7, 7, 9, 0, //
    1, 0, 0, 0, 0, //
    0, 0, 0, 0, 0, //
];

fn encoded(codec: Codec) -> (CodecId, Vec<u8>) {
    let mut bytes = Vec::new();
    let id =
        encode(&codec, &DenseSource::new(&LABELS, 15, 5, 5), SHAPE, Dtype::U8, &mut bytes).unwrap();
    (id, bytes)
}

fn decoded(id: CodecId, bytes: &[u8], shape: ChunkShape, dtype: Dtype) -> Vec<(u32, u32, Run)> {
    let mut collector = Collector::default();
    decode(id, bytes, shape, dtype, &Memory::unlimited(), &mut collector).unwrap();
    collector.runs
}

fn run(z: u32, y: u32, start: u32, end: u32, label: u32) -> (u32, u32, Run) {
    (z, y, Run { start, end, label })
}

fn labelled() -> Vec<(u32, u32, Run)> {
    vec![
        run(0, 0, 1, 3, 7),
        run(0, 0, 3, 4, 9),
        run(0, 1, 2, 3, 7),
        run(0, 1, 3, 5, 9),
        run(0, 2, 2, 3, 7),
        run(0, 2, 3, 5, 9),
        run(1, 0, 1, 3, 7),
        run(1, 0, 3, 4, 9),
        run(1, 1, 0, 1, 1),
    ]
}

#[test]
fn raw_is_the_voxels() {
    let (id, bytes) = encoded(Codec::Raw);
    assert_eq!((id, bytes.as_slice()), (CodecId::Raw, LABELS.as_slice()));
    assert_eq!(decoded(id, &bytes, SHAPE, Dtype::U8), labelled());
}

#[test]
fn raw_bool_is_bits_the_lowest_first() {
    // Rows 1011 and 1101 in the order of x: bits 0, 2, 3, then 4, 5, 7.
    let shape = ChunkShape { depth: 1, height: 2, width: 4 };
    let voxels = [true, false, true, true, true, true, false, true];
    let mut bytes = Vec::new();
    let source = DenseSource::new(&voxels, 8, 4, 4);
    encode(&Codec::Raw, &source, shape, Dtype::Bool, &mut bytes).unwrap();
    assert_eq!(bytes, [0b1011_1101]);
    let runs = [run(0, 0, 0, 1, 1), run(0, 0, 2, 4, 1), run(0, 1, 0, 2, 1), run(0, 1, 3, 4, 1)];
    assert_eq!(decoded(CodecId::Raw, &bytes, shape, Dtype::Bool), runs);
}

#[test]
fn wider_labels_are_little_endian() {
    let shape = ChunkShape { depth: 1, height: 1, width: 2 };
    let mut bytes = Vec::new();
    let source = DenseSource::new(&[0x0102_u16, 0], 2, 2, 2);
    encode(&Codec::Raw, &source, shape, Dtype::U16, &mut bytes).unwrap();
    assert_eq!(bytes, [2, 1, 0, 0]);
    bytes.clear();
    let source = DenseSource::new(&[0, 0x0102_0304_u32], 2, 2, 2);
    encode(&Codec::Raw, &source, shape, Dtype::U32, &mut bytes).unwrap();
    assert_eq!(bytes, [0, 0, 0, 0, 4, 3, 2, 1]);
}

#[test]
fn lz4_and_zstd_blocks_are_read() {
    // LZ4: a sequence of 30 literals (15 in the token, 15 after it) and no match.
    let lz4 = [&[0xf0, 15], LABELS.as_slice()].concat();
    // Zstandard (RFC 8878): magic number, single segment of 30 bytes, one last raw block of 30 bytes.
    let zstd = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 30, 30 << 3 | 1, 0, 0], LABELS.as_slice()].concat();
    if cfg!(feature = "lz4") {
        assert_eq!(decoded(CodecId::Lz4, &lz4, SHAPE, Dtype::U8), labelled());
    }
    if cfg!(feature = "zstd") {
        assert_eq!(decoded(CodecId::Zstd, &zstd, SHAPE, Dtype::U8), labelled());
    }
}

#[test]
fn small_chunks_are_packed_as_runs() {
    // Packed without a compressor, 4 bits a voxel, the first voxel of each byte in its low bits.
    let packed =
        [0x10, 4, 0x70, 0x97, 0x00, 0x70, 0x99, 0x00, 0x97, 0x09, 0x77, 0x09, 0x01, 0, 0, 0, 0];
    let (id, bytes) = encoded(Codec::Runs { entropy: Entropy::None });
    assert_eq!((id, bytes.as_slice()), (CodecId::Runs, packed.as_slice()));
    assert_eq!(decoded(id, &bytes, SHAPE, Dtype::U8), labelled());
}

/// One byte says "streams, not compressed", then each stream has twice its length in front.
#[rustfmt::skip]
const STREAMS: &[u8] = &[
    0,
    // Operations: edit, shift from the row before, copy the row, copy the slice, edit twice.
    2 * 5, 4, 3, 1, 0, 4 | 1 << 3,
    // Moves of 1, 3 and 4 to 2, 3 and 5: zigzag of 1, 0, 1. Then of 2 to 0 and of 5 to 1 in the edit below.
    2 * 5, 2, 0, 2, 3, 7,
    // Steps. Insert 7 at 1; insert 9 after a gap of 1; insert 0 at the next place; end.
    2 * 16, 3, 1, 7, 3, 1, 9, 3, 0, 0, 4,
    // Along 2, 3, 5: relabel the first to 1, delete the second, keep the third; end.
    1, 1, 2, 0, 4,
    // Along 2, 3, 5: end.
    4,
];

#[test]
fn streams_are_read() {
    assert_eq!(decoded(CodecId::Runs, STREAMS, SHAPE, Dtype::U8), labelled());
}

/// A disc that shrinks from slice to slice.
fn cone() -> (ChunkShape, Vec<bool>) {
    let shape = ChunkShape { depth: 6, height: 24, width: 24 };
    let mut voxels = Vec::new();
    for z in 0..6_i32 {
        for y in 0..24_i32 {
            for x in 0..24_i32 {
                let radius = 12 - z;
                voxels.push((2 * y - 23).pow(2) + (2 * x - 20).pow(2) < 4 * radius * radius);
            }
        }
    }
    (shape, voxels)
}

/// Written by this encoder once; the reader in `tests/peers` reads the same voxels from such chunks.
const TRANSITIONS: &[u8] = &[
    18, 127, 171, 134, 237, 231, 74, 175, 209, 99, 95, 17, 229, 226, 86, 183, 16, 101, 29, 12, 183,
    179, 166, 230, 142, 215, 98, 83, 168, 212, 98, 99, 27, 156, 142, 26, 39, 232, 34, 88, 65, 203,
    160, 111, 15, 76, 197,
];

#[test]
fn transitions_stay_readable() {
    let (shape, voxels) = cone();
    let source = DenseSource::new(&voxels, 24 * 24, 24, 24);
    let mut bytes = Vec::new();
    let codec = Codec::Transitions;
    let id = encode(&codec, &source, shape, Dtype::Bool, &mut bytes).unwrap();
    assert_eq!((id, bytes.as_slice()), (CodecId::Transitions, TRANSITIONS));
    let mut painted = vec![false; voxels.len()];
    let region = Bounds { start: [0; 3], end: [6, 24, 24] };
    decode(
        id,
        TRANSITIONS,
        shape,
        Dtype::Bool,
        &Memory::unlimited(),
        &mut Painter::new(&mut painted, region, [0; 3]),
    )
    .unwrap();
    assert!(painted == voxels);
}

#[test]
fn tiles_stay_readable() {
    // Two cones side by side and nothing below, in tiles of 24 x 24, the last row of which has one voxel along y.
    let tile = [&[6, TRANSITIONS.len() as u8][..], TRANSITIONS].concat();
    let bytes = [&[24, 24][..], &tile, &tile, &[0, 0, 0, 0]].concat();
    let shape = ChunkShape { depth: 6, height: 25, width: 48 };
    let mut painted = vec![false; 6 * 25 * 48];
    let region = Bounds { start: [0; 3], end: [6, 25, 48] };
    let mut painter = Painter::new(&mut painted, region, [0; 3]);
    decode(CodecId::Tiles, &bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut painter).unwrap();
    let (_, cone) = cone();
    let is_inside = |z: usize, y: usize, x: usize| y < 24 && cone[(z * 24 + y) * 24 + x % 24];
    let voxels: Vec<bool> = (0..6 * 25 * 48)
        .map(|place| is_inside(place / 48 / 25, place / 48 % 25, place % 48))
        .collect();
    assert!(painted == voxels);
}

/// The cone in stripes of labels that differ by more than a byte.
fn striped_cone() -> (ChunkShape, Vec<u32>) {
    let (shape, cone) = cone();
    let labels = cone.iter().enumerate().map(|(index, inside)| {
        let (x, y) = (index % 24, index / 24 % 24);
        if *inside { [1, 70_000, 3][(x + y / 2) / 7 % 3] } else { 0 }
    });
    (shape, labels.collect())
}

/// As `TRANSITIONS`.
const TRANSITIONS_LABELS: &[u8] = &[
    153, 188, 190, 181, 184, 5, 192, 203, 128, 46, 57, 117, 253, 216, 243, 35, 211, 99, 183, 22,
    24, 213, 150, 98, 61, 84, 84, 163, 163, 186, 18, 69, 197, 69, 241, 200, 51, 8, 107, 1, 186,
    100, 189, 86, 46, 151, 159, 33, 162, 71, 223, 160, 88, 176, 157, 196, 160, 250, 241, 160, 124,
    98, 210, 145, 157, 66, 166, 138, 130, 199, 16, 188, 43, 92, 134, 11, 246, 57, 99, 189, 207, 46,
    227, 98, 239, 101, 115, 218, 226, 157, 153, 102, 67, 187, 14, 63, 44, 184, 11, 237, 137, 167,
    178, 34, 37, 208, 205, 42, 215,
];

#[test]
fn transitions_of_labels_stay_readable() {
    let (shape, labels) = striped_cone();
    let source = DenseSource::new(&labels, 24 * 24, 24, 24);
    let codec = Codec::Transitions;
    let mut bytes = Vec::new();
    let id = encode(&codec, &source, shape, Dtype::U32, &mut bytes).unwrap();
    assert_eq!((id, bytes.as_slice()), (CodecId::Transitions, TRANSITIONS_LABELS));
    let mut painted = vec![0_u32; labels.len()];
    let region = Bounds { start: [0; 3], end: [6, 24, 24] };
    let mut painter = Painter::new(&mut painted, region, [0; 3]);
    decode(id, TRANSITIONS_LABELS, shape, Dtype::U32, &Memory::unlimited(), &mut painter).unwrap();
    assert!(painted == labels);
}

/// Chunks whose numbers have bits set in a symbol that do not count. The reader in `tests/peers` reads the same from them.
#[test]
fn only_the_low_bits_of_a_number_count() {
    let shape = ChunkShape { depth: 1, height: 1, width: 16 };
    for (bytes, voxel) in [([0x15, 0x66, 0x72], 1), ([0x16, 0x32, 0x2b], 3)] {
        let runs = decoded(CodecId::Transitions, &bytes, shape, Dtype::Bool);
        assert_eq!(runs.first().map(|(_, _, run)| run.start), Some(voxel));
    }
}
