//! Every codec against a naive list of voxels, on masks of every kind.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::Collector;
use medmask_format::codec::{
    ChunkShape, Codec, DenseSource, Entropy, Painter, Voxel, decode, encode,
};
use medmask_format::{Bounds, Dtype, FormatError, Memory};
use proptest::prelude::*;

fn codecs() -> Vec<Codec> {
    let mut codecs = vec![
        Codec::Raw,
        Codec::Runs { entropy: Entropy::None },
        Codec::Transitions,
        Codec::Context,
    ];
    if cfg!(feature = "lz4") {
        codecs.extend([Codec::Lz4, Codec::Runs { entropy: Entropy::Lz4 }]);
    }
    if cfg!(feature = "zstd") {
        codecs.extend([
            Codec::Zstd { level: 3 },
            Codec::Zstd { level: 19 },
            Codec::Runs { entropy: Entropy::Zstd { level: 3 } },
            Codec::Runs { entropy: Entropy::Zstd { level: 19 } },
        ]);
    }
    codecs
}

/// Voxels in (z, y, x) order.
#[derive(Clone, Debug)]
struct Mask {
    shape: ChunkShape,
    labels: Vec<u32>,
}

impl Mask {
    fn as_type<T: Voxel>(&self) -> Vec<T> {
        self.labels.iter().map(|label| T::from_label(label & T::DTYPE.max_label())).collect()
    }
}

fn round_trip<T: Voxel + std::fmt::Debug>(mask: &Mask, codec: &Codec) -> Vec<u8> {
    let voxels: Vec<T> = mask.as_type();
    let ChunkShape { depth, height, width } = mask.shape;
    let (w, h) = (width as usize, height as usize);
    let source = DenseSource::new(&voxels, w * h, w, w);
    let mut bytes = Vec::new();
    let id = encode(codec, &source, mask.shape, T::DTYPE, &mut bytes).unwrap();
    let mut painted = vec![T::default(); voxels.len()];
    let region = Bounds { start: [0; 3], end: [depth, height, width].map(|axis| axis as usize) };
    let mut painter = Painter::new(&mut painted, region, [0; 3]);
    decode(id, &bytes, mask.shape, T::DTYPE, &Memory::unlimited(), &mut painter).unwrap();
    assert!(painted == voxels, "{codec:?} {:?}", mask.shape);
    bytes
}

fn round_trip_all(mask: &Mask) {
    for codec in codecs() {
        round_trip::<bool>(mask, &codec);
        round_trip::<u8>(mask, &codec);
        round_trip::<u16>(mask, &codec);
        round_trip::<u32>(mask, &codec);
    }
}

fn shapes() -> impl Strategy<Value = ChunkShape> {
    (1_u32..6, 1_u32..12, prop_oneof![1_u32..4, 1_u32..80])
        .prop_map(|(depth, height, width)| ChunkShape { depth, height, width })
}

/// Noise of any density and number of labels.
fn noise() -> impl Strategy<Value = Mask> {
    let labels = prop_oneof![Just(1_u32), Just(3), Just(255), Just(70_000), Just(u32::MAX)];
    (shapes(), labels, 0.0_f64..1.0).prop_flat_map(|(shape, largest, density)| {
        let voxel = prop_oneof![
            (1.0 - density + 0.001).mul_add(1000.0, 1.0) as u32 => Just(0_u32),
            density.mul_add(1000.0, 1.0) as u32 => 1..=largest,
        ];
        proptest::collection::vec(voxel, shape.voxels() as usize)
            .prop_map(move |labels| Mask { shape, labels })
    })
}

/// Overlapping boxes: what segmentations are made of, with empty and full rows.
fn boxes() -> impl Strategy<Value = Mask> {
    let corner = || (0_u32..6, 0_u32..12, 0_u32..80);
    let painted = proptest::collection::vec((corner(), corner(), 0_u32..300), 1..8);
    (shapes(), painted).prop_map(|(shape, painted)| {
        let mut labels = vec![0; shape.voxels() as usize];
        for ((z0, y0, x0), (z1, y1, x1), label) in painted {
            for z in z0.min(z1)..=z0.max(z1).min(shape.depth - 1) {
                for y in y0.min(y1)..=y0.max(y1).min(shape.height - 1) {
                    for x in x0.min(x1)..=x0.max(x1).min(shape.width - 1) {
                        labels[((z * shape.height + y) * shape.width + x) as usize] = label;
                    }
                }
            }
        }
        Mask { shape, labels }
    })
}

