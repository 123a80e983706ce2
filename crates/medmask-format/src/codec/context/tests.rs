//! Round trips, damage, and one chunk worked out by hand.

use std::ops::{ControlFlow, Range};

use medmask_voxel::Memory;
use proptest::prelude::*;

use super::header::{Rules, can_start_at};
use super::palette::Palette;
use super::predictor::PriorUse;
use super::slabs::work;
use super::{decode, encode, encode_with};
use crate::bytes::put_varint;
use crate::codec::{ChunkShape, Sink, Source};
use crate::{Dtype, FormatError, Run};

/// Voxels in (z, y, x) order.
#[derive(Debug)]
struct Voxels {
    shape: ChunkShape,
    labels: Vec<u32>,
}

impl Voxels {
    fn row_of(&self, z: u32, y: u32) -> Range<usize> {
        let start =
            (z as usize * self.shape.height as usize + y as usize) * self.shape.width as usize;
        start..start + self.shape.width as usize
    }

    fn empty(shape: ChunkShape) -> Self {
        Self { shape, labels: vec![0; shape.voxels() as usize] }
    }
}

impl Source for Voxels {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        runs.clear();
        let mut start = 0;
        for same in self.labels[self.row_of(z, y)].chunk_by(|a, b| a == b) {
            let end = start + same.len() as u32;
            if same[0] != 0 {
                runs.push(Run { start, end, label: same[0] });
            }
            start = end;
        }
    }
}

impl Sink for Voxels {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        assert!(!runs.is_empty());
        assert!(
            runs.iter()
                .all(|run| run.start < run.end && run.end <= self.shape.width && run.label > 0)
        );
        assert!(runs.windows(2).all(|pair| {
            pair[0].end < pair[1].start
                || pair[0].end == pair[1].start && pair[0].label != pair[1].label
        }));
        let range = self.row_of(z, y);
        for run in runs {
            self.labels[range.clone()][run.start as usize..run.end as usize].fill(run.label);
        }
        ControlFlow::Continue(())
    }
}

/// Has a use for some slices only.
struct Slices {
    wanted: Range<u32>,
    voxels: Voxels,
}

impl Sink for Slices {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        Sink::row(&mut self.voxels, z, y, runs)
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        [self.wanted.clone(), 0..u32::MAX, 0..u32::MAX]
    }
}

fn coded(voxels: &Voxels, dtype: Dtype) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(voxels, voxels.shape, dtype, &mut bytes).unwrap();
    bytes
}

fn round_trip(voxels: &Voxels, dtype: Dtype) -> Vec<u8> {
    let bytes = coded(voxels, dtype);
    let mut back = Voxels::empty(voxels.shape);
    decode(&bytes, voxels.shape, dtype, &Memory::unlimited(), &mut back).unwrap();
    assert!(back.labels == voxels.labels);
    bytes
}

fn shapes() -> impl Strategy<Value = ChunkShape> {
    (1..6_u32, 1..12_u32, 1..80_u32).prop_map(|(depth, height, width)| ChunkShape {
        depth,
        height,
        width,
    })
}

