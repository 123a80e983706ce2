//! What the index says of an entry.

use std::borrow::Cow;
use std::collections::HashSet;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use foldhash::fast::RandomState;
use medmask_core::{
    Bounds, Dtype, LabelCode, LabelEntry, LabelMap, LabelMapError, LabelStatistics,
};
use medmask_format::FormatError;
use medmask_format::codec::CodecId;
use medmask_format::index::{Counted, EntryRow, LabelName, LabelRow, More, Presence};
use serde_json::{Map, Value};

use crate::layer::Layer;
use crate::{ArchiveError, Result};

/// One entry of an archive: name, type, labels and statistics, without its voxels.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) row: EntryRow,
    /// Whether it is of version 1, whose files do not say how many voxels a label has.
    version1: bool,
    /// Whether the type is that of the stored voxels.
    typed: bool,
    /// Its bytes of a blob of layers, once that is known.
    pub(crate) share: Option<u64>,
}

/// A label of an entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Label<'a> {
    /// Its name; `None` for voxels that were stored without one.
    pub name: Option<Cow<'a, str>>,
    /// Its number in the voxels; 0 is the background, which may have a name.
    pub number: u32,
    /// How many voxels hold it; `None` where the file does not say, as in version 1 and for many small labels.
    pub voxels: Option<u64>,
    /// Count, bounds and sums; `None` where no voxel holds the label, and where the file does not say.
    pub statistics: Option<LabelStatistics>,
}

impl Entry {
    /// Checks what an index row claims against the grid's `shape` and the file's length (SPEC.md, "Columns of entries").
    pub(crate) fn new(
        row: EntryRow,
        shape: [u64; 3],
        file_length: u64,
    ) -> Result<Self, FormatError> {
        let corrupt =
            |reason| Err(medmask_format::Corrupt { section: "index", offset: 0, reason }.into());
        if check_name(&row.name).is_err() {
            return corrupt("an entry's name is empty, too long or has control characters");
        }
        if let Some((offset, length)) = row.blob
            && (offset < medmask_format::front::SLOTS_END as u64
                || offset.checked_add(length).is_none_or(|end| end > file_length))
        {
            return corrupt("an entry's blob lies outside the file");
        }
        if let Err(reason) = check_labels(&row, shape) {
            return corrupt(reason);
        }
        if row.blob.is_some() != row.label_rows().iter().any(is_present) {
            return corrupt("an entry has voxels without a blob or a blob without voxels");
        }
        let entry = Self { row, version1: false, typed: true, share: None };
        if entry.layer().is_some() && entry.only_label().is_none() {
            return corrupt("an entry in a layer has not one label with counted voxels");
        }
        Ok(entry)
    }

    /// An entry of a version 1 file, whose voxels stand at `place` (offset and length).
    pub(crate) fn of_version1(
        name: &str,
        dtype: Option<Dtype>,
        place: (u64, u64),
        labels: &LabelMap,
    ) -> Self {
        let row = row(name, dtype.unwrap_or(Dtype::U32), labels, &[], None);
        let codec = Some(CodecId::Zstd as u8);
        let row = EntryRow { blob: Some(place), codec, ..row };
        Self { row, version1: true, typed: dtype.is_some(), share: None }
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
        self.typed.then_some(self.row.dtype)
    }

    /// The type of voxels of a version 2 entry.
    pub(crate) fn stored_dtype(&self) -> Dtype {
        self.row.dtype
    }

