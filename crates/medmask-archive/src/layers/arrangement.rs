//! Where voxels shall stand.

use std::num::{NonZero, NonZeroU32};

use medmask_core::parallel;
use medmask_format::index::EntryRow;

use super::group::Made;
use super::unit::Unit;
use crate::{Archive, EncodedEntry, Entry, ReadAt, Result};

/// A blob of the file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BlobKey {
    /// As it stands in the source, by offset and length.
    Stored((u64, u64)),
    /// Made anew, by its place among those.
    Made(usize),
}

/// Where the voxels of an entry stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InBlob {
    pub blob: BlobKey,
    pub layer: Option<NonZeroU32>,
}

/// Where the voxels of all entries stand.
#[derive(Debug)]
pub(crate) struct Arrangement {
    /// Of each entry, in their order.
    pub places: Vec<Option<InBlob>>,
    /// The blobs that are made anew.
    pub made: Vec<Vec<u8>>,
}

/// Where entries stood.
pub(super) struct Before(Vec<(usize, Option<InBlob>)>);

impl Arrangement {
    /// As `source` has it.
    pub(super) fn stored<S: ReadAt>(source: &Archive<S>) -> Self {
        let stored = |entry: &Entry| {
            let blob = BlobKey::Stored(entry.blob()?);
            Some(InBlob { blob, layer: entry.layer() })
        };
        Self { places: source.entries().map(stored).collect(), made: Vec::new() }
    }

    /// Puts the units of a blob of layers there.
    pub(super) fn put(&mut self, made: Made<'_>) -> Before {
        let blob = BlobKey::Made(self.made.len());
        self.made.push(made.blob);
        let mut before = Vec::new();
        for (layer, unit) in (1..).zip(made.units) {
            for place in &unit.entries {
                let now = InBlob { blob, layer: NonZeroU32::new(layer) };
                before.push((*place, self.places[*place].replace(now)));
            }
        }
        Before(before)
    }

    /// Undoes the last [`put`](Self::put).
    pub(super) fn take_back(&mut self, before: Before) {
        self.made.pop();
        for (place, stood) in before.0 {
            self.places[place] = stood;
        }
    }

    /// Gives each unit that is in a layer a blob of its own. One whose codec is not known here stays where it is.
    pub(super) fn put_apart<S: ReadAt>(
        &mut self,
        source: &Archive<S>,
        units: &mut [Unit<'_>],
        threads: NonZero<usize>,
    ) -> Result<()> {
        let mut layers = units.iter_mut().filter(|unit| unit.is_layer()).collect::<Vec<_>>();
        let mut all = Vec::with_capacity(layers.len());
        let worker = || |unit: &&mut Unit<'_>| encoded(source, unit);
        parallel::for_each_ordered(&layers, threads, worker, |encoded| {
            all.push(encoded);
            Ok(())
        })?;
        for (unit, encoded) in layers.iter_mut().zip(all) {
            let Some(encoded) = encoded else { continue };
            unit.bytes = encoded.stored_bytes();
            let blob = BlobKey::Made(self.made.len());
            self.made.push(encoded.blob);
            for place in &unit.entries {
                self.places[*place] = Some(InBlob { blob, layer: None });
            }
        }
        Ok(())
    }

    /// Whether the unit has a place in a blob that is made anew.
    pub(super) fn is_made(&self, unit: &Unit<'_>) -> bool {
        let place = self.places[unit.entries[0]];
        place.is_some_and(|place| matches!(place.blob, BlobKey::Made(_)))
    }
}

/// The first entry of a unit with a blob of its own.
fn encoded<S: ReadAt>(source: &Archive<S>, unit: &Unit<'_>) -> Result<Option<EncodedEntry>> {
    let Some(runs) = unit.runs(source)? else { return Ok(None) };
    let row = EntryRow { blob: None, layer: None, ..unit.entry.row.clone() };
    EncodedEntry::of_row(row, &runs, &unit.codec).map(Some)
}
