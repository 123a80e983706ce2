//! Bytes of small `context` chunks. They may be added to, never changed: files that hold such chunks exist.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::Collector;
use medmask_format::codec::{
    ChunkShape, Codec, CodecId, DenseSource, Painter, Source, decode, encode, slab_height,
};
use medmask_format::{Bounds, Dtype, Memory, Run};

const fn shape(depth: u32, height: u32, width: u32) -> ChunkShape {
    ChunkShape { depth, height, width }
}

/// Worked out by hand from SPEC.md. The row is broken, at even odds: `high` becomes 0x7fffffff. That the
/// voxel is background has the probability 32,829: nine inputs of 1 with weights of 1,638 make the logit 1,
/// `squash` of it is 32,831, the correction 32,827. The answer is no: `low` becomes 0x401e7fff, and 0x41 is
/// the shortest end.
#[test]
fn one_voxel() {
    let mut collector = Collector::default();
    decode(
        CodecId::Context,
        &[0x00, 0x41],
        shape(1, 1, 1),
        Dtype::Bool,
        &Memory::unlimited(),
        &mut collector,
    )
    .unwrap();
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
    for chunk in [BALLS, BALLS_WITHOUT_EXITS, BALLS_FROM_SLICE_5] {
        let mut painted = vec![0; voxels.len()];
        let region = Bounds { start: [0; 3], end: [12; 3] };
        let mut painter = Painter::new(&mut painted, region, [0; 3]);
        decode(
            id,
            &unhex(chunk),
            shape(12, 12, 12),
            Dtype::U16,
            &Memory::unlimited(),
            &mut painter,
        )
        .unwrap();
        assert_eq!(painted, voxels);
    }
}

// Checked with a reader written from SPEC.md alone.
const BALLS: &str =
    "170250082cee5620d1d909df30ae09a255be4a8a04195d54602cb8db8e30e0c9b626394ce906129b";
const BALLS_WITHOUT_EXITS: &str =
    "030250082cee5620d1e371384121d25539a3001962e3cf328f47b293be4dc7e245c480b1cc5a0c4bdc";
const BALLS_FROM_SLICE_5: &str = "1f02051d50082b6b86d82e82a1a987a51d6c188a124cb635f2d054406918f82f7ad7d2a37a84f8f99487a29489d54f";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let digits = digits.as_bytes().as_chunks::<2>().0;
    digits
        .iter()
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A ball that fills its box.
fn ball(side: usize) -> Vec<bool> {
    let square = |i: usize| (2 * i + 1).abs_diff(side).pow(2);
    (0..side.pow(3))
        .map(|i| {
            square(i % side) + square(i / side % side) + square(i / side / side) <= side * side
        })
        .collect()
}

/// How long a slice takes in coded voxels (SPEC.md, "Context: scan"), after another slice or as a chunk's first.
fn work(ball: &[bool], side: usize, z: usize, first: bool) -> usize {
    let voxel = |z: usize, y: isize, x: isize| {
        let [y, x] = [y, x].map(|i| usize::try_from(i).ok().filter(|i| *i < side));
        y.zip(x).is_some_and(|(y, x)| ball[(z * side + y) * side + x])
    };
    let mut work = side / 6;
    for y in 0..side as isize {
        let rows = if first { [(z, y - 1); 3] } else { [(z, y - 1), (z - 1, y), (z - 1, y + 1)] };
        let differ = |x: isize| {
            let mut six = rows.into_iter().flat_map(|(z, y)| [voxel(z, y, x), voxel(z, y, x + 1)]);
            let one = six.next();
            six.any(|other| Some(other) != one)
        };
        let across = 0..side as isize;
        let around = if first { 2 } else { 0 };
        let loud = |x: isize| (x - around..=x + around).any(|x| across.contains(&x) && differ(x));
        let quiet = |x: isize| !loud(x) && voxel(z, y, x - 1) == voxel(z, y - 1, x);
        let broken = across.clone().any(|x| quiet(x) && voxel(z, y, x) != voxel(z, y, x - 1));
        work += across.clone().filter(|x| broken || !quiet(*x)).count();
        work += 2 * usize::from(across.clone().any(|x| loud(x) || voxel(z, y, x)));
    }
    work
}

/// What each slice takes as a chunk's first, and after another.
fn works(ball: &[bool], side: usize) -> Vec<[usize; 2]> {
    (0..side).map(|z| [work(ball, side, z, true), work(ball, side, z.max(1), false)]).collect()
}

/// The work until any slice of a slab is known, if coding starts where that is least.
fn longest(slab: &[[usize; 2]]) -> usize {
    let later = |slices: &[[usize; 2]]| slices.iter().map(|[_, later]| later).sum::<usize>();
    let from = |start: usize| slab[start][0] + later(&slab[..start]).max(later(&slab[start + 1..]));
    let middle = (0..slab.len()).map(from).min().unwrap();
    let lowest = from(0);
    if lowest > 4900 && middle * 4 <= lowest * 3 { middle } else { lowest }
}

