//! What the index says of an entry.

use std::collections::HashSet;
use std::sync::Arc;

use medmask_core::{
    Bounds, Dtype, LabelCode, LabelEntry, LabelMap, LabelMapError, LabelStatistics,
};
use medmask_format::FormatError;
use medmask_format::codec::CodecId;
use medmask_format::index::{EntryRow, LabelRow};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::{ArchiveError, Result};

/// One entry of an archive: name, type, labels and statistics, without its voxels.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) row: EntryRow,
    dtype: Option<Dtype>,
    /// Whether the rows of the labels say how many voxels they have.
    counted: bool,
}

/// A label of an entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Label<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its number in the voxels, at least 1.
    pub number: u32,
    /// How many voxels hold it; `None` in version 1, whose files do not say.
    pub voxels: Option<u64>,
    /// Count, bounds and sums; `None` where no voxel holds the label, and in version 1.
    pub statistics: Option<LabelStatistics>,
}

impl Entry {
    /// Checks what an index row claims against the grid's `shape` and the file's length (SPEC.md, "Entries").
    pub(crate) fn new(
        row: EntryRow,
        shape: [u64; 3],
        file_length: u64,
    ) -> Result<Self, FormatError> {
        let corrupt =
            |reason| Err(medmask_format::Corrupt { section: "index", offset: 0, reason }.into());
        let Some(dtype) = Dtype::from_name(&row.dtype) else {
            return corrupt("an entry's voxel type is not known");
        };
        if check_name(&row.name).is_err() {
            return corrupt("an entry's name is empty, too long or has control characters");
        }
        if let Some((offset, length)) = row.blob
            && (offset < medmask_format::front::FRONT_LENGTH as u64
                || offset.checked_add(length).is_none_or(|end| end > file_length))
        {
            return corrupt("an entry's blob lies outside the file");
        }
        if row.metadata.as_ref().is_some_and(|stored| !stored.get().starts_with('{')) {
            return corrupt("an entry's metadata is not an object");
        }
        // Most masks are of one label, and an archive of them is opened faster for it.
        if row.label_rows().len() > 1 {
            let (mut names, mut labels) = (HashSet::new(), HashSet::new());
            if !row.label_rows().all(|(_, row)| labels.insert(row.label)) {
                return corrupt("an entry has a label twice");
            }
            if !row.label_rows().all(|(name, _)| names.insert(name)) {
                return corrupt("an entry has two labels of one name");
            }
        }
        for (name, label) in row.label_rows() {
            if check_name(name).is_err() {
                return corrupt("a label's name is empty, too long or has control characters");
            }
            if label.label == 0 || label.label > dtype.max_label() {
                return corrupt("a label is 0 or does not fit the voxel type");
            }
            if !statistics_fit(label, shape) {
                return corrupt("a label's statistics contradict the shape");
            }
        }
        if row.blob.is_some() != row.label_rows().any(|(_, label)| label.voxels > 0) {
            return corrupt("an entry has voxels without a blob or a blob without voxels");
        }
        Ok(Self { row, dtype: Some(dtype), counted: true })
    }

    /// An entry of a version 1 file, whose voxels stand at `place` (offset and length).
    pub(crate) fn of_version1(
        name: &str,
        dtype: Option<Dtype>,
        place: (u64, u64),
        labels: &LabelMap,
    ) -> Self {
        let row = row(name, dtype.unwrap_or(Dtype::U32), labels, &[], None);
        let codec = Some(CodecId::Zstd.name().into());
        Self { row: EntryRow { blob: Some(place), codec, ..row }, dtype, counted: false }
    }

    /// The entry's name, unique in its archive.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// The type of its voxels; `None` for a version 1 file of numbers wider than ours, which take the narrowest type that holds
    /// their labels once they are read.
    #[must_use]
    pub fn dtype(&self) -> Option<Dtype> {
        self.dtype
    }