/// A ball whose edge moves by a voxel from row to row, with a hole and a second label in it.
fn ball(size: u32) -> Mask {
    let shape = ChunkShape { depth: size, height: size, width: size };
    let centre = f64::from(size) / 2.0;
    let mut labels = Vec::new();
    for z in 0..size {
        for y in 0..size {
            for x in 0..size {
                let distance =
                    [z, y, x].map(|n| (f64::from(n) - centre).powi(2)).iter().sum::<f64>().sqrt();
                let relative = distance / centre;
                labels.push(match relative {
                    r if r < 0.3 => 0,
                    r if r < 0.6 => 2,
                    r if r < 1.0 => 1,
                    _ => 0,
                });
            }
        }
    }
    Mask { shape, labels }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn noise_comes_back(mask in noise()) {
        round_trip_all(&mask);
    }

    #[test]
    fn boxes_come_back(mask in boxes()) {
        round_trip_all(&mask);
    }

    #[test]
    fn any_bytes_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        shape in shapes(),
        dtype in 0_u8..4,
        id in 0_u8..7,
    ) {
        let dtype = Dtype::from_code(dtype).unwrap();
        let id = medmask_format::codec::CodecId::from_id(id).unwrap();
        let mut sink = Checked { shape, dtype, before: None };
        let result = decode(id, &bytes, shape, dtype, &Memory::unlimited(), &mut sink);
        let expected = matches!(
            result,
            Ok(()) | Err(FormatError::Corrupt(_) | FormatError::UnsupportedCodec { .. })
        );
        prop_assert!(expected);
    }

    #[test]
    fn changed_bytes_end(
        mask in boxes(),
        codec in 0_usize..16,
        at in any::<proptest::sample::Index>(),
        value in any::<u8>(),
    ) {
        let codecs = codecs();
        let codec = codecs[codec % codecs.len()];
        let voxels: Vec<u16> = mask.as_type();
        let (w, h) = (mask.shape.width as usize, mask.shape.height as usize);
        let mut bytes = Vec::new();
        let source = DenseSource::new(&voxels, w * h, w, w);
        let id = encode(&codec, &source, mask.shape, Dtype::U16, &mut bytes).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = value;
        let mut sink = Checked { shape: mask.shape, dtype: Dtype::U16, before: None };
        let _ = decode(id, &bytes, mask.shape, Dtype::U16, &Memory::unlimited(), &mut sink);
    }
}

/// Takes what any decoder may hand out, and nothing else.
struct Checked {
    shape: ChunkShape,
    dtype: Dtype,
    before: Option<(u32, u32)>,
}

impl medmask_format::codec::Sink for Checked {
    fn row(&mut self, z: u32, y: u32, runs: &[medmask_format::Run]) -> std::ops::ControlFlow<()> {
        assert!(self.before < Some((z, y)) && z < self.shape.depth && y < self.shape.height);
        self.before = Some((z, y));
        assert!(!runs.is_empty());
        for run in runs {
            assert!(run.start < run.end && run.end <= self.shape.width);
            assert!((1..=self.dtype.max_label()).contains(&run.label));
        }
        for pair in runs.windows(2) {
            assert!(pair[0].end <= pair[1].start);
            assert!(pair[0].end < pair[1].start || pair[0].label != pair[1].label);
        }
        std::ops::ControlFlow::Continue(())
    }
}

#[test]
fn a_ball_takes_fewer_bytes_than_behind_zstd() {
    let mask = ball(60);
    round_trip_all(&mask);
    if cfg!(feature = "zstd") {
        let own = round_trip::<u8>(&mask, &Codec::default()).len();
        let zstd = round_trip::<u8>(&mask, &Codec::Zstd { level: 19 }).len();
        assert!(own < zstd, "{own} against {zstd}");
    }
}

#[test]
fn noise_does_not_grow_beyond_its_bits() {
    let mut state = 1_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let shape = ChunkShape { depth: 20, height: 61, width: 67 };
    for (largest, bits) in [(1_u32, 1_u64), (5, 3), (255, 8), (1000, 10)] {
        let labels: Vec<u32> = (0..shape.voxels()).map(|_| random() % (largest + 1)).collect();
        let mask = Mask { shape, labels };
        let runs = |entropy| Codec::Runs { entropy };
        for codec in
            [runs(Entropy::None), runs(Entropy::default()), Codec::Transitions, Codec::Context]
        {
            let len = round_trip::<u16>(&mask, &codec).len() as u64;
            let packed = (shape.voxels() * bits).div_ceil(8);
            assert!(len <= packed + packed / 100, "{len} bytes, {packed} packed");
        }
    }
}

