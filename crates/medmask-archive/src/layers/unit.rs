//! What can be a layer.

use std::collections::HashMap;
use std::num::NonZeroU32;

use medmask_core::{Bounds, LabelStatistics, Runs};
use medmask_format::FormatError;
use medmask_format::blob::parse_names;
use medmask_format::codec::CodecId;
use medmask_format::index::Budget;

use crate::blob::{Blob, Extent};
use crate::{Archive, ArchiveError, Codec, Entry, ReadAt, Result};

/// Voxels of one label, of one entry or of several that are equal.
#[derive(Clone, Debug)]
pub(super) struct Unit<'a> {
    /// The first of its entries.
    pub entry: &'a Entry,
    /// Which entries it is.
    pub entries: Vec<usize>,
    /// Its blob: offset and length.
    pub place: (u64, u64),
    pub codec: Codec,
    /// Where its voxels are.
    pub bounds: Bounds,
    /// Bytes of a blob of its own; 0 where it has none yet.
    pub bytes: u64,
}

/// All that can be layers, in the order of the entries.
pub(super) fn units<S: ReadAt>(archive: &Archive<S>) -> Result<Vec<Unit<'_>>> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    let mut known = HashMap::new();
    for (number, entry) in archive.entries().enumerate() {
        let Some(place) = entry.blob() else { continue };
        let unit = *known.entry((place, entry.layer())).or_insert(units.len());
        if let Some(unit) = units.get_mut(unit) {
            unit.entries.push(number);
        } else if let Some((codec, bounds)) = suited(archive, entry)? {
            let bytes = if entry.layer().is_some() { 0 } else { place.1 };
            units.push(Unit { entry, entries: vec![number], place, codec, bounds, bytes });
        } else {
            known.insert((place, entry.layer()), usize::MAX);
        }
    }
    Ok(units)
}

/// Codec and voxels of an entry that can be a layer.
fn suited<S: ReadAt>(archive: &Archive<S>, entry: &Entry) -> Result<Option<(Codec, Bounds)>> {
    let asked = entry.row.codec.and_then(|codec| CodecId::from_id(codec).ok());
    if !matches!(asked, Some(CodecId::Context | CodecId::Transitions | CodecId::Runs)) {
        return Ok(None);
    }
    let Some(LabelStatistics { bounds, .. }) = entry.only_label() else { return Ok(None) };
    Ok(Some((archive.codec_of(entry)?, bounds)))
}

impl Unit<'_> {
    /// Whether it is one of several in its blob.
    pub(super) fn is_layer(&self) -> bool {
        self.entry.layer().is_some()
    }

    /// Its voxels; `None` where this version does not know their codec.
    pub(super) fn runs<S: ReadAt>(&self, archive: &Archive<S>) -> Result<Option<Runs>> {
        match archive.get(self.entry.name())?.to_runs() {
            Ok(runs) => Ok(Some(runs)),
            Err(error) if is_unsupported(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Its bytes in the slices of `other`, about.
    pub(super) fn bytes_beside(&self, other: &Self) -> u64 {
        let slices = |unit: &Self| (unit.bounds.start[0] as u64, unit.bounds.end[0] as u64);
        let ((start, end), (first, last)) = (slices(self), slices(other));
        let shared = end.min(last).saturating_sub(start.max(first));
        (u128::from(self.bytes) * u128::from(shared) / u128::from(end - start)) as u64
    }
}

/// The layers that the blob of layers at `place` has, by its names.
pub(super) fn layers_of<S: ReadAt>(
    archive: &Archive<S>,
    (offset, length): (u64, u64),
) -> Result<Vec<NonZeroU32>> {
    let blob = Blob::read(archive, offset, offset + length, Extent::Header)?;
    let names = parse_names(blob.bytes(), offset, &mut Budget::of_file(length));
    let names = names.map_err(ArchiveError::format(&archive.path))?;
    Ok(names.into_iter().filter_map(|row| row.layer).collect())
}

/// Whether this version lacks a codec.
pub(super) fn is_unsupported(error: &ArchiveError) -> bool {
    matches!(
        error,
        ArchiveError::Format { source: FormatError::UnsupportedCodec { .. }, .. }
            | ArchiveError::Entry { source: FormatError::UnsupportedCodec { .. }, .. }
    )
}
