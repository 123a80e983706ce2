//! The voxels of an entry of version 2 in dense memory, decoded on all cores.

use std::num::NonZero;

use medmask_core::{Bounds, Dtype, Memory, Voxel, Voxels, parallel, with_voxels};
use medmask_format::blob::PlacedChunk;
use medmask_format::codec::{CodecId, OneLabel, Painter};
use ndarray::Array3;

use crate::blob::{Blob, Extent, slices_of};
use crate::rows::{KnownLabels, Wanted};
use crate::{Archive, ArchiveError, Entry, ReadAt, Result};

/// Work that is worth a thread. One takes about 70 us to start, and much longer to come up to speed on a core that was idle.
const MICROSECONDS_PER_THREAD: u64 = 1000;
/// What work takes, roughly: a microsecond for so many rows to decode and for each page of new memory, and more for the bytes
/// of `context`.
const ROWS_PER_MICROSECOND: u64 = 50;
const PAGE: u64 = 4096;
const MICROSECONDS_PER_CONTEXT_BYTE: u64 = 3;

impl<S: ReadAt> Archive<S> {
    /// The wanted voxels of `entry` in new memory.
    pub(crate) fn dense(&self, entry: &Entry, wanted: Wanted) -> Result<Voxels> {
        let dtype = wanted.label.map_or_else(|| entry.stored_dtype(), |_| Dtype::Bool);
        let memory = self.memory();
        let zeros = Voxels::zeros_within(dtype, wanted.region.shape(), &memory);
        let (mut voxels, _held) = zeros.map_err(ArchiveError::memory(&self.path))?;
        with_voxels!(&mut voxels, array => {
            self.paint(entry, wanted, contiguous(array), true, &memory)
        })?;
        Ok(voxels)
    }

    /// Paints into `voxels`, which are background and hold the region in (z, y, x) order. `is_new` says whether their memory has
    /// never been touched.
    pub(crate) fn paint<T: Voxel>(
        &self,
        entry: &Entry,
        wanted: Wanted,
        voxels: &mut [T],
        is_new: bool,
        memory: &Memory,
    ) -> Result<()> {
        let Some(place) = entry.blob() else { return Ok(()) };
        let reach = wanted.reach(entry);
        let blob = Blob::of_entry(self, entry, place, self.extent(entry, reach))?;
        let _stored = self.hold_stored(&blob, memory)?;
        let chunks = blob.chunks(self, reach)?;
        let slabs = slabs(chunks.places(), wanted.region, voxels);
        let threads = self.threads_for(&slabs, is_new);
        let worker = || {
            let mut known = KnownLabels::of(entry);
            let chunks = &chunks;
            move |Slab { place, region, voxels }: Slab<'_, T>| {
                let mut painter = Painter::new(voxels, region, place.at);
                chunks.decode(self, &place, |chunk| match wanted.label {
                    Some(label) => {
                        let mut only = OneLabel::new(label, painter);
                        known.check(&mut only, |sink| chunk.decode(memory, sink))
                    }
                    None => known.check(&mut painter, |sink| chunk.decode(memory, sink)),
                })
            }
        };
        parallel::for_each_ordered(slabs, threads, worker, Ok)
    }

    /// A box of few slices may need few chunks, and so may one entry of several in a blob.
    pub(crate) fn extent(&self, entry: &Entry, Bounds { start, end }: Bounds) -> Extent {
        let all = start[0] == 0 && end[0] == self.space().shape()[0];
        if all && entry.layer().is_none() { Extent::Whole } else { Extent::Header }
    }

    /// How many threads the slabs are worth.
    fn threads_for<T>(&self, slabs: &[Slab<'_, T>], is_new: bool) -> NonZero<usize> {
        let work: u64 = slabs.iter().map(|slab| slab.microseconds(is_new)).sum();
        match work / MICROSECONDS_PER_THREAD {
            0 | 1 => NonZero::<usize>::MIN,
            many => {
                let most = self.threads.unwrap_or_else(parallel::available);
                let many = usize::try_from(many).ok().and_then(NonZero::new);
                many.map_or(most, |many| many.min(most))
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "the array was made in C order a moment ago")]
fn contiguous<T>(array: &mut Array3<T>) -> &mut [T] {
    array.as_slice_mut().expect("new arrays are in C order")
}

/// A chunk, and the part of the output that is of its slices.
struct Slab<'a, T> {
    place: PlacedChunk,
    region: Bounds,
    voxels: &'a mut [T],
}

/// Each chunk has slices of its own, so that threads paint side by side.
fn slabs<'a, T>(
    places: impl Iterator<Item = PlacedChunk>,
    region: Bounds,
    mut voxels: &'a mut [T],
) -> Vec<Slab<'a, T>> {
    let [_, height, width] = region.shape();
    let mut next = region.start[0];
    let slab = |place: PlacedChunk| {
        let slices = slices_of(&place);
        let (start, end) = (slices.start.max(region.start[0]), slices.end.min(region.end[0]));
        let (_, rest) = std::mem::take(&mut voxels).split_at_mut((start - next) * height * width);
        let (slab, rest) = rest.split_at_mut((end - start) * height * width);
        (voxels, next) = (rest, end);
        let [_, y, x] = region.start;
        let region = Bounds { start: [start, y, x], end: [end, region.end[1], region.end[2]] };
        Slab { place, region, voxels: slab }
    };
    places.map(slab).collect()
}