#[test]
fn slabs_are_as_high_as_leaves_a_slice_fast() {
    // Of a mask, and of a label map, which has at most 96 slices and may take longer.
    let noise =
        (0..60_u32.pow(3)).map(|place| place.wrapping_mul(0x9E37_79B1) >> 31 == 1).collect();
    let cases = [(20, ball(20), [20, 20]), (160, ball(160), [80, 80]), (60, noise, [30, 60])];
    for (side, voxels, expected) in cases {
        let works = works(&voxels, side);
        let most = |height: usize| works.chunks(height).map(longest).max();
        let extent = side as u32;
        let height = |dtype| {
            let source = DenseSource::new(&voxels, side * side, side, side);
            let shape = shape(extent, extent, extent);
            slab_height(&Codec::Context, &source, shape, dtype).unwrap() as usize
        };
        let taken = [Dtype::Bool, Dtype::U8].map(height);
        assert_eq!(taken, expected, "{side}");
        for (taken, (most_work, highest)) in taken.into_iter().zip([(60_000, 128), (150_000, 96)]) {
            assert!(most(taken) <= Some(most_work) || taken == 16, "{side}: {taken}");
            // One slab fewer would be too much.
            let slabs = side.div_ceil(taken);
            if slabs > 1 {
                let higher = side.div_ceil(slabs - 1);
                let is_too_much = most(higher) > Some(most_work) || higher > highest;
                assert!(is_too_much, "{side}: {taken}");
            }
        }
    }
}

#[test]
fn slabs_have_128_slices_at_most() {
    let (shape, column) = (shape(640, 2, 2), vec![true; 640 * 4]);
    let source = DenseSource::new(&column, 4, 2, 2);
    assert_eq!(slab_height(&Codec::Context, &source, shape, Dtype::Bool).unwrap(), 128);
}

/// Plates with empty slices between them, with and without the source saying so.
#[test]
fn empty_slices_change_no_slab() {
    struct Told<'a>(DenseSource<'a, bool>, &'a [usize]);
    impl Source for Told<'_> {
        fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
            assert!(!self.is_empty(z) || z == 0 || !self.is_empty(z - 1), "{z} was asked for");
            self.0.row(z, y, runs);
        }
        fn is_empty(&self, z: u32) -> bool {
            self.1.contains(&(z as usize))
        }
    }
    let side = 120_usize;
    // No plane is as the one before.
    let holes =
        |place: usize| (place / side % side + place % side * 3 + place / 14_400).is_multiple_of(5);
    let mut plates: Vec<bool> = (0..90 * side * side).map(|place| !holes(place)).collect();
    let empty: Vec<usize> = (0..90).filter(|z| z % 9 > 1).collect();
    for z in &empty {
        plates[z * side * side..(z + 1) * side * side].fill(false);
    }
    let shape = shape(90, 120, 120);
    let source = DenseSource::new(&plates, side * side, side, side);
    let height =
        |source: &dyn Source| slab_height(&Codec::Context, source, shape, Dtype::Bool).unwrap();
    let plain = height(&source);
    assert!(plain < 90);
    assert_eq!(height(&Told(source, &empty)), plain);
}

/// A bent column that fills slices from the first to the last, of a box that begins inside the grid.
#[test]
fn every_slice_comes_out_alone() {
    let inside = |z: usize, y: usize, x: usize| {
        y.abs_diff(24 + z / 3).pow(2) + x.abs_diff(20 + z % 7).pow(2) < 300
    };
    let voxels: Vec<bool> =
        (0..30 * 56 * 50).map(|i| inside(i / 2800, i / 50 % 56, i % 50)).collect();
    let mut bytes = Vec::new();
    let source = DenseSource::new(&voxels, 2800, 50, 50);
    let id = encode(&Codec::Context, &source, shape(30, 56, 50), Dtype::Bool, &mut bytes).unwrap();
    assert_eq!((id, bytes[0] & 8), (CodecId::Context, 8));
    for z in 0..30 {
        let region = Bounds { start: [z + 5, 3, 2], end: [z + 6, 59, 52] };
        let mut painted = vec![false; 2800];
        let mut painter = Painter::new(&mut painted, region, [5, 3, 2]);
        decode(id, &bytes, shape(30, 56, 50), Dtype::Bool, &Memory::unlimited(), &mut painter)
            .unwrap();
        assert!(painted == voxels[z * 2800..][..2800], "{z}");
    }
}

/// Steps that leave the row's first voxel: its neighbours outside are no reason for the wide rule.
#[test]
fn a_wedge_at_the_edge() {
    let voxels: Vec<bool> = (0..4 * 9 * 16)
        .map(|i| (i / 144, i / 16 % 9, i % 16))
        .map(|(z, y, x)| (3..8).contains(&y) && 2 * x < 3 * y + z)
        .collect();
    let source = DenseSource::new(&voxels, 144, 16, 16);
    let mut bytes = Vec::new();
    encode(&Codec::Context, &source, shape(4, 9, 16), Dtype::Bool, &mut bytes).unwrap();
    // Checked with a reader written from SPEC.md alone.
    assert_eq!(hex(&bytes), "16a654fab696f747c2");
}