    /// The codec's name: `raw`, `lz4`, `zstd`, `runs`, `transitions` or `context`, or `unknown` for one of a later version; `None` where no voxel
    /// is labelled.
    #[must_use]
    pub fn codec(&self) -> Option<&'static str> {
        let codec = self.row.codec.filter(|_| self.row.blob.is_some())?;
        Some(CodecId::from_id(codec).map_or("unknown", CodecId::name))
    }

    /// Bytes of the blob that holds its voxels, which it may share with entries that are equal; 0 where none is labelled. Of a blob
    /// of layers it is a share in proportion to the surface of its box, so that the shares are all of the blob.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.share.unwrap_or_else(|| self.row.blob.map_or(0, |(_, length)| length))
    }

    /// Where the blob stands in the file: offset and length in bytes.
    #[must_use]
    pub fn blob(&self) -> Option<(u64, u64)> {
        self.row.blob
    }

    /// The label that its voxels have in its blob, where that holds several entries as labels of one volume.
    #[must_use]
    pub fn layer(&self) -> Option<NonZeroU32> {
        self.row.layer
    }

    /// What of a blob of several entries is this one's.
    pub(crate) fn part_of_blob(&self) -> Option<Layer> {
        let number = self.row.layer?.get();
        // There is one, and it is counted.
        let LabelStatistics { label, bounds, .. } = self.only_label()?;
        Some(Layer { number, label, bounds })
    }

    /// What the index says of a label.
    pub(crate) fn statistics_of(&self, label: u32) -> Option<LabelStatistics> {
        statistics(self.row.label_rows().iter().find(|row| row.label == label)?)
    }

    /// The one label that voxels hold, where they are counted.
    pub(crate) fn only_label(&self) -> Option<LabelStatistics> {
        let mut present = present(&self.row);
        let only = present.next().filter(|_| present.next().is_none())?;
        statistics(only)
    }

    /// Its labels, with statistics, in the order in which they were named.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = Label<'_>> {
        self.row.label_rows().iter().map(|row| Label {
            name: row.name(self.name()),
            number: row.label,
            voxels: row.voxels().filter(|_| !self.version1),
            statistics: statistics(row),
        })
    }

    /// The labels that voxels hold, ascending, as far as the index says.
    pub(crate) fn present(&self) -> Vec<u32> {
        let mut present: Vec<u32> = present(&self.row).map(|row| row.label).collect();
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
        for row in self.row.label_rows() {
            let Some(name) = row.name(self.name()) else { continue };
            labels.insert(name.into_owned(), row.label)?;
            labels.set_colour(row.label, row.colour)?;
            let code = row.code().cloned();
            let code = code.map(|[scheme, value, meaning]| LabelCode { scheme, value, meaning });
            labels.set_code(row.label, code)?;
        }
        Ok(labels)
    }

    /// How many voxels hold any label; `None` where the file does not say, as in version 1 and for many small labels.
    /// [`EntryReader::to_runs`](crate::EntryReader::to_runs) counts them.
    #[must_use]
    pub fn voxels(&self) -> Option<u64> {
        if self.version1 {
            return None;
        }
        self.row.label_rows().iter().map(LabelRow::voxels).sum()
    }

    /// The tight box of all labelled voxels; `None` where there are none, and where [`voxels`](Self::voxels) are not known.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        self.voxels()?;
        self.labels().filter_map(|label| Some(label.statistics?.bounds)).reduce(|a, b| a.union(&b))
    }

    /// Free metadata of the entry; read anew at each call.
    ///
    /// Metadata of odd content can take fifty times their length in memory; [`metadata_text`](Self::metadata_text) takes none.
    ///
    /// # Errors
    /// [`ArchiveError::Metadata`] where other software stored what cannot be held here.
    pub fn metadata(&self) -> Result<Map<String, Value>> {
        let error = |source| ArchiveError::Metadata { name: self.name().to_owned(), source };
        self.metadata_text().map_or_else(|| Ok(Map::new()), serde_json::from_str).map_err(error)
    }

    /// Free metadata of the entry as they are stored: the text of a JSON object.
    #[must_use]
    pub fn metadata_text(&self) -> Option<&str> {
        self.row.metadata.as_deref()
    }
}

/// The labels that voxels hold.
fn present(row: &EntryRow) -> impl Iterator<Item = &LabelRow> {
    row.label_rows().iter().filter(|label| is_present(label))
}

fn is_present(row: &LabelRow) -> bool {
    row.presence != Presence::Absent
}

/// Bytes that the statistics of a label take in an index, about.
const STATISTICS_BYTES: u64 = 10;

/// Of so many labels statistics are always kept.
const ALWAYS_COUNTED: usize = 64;

/// Leaves out statistics that would take more than an eighth of the bytes of the voxels that they are of, `blob_length`. Whoever
/// wants them counts: that is then soon done.
pub(crate) fn leave_out_statistics(row: &mut EntryRow, blob_length: u64) {
    let labels = row.label_rows();
    let bytes = labels.len() as u64 * STATISTICS_BYTES;
    if labels.len() <= ALWAYS_COUNTED || bytes <= blob_length / 8 {
        return;
    }
    let mut labels = labels.to_vec();
    for label in labels.iter_mut().filter(|label| is_present(label)) {
        label.presence = Presence::Uncounted;
    }
    row.set_labels(labels);
}

/// What is wrong with an entry's labels, if anything. In one pass: there may be more of them than caches hold.
fn check_labels(row: &EntryRow, shape: [u64; 3]) -> Result<(), &'static str> {
    let labels = row.label_rows();
    let max_label = row.dtype.max_label();
    for label in labels {
        if label.label > max_label {
            return Err("a label does not fit the voxel type");
        }
        if label.label == 0 && is_present(label) {
            return Err("background is counted");
        }
        if let LabelName::Own(name) = &label.name
            && check_name(name).is_err()
        {
            return Err("a label's name is empty, too long or has control characters");
        }
        if !statistics_fit(label, shape) {
            return Err("a label's statistics contradict the shape");
        }
    }
    // Most masks are of one label, and most label maps are in order: an archive of them is opened faster for it.
    if labels.len() > 1 {
        let in_order = labels.is_sorted_by(|a, b| a.label < b.label);
        let mut numbers = HashSet::new();
        if !in_order && !labels.iter().all(|label| numbers.insert(label.label)) {
            return Err("an entry has a label twice");
        }
        if has_a_name_twice(row) {
            return Err("an entry has two labels of one name");
        }
    }
    Ok(())
}

