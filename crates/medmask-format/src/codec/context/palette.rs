//! The labels of a chunk and their numbers (SPEC.md, "Context: header").

use std::collections::BTreeSet;

use super::{ChunkShape, Source, corrupt};
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

    /// The label of a number; numbers out of range are background.
    #[inline]
    pub(super) fn label(&self, number: u32) -> u32 {
        self.labels.get(number as usize).copied().unwrap_or(0)
    }

    /// The number of a label; labels that are not there are background.
    #[inline]
    pub(super) fn number(&self, label: u32) -> u32 {
        self.labels.binary_search(&label).map_or(0, |number| number as u32)
    }

    /// Appends the count of labels and their distances.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_varint(self.labels.len() as u32 - 1, out);
        for pair in self.labels.windows(2) {
            write_varint(pair[1] - pair[0] - 1, out);
        }
    }

    /// Reads what [`Palette::write`] wrote from `bytes[*position..]`.
    pub(super) fn read(
        bytes: &[u8],
        position: &mut usize,
        dtype: Dtype,
    ) -> Result<Self, FormatError> {
        let count = read_varint(bytes, position)? as usize;
        // Each label takes a byte at least, so the input's length bounds what is kept.
        if count > bytes.len().saturating_sub(*position) {
            return Err(corrupt(*position, "it has fewer bytes than labels"));
        }
        let mut labels = Vec::with_capacity(count + 1);
        labels.push(0);
        let mut label = 0_u32;
        for _ in 0..count {
            let step = read_varint(bytes, position)?;
            label = step
                .checked_add(1)
                .and_then(|step| label.checked_add(step))
                .filter(|label| *label <= dtype.max_label())
                .ok_or_else(|| corrupt(*position, "a label does not fit the voxel type"))?;
            labels.push(label);
        }
        Ok(Self { labels })
    }

    /// Turns numbers into labels in place.
    pub(super) fn restore(&self, runs: &mut [Run]) {
        for run in runs {
            run.label = self.label(run.label);
        }
    }
}

/// Seven bits a byte, lowest first, the top bit set on all but the last.
fn write_varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 128 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(bytes: &[u8], position: &mut usize) -> Result<u32, FormatError> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let byte = *bytes
            .get(*position)
            .ok_or_else(|| corrupt(*position, "it ends inside its list of labels"))?;
        *position += 1;
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return u32::try_from(value).map_err(|_| corrupt(*position, "a number is too long"));
        }
    }
    Err(corrupt(*position, "a number is too long"))
}