#[test]
fn the_sink_may_break_off() {
    struct FirstRow(u32);
    impl medmask_format::codec::Sink for FirstRow {
        fn row(&mut self, _: u32, _: u32, _: &[medmask_format::Run]) -> std::ops::ControlFlow<()> {
            self.0 += 1;
            std::ops::ControlFlow::Break(())
        }
    }
    let mask = ball(20);
    let voxels: Vec<u8> = mask.as_type();
    for codec in codecs() {
        let mut bytes = Vec::new();
        let source = DenseSource::new(&voxels, 400, 20, 20);
        let id = encode(&codec, &source, mask.shape, Dtype::U8, &mut bytes).unwrap();
        let mut first = FirstRow(0);
        decode(id, &bytes, mask.shape, Dtype::U8, &Memory::unlimited(), &mut first).unwrap();
        assert_eq!(first.0, 1);
    }
}

#[test]
fn labels_beyond_the_type_are_refused() {
    let voxels = [0_u16, 300];
    let shape = ChunkShape { depth: 1, height: 1, width: 2 };
    for codec in codecs() {
        let source = DenseSource::new(&voxels, 2, 2, 2);
        let error = encode(&codec, &source, shape, Dtype::U8, &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "a label is 300, more than the limit of 255");
    }
}

#[test]
fn runs_reach_the_collector_in_order() {
    let voxels = [0_u8, 5, 5, 6, 0, 0, 0, 7];
    let shape = ChunkShape { depth: 1, height: 2, width: 4 };
    let source = DenseSource::new(&voxels, 8, 4, 4);
    let mut bytes = Vec::new();
    let id = encode(&Codec::default(), &source, shape, Dtype::U8, &mut bytes).unwrap();
    let mut collector = Collector::default();
    decode(id, &bytes, shape, Dtype::U8, &Memory::unlimited(), &mut collector).unwrap();
    let runs: Vec<_> =
        collector.runs.iter().map(|(z, y, run)| (*z, *y, run.start, run.end, run.label)).collect();
    assert_eq!(runs, [(0, 0, 1, 3, 5), (0, 0, 3, 4, 6), (0, 1, 3, 4, 7)]);
}

#[test]
#[cfg(feature = "zstd")]
fn a_second_frame_is_refused() {
    let mask = ball(20);
    let bytes = round_trip::<u8>(&mask, &Codec::Zstd { level: 3 });
    let empty_frame = zstd::bulk::compress(&[], 3).unwrap();
    let twice = [bytes, empty_frame].concat();
    let id = medmask_format::codec::CodecId::Zstd;
    let mut sink = Checked { shape: mask.shape, dtype: Dtype::U8, before: None };
    let result = decode(id, &twice, mask.shape, Dtype::U8, &Memory::unlimited(), &mut sink);
    assert!(matches!(result, Err(FormatError::Corrupt(_))), "{result:?}");
}

#[test]
#[should_panic(expected = "the voxels are those of")]
fn a_painter_takes_all_voxels_of_its_box_or_none() {
    let bounds = Bounds { start: [0; 3], end: [2, 3, 4] };
    let _ = Painter::new(&mut [0_u8; 23], bounds, [0; 3]);
}

#[test]
#[should_panic(expected = "out of range")]
fn rows_beyond_dense_voxels_are_not_background() {
    let source = DenseSource::new(&[1_u8; 11], 6, 3, 3);
    medmask_format::codec::Source::row(&source, 1, 1, &mut Vec::new());
}

#[cfg(feature = "zstd")]
#[test]
fn noise_of_many_labels_is_packed_at_whole_bytes() {
    let shape = ChunkShape { depth: 16, height: 16, width: 64 };
    // Some 200 labels of 17 bits, so less than eight bits a voxel.
    let label = |place: u32| place.wrapping_mul(0x9e37_79b1) >> 9;
    let labels = (0..16_384).map(|place| label(place) % 200 * 613 + 1).collect();
    let mask = Mask { shape, labels };
    for codec in [Codec::default(), Codec::Runs { entropy: Entropy::default() }] {
        let bytes = round_trip::<u32>(&mask, &codec);
        assert_eq!(bytes[..2], [0x12, 24], "{codec:?}");
        assert!(bytes.len() < 16_384 * 17 / 8 / 2, "{codec:?}: {}", bytes.len());
    }
}
