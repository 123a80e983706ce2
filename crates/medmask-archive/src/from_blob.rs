//! Entries whose voxels are coded already (SPEC.md, "Blob").

use std::collections::HashMap;
use std::num::NonZeroU32;

use medmask_core::{LabelMap, LabelStatistics, Runs, RunsCollector};
use medmask_format::blob::{BlobHeader, parse_names};
use medmask_format::codec::{Codec, CodecId, innermost};
use medmask_format::index::{Budget, EntryRow, LabelRow, Presence};
use medmask_format::{Corrupt, FormatError};

use crate::blob::{Blob, Extent};
use crate::snapshot::corrupt;
use crate::{Archive, ArchiveError, EncodedEntry, Entry, ReadAt, Result, entry};

/// What is wrong with a blob of labels that its entry does not have.
const UNLISTED: &str = "it holds a label that is not listed";

impl EncodedEntry {
    /// The entry `name` of chunks that are coded already, `chunks` one behind the other as `header` has them, with the names `labels`.
    /// What is said of their voxels is `statistics`, ascending by label: the chunks are not decoded. The deep check of
    /// [`verify`](crate::verify) finds where they say something else.
    ///
    /// # Errors
    /// A name that cannot be an entry's or a label's, a label without a name or above the voxel type, a codec that is not known, and
    /// chunks or statistics that contradict the header.
    pub fn from_blob(
        name: &str,
        labels: &LabelMap,
        statistics: &[LabelStatistics],
        header: &BlobHeader,
        chunks: &[u8],
    ) -> Result<Self> {
        let refused = |error: FormatError| ArchiveError::entry(name)(error);
        let corrupt =
            |reason| refused(Corrupt { section: "blob header", offset: 0, reason }.into());
        for name in std::iter::once(name).chain(labels.iter().map(|(label, _)| label)) {
            let invalid = |reason| ArchiveError::InvalidName { name: name.to_owned(), reason };
            entry::check_name(name).map_err(invalid)?;
        }
        let unnamed = statistics.iter().map(|known| known.label);
        let unnamed: Vec<u32> =
            unnamed.filter(|label| labels.name(*label).is_none()).take(8).collect();
        if !unnamed.is_empty() {
            return Err(ArchiveError::UnnamedLabels { name: name.to_owned(), labels: unnamed });
        }
        if labels.iter().any(|(_, label)| label > header.dtype.max_label()) {
            return Err(corrupt("a label does not fit the voxel type"));
        }
        let bounds = statistics.iter().map(|known| known.bounds).reduce(|a, b| a.union(&b));
        if bounds != Some(header.bounds()) {
            return Err(corrupt("its box is not that of the labels"));
        }
        if header.chunk_bytes() != chunks.len() as u64 {
            return Err(corrupt("its chunks have another length"));
        }
        let codec = codec_of(header, chunks);
        CodecId::from_id(codec).map_err(refused)?;
        let mut row = entry::row(name, header.dtype, labels, statistics, None);
        row.codec = Some(codec);
        let mut blob = header.to_bytes(std::slice::from_ref(&row)).map_err(refused)?;
        let start = blob.len();
        blob.extend_from_slice(chunks);
        entry::leave_out_statistics(&mut row, blob.len() as u64);
        Ok(Self { row, shape: header.shape.map(|axis| axis as usize), blob, chunks: start })
    }
}

/// The codec of the first of `chunks` that has one; where that is made of others, what it holds.
fn codec_of(header: &BlobHeader, chunks: &[u8]) -> u8 {
    let Some(first) = header.chunks.iter().find(|chunk| chunk.length > 0) else {
        return CodecId::Raw as u8;
    };
    let bytes = chunks.get(..first.length as usize).unwrap_or_default();
    let codec = CodecId::from_id(first.codec).and_then(|id| innermost(id, bytes));
    codec.map_or(first.codec, |codec| codec as u8)
}

impl<S: ReadAt> Archive<S> {
    /// The entry `name` as it is stored, with statistics that are counted anew.
    ///
    /// # Errors
    /// Damage in the entry's blob, and voxels of labels that the index does not know.
    pub(crate) fn recounted(&self, name: &str) -> Result<EncodedEntry> {
        let entry = self.entry(name)?;
        let Some((offset, length)) = entry.blob() else { return self.encoded(name) };
        let mut blob = Blob::of_entry(self, entry, (offset, length), Extent::Whole)?;
        let row = EntryRow { blob: None, layer: None, ..entry.row.clone() };
        let Some(layer) = &mut blob.layer else { return blob.counted(self, row) };
        // Its box may be wrong, too.
        layer.bounds = blob.header.bounds();
        let runs = blob.runs(self)?;
        blob.counted_layer(self, row, &runs, &self.codec_of(entry)?)
    }

