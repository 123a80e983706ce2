//! Bytes of small `context` chunks. They may be added to, never changed: files that hold such chunks exist.

use medmask_format::codec::{
    ChunkShape, Codec, CodecId, Collector, DenseSource, Painter, Region, decode, encode,
    slab_height,
};
use medmask_format::{Dtype, Run};

const fn shape(depth: u32, height: u32, width: u32) -> ChunkShape {
    ChunkShape { depth, height, width }
}

/// Worked out by hand from SPEC.md. The row is broken, at even odds: `high` becomes 0x7fffffff. That the
/// voxel is background has the probability 32,829: five inputs of 1 with weights of 2,730 make the logit 1,
/// `squash` of it is 32,831, the correction 32,827. The answer is no: `low` becomes 0x401e7fff, and 0x41 is
/// the shortest end.
#[test]
fn one_voxel() {
    let mut collector = Collector::default();
    decode(CodecId::Context, &[0x00, 0x41], shape(1, 1, 1), Dtype::Bool, &mut collector).unwrap();
    assert_eq!(collector.runs, [(0, 0, Run { start: 0, end: 1, label: 1 })]);
}

/// A ball of label 3 with a core of label 300, in 12 voxels along each axis.
fn balls() -> Vec<u16> {
    let square = |i: i32| (2 * i - 11) * (2 * i - 11);
    let place = |i: i32| square(i % 12) + square(i / 12 % 12) + square(i / 144);
    (0..12 * 12 * 12)
        .map(place)
        .map(|d| {
            if d < 30 {
                300
            } else if d < 110 {
                3
            } else {
                0
            }
        })
        .collect()
}

#[test]
fn two_balls_with_the_prior() {
    let voxels = balls();
    let mut bytes = Vec::new();
    let source = DenseSource::new(&voxels, 144, 12, 12);
    let id = encode(&Codec::Context, &source, shape(12, 12, 12), Dtype::U16, &mut bytes).unwrap();
    assert_eq!((id, hex(&bytes).as_str()), (CodecId::Context, BALLS));
    let mut painted = vec![0; voxels.len()];
    let region = Region { start: [0; 3], end: [12; 3] };
    let mut painter = Painter::new(&mut painted, region, [0; 3]);
    decode(id, &bytes, shape(12, 12, 12), Dtype::U16, &mut painter).unwrap();
    assert_eq!(painted, voxels);
}

/// Checked with a reader written from SPEC.md alone.
const BALLS: &str =
    "030202a802e82392338300d6e89c69af2246cfac3d31bf9c0e054dc5717eb381ce0979be7377979bb220";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn slabs_of_large_slices_are_low() {
    let height = |side, dtype| slab_height(&Codec::Context, shape(640, side, side), dtype);
    assert_eq!([20, 50, 512].map(|side| height(side, Dtype::Bool)), [34, 14, 14]);
    assert_eq!(height(512, Dtype::U8), 92);
}
