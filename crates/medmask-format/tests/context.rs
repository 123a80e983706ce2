//! Bytes of small `context` chunks. They may be added to, never changed: files that hold such chunks exist.

use medmask_format::codec::{
    ChunkShape, Codec, CodecId, Collector, DenseSource, Painter, Region, Source, decode, encode,
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

/// A ball that fills its box.
fn ball(side: usize) -> Vec<bool> {
    let square = |i: usize| (2 * i + 1).abs_diff(side).pow(2);
    (0..side.pow(3))
        .map(|i| {
            square(i % side) + square(i / side % side) + square(i / side / side) <= side * side
        })
        .collect()
}

/// How many voxels of a slice are not quiet, but for what is left of them (SPEC.md, "Context: scan").
fn coded(ball: &[bool], side: usize, z: usize) -> usize {
    let voxel = |z: usize, y: isize, x: usize| {
        let y = usize::try_from(y).ok().filter(|y| *y < side)?;
        (x < side).then(|| ball[(z * side + y) * side + x])
    };
    let loud = |y: usize, x: usize| {
        let y = y as isize;
        let before = if z == 0 { [(0, y - 1); 2] } else { [(z - 1, y), (z - 1, y + 1)] };
        let rows = [(z, y - 1), before[0], before[1]];
        let mut six =
            rows.into_iter().flat_map(|(z, y)| [x, x + 1].map(|x| voxel(z, y, x).unwrap_or(false)));
        let first = six.next();
        six.any(|other| Some(other) != first)
    };
    (0..side * side).filter(|i| loud(i / side, i % side)).count()
}

#[test]
fn slabs_are_as_high_as_leaves_a_slice_fast() {
    for (side, expected) in [(20, 20), (40, 20), (80, 10), (200, 8)] {
        let ball = ball(side);
        let coded: Vec<usize> = (0..side).map(|z| coded(&ball, side, z)).collect();
        let most = |height: usize| coded.chunks(height).map(|slab| slab.iter().sum()).max();
        let extent = side as u32;
        let height = |dtype| {
            let source = DenseSource::new(&ball, side * side, side, side);
            let shape = shape(extent, extent, extent);
            slab_height(&Codec::Context, &source, shape, dtype).unwrap() as usize
        };
        let taken = height(Dtype::Bool);
        assert_eq!(taken, expected);
        // One slab fewer would be too much.
        let slabs = side.div_ceil(taken);
        let higher = if slabs > 1 { side.div_ceil(slabs - 1) } else { usize::MAX };
        assert!(higher > side || most(higher) > Some(5000_usize), "{side}: {taken}");
        assert!(most(taken) <= Some(5000) || taken == 8, "{side}: {taken}");
        assert_eq!(height(Dtype::U8), side.div_ceil(side.div_ceil(96)));
    }
}

#[test]
fn slabs_have_64_slices_at_most() {
    let (shape, column) = (shape(640, 2, 2), vec![true; 640 * 4]);
    let source = DenseSource::new(&column, 4, 2, 2);
    assert_eq!(slab_height(&Codec::Context, &source, shape, Dtype::Bool).unwrap(), 64);
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
    let side = 60_usize;
    let mut plates = vec![true; 90 * side * side];
    let empty: Vec<usize> = (0..90).filter(|z| z % 9 > 1).collect();
    for z in &empty {
        plates[z * side * side..(z + 1) * side * side].fill(false);
    }
    let shape = shape(90, 60, 60);
    let source = DenseSource::new(&plates, side * side, side, side);
    let height =
        |source: &dyn Source| slab_height(&Codec::Context, source, shape, Dtype::Bool).unwrap();
    let plain = height(&source);
    assert!(plain < 64);
    assert_eq!(height(&Told(source, &empty)), plain);
}