/// Balls painted over each other, and some single voxels.
fn masks(labels: u32) -> impl Strategy<Value = Voxels> {
    let balls =
        prop::collection::vec((0..6_i64, 0..12_i64, 0..80_i64, 1..90_i64, 0..=labels), 0..6);
    let voxels = prop::collection::vec((any::<prop::sample::Index>(), 0..=labels), 0..20);
    (shapes(), balls, voxels).prop_map(|(shape, balls, voxels)| {
        let mut mask = Voxels::empty(shape);
        for (cz, cy, cx, radius, label) in balls {
            for z in 0..i64::from(shape.depth) {
                for y in 0..i64::from(shape.height) {
                    for x in 0..i64::from(shape.width) {
                        if (z - cz).pow(2) + (y - cy).pow(2) + (x - cx).pow(2) < radius {
                            let range = mask.row_of(z as u32, y as u32);
                            mask.labels[range][x as usize] = label;
                        }
                    }
                }
            }
        }
        for (index, label) in voxels {
            let index = index.index(mask.labels.len());
            mask.labels[index] = label;
        }
        mask
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn binary_masks_come_back(mask in masks(1)) {
        round_trip(&mask, Dtype::Bool);
    }

    #[test]
    fn label_maps_come_back(mask in masks(40)) {
        round_trip(&mask, Dtype::U8);
    }

    #[test]
    fn any_labels_come_back(mask in masks(u32::MAX)) {
        round_trip(&mask, Dtype::U32);
    }

    #[test]
    fn noise_of_hundreds_of_labels_comes_back(
        shape in shapes(),
        noise in prop::collection::vec(0..1000_u32, 6 * 12 * 80)
    ) {
        let labels = noise[..shape.voxels() as usize].to_vec();
        round_trip(&Voxels { shape, labels }, Dtype::U16);
    }

    #[test]
    fn every_rule_and_first_slice_comes_back(
        mask in masks(3),
        prior in prop::sample::select(vec![PriorUse::None, PriorUse::Mixed, PriorUse::EarlyExit]),
        wide_first in any::<bool>(),
        first in any::<prop::sample::Index>(),
        bounds in any::<[prop::sample::Index; 2]>(),
    ) {
        let depth = mask.shape.depth as usize;
        let palette = Palette::of(&mask, mask.shape, Dtype::U8).unwrap();
        let rules = Rules { prior, wide_first };
        let first = first.index(depth) as u32;
        let bytes = encode_with(rules, first, &mask, mask.shape, &palette).unwrap();
        let mut back = Voxels::empty(mask.shape);
        decode(&bytes, mask.shape, Dtype::U8, &Memory::unlimited(), &mut back).unwrap();
        prop_assert_eq!(&back.labels, &mask.labels);

        let [start, end] = bounds.map(|bound| bound.index(depth + 1) as u32);
        let mut some = Slices { wanted: start..end, voxels: Voxels::empty(mask.shape) };
        decode(&bytes, mask.shape, Dtype::U8, &Memory::unlimited(), &mut some).unwrap();
        let slice = (mask.shape.height * mask.shape.width) as usize;
        for z in start..end {
            let voxels = z as usize * slice..(z as usize + 1) * slice;
            prop_assert_eq!(&some.voxels.labels[voxels.clone()], &mask.labels[voxels]);
        }
    }

    #[test]
    fn any_bytes_give_voxels_or_an_error(
        shape in shapes(),
        header in 0..32_u8,
        mut bytes in prop::collection::vec(any::<u8>(), 0..60)
    ) {
        if let Some(first) = bytes.first_mut() {
            *first = header;
        }
        for dtype in [Dtype::Bool, Dtype::U8, Dtype::U32] {
            let mut sink = Voxels::empty(shape);
            let _ = decode(&bytes, shape, dtype, &Memory::unlimited(), &mut sink);
            prop_assert!(sink.labels.iter().all(|label| *label <= dtype.max_label()));
        }
    }

    #[test]
    fn a_cut_chunk_is_an_error_or_a_whole_one(mask in masks(3), cut in any::<prop::sample::Index>()) {
        let bytes = coded(&mask, Dtype::U8);
        let mut sink = Voxels::empty(mask.shape);
        let _ = decode(&bytes[..cut.index(bytes.len())], mask.shape, Dtype::U8, &Memory::unlimited(), &mut sink);
    }
}

#[test]
fn bytes_that_follow_are_an_error() {
    let shape = ChunkShape { depth: 1, height: 2, width: 3 };
    let mut bytes = coded(&Voxels { shape, labels: vec![0, 1, 1, 0, 0, 1] }, Dtype::Bool);
    bytes.extend([0; 8]);
    let result =
        decode(&bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut Voxels::empty(shape));
    assert!(matches!(result, Err(FormatError::Corrupt(_))), "{result:?}");
}

#[test]
fn bytes_that_are_too_few_for_a_large_shape_end_early() {
    let shape = ChunkShape { depth: u32::MAX, height: 4, width: 64 };
    let result = decode(
        &[0, 0x5a, 0xa5],
        shape,
        Dtype::Bool,
        &Memory::unlimited(),
        &mut Count { rows: 0, most: u64::MAX },
    );
    assert!(matches!(result, Err(FormatError::Corrupt(_))), "{result:?}");
}

#[test]
fn a_label_too_large_is_refused() {
    let shape = ChunkShape { depth: 1, height: 1, width: 1 };
    let result = encode(&Voxels { shape, labels: vec![256] }, shape, Dtype::U8, &mut Vec::new());
    assert!(matches!(result, Err(FormatError::LimitExceeded { asked: 256, limit: 255, .. })));
    let mut bytes = coded(&Voxels { shape, labels: vec![256] }, Dtype::U16);
    assert_eq!((bytes[0] & 1, bytes[1]), (1, 1));
    let result = decode(&bytes, shape, Dtype::U8, &Memory::unlimited(), &mut Voxels::empty(shape));
    assert!(matches!(result, Err(FormatError::Corrupt(_))), "{result:?}");
    bytes[0] = 0x20;
    let result = decode(&bytes, shape, Dtype::U16, &Memory::unlimited(), &mut Voxels::empty(shape));
    assert!(matches!(result, Err(FormatError::Corrupt(_))), "{result:?}");
}

/// Breaks after some rows.
struct Count {
    rows: u64,
    most: u64,
}

impl Sink for Count {
    fn row(&mut self, _: u32, _: u32, _: &[Run]) -> ControlFlow<()> {
        self.rows += 1;
        if self.rows == self.most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn a_break_ends_the_decoding() {
    let shape = ChunkShape { depth: 3, height: 4, width: 5 };
    let bytes = coded(&Voxels { shape, labels: vec![1; 60] }, Dtype::Bool);
    let mut sink = Count { rows: 0, most: 7 };
    decode(&bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut sink).unwrap();
    assert_eq!(sink.rows, 7);
}

#[test]
fn one_voxel_is_two_bytes() {
    let shape = ChunkShape { depth: 1, height: 1, width: 1 };
    assert_eq!(coded(&Voxels { shape, labels: vec![1] }, Dtype::Bool), [0x10, 0x41]);
}

/// A ball with a hole, large enough to be coded from the middle.
fn large() -> Voxels {
    let mut mask = Voxels::empty(ChunkShape { depth: 24, height: 60, width: 70 });
    let square = |n: usize, centre: i64| (n as i64 - centre).pow(2);
    for (i, label) in mask.labels.iter_mut().enumerate() {
        let (z, y, x) = (i / 4200, i / 70 % 60, i % 70);
        let inside = square(z, 12) * 4 + square(y, 30) + square(x, 36) < 27 * 27;
        let hole = square(z, 12) + square(y, 24) + square(x, 30) < 9 * 9;
        *label = u32::from(inside && !hole);
    }
    mask
}

/// Checks that rows ascend.
struct Ascending {
    last: Option<(u32, u32)>,
    voxels: Voxels,
}

impl Sink for Ascending {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        assert!(self.last < Some((z, y)));
        self.last = Some((z, y));
        Sink::row(&mut self.voxels, z, y, runs)
    }
}

#[test]
fn large_slabs_start_in_the_middle_and_come_in_order() {
    let mask = large();
    let bytes = coded(&mask, Dtype::Bool);
    let first = u32::from(bytes[1]);
    assert_eq!(bytes[0] & 8, 8);
    assert!((8..16).contains(&first), "{first}");
    let mut back = Ascending { last: None, voxels: Voxels::empty(mask.shape) };
    decode(&bytes, mask.shape, Dtype::Bool, &Memory::unlimited(), &mut back).unwrap();
    assert!(back.voxels.labels == mask.labels);
    assert_eq!(coded(&mask, Dtype::U8), bytes);
}

#[test]
fn slices_above_the_first_do_without_those_below() {
    let mask = large();
    let mut bytes = coded(&mask, Dtype::Bool);
    let first = u32::from(bytes[1]);
    let end = bytes.len();
    bytes[end - 20..].fill(0x55);
    let mut all = Voxels::empty(mask.shape);
    let whole = decode(&bytes, mask.shape, Dtype::Bool, &Memory::unlimited(), &mut all);
    assert!(whole.is_err() || all.labels != mask.labels, "these are bytes of slices below");
    let mut above = Slices { wanted: first..24, voxels: Voxels::empty(mask.shape) };
    decode(&bytes, mask.shape, Dtype::Bool, &Memory::unlimited(), &mut above).unwrap();
    let from = first as usize * 4200;
    assert!(above.voxels.labels[from..] == mask.labels[from..]);
}

#[test]
fn slices_between_do_without_those_below() {
    let mask = large();
    let mut bytes = coded(&mask, Dtype::Bool);
    let (first, end) = (u32::from(bytes[1]), bytes.len());
    bytes[end - 3..].fill(0x55);
    let mut next = Slices { wanted: first - 1..first, voxels: Voxels::empty(mask.shape) };
    decode(&bytes, mask.shape, Dtype::Bool, &Memory::unlimited(), &mut next).unwrap();
    let voxels = (first as usize - 1) * 4200..first as usize * 4200;
    assert!(next.voxels.labels[voxels.clone()] == mask.labels[voxels]);
}

#[test]
fn bytes_after_the_lower_part_are_an_error() {
    let mut bytes = coded(&large(), Dtype::Bool);
    bytes.extend([0; 8]);
    let result = decode(
        &bytes,
        large().shape,
        Dtype::Bool,
        &Memory::unlimited(),
        &mut Voxels::empty(large().shape),
    );
    let Err(FormatError::Corrupt(damage)) = result else { panic!("{result:?}") };
    assert_eq!(damage.reason, "bytes follow its end");
}

#[test]
fn a_break_ends_the_handing_over() {
    let mask = large();
    let bytes = coded(&mask, Dtype::Bool);
    let below = mask.labels[..u32::from(bytes[1]) as usize * 4200].chunks(70);
    let rows_below = below.filter(|row| row.contains(&1)).count() as u64;
    for most in [7, rows_below, rows_below + 7] {
        let mut sink = Count { rows: 0, most };
        decode(&bytes, mask.shape, Dtype::Bool, &Memory::unlimited(), &mut sink).unwrap();
        assert_eq!(sink.rows, most);
    }
}

#[test]
fn more_labels_than_their_count_are_refused() {
    let shape = ChunkShape { depth: 1, height: 1, width: 5 };
    let mut bytes = coded(&Voxels { shape, labels: vec![1, 2, 3, 4, 5] }, Dtype::U8);
    assert_eq!(bytes[1], 5);
    bytes[1] = 3;
    let result = decode(&bytes, shape, Dtype::U8, &Memory::unlimited(), &mut Voxels::empty(shape));
    let Err(FormatError::Corrupt(damage)) = result else { panic!("{result:?}") };
    assert_eq!(damage.reason, "it has more labels than it says");
}

#[test]
fn too_many_labels_are_refused() {
    let shape = ChunkShape { depth: 1, height: 1 << 10, width: 1 << 10 };
    let count = |labels: u32| {
        let mut bytes = vec![1];
        put_varint(&mut bytes, labels.into());
        let result =
            decode(&bytes, shape, Dtype::U32, &Memory::unlimited(), &mut Voxels::empty(shape));
        let Err(FormatError::Corrupt(damage)) = result else { panic!("{result:?}") };
        damage.reason
    };
    assert_eq!(count((1 << 20) - 1), "a label does not fit the voxel type");
    assert_eq!(count(1 << 20), "its slices or labels are more than this codec takes");
    let labels = Voxels { shape, labels: (1..=1 << 20).collect() };
    assert!(!encode(&labels, shape, Dtype::U32, &mut Vec::new()).unwrap());
}

/// Rows of single voxels with labels that come in this order, each again in the next slice.
fn coded_in_order(labels: impl Iterator<Item = u32>) -> usize {
    let labels: Vec<u32> = labels.collect();
    let shape = ChunkShape { depth: 2, height: labels.len() as u32 / 8, width: 24 };
    let mut mask = Voxels::empty(shape);
    let slice = mask.labels.len() / 2;
    for (i, label) in labels.iter().enumerate() {
        mask.labels[3 * i] = *label;
        mask.labels[slice + 3 * i + 2] = *label;
    }
    round_trip(&mask, Dtype::U32).len()
}

#[test]
fn labels_in_order_and_labels_near_by_take_few_bytes() {
    let [ascending, descending, scattered] = [1, 999, 611].map(|step| {
        // Every number below 1,000 once, since 611 has no factor in common with 1,000.
        coded_in_order((0..1000).map(|i| i * step % 1000 + 7))
    });
    // Which of 1,000 comes next is 10 bits less what is gone: 8,529 bits in all.
    for ordered in [ascending, descending] {
        assert!((1000..1200).contains(&(scattered - ordered)), "{scattered} - {ordered}");
    }
}

#[test]
fn empty_slabs_have_no_middle() {
    let mask = Voxels::empty(ChunkShape { depth: 64, height: 600, width: 8 });
    assert_eq!(round_trip(&mask, Dtype::Bool), [0x11, 0]);
}

#[test]
fn hundreds_of_labels_can_start_in_the_middle() {
    let shape = ChunkShape { depth: 5, height: 12, width: 30 };
    let labels = (0..1800_u32).map(|i| i.wrapping_mul(0x9e37_79b1) >> 22).collect();
    let mask = Voxels { shape, labels };
    let palette = Palette::of(&mask, shape, Dtype::U16).unwrap();
    assert!(palette.len() > 256);
    let rules = Rules { prior: PriorUse::EarlyExit, wide_first: true };
    let bytes = encode_with(rules, 2, &mask, shape, &palette).unwrap();
    let mut back = Voxels::empty(shape);
    decode(&bytes, shape, Dtype::U16, &Memory::unlimited(), &mut back).unwrap();
    assert!(back.labels == mask.labels);
}

#[test]
fn masks_enlarged_without_smoothing_exit_late() {
    let ball = |factor: usize| {
        let side = 24 * factor;
        let shape = ChunkShape { depth: 24, height: side as u32, width: side as u32 };
        let mut mask = Voxels::empty(shape);
        let square = |n: usize| (2 * n as i64 - 23).pow(2);
        for (i, label) in mask.labels.iter_mut().enumerate() {
            let (z, y, x) = (i / side / side, i / side % side / factor, i % side / factor);
            *label = u32::from(square(z) + square(y) + square(x) < 22 * 22);
        }
        coded(&mask, Dtype::U8)[0] & 6
    };
    assert_eq!([ball(1), ball(2)], [6, 2]);
}

#[test]
fn slices_passed_over_count_as_empty() {
    struct Told(Voxels);
    impl Source for Told {
        fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
            Source::row(&self.0, z, y, runs);
        }
        fn is_empty(&self, z: u32) -> bool {
            let slice = self.0.row_of(z, 0).start..self.0.row_of(z, 0).start + 400;
            self.0.labels[slice].iter().all(|label| *label == 0)
        }
    }
    let shape = ChunkShape { depth: 30, height: 20, width: 20 };
    let labels = (0..12_000).map(|i| u32::from(i / 400 % 9 < 2 && i % 20 > 4)).collect();
    let mask = Told(Voxels { shape, labels });
    assert_eq!(work(&mask, shape).unwrap(), work(&mask.0, shape).unwrap());
}

#[test]
fn impossible_starts_are_refused() {
    let shape = ChunkShape { depth: 4, height: 2, width: 2 };
    let wide = ChunkShape { depth: 4, height: 1 << 11, width: 1 << 11 };
    assert!(can_start_at(1, wide) && !can_start_at(2, wide));
    assert!(!can_start_at(0, shape) && can_start_at(3, shape) && !can_start_at(4, shape));
    let cases: [(&[u8], &str); 6] = [
        (&[0x04, 0x41], "its first byte has unknown bits"),
        (&[0x08, 0, 1, 0x41], "it starts at a slice where none can"),
        (&[0x08, 4, 1, 0x41], "it starts at a slice where none can"),
        (&[0x08, 1, 2, 0x41], "its first part is longer than all of it"),
        (&[0x08, 1], "it ends early"),
        (&[0x09, 0], "bytes follow its end"),
    ];
    for (bytes, expected) in cases {
        let result =
            decode(bytes, shape, Dtype::Bool, &Memory::unlimited(), &mut Voxels::empty(shape));
        let Err(FormatError::Corrupt(damage)) = result else { panic!("{bytes:?}: {result:?}") };
        assert_eq!(damage.reason, expected, "{bytes:?}");
    }
}
