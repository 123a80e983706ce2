//! The labels of a chunk and their numbers (SPEC.md, "Context: list of labels").

use std::collections::BTreeSet;

use medmask_voxel::Memory;

use super::coder::{BitCoder, Decoder, Encoder};
use super::number::NumberModel;
use super::{ChunkShape, Source};
use crate::{Dtype, FormatError, Run};

/// The chunk's labels: background as number 0, then the others ascending.
pub(super) struct Palette {
    labels: Vec<u32>,
}

impl Palette {
    /// Reads all rows for the labels they hold.
    pub(super) fn of(
        source: &dyn Source,
        shape: ChunkShape,
        dtype: Dtype,
    ) -> Result<Self, FormatError> {
        let mut found = BTreeSet::from([0]);
        let mut last = 0;
        let mut runs = Vec::new();
        for z in 0..shape.depth {
            for y in 0..shape.height {
                source.row(z, y, &mut runs);
                for run in
                    runs.iter().filter(|run| std::mem::replace(&mut last, run.label) != run.label)
                {
                    found.insert(run.label);
                }
            }
        }
        let labels: Vec<u32> = found.into_iter().collect();
        match labels.last() {
            Some(&largest) if largest > dtype.max_label() => Err(FormatError::LimitExceeded {
                what: "a label",
                asked: largest.into(),
                limit: dtype.max_label().into(),
            }),
            _ => Ok(Self { labels }),
        }
    }

    /// Background and the label 1, which every binary mask has.
    pub(super) fn binary() -> Self {
        Self { labels: vec![0, 1] }
    }

    pub(super) fn is_binary(&self) -> bool {
        self.labels == [0, 1]
    }

    /// How many labels there are, background included.
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The number of a label that is there.
    #[inline]
    #[expect(clippy::expect_used, reason = "the labels are those of the rows that are coded")]
    pub(super) fn number(&self, label: u32) -> u32 {
        self.labels.binary_search(&label).expect("a source gives the same rows each time") as u32
    }

    /// Writes all labels but background. How many there are is told elsewhere.
    pub(super) fn write(&self, encoder: &mut Encoder) {
        let mut ranges = Ranges::new(self.len() - 1);
        let mut last = 0;
        for range in self.labels[1..].chunk_by(|label, next| next - label == 1) {
            let (gap, more) = (range[0] - last - 1, range.len() as u32 - 1);
            ranges.code(encoder, || gap, || more);
            last = range[range.len() - 1];
        }
    }

    /// Reads what [`Palette::write`] wrote of `count` labels.
    pub(super) fn read(
        count: usize,
        decoder: &mut Decoder,
        dtype: Dtype,
        memory: &Memory,
    ) -> Result<Self, FormatError> {
        let mut labels = Vec::new();
        memory.hold("the labels of a chunk", 0)?.reserve(&mut labels, count + 1)?;
        labels.push(0);
        let mut ranges = Ranges::new(count);
        let mut last = 0;
        while labels.len() <= count {
            let (gap, more) = ranges.code(decoder, || 0, || 0);
            let first = u64::from(last) + 1 + u64::from(gap);
            let end = first + u64::from(more);
            if end > dtype.max_label().into() {
                return Err(decoder.corrupt("a label does not fit the voxel type"));
            }
            if labels.len() + more as usize > count {
                return Err(decoder.corrupt("it has more labels than it says"));
            }
            last = end as u32;
            labels.extend(first as u32..=last);
        }
        decoder.check()?;
        Ok(Self { labels })
    }

    /// Turns numbers into labels in place.
    pub(super) fn restore(&self, runs: &mut [Run]) {
        for run in runs {
            // The walk gives numbers of labels that are there, also for damaged bytes.
            run.label = self.labels[run.label as usize];
        }
    }
}

/// The adaptive model of ranges of successive labels.
struct Ranges {
    gaps: NumberModel,
    lengths: NumberModel,
    /// Labels that are not in a range yet.
    left: usize,
}

impl Ranges {
    fn new(left: usize) -> Self {
        Self { gaps: NumberModel::new(), lengths: NumberModel::new(), left }
    }

    /// Codes how many labels lie between the range before and this one, and how many this one has after its first.
    fn code<B: BitCoder>(
        &mut self,
        coder: &mut B,
        gap: impl Fn() -> u32,
        more: impl Fn() -> u32,
    ) -> (u32, u32) {
        let gap = self.gaps.code(coder, gap);
        let more = if self.left > 1 { self.lengths.code(coder, more) } else { 0 };
        self.left = self.left.saturating_sub(1 + more as usize);
        (gap, more)
    }
}
