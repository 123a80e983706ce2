//! The codec `planes`: chunks of repeated planes against naive lists of voxels.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::ops::{ControlFlow, Range};

use common::Collector;
use medmask_format::codec::{
    ChunkShape, Codec, CodecId, DenseSource, Entropy, Sink, decode, encode, slab_height,
};
use medmask_format::{Dtype, FormatError, Memory, Run};
use proptest::prelude::*;

/// A chunk and the voxels in it, (z, y, x).
struct Chunk {
    shape: ChunkShape,
    voxels: Vec<u16>,
}

impl Chunk {
    fn source(&self) -> DenseSource<'_, u16> {
        let (height, width) = (self.shape.height as usize, self.shape.width as usize);
        DenseSource::new(&self.voxels, height * width, width, width)
    }

    fn encoded(&self, codec: &Codec) -> (CodecId, Vec<u8>) {
        let mut bytes = Vec::new();
        let id = encode(codec, &self.source(), self.shape, Dtype::U16, &mut bytes).unwrap();
        (id, bytes)
    }

    /// Its runs, one row after the other.
    fn runs(&self) -> Vec<(u32, u32, Run)> {
        let ChunkShape { height, width, .. } = self.shape;
        let mut runs: Vec<(u32, u32, Run)> = Vec::new();
        for (place, label) in (0..).zip(&self.voxels).filter(|(_, label)| **label > 0) {
            let (z, y, x) = (place / width / height, place / width % height, place % width);
            match runs.last_mut() {
                Some((last_z, last_y, run))
                    if (*last_z, *last_y, run.end, run.label) == (z, y, x, (*label).into()) =>
                {
                    run.end += 1;
                }
                _ => runs.push((z, y, Run { start: x, end: x + 1, label: (*label).into() })),
            }
        }
        runs
    }
}

/// Each plane of `base`, of 3 x 4 x 5 voxels, as often as `times` say along z, y and x.
fn repeated(base: &[u16], times: &[Vec<usize>; 3]) -> Chunk {
    let places = [0, 1, 2].map(|axis: usize| -> Vec<usize> {
        let times = (0..).zip(&times[axis]);
        times.flat_map(|(plane, times)| std::iter::repeat_n(plane, *times)).collect()
    });
    let mut voxels = Vec::new();
    for z in &places[0] {
        for y in &places[1] {
            voxels.extend(places[2].iter().map(|x| base[(z * 4 + y) * 5 + x]));
        }
    }
    let [depth, height, width] = places.map(|places| places.len() as u32);
    Chunk { shape: ChunkShape { depth, height, width }, voxels }
}

fn codecs() -> [Codec; 3] {
    [Codec::default(), Codec::Runs { entropy: Entropy::default() }, Codec::Context]
}

fn decoded(id: CodecId, bytes: &[u8], shape: ChunkShape) -> Result<Collector, FormatError> {
    let mut rows = Collector::default();
    decode(id, bytes, shape, Dtype::U16, &Memory::unlimited(), &mut rows)?;
    Ok(rows)
}

/// Wants some slices, and breaks off behind them.
struct Part {
    slices: Range<u32>,
    rows: Collector,
}

impl Sink for Part {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        if z >= self.slices.end {
            return ControlFlow::Break(());
        }
        if self.slices.contains(&z) { self.rows.row(z, y, runs) } else { ControlFlow::Continue(()) }
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        [self.slices.clone(), 0..u32::MAX, 0..u32::MAX]
    }
}

fn times(planes: usize, most: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..=most, planes)
}

/// Wants `slices` of the chunk, whose runs are `runs`, and all of it.
fn check_whole_and_in_part(
    (id, bytes): &(CodecId, Vec<u8>),
    shape: ChunkShape,
    runs: &[(u32, u32, Run)],
    slices: &Range<u32>,
) {
    assert_eq!(decoded(*id, bytes, shape).unwrap().runs, runs);
    let wanted: Vec<_> = runs.iter().filter(|(z, ..)| slices.contains(z)).copied().collect();
    let mut part = Part { slices: slices.clone(), rows: Collector::default() };
    decode(*id, bytes, shape, Dtype::U16, &Memory::unlimited(), &mut part).unwrap();
    assert_eq!(part.rows.runs, wanted);
}