    /// The entries that the blob at byte `offset` describes by itself: one, or those of its layers.
    ///
    /// # Errors
    /// Damage in the blob.
    pub(crate) fn entries_of_blob(&self, offset: u64) -> Result<Vec<FoundEntry>> {
        let format = |error| ArchiveError::format(&self.path)(error);
        let size = self.storage.size().map_err(ArchiveError::io("read", &self.path))?;
        let length = Blob::read(self, offset, size, Extent::Header)?.length();
        let blob = Blob::read(self, offset, offset + length, Extent::Whole)?;
        if blob.header.shape != self.snapshot.grid.shape {
            let reason = "its shape is not that of the space";
            return Err(format(corrupt("blob header", offset, reason)));
        }
        let names = parse_names(blob.bytes(), offset, &mut Budget::of_file(length));
        let mut names = names.map_err(format)?;
        // As strict as with an index, where nothing else has been checked.
        let checked = |entry: EncodedEntry| {
            let row = EntryRow { blob: Some((offset, length)), ..entry.row.clone() };
            Entry::new(row, self.snapshot.grid.shape, size).map_err(format)?;
            Ok(entry)
        };
        if let [EntryRow { layer: None, .. }] = names[..] {
            let codec = Some(codec_of(&blob.header, &blob.bytes()[blob.header_length..]));
            let row = names.remove(0);
            let row = EntryRow { dtype: blob.header.dtype, codec, ..row };
            let entry = blob.counted(self, row).and_then(checked)?;
            return Ok(vec![FoundEntry { layer: None, entry: Ok(entry) }]);
        }
        let codec = blob.codec(self, None)?;
        let layers = blob.runs(self)?.split();
        let found = |row: EntryRow| {
            let layer = row.layer;
            let runs = layer.and_then(|layer| layers.get(&layer.get()));
            let entry = blob.layer(self, row, runs, &codec).and_then(checked);
            FoundEntry { layer, entry }
        };
        Ok(names.into_iter().map(found).collect())
    }
}

/// An entry that a blob describes by itself, or what is wrong with it.
pub(crate) struct FoundEntry {
    pub layer: Option<NonZeroU32>,
    pub entry: Result<EncodedEntry>,
}

impl FoundEntry {
    /// Whether it is the one that `row` names.
    pub(crate) fn is(&self, row: &EntryRow) -> bool {
        let name = self.entry.as_ref().map(EncodedEntry::name);
        self.layer == row.layer && name.is_ok_and(|name| name == row.name)
    }

    /// Bytes of the blob that it gets.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.entry.as_ref().map_or(0, EncodedEntry::stored_bytes)
    }
}

impl Blob<'_> {
    /// The entry of `row` whose blob this is. Its voxels are counted, row by row.
    ///
    /// # Errors
    /// Damage, and voxels of labels that the row does not have.
    fn counted<S: ReadAt>(self, archive: &Archive<S>, row: EntryRow) -> Result<EncodedEntry> {
        let statistics = self.statistics(archive, row.label_rows().len(), u64::MAX)?;
        let statistics = statistics.ok_or_else(|| self.damage(archive, UNLISTED))?;
        let bounds = statistics.iter().map(|known| known.bounds).reduce(|a, b| a.union(&b));
        if bounds != Some(self.header.bounds()) {
            return Err(self.damage(archive, "its voxels do not fill the box"));
        }
        let mut row = self.with_statistics(archive, row, &statistics)?;
        entry::leave_out_statistics(&mut row, self.length());
        let (shape, chunks) = (archive.space().shape(), self.header_length);
        Ok(EncodedEntry { row, shape, blob: self.into_bytes(), chunks })
    }

    /// The entry of `row` whose voxels are `runs`, coded on its own.
    fn counted_layer<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        row: EntryRow,
        runs: &Runs,
        codec: &Codec,
    ) -> Result<EncodedEntry> {
        let row = self.with_statistics(archive, row, &runs.statistics())?;
        EncodedEntry::of_row(row, runs, codec)
    }

    /// The entry of `row`, which the names in this blob tell, and whose voxels are `runs`, as label 1.
    fn layer<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        row: EntryRow,
        runs: Option<&Runs>,
        codec: &Codec,
    ) -> Result<EncodedEntry> {
        let marked = |label: &&LabelRow| label.presence != Presence::Absent;
        let label = match row.label_rows() {
            [one] => Some(one.label),
            several => several.iter().find(marked).map(|label| label.label),
        };
        let damage = || self.damage(archive, "the voxels of a layer are not there");
        let (label, runs) = label.zip(runs).ok_or_else(damage)?;
        let row = EntryRow { layer: None, ..row };
        self.counted_layer(archive, row, &runs.relabel(|_| label), codec)
    }

    /// `row` with the voxels that `statistics` count.
    fn with_statistics<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        mut row: EntryRow,
        statistics: &[LabelStatistics],
    ) -> Result<EntryRow> {
        let mut labels = row.label_rows().to_vec();
        labels.iter_mut().for_each(|label| label.presence = Presence::Absent);
        let places: HashMap<u32, usize> =
            labels.iter().enumerate().map(|(place, label)| (label.label, place)).collect();
        for known in statistics {
            let place = places.get(&known.label).ok_or_else(|| self.damage(archive, UNLISTED))?;
            labels[*place].presence = entry::presence(known);
        }
        row.blob = None;
        row.set_labels(labels);
        Ok(row)
    }

    /// All voxels, or those of the layer.
    fn runs<S: ReadAt>(&self, archive: &Archive<S>) -> Result<Runs> {
        let refused = || ArchiveError::memory(&archive.path);
        let memory = archive.memory();
        let mut runs = RunsCollector::new(archive.space().shape(), &memory).map_err(refused())?;
        self.all_rows(archive, &memory, &mut runs)?;
        runs.finish().map_err(refused())
    }

    fn damage<S>(&self, archive: &Archive<S>, reason: &'static str) -> ArchiveError {
        ArchiveError::format(&archive.path)(corrupt("chunk", self.offset(), reason))
    }
}