impl<T> Slab<'_, T> {
    /// Roughly what it takes to decode.
    fn microseconds(&self, is_new: bool) -> u64 {
        let PlacedChunk { chunk, shape, .. } = self.place;
        let mut time = shape.rows() / ROWS_PER_MICROSECOND;
        // What `planes` and `tiles` hold is not known here; it may be `context`.
        let slow = [CodecId::Context, CodecId::Planes, CodecId::Tiles];
        if slow.map(|codec| codec as u8).contains(&chunk.codec) {
            time += chunk.length.saturating_mul(MICROSECONDS_PER_CONTEXT_BYTE);
        }
        if is_new {
            // Part of the array, so that its bytes are few enough to count.
            let [depth, rows, width] = self.region.shape();
            let touched = depth * rows.min(shape.height as usize) * width;
            time += (touched * size_of::<T>()) as u64 / PAGE;
        }
        time
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use medmask_format::blob::Chunk;
    use medmask_format::codec::ChunkShape;
    use medmask_format::front::Kind;

    use super::*;
    use crate::Durability;
    use crate::appender::Appender;

    #[test]
    fn threads_start_for_work_of_some_milliseconds_alone() {
        let space = medmask_core::Space::of_shape([256, 640, 32]);
        let appender = Appender::create(
            Vec::new(),
            "case.mska".as_ref(),
            Kind::Archive,
            &space,
            Durability::Buffered,
        );
        let mut appender = appender.unwrap();
        let archive = &mut appender.archive;
        let threads = |archive: &Archive<Vec<u8>>, slabs: usize, codec: CodecId, is_new: bool| {
            let chunk = Chunk { codec: codec as u8, length: 900, checksum: 0 };
            let shape = ChunkShape { depth: 64, height: 640, width: 32 };
            let place =
                |slab| PlacedChunk { chunk, offset: 0, shape, at: [64 * slab as u32, 0, 0] };
            let mut voxels = vec![0_u8; 64 * slabs * 640 * 32];
            let region = Bounds { start: [0; 3], end: [64 * slabs, 640, 32] };
            let slabs = super::slabs((0..slabs).map(place), region, &mut voxels);
            archive.threads_for(&slabs, is_new).get()
        };
        archive.set_threads(NonZero::new(3).unwrap());
        // 64 slices of 640 rows take 0.8 ms, and 0.3 ms more in new memory.
        assert_eq!(threads(archive, 1, CodecId::Runs, false), 1);
        assert_eq!(threads(archive, 2, CodecId::Runs, false), 1);
        assert_eq!(threads(archive, 2, CodecId::Runs, true), 2);
        assert_eq!(threads(archive, 4, CodecId::Runs, false), 3);
        // 900 bytes of `context` take 2.7 ms.
        assert_eq!(threads(archive, 1, CodecId::Context, false), 3);
        archive.set_threads(NonZero::<usize>::MIN);
        assert_eq!(threads(archive, 4, CodecId::Context, true), 1);
    }
}
