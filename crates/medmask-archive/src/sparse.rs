//! The voxels of an entry of version 2, row by row.

use medmask_core::{Bounds, Runs, Sink};

use crate::blob::Blob;
use crate::rows::{Collect, KnownLabels, Narrow, Wanted};
use crate::{Archive, Entry, ReadAt, Result};

impl<S: ReadAt> Archive<S> {
    /// Hands the wanted rows of `entry` to `sink`, in order.
    pub(crate) fn rows<K: Sink>(&self, entry: &Entry, wanted: Wanted, sink: &mut K) -> Result<()> {
        let Some(place) = entry.blob() else { return Ok(()) };
        let blob = Blob::of_entry(self, entry, place, self.extent(wanted))?;
        let mut known = KnownLabels::of(entry);
        let mut narrow = Narrow::new(wanted, sink);
        let chunks = blob.chunks(self, wanted.region.start[0]..wanted.region.end[0])?;
        for place in &chunks.places {
            let chunk = chunks.get(self, place)?;
            narrow.move_to(chunk.at);
            known
                .check(&mut narrow, |sink| chunk.decode(sink))
                .map_err(|error| self.in_chunk(place, error))?;
            if narrow.ended {
                break;
            }
        }
        Ok(())
    }
}

impl Blob<'_> {
    /// All voxels, as the blob itself says, whatever an index says of their labels.
    pub(crate) fn runs<S: ReadAt>(&self, archive: &Archive<S>) -> Result<Runs> {
        let shape = archive.space().shape();
        let mut collect = Collect::new(shape);
        let wanted = Wanted { label: None, region: Bounds::of_shape(shape) };
        let mut narrow = Narrow::new(wanted, &mut collect);
        let chunks = self.chunks(archive, 0..shape[0])?;
        for place in &chunks.places {
            let chunk = chunks.get(archive, place)?;
            narrow.move_to(chunk.at);
            chunk.decode(&mut narrow).map_err(|error| archive.in_chunk(place, error))?;
            if narrow.ended {
                break;
            }
        }
        collect.finish(self.header.box_shape)
    }
}
