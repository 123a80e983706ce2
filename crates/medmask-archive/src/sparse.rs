//! The voxels of an entry of version 2, row by row.

use std::ops::ControlFlow;

use medmask_core::{Bounds, Held, LabelCounter, LabelStatistics, Memory, Row, Run, Sink};
use medmask_format::FormatError;

use crate::blob::{Blob, ChunkData};
use crate::rows::{KnownLabels, Narrow, Wanted};
use crate::{Archive, ArchiveError, Entry, ReadAt, Result};

impl<S: ReadAt> Archive<S> {
    /// Hands the wanted rows of `entry` to `sink`, in order.
    pub(crate) fn rows<K: Sink>(
        &self,
        entry: &Entry,
        wanted: Wanted,
        memory: &Memory,
        sink: &mut K,
    ) -> Result<()> {
        let Some(place) = entry.blob() else { return Ok(()) };
        let reach = wanted.reach(entry);
        let blob = Blob::of_entry(self, entry, place, self.extent(entry, reach))?;
        let _stored = self.hold_stored(&blob, memory)?;
        let mut known = KnownLabels::of(entry);
        blob.rows(self, wanted, reach, sink, |chunk, narrow| {
            known.check(narrow, |sink| chunk.decode(memory, sink))
        })
    }

    /// Counts the bytes of `blob` that were read.
    pub(crate) fn hold_stored<'m>(&self, blob: &Blob<'_>, memory: &'m Memory) -> Result<Held<'m>> {
        let held = memory.hold("the stored bytes of an entry", blob.bytes_read());
        held.map_err(ArchiveError::memory(&self.path))
    }
}

impl Blob<'_> {
    /// What the voxels are, counted as they are decoded, so that no row is kept; `None` as soon as they are of more labels than
    /// `most_labels`, or more than `most_voxels`.
    pub(crate) fn statistics<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        most_labels: usize,
        most_voxels: u64,
    ) -> Result<Option<Vec<LabelStatistics>>> {
        let memory = archive.memory();
        let _stored = archive.hold_stored(self, &memory)?;
        let mut count = Count {
            counter: LabelCounter::default(),
            most_labels,
            left: most_voxels,
            too_many: false,
        };
        self.all_rows(archive, &memory, &mut count)?;
        Ok((!count.too_many).then(|| count.counter.finish()))
    }

    /// Hands all rows to `sink`, whatever an index says of their labels.
    pub(crate) fn all_rows<S: ReadAt, K: Sink>(
        &self,
        archive: &Archive<S>,
        memory: &Memory,
        sink: &mut K,
    ) -> Result<()> {
        let region = Bounds::of_shape(archive.space().shape());
        let wanted = Wanted { label: None, region };
        self.rows(archive, wanted, region, sink, |chunk, narrow| chunk.decode(memory, narrow))
    }

    /// Has `decode` decode the chunks that may hold what is wanted, which lies in the box `reach`, in order, until `sink` breaks off.
    fn rows<S: ReadAt, K: Sink>(
        &self,
        archive: &Archive<S>,
        wanted: Wanted,
        reach: Bounds,
        sink: &mut K,
        mut decode: impl FnMut(&ChunkData<'_>, &mut Narrow<'_, K>) -> Result<(), FormatError>,
    ) -> Result<()> {
        let mut narrow = Narrow::new(wanted, sink);
        let chunks = self.chunks(archive, reach)?;
        for place in chunks.places() {
            narrow.move_to(place.at);
            chunks.decode(archive, &place, |chunk| decode(chunk, &mut narrow))?;
            if narrow.ended {
                break;
            }
        }
        Ok(())
    }
}

/// Counts labels until there are too many of them, or of their voxels.
struct Count {
    counter: LabelCounter,
    most_labels: usize,
    /// How many more voxels there may be.
    left: u64,
    too_many: bool,
}

impl Sink for Count {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        for run in runs {
            self.counter.add(Row { z, y, runs: std::slice::from_ref(run) });
            match self.left.checked_sub(run.voxels()) {
                Some(left) if self.counter.labels() <= self.most_labels => self.left = left,
                _ => {
                    self.too_many = true;
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }
}