#[test]
fn a_chunk_tells_what_compresses_its_rows() {
    // Slanted stripes, each slice once or three times.
    let width = 90;
    let base: Vec<u16> =
        (0..12 * 20 * width).map(|n| u16::from((n / width + n % width) % 30 < 9)).collect();
    for times in [1, 3] {
        let shape = ChunkShape { depth: 12 * times, height: 20, width };
        let slice = 20 * width as usize;
        let slices = base.chunks(slice).flat_map(|one| std::iter::repeat_n(one, times as usize));
        let chunk = Chunk { shape, voxels: slices.flatten().copied().collect() };
        for entropy in [Entropy::None, Entropy::Lz4, Entropy::default()] {
            let codec = Codec::Runs { entropy };
            let (id, bytes) = chunk.encoded(&codec);
            assert_eq!(id, if times == 1 { CodecId::Runs } else { CodecId::Planes });
            assert_eq!(Codec::like(CodecId::Runs, id, &bytes), Some(codec));
        }
    }
    assert_eq!(Codec::like(CodecId::Context, CodecId::Planes, &[]), Some(Codec::Context));
    assert_eq!(
        Codec::like(CodecId::Runs, CodecId::Planes, &[]),
        Some(Codec::Runs { entropy: Entropy::default() })
    );
    assert_eq!(Codec::like(CodecId::Planes, CodecId::Planes, &[]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn repeated_planes_come_back_whole_and_in_part(
        base in prop::collection::vec(prop_oneof![2 => Just(0_u16), 3 => 1_u16..4], 60),
        times in (times(3, 9), times(4, 9), times(5, 9)),
        part in (0_u32..28, 0_u32..28),
    ) {
        let chunk = repeated(&base, &[times.0, times.1, times.2]);
        let runs = chunk.runs();
        for codec in codecs() {
            let slices = part.0.min(part.1)..part.0.max(part.1);
            check_whole_and_in_part(&chunk.encoded(&codec), chunk.shape, &runs, &slices);
        }
        let bytes = |codec| chunk.encoded(&codec).1.len();
        let smallest = bytes(Codec::Context);
        prop_assert!(smallest <= bytes(Codec::Transitions));
        let runs = bytes(Codec::Runs { entropy: Entropy::None });
        prop_assert!(smallest <= runs || smallest > 64, "{smallest} {runs}");
    }

    /// Rows of few voxels that change at each of them, where columns are long.
    #[test]
    fn rows_along_y_come_back_whole_and_in_part(
        columns in prop::collection::vec(prop::collection::vec((0_usize..90, 0_u16..4), 0..4), 6 * 7),
        part in (0_u32..7, 0_u32..7),
    ) {
        let shape = ChunkShape { depth: 6, height: 130, width: 7 };
        let mut voxels = vec![0; 6 * 130 * 7];
        for (place, column) in columns.iter().enumerate() {
            for (start, label) in column {
                for y in *start..start + 40 {
                    voxels[(place / 7 * 130 + y) * 7 + place % 7] = *label;
                }
            }
        }
        let chunk = Chunk { shape, voxels };
        let runs = chunk.runs();
        for codec in codecs() {
            let slices = part.0.min(part.1)..part.0.max(part.1);
            check_whole_and_in_part(&chunk.encoded(&codec), shape, &runs, &slices);
        }
    }
}

/// Voxels that no plane of repeats: of the base, 60 different ones.
fn base() -> Vec<u16> {
    (0..60_u16).map(|place| place * 37 % 61 % 7).collect()
}

#[test]
fn what_is_enlarged_takes_some_bytes_more_than_what_is_not() {
    let small = repeated(&base(), &[vec![1; 3], vec![1; 4], vec![1; 5]]);
    let large = repeated(&base(), &[vec![7; 3], vec![7; 4], vec![7; 5]]);
    for codec in codecs() {
        let (_, few) = small.encoded(&codec);
        let (id, many) = large.encoded(&codec);
        // The codec of the rest, and a pattern of seven planes for each axis, which takes two bytes.
        assert_eq!((id, many.len()), (CodecId::Planes, few.len() + 7));
        // Slabs are higher for it.
        let [before, after] = [&small, &large].map(|chunk| {
            let shape = ChunkShape { depth: 700, ..chunk.shape };
            let slice = shape.height as usize * shape.width as usize;
            let voxels = chunk.voxels.iter().copied().cycle().take(700 * slice).collect();
            let deep = Chunk { shape, voxels };
            slab_height(&codec, &deep.source(), shape, Dtype::U16).unwrap()
        });
        assert!(before < after, "{codec:?}: {before} {after}");
    }
}

#[test]
fn a_chunk_by_hand_is_read() {
    // raw; along z all planes but the first are left out; along y the second; along x none.
    let bytes = [0, 1, 0b1, 2, 0b01, 0, 0b0000_0110, 0b1000_0001];
    let shape = ChunkShape { depth: 2, height: 3, width: 8 };
    let mut rows = Collector::default();
    decode(CodecId::Planes, &bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut rows).unwrap();
    let run = |start, end| Run { start, end, label: 1 };
    let slice = |z| {
        let ends = [(z, 2, run(0, 1)), (z, 2, run(7, 8))];
        [(z, 0, run(1, 3)), (z, 1, run(1, 3))].into_iter().chain(ends)
    };
    assert_eq!(rows.runs, slice(0).chain(slice(1)).collect::<Vec<_>>());
}

#[test]
fn a_chunk_with_rows_along_y_by_hand_is_read() {
    // raw, along y; all planes but slice 1, which is as slice 0. Two rows of eight voxels, which are columns.
    let bytes = [16, 1, 0b1, 0, 0, 0b0000_0110, 0b0000_0010];
    let shape = ChunkShape { depth: 2, height: 8, width: 2 };
    let mut rows = Collector::default();
    decode(CodecId::Planes, &bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut rows).unwrap();
    let run = |end| Run { start: 0, end, label: 1 };
    let expected = [0, 1].map(|z| [(z, 1, run(2)), (z, 2, run(1))]);
    assert_eq!(rows.runs, expected.concat());
}

#[test]
fn rows_lie_along_y_where_slices_are_thick_along_x() {
    // A ball of 6 x 120 x 120 voxels with the thick axis last, and first.
    let (wide, thin) = (120_u32, 6_u32);
    let is_inside = |thick: u32, y: u32, z: u32| {
        let from_middle = |place: u32, extent: u32| (2 * place + 1).abs_diff(extent);
        let squares = from_middle(y, wide).pow(2) + from_middle(z, wide).pow(2);
        squares + (from_middle(thick, thin) * wide / thin).pow(2) < wide * wide
    };
    let (mut thick_x, mut thick_y) = (Vec::new(), Vec::new());
    for z in 0..wide {
        thick_x.extend((0..wide * thin).map(|at| u16::from(is_inside(at % thin, at / thin, z))));
        thick_y.extend((0..wide * thin).map(|at| u16::from(is_inside(at / wide, at % wide, z))));
    }
    let shape = ChunkShape { depth: wide, height: wide, width: thin };
    let along_x = Chunk { shape, voxels: thick_x };
    let shape = ChunkShape { height: thin, width: wide, ..shape };
    let along_y = Chunk { shape, voxels: thick_y };
    for codec in codecs() {
        let ((id, bytes), (_, plain)) = (along_x.encoded(&codec), along_y.encoded(&codec));
        // The model of `context` may do without.
        let is_turned = (id, bytes[0] & 16) == (CodecId::Planes, 16);
        assert!(is_turned || codec == Codec::Context, "{codec:?}");
        // Four bytes say so.
        assert!(bytes.len() <= plain.len() + 4, "{codec:?}: {} {}", bytes.len(), plain.len());
    }
}

#[test]
fn damage_is_refused() {
    let shape = ChunkShape { depth: 2, height: 3, width: 8 };
    for (bytes, reason) in [
        (&[][..], "ends early"),
        (&[5, 0, 0, 0, 1], "planes within planes"),
        (&[0, 2, 0, 0, 0, 1], "longer than its axis"),
        (&[0, 0, 2], "ends early"),
        (&[0, 0, 0, 0, 1], "length"),
        (&[16, 0, 0, 0, 1], "length"),
        (&[32, 0, 0, 0, 1], "not known"),
    ] {
        let error = decoded(CodecId::Planes, bytes, shape).unwrap_err();
        assert!(error.to_string().contains(reason), "{bytes:?}: {error}");
    }
    let chunk = repeated(&base(), &[vec![7; 3], vec![7; 4], vec![7; 5]]);
    let (id, bytes) = chunk.encoded(&Codec::Context);
    for length in 0..bytes.len() {
        // What `context` asks for beyond its end are zeros; other voxels are what checksums are for.
        let rows = decoded(id, &bytes[..length], chunk.shape);
        assert!(rows.is_err() || rows.unwrap().runs != chunk.runs(), "{length}");
    }
}

#[test]
fn rows_along_y_take_no_more_memory_than_they_may() {
    // All of it is background, and the slice has one column of 2^20 + 1 voxels, or of 2^31 - 1.
    for height in [(1 << 20) + 1, u32::MAX >> 1] {
        let shape = ChunkShape { depth: 1, height, width: 1 };
        let error = decoded(CodecId::Planes, &[16, 0, 0, 0, 0], shape).unwrap_err();
        assert!(error.to_string().contains("too many rows"), "{error}");
    }
}

#[test]
fn patterns_of_long_axes_take_no_more_memory_than_their_bytes() {
    // One voxel stands for 2^31 - 1 slices.
    let bytes = [0, 1, 1, 0, 0, 1];
    let shape = ChunkShape { depth: u32::MAX >> 1, height: 1, width: 1 };
    let memory = Memory::new(Some(1000));
    let mut part = Part { slices: 0..3, rows: Collector::default() };
    decode(CodecId::Planes, &bytes, shape, Dtype::Bool, &memory, &mut part).unwrap();
    assert_eq!(part.rows.runs.len(), 3);
}
