//! The labels of a chunk and their numbers (SPEC.md, "Context: header").

use std::collections::BTreeSet;

use medmask_voxel::Memory;

use super::{ChunkShape, Source};
use crate::bytes::{Fields, put_varint};
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

    /// Appends the count of labels and their distances.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.labels.len() as u64 - 1);
        for pair in self.labels.windows(2) {
            put_varint(out, u64::from(pair[1] - pair[0] - 1));
        }
    }

    /// Reads what [`Palette::write`] wrote.
    pub(super) fn read(
        fields: &mut Fields,
        dtype: Dtype,
        memory: &Memory,
    ) -> Result<Self, FormatError> {
        let count = fields.varint_u32()? as usize;
        // Each label takes a byte at least, so the input's length bounds what is kept.
        if count > fields.remaining() {
            return Err(fields.corrupt("it has fewer bytes than labels"));
        }
        let mut labels = Vec::new();
        memory.hold("the labels of a chunk", 0)?.reserve(&mut labels, count + 1)?;
        labels.push(0);
        let mut label = 0_u32;
        for _ in 0..count {
            let step = fields.varint_u32()?;
            label = step
                .checked_add(1)
                .and_then(|step| label.checked_add(step))
                .filter(|label| *label <= dtype.max_label())
                .ok_or_else(|| fields.corrupt("a label does not fit the voxel type"))?;
            labels.push(label);
        }
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
