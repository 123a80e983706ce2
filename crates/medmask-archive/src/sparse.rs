//! The voxels of an entry of version 2, row by row.

use medmask_core::{Bounds, Runs, Sink};
use medmask_format::FormatError;

use crate::blob::{Blob, ChunkData};
use crate::rows::{Collect, KnownLabels, Narrow, Wanted};
use crate::{Archive, Entry, ReadAt, Result};

impl<S: ReadAt> Archive<S> {
    /// Hands the wanted rows of `entry` to `sink`, in order.
    pub(crate) fn rows<K: Sink>(&self, entry: &Entry, wanted: Wanted, sink: &mut K) -> Result<()> {
        let Some(place) = entry.blob() else { return Ok(()) };
        let blob = Blob::of_entry(self, entry, place, self.extent(wanted))?;
        let mut known = KnownLabels::of(entry);
        blob.rows(self, wanted, sink, |chunk, narrow| {
            known.check(narrow, |sink| chunk.decode(sink))
        })
    }
}

impl Blob<'_> {
    /// All voxels, as the blob itself says, whatever an index says of their labels.
    pub(crate) fn runs<S: ReadAt>(&self, archive: &Archive<S>) -> Result<Runs> {
        let shape = archive.space().shape();
        let mut collect = Collect::new(shape);
        let wanted = Wanted { label: None, region: Bounds::of_shape(shape) };
        self.rows(archive, wanted, &mut collect, |chunk, narrow| chunk.decode(narrow))?;
        collect.finish(self.header.bounds())
    }

    /// Has `decode` decode the chunks of the wanted slices, in order, until `sink` breaks off.
    fn rows<S: ReadAt, K: Sink>(
        &self,
        archive: &Archive<S>,
        wanted: Wanted,
        sink: &mut K,
        mut decode: impl FnMut(&ChunkData<'_>, &mut Narrow<'_, K>) -> Result<(), FormatError>,
    ) -> Result<()> {
        let mut narrow = Narrow::new(wanted, sink);
        let chunks = self.chunks(archive, wanted.region.start[0]..wanted.region.end[0])?;
        for place in &chunks.places {
            narrow.move_to(place.at);
            chunks.decode(archive, place, |chunk| decode(chunk, &mut narrow))?;
            if narrow.ended {
                break;
            }
        }
        Ok(())
    }
}
