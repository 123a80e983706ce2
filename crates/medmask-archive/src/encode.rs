//! Encoding one entry, apart from any file, so that many can be encoded at once.

use std::sync::Arc;

use medmask_core::{Bounds, Dtype, LabelMap, LabelStatistics, Mask, Memory, Runs};
use medmask_format::FormatError;
use medmask_format::blob::{BlobHeader, Chunk};
use medmask_format::codec::{self, ChunkShape, Codec, Source};
use medmask_format::index::{EntryRow, LabelRow, check_nesting};
use serde_json::{Map, Value};

use crate::{ArchiveError, Result, entry};

/// What encoders may need for a run, about: two transitions, each with a step, a gap and a label.
const CODED_BYTES_PER_RUN: u64 = 24;

/// How an entry is stored.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EntryOptions {
    /// The codec; the default is the one that suits most.
    pub codec: Codec,
    /// The voxel type; `None` takes the mask's own or, for runs, the narrowest that holds the labels.
    pub dtype: Option<Dtype>,
    /// Free metadata to keep with the entry.
    pub metadata: Map<String, Value>,
    /// What becomes of labels in the voxels that have no name.
    pub unnamed: Unnamed,
}

impl EntryOptions {
    /// The default codec, the voxel type of the mask, no metadata, and labels without a name refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the codec.
    #[must_use]
    pub fn codec(self, codec: Codec) -> Self {
        Self { codec, ..self }
    }

    /// Sets the voxel type.
    #[must_use]
    pub fn dtype(self, dtype: Option<Dtype>) -> Self {
        Self { dtype, ..self }
    }

    /// Sets the metadata.
    #[must_use]
    pub fn metadata(self, metadata: Map<String, Value>) -> Self {
        Self { metadata, ..self }
    }

    /// Sets what becomes of labels in the voxels that have no name.
    #[must_use]
    pub fn unnamed(self, unnamed: Unnamed) -> Self {
        Self { unnamed, ..self }
    }
}

/// What becomes of labels in the voxels that have no name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unnamed {
    /// They are an error.
    #[default]
    Refused,
    /// They get names: `label_7`.
    Named,
    /// They are stored as they are, without a name, and are found by number alone.
    Kept,
}

/// An entry ready to be written: its index row and its blob.
#[derive(Clone, Debug)]
pub struct EncodedEntry {
    pub(crate) row: EntryRow,
    pub(crate) shape: [usize; 3],
    /// Header and chunks; empty where no voxel is labelled.
    pub(crate) blob: Vec<u8>,
    /// Where in `blob` the chunks start.
    pub(crate) chunks: usize,
}

impl EncodedEntry {
    /// Encodes `runs` with the names `labels` as the entry `name`. Labels may be named that no voxel holds.
    ///
    /// # Errors
    /// A name that cannot be an entry's, labels in the voxels without a name (where they are refused), a label that does
    /// not fit the voxel type, metadata that are nested too deeply, or a codec that is not built in.
    pub fn new(name: &str, runs: &Runs, labels: &LabelMap, options: &EntryOptions) -> Result<Self> {
        let invalid = |reason| ArchiveError::InvalidName { name: name.to_owned(), reason };
        entry::check_name(name).map_err(invalid)?;
        let statistics = runs.statistics();
        let unnamed: Vec<&LabelStatistics> =
            statistics.iter().filter(|known| labels.name(known.label).is_none()).collect();
        let numbers = unnamed.iter().map(|known| known.label);
        let named;
        let labels = match options.unnamed {
            Unnamed::Refused if !unnamed.is_empty() => {
                let labels = numbers.take(8).collect();
                return Err(ArchiveError::UnnamedLabels { name: name.to_owned(), labels });
            }
            Unnamed::Named if !unnamed.is_empty() => {
                let mut all = labels.clone();
                all.name_unnamed(numbers);
                named = all;
                &named
            }
            _ => labels,
        };
        for (label, _) in labels.iter() {
            let invalid = |reason| ArchiveError::InvalidName { name: label.to_owned(), reason };
            entry::check_name(label).map_err(invalid)?;
        }
        let present = statistics.iter().map(|known| known.label);
        let largest = labels.iter().map(|(_, label)| label).chain(present).max().unwrap_or(0);
        let dtype = options.dtype.unwrap_or_else(|| Dtype::for_label(largest));
        if largest > dtype.max_label() {
            let (asked, limit) = (largest.into(), dtype.max_label().into());
            let error = FormatError::LimitExceeded { what: "a label", asked, limit };
            return Err(ArchiveError::entry(name)(error));
        }
        let metadata = metadata_text(name, &options.metadata)?;
        let mut row = entry::row(name, dtype, labels, &statistics, metadata);
        if options.unnamed == Unnamed::Kept && !unnamed.is_empty() {
            let mut rows = row.label_rows().to_vec();
            rows.extend(unnamed.into_iter().map(entry::unnamed));
            row.set_labels(rows);
        }
        Self::of_row(row, runs, &options.codec)
    }