fn has_a_name_twice(row: &EntryRow) -> bool {
    let labels = row.label_rows();
    let told = || {
        let told = labels.iter().filter(|label| label.name != LabelName::Numbered);
        told.filter_map(|label| label.name(&row.name))
    };
    // Names that count come in this order, whether they are padded or not, and need no set of them.
    if !told().is_sorted_by(|a, b| (a.len(), a) < (b.len(), b)) {
        // The usual hasher would take longer than all else that opening does.
        let mut names = HashSet::with_capacity_and_hasher(labels.len(), RandomState::default());
        if !told().all(|name| names.insert(name)) {
            return true;
        }
    }
    let like_numbered: HashSet<_> =
        told().filter(|name| LabelName::may_be_numbered(name)).collect();
    let numbered = labels.iter().filter(|label| label.name == LabelName::Numbered);
    !like_numbered.is_empty()
        && numbered
            .filter_map(|label| label.name(&row.name))
            .any(|name| like_numbered.contains(&name))
}

/// What is wrong with `name` as an entry's name, if anything (SPEC.md, "Names").
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > medmask_format::blob::MAX_NAME {
        return Err("it is longer than 4,096 bytes");
    }
    // Of ASCII alone the bytes tell, which takes less time.
    let has_control = match name.is_ascii() {
        true => name.bytes().any(|byte| byte.is_ascii_control()),
        false => name.chars().any(char::is_control),
    };
    if has_control {
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
    metadata: Option<Arc<str>>,
) -> EntryRow {
    let label_row = |known: &LabelEntry| {
        let label = known.label();
        let found = statistics.binary_search_by_key(&label, |known| known.label).ok();
        let code = known.code();
        let code = code.map(|code| [code.scheme.clone(), code.value.clone(), code.meaning.clone()]);
        LabelRow {
            name: LabelName::of(known.name(), label, name),
            label,
            presence: found.map_or_else(Presence::default, |index| presence(&statistics[index])),
            colour: known.colour(),
            more: code.map(|code| Box::new(More { code: Some(code), further: None })),
        }
    };
    let mut row = EntryRow { dtype, metadata, ..EntryRow::new(name) };
    row.set_labels(labels.entries().map(label_row).collect());
    row
}

/// The row of a label that voxels hold and that has no name.
pub(crate) fn unnamed(statistics: &LabelStatistics) -> LabelRow {
    let row = LabelRow::new(statistics.label, LabelName::Absent);
    LabelRow { presence: presence(statistics), ..row }
}

pub(crate) fn presence(known: &LabelStatistics) -> Presence {
    // No axis has more voxels than 32 bits count (SPEC.md, "Limits").
    let Bounds { start, end } = known.bounds;
    let bounds = std::array::from_fn(|axis| [start[axis] as u32, end[axis] as u32]);
    let counted = |voxels| Presence::Counted(Counted { voxels, bounds, sums: known.sums });
    NonZeroU64::new(known.voxels).map_or(Presence::Absent, counted)
}

fn statistics(row: &LabelRow) -> Option<LabelStatistics> {
    let Counted { voxels, bounds, sums } = row.counted()?;
    let bounds = Bounds {
        start: bounds.map(|[start, _]| start as usize),
        end: bounds.map(|[_, end]| end as usize),
    };
    Some(LabelStatistics { label: row.label, voxels: voxels.get(), bounds, sums })
}

/// Whether count, box and sums can all be true of a grid of `shape`.
fn statistics_fit(row: &LabelRow, shape: [u64; 3]) -> bool {
    let Some(Counted { voxels, bounds, sums }) = row.counted() else { return true };
    let bounds = bounds.map(|axis| axis.map(u64::from));
    let inside =
        (0..3).all(|axis| bounds[axis][0] < bounds[axis][1] && bounds[axis][1] <= shape[axis]);
    inside
        && voxels.get() <= bounds.iter().map(|[start, end]| end - start).product()
        && (0..3).all(|axis| {
            let [start, end] = bounds[axis];
            let (sum, voxels) = (u128::from(sums[axis]), u128::from(voxels.get()));
            // Sums of vast masks stop at the largest number that is stored.
            let least = (voxels * u128::from(start)).min(u64::MAX.into());
            sum >= least && sum <= voxels * u128::from(end - 1)
        })
}