    /// The type of voxels of a version 2 entry.
    #[expect(
        clippy::expect_used,
        reason = "`new` sets it, and is how entries of version 2 are made"
    )]
    pub(crate) fn stored_dtype(&self) -> Dtype {
        self.dtype.expect("entries of version 2 have a type")
    }

    /// The codec's name: `raw`, `lz4`, `zstd`, `runs` or `context`; `None` where no voxel is labelled.
    #[must_use]
    pub fn codec(&self) -> Option<&str> {
        self.row.codec.as_deref()
    }

    /// Bytes of the blob that holds its voxels, which it may share with other entries; 0 where none is labelled.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.row.blob.map_or(0, |(_, length)| length)
    }

    /// Where the blob stands in the file: offset and length in bytes.
    #[must_use]
    pub fn blob(&self) -> Option<(u64, u64)> {
        self.row.blob
    }

    /// Its labels, with statistics, in the order in which they were named.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = Label<'_>> {
        self.row.label_rows().map(|(name, row)| Label {
            name,
            number: row.label,
            voxels: self.counted.then_some(row.voxels),
            statistics: statistics(row),
        })
    }

    /// The labels that voxels hold, ascending, as far as the index says.
    pub(crate) fn present(&self) -> Vec<u32> {
        let counted = self.row.label_rows().filter(|(_, row)| row.voxels > 0);
        let mut present: Vec<u32> = counted.map(|(_, row)| row.label).collect();
        present.sort_unstable();
        present
    }

    /// Its labels by name.
    ///
    /// # Errors
    /// Where the file gives a name or a label twice.
    pub fn label_map(&self) -> Result<LabelMap> {
        let labels = |source| ArchiveError::Labels { name: self.name().to_owned(), source };
        self.named_labels().map_err(labels)
    }

    fn named_labels(&self) -> Result<LabelMap, LabelMapError> {
        let mut labels = LabelMap::new();
        for (name, row) in self.row.label_rows() {
            labels.insert(name.to_owned(), row.label)?;
            labels.set_colour(row.label, row.colour)?;
            let code = row.code.clone();
            let code = code.map(|code| {
                let [scheme, value, meaning] = *code;
                LabelCode { scheme, value, meaning }
            });
            labels.set_code(row.label, code)?;
        }
        Ok(labels)
    }

    /// How many voxels hold any label; `None` in version 1, whose files do not say.
    #[must_use]
    pub fn voxels(&self) -> Option<u64> {
        self.counted.then(|| self.row.label_rows().map(|(_, label)| label.voxels).sum())
    }

    /// The tight box of all labelled voxels; `None` where there are none, and in version 1.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        self.labels().filter_map(|label| Some(label.statistics?.bounds)).reduce(|a, b| a.union(&b))
    }

    /// Free metadata of the entry; read anew at each call.
    ///
    /// # Errors
    /// [`ArchiveError::Metadata`] where other software stored what cannot be held here.
    pub fn metadata(&self) -> Result<Map<String, Value>> {
        let Some(stored) = &self.row.metadata else { return Ok(Map::new()) };
        let error = |source| ArchiveError::Metadata { name: self.name().to_owned(), source };
        serde_json::from_str(stored.get()).map_err(error)
    }
}

/// What is wrong with `name` as an entry's name, if anything (SPEC.md, "Names").
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > medmask_format::blob::MAX_NAME {
        return Err("it is longer than 4,096 bytes");
    }
    if name.chars().any(char::is_control) {
        return Err("it has control characters");
    }
    Ok(())
}

/// The index row of an entry whose blob is not placed yet.
pub(crate) fn row(
    name: &str,
    dtype: Dtype,
    labels: &LabelMap,
    statistics: &[LabelStatistics],
    metadata: Option<Arc<RawValue>>,
) -> EntryRow {
    let label_row = |known: &LabelEntry| {
        let (name, label, colour, code) =
            (known.name(), known.label(), known.colour(), known.code());
        let found = statistics.binary_search_by_key(&label, |known| known.label).ok();
        let known = found.map(|index| &statistics[index]);
        let bounds = known.map(|known| {
            std::array::from_fn(|axis| {
                [known.bounds.start[axis] as u64, known.bounds.end[axis] as u64]
            })
        });
        LabelRow {
            name: Some(name.to_owned()),
            label,
            voxels: known.map_or(0, |known| known.voxels),
            bounds,
            sums: known.map(|known| known.sums),
            colour,
            code: code.map(|code| {
                Box::new([code.scheme.clone(), code.value.clone(), code.meaning.clone()])
            }),
            unknown: None,
        }
    };
    let mut row = EntryRow {
        name: name.to_owned(),
        dtype: dtype.name().into(),
        codec: None,
        blob: None,
        labels: None,
        metadata,
        shared_metadata: None,
        unknown: None,
    };
    row.set_labels(labels.entries().map(label_row).collect());
    row
}

fn statistics(row: &LabelRow) -> Option<LabelStatistics> {
    let (bounds, sums) = row.bounds.zip(row.sums)?;
    let bounds = Bounds {
        start: bounds.map(|[start, _]| start as usize),
        end: bounds.map(|[_, end]| end as usize),
    };
    Some(LabelStatistics { label: row.label, voxels: row.voxels, bounds, sums })
}

/// Whether count, box and sums can all be true of a grid of `shape`.
fn statistics_fit(row: &LabelRow, shape: [u64; 3]) -> bool {
    let (Some(bounds), Some(sums)) = (row.bounds, row.sums) else {
        return row.voxels == 0 && row.bounds.is_none() && row.sums.is_none();
    };
    let inside =
        (0..3).all(|axis| bounds[axis][0] < bounds[axis][1] && bounds[axis][1] <= shape[axis]);
    inside
        && row.voxels >= 1
        && row.voxels <= bounds.iter().map(|[start, end]| end - start).product()
        && (0..3).all(|axis| {
            let [start, end] = bounds[axis];
            let (sum, voxels) = (u128::from(sums[axis]), u128::from(row.voxels));
            // Sums of vast masks stop at the largest number that is stored.
            let least = (voxels * u128::from(start)).min(u64::MAX.into());
            sum >= least && sum <= voxels * u128::from(end - 1)
        })
}