    /// Encodes `runs`, of which `row` says all else.
    ///
    /// # Errors
    /// Too little memory, and a codec that is not built in.
    pub(crate) fn of_row(mut row: EntryRow, runs: &Runs, codec: &Codec) -> Result<Self> {
        let Some(bounds) = runs.bounds() else {
            return Ok(Self { row, shape: runs.shape(), blob: Vec::new(), chunks: 0 });
        };
        row.codec = Some(codec.id() as u8);
        let failed = |error| ArchiveError::entry(&row.name)(error);
        let (header, chunks) = encode_chunks(runs, bounds, row.dtype, codec).map_err(failed)?;
        let mut blob = header.to_bytes(std::slice::from_ref(&row)).map_err(failed)?;
        let start = blob.len();
        blob.extend_from_slice(&chunks);
        entry::leave_out_statistics(&mut row, blob.len() as u64);
        Ok(Self { row, shape: runs.shape(), blob, chunks: start })
    }

    /// The entry's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// Its labels: name (empty for voxels that were stored without one), number, and how many voxels hold it; `None` where the
    /// index is not to say so of many small ones.
    #[must_use]
    pub fn labels(&self) -> Vec<(String, u32, Option<u64>)> {
        let named = |row: &LabelRow| row.name(self.name()).map_or_else(String::new, Into::into);
        self.row.label_rows().iter().map(|row| (named(row), row.label, row.voxels())).collect()
    }

    /// Bytes of its blob.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.blob.len() as u64
    }
}

/// `metadata` as the index keeps it.
fn metadata_text(name: &str, metadata: &Map<String, Value>) -> Result<Option<Arc<str>>> {
    object_text(metadata).map_err(ArchiveError::entry(name))
}

/// An object as documents keep it; none where it is empty.
pub(crate) fn object_text(object: &Map<String, Value>) -> Result<Option<Arc<str>>, FormatError> {
    if object.is_empty() {
        return Ok(None);
    }
    let text = Value::Object(object.clone()).to_string();
    check_nesting(&text)?;
    Ok(Some(text.into()))
}

/// The type that `mask` is stored in: that of its voxels, unless it names larger labels, which no voxel holds.
pub(crate) fn dtype_of(mask: &Mask) -> Dtype {
    let largest = mask.labels().iter().map(|(_, label)| label).max().unwrap_or(0);
    mask.voxels().dtype().max(Dtype::for_label(largest))
}

/// Cuts the tight box into slabs and encodes each.
pub(crate) fn encode_chunks(
    runs: &Runs,
    bounds: Bounds,
    dtype: Dtype,
    codec: &Codec,
) -> Result<(BlobHeader, Vec<u8>), FormatError> {
    let coded = runs.run_count() as u64 * CODED_BYTES_PER_RUN;
    let memory = Memory::unlimited();
    let _tried = memory.try_out("the coded voxels", coded)?;
    let [depth, height, width] = bounds.shape().map(|extent| extent as u32);
    let box_shape = ChunkShape { depth, height, width };
    let slab_height = codec::slab_height(codec, &runs.part(bounds), box_shape, dtype)?;
    let mut header = BlobHeader {
        dtype,
        shape: runs.shape().map(|axis| axis as u64),
        box_start: bounds.start.map(|start| start as u64),
        box_shape: [depth, height, width],
        slab_height,
        chunks: Vec::new(),
    };
    let mut bytes = Vec::new();
    let mut start = 0;
    while start < depth {
        let slab = ChunkShape { depth: slab_height.min(depth - start), height, width };
        let mut part = bounds;
        part.start[0] += start as usize;
        part.end[0] = part.start[0] + slab.depth as usize;
        let source = runs.part(part);
        let before = bytes.len();
        // A slab without labelled voxels is stored as no bytes at all.
        let id = if (0..slab.depth).all(|z| source.is_empty(z)) {
            codec.id()
        } else {
            codec::encode(codec, &source, slab, dtype, &mut bytes)?
        };
        let chunk = &bytes[before..];
        let checksum = crc32fast::hash(chunk);
        header.chunks.push(Chunk { codec: id as u8, length: chunk.len() as u64, checksum });
        start += slab.depth;
    }
    Ok((header, bytes))
}
