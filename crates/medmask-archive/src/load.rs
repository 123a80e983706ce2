//! Loading voxels: whole entries, one label, a region, or runs.

use std::borrow::Cow;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};

use medmask_core::{
    Bounds, Dtype, LabelMap, Mask, Run, Runs, RunsBuilder, Voxel, Voxels, nearest_name, parallel,
};
use medmask_format::blob::{BLOB_PREFIX_LENGTH, BlobHeader, Chunk};
use medmask_format::codec::{self, ChunkShape, CodecId, OneLabel, Painter, Sink};
use medmask_format::{Corrupt, FormatError};
use ndarray::Array3;

use crate::{Archive, ArchiveError, Entry, ReadAt, Result};

/// Work that is worth a thread. One takes about 70 us to start, and much longer to come up to speed on a core that was idle.
const MICROSECONDS_PER_THREAD: u64 = 1000;
/// What work takes, roughly: a microsecond for so many rows to decode and for each page of new memory, and more for the bytes
/// of `context`.
const ROWS_PER_MICROSECOND: u64 = 50;
const PAGE: u64 = 4096;
const MICROSECONDS_PER_CONTEXT_BYTE: u64 = 3;

impl<S: ReadAt> Archive<S> {
    /// Loads the entry `name` as a dense mask on the archive's space, in the entry's own voxel type.
    ///
    /// Memory starts zeroed and only labelled runs are painted, so background costs nothing.
    ///
    /// # Errors
    /// An unknown name, damage in the entry's blob, or voxels that do not fit into memory.
    pub fn load(&self, name: &str) -> Result<Mask> {
        let entry = self.entry(name)?;
        let whole = Bounds::of_shape(self.space().shape());
        let voxels = self.paint(entry, whole, entry.dtype(), None)?;
        let present =
            entry.labels().filter(|label| label.statistics.is_some()).map(|label| label.label);
        let mask_error = |source| ArchiveError::Mask { name: name.to_owned(), source };
        Mask::with_known_labels(voxels, present, self.label_map(entry)?, self.space().clone())
            .map_err(mask_error)
    }

    /// Loads the entry `name` into an array that the caller has, (z, y, x), and so spares the system giving out new memory,
    /// which for one mask after the other costs more than decoding. What `target` held is lost, also where this fails.
    ///
    /// # Errors
    /// As [`load`](Self::load), and where `target` has another shape or a type too narrow for the entry.
    pub fn load_into<T: Voxel>(&self, name: &str, target: &mut Array3<T>) -> Result<()> {
        let entry = self.entry(name)?;
        let (depth, height, width) = target.dim();
        let (shape, archive) = ([depth, height, width], self.space().shape());
        if shape != archive {
            return Err(ArchiveError::ShapeMismatch { name: name.to_owned(), shape, archive });
        }
        let wide = <T as Voxel>::DTYPE;
        if wide.max_label() < entry.dtype().max_label() {
            let (dtype, target) = (entry.dtype().name(), wide.name());
            return Err(ArchiveError::TypeTooNarrow { name: name.to_owned(), dtype, target });
        }
        if !target.is_standard_layout() {
            *target = Array3::default(shape);
        }
        target.fill(T::default());
        self.paint_array(entry, target, false, Bounds::of_shape(shape), None)
    }

    /// Loads the voxels of one label of the entry `name` as a binary mask, (z, y, x).
    ///
    /// # Errors
    /// As [`load`](Self::load), and where the entry does not name the label.
    pub fn load_label(&self, name: &str, label: &str) -> Result<Array3<bool>> {
        let entry = self.entry(name)?;
        let wanted = entry.labels().find(|known| known.name == label).map(|known| known.label);
        let wanted = wanted.ok_or_else(|| ArchiveError::LabelNotFound {
            entry: name.to_owned(),
            label: label.to_owned(),
            nearest: nearest_name(label, entry.labels().map(|known| known.name)).map(str::to_owned),
        })?;
        match self.paint(
            entry,
            Bounds::of_shape(self.space().shape()),
            Dtype::Bool,
            Some(wanted),
        )? {
            Voxels::Bool(voxels) => Ok(voxels),
            other => Ok(other.select(|label| label != 0)),
        }
    }

    /// Loads the voxels of the entry `name` within `region`, and reads only the chunks that it touches.
    ///
    /// # Errors
    /// As [`load`](Self::load), and where the region does not lie within the grid.
    pub fn load_region(&self, name: &str, region: Bounds) -> Result<Voxels> {
        let entry = self.entry(name)?;
        let shape = self.space().shape();
        if (0..3)
            .any(|axis| region.start[axis] > region.end[axis] || region.end[axis] > shape[axis])
        {
            return Err(ArchiveError::RegionOutside {
                start: region.start,
                end: region.end,
                shape,
            });
        }
        self.paint(entry, region, entry.dtype(), None)
    }

    /// Loads the entry `name` in its sparse form: memory grows with the surface, not the volume.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_runs(&self, name: &str) -> Result<Runs> {
        let entry = self.entry(name)?;
        let Some((offset, length)) = entry.blob() else {
            return Ok(Runs::empty(self.space().shape()));
        };
        let mut known = KnownLabels::of(entry);
        Blob::of_entry(self, entry, offset, length)?.collect(self, |chunk, sink| {
            known.check(|check| chunk.decode(&mut Checked { check, sink }))
        })
    }

    pub(crate) fn label_map(&self, entry: &Entry) -> Result<LabelMap> {
        let labels = |source| ArchiveError::Labels { name: entry.name().to_owned(), source };
        entry.label_map().map_err(labels)
    }

    /// The voxels of `region`, as `dtype`; of `label` alone, as 1, where one is given.
    fn paint(
        &self,
        entry: &Entry,
        region: Bounds,
        dtype: Dtype,
        label: Option<u32>,
    ) -> Result<Voxels> {
        let shape = region.shape();
        // A small file may describe a volume that no machine holds.
        let mut voxels =
            Voxels::try_zeros(dtype, shape).ok_or_else(|| ArchiveError::OutOfMemory {
                voxels: shape.iter().map(|axis| *axis as u64).product(),
                dtype: dtype.name(),
            })?;
        match &mut voxels {
            Voxels::Bool(array) => self.paint_array(entry, array, true, region, label)?,
            Voxels::U8(array) => self.paint_array(entry, array, true, region, label)?,
            Voxels::U16(array) => self.paint_array(entry, array, true, region, label)?,
            Voxels::U32(array) => self.paint_array(entry, array, true, region, label)?,
        }
        Ok(voxels)
    }

    /// Paints into `array`, which is background, contiguous, and of the shape of `region`. `is_new` says whether its memory
    /// has never been touched.
    fn paint_array<T: Voxel>(
        &self,
        entry: &Entry,
        array: &mut Array3<T>,
        is_new: bool,
        region: Bounds,
        label: Option<u32>,
    ) -> Result<()> {
        let Some(mut voxels) = array.as_slice_mut() else { return Ok(()) };
        let Some((offset, length)) = entry.blob() else { return Ok(()) };
        let blob = Blob::of_entry(self, entry, offset, length)?;
        let [_, height, width] = region.shape();
        let box_height = blob.header.box_shape[1] as usize;
        let (mut slabs, mut microseconds) = (Vec::new(), 0_u64);
        let mut next = region.start[0];
        for place in blob.chunks(region.start[0]..region.end[0]) {
            // Each chunk has slices of its own, so that threads paint side by side.
            let start = place.slices.start.max(region.start[0]);
            let end = place.slices.end.min(region.end[0]);
            let (_, rest) = voxels.split_at_mut((start - next) * height * width);
            let (slab, rest) = rest.split_at_mut((end - start) * height * width);
            let region = Bounds {
                start: [start, region.start[1], region.start[2]],
                end: [end, region.end[1], region.end[2]],
            };
            let rows = place.slices.len() as u64 * box_height as u64;
            microseconds += rows / ROWS_PER_MICROSECOND;
            if place.chunk.codec == CodecId::Context as u8 {
                let bytes = place.chunk.length;
                microseconds += bytes.saturating_mul(MICROSECONDS_PER_CONTEXT_BYTE);
            }
            if is_new {
                // Part of the array, so that its bytes are few enough to count.
                let voxels = (end - start) * box_height.min(height) * width;
                microseconds += (voxels * size_of::<T>()) as u64 / PAGE;
            }
            slabs.push((place, region, slab));
            (voxels, next) = (rest, end);
        }
        let threads = match microseconds / MICROSECONDS_PER_THREAD {
            0 | 1 => NonZero::<usize>::MIN,
            many => {
                let most = self.threads.unwrap_or_else(parallel::available);
                let many = usize::try_from(many).ok().and_then(NonZero::new);
                many.map_or(most, |many| many.min(most))
            }
        };
        let worker = || {
            let mut known = KnownLabels::of(entry);
            let blob = &blob;
            move |(place, region, slab): (ChunkPlace, Bounds, &mut [T])| {
                let chunk = blob.read_chunk(self, &place)?;
                let mut painter = Painter::new(slab, region, chunk.at);
                let decoded = match label {
                    Some(label) => chunk.decode(&mut OneLabel::new(label, painter)),
                    None => known
                        .check(|check| chunk.decode(&mut Checked { check, sink: &mut painter })),
                };
                decoded.map_err(|error| self.in_chunk(&place, error))
            }
        };
        parallel::for_each_ordered(slabs, threads, worker, Ok)
    }

    /// Codecs count offsets from their chunk; errors of the archive count from the start of the file.
    fn in_chunk(&self, place: &ChunkPlace, error: FormatError) -> ArchiveError {
        ArchiveError::format(&self.path)(match error {
            FormatError::Corrupt(damage) => {
                Corrupt { offset: damage.offset + place.offset, ..damage }.into()
            }
            other => other,
        })
    }

    /// `length` bytes at `offset`, which the caller has checked to lie within the file.
    pub(crate) fn read(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        let too_long =
            || ArchiveError::io("read", &self.path)(std::io::ErrorKind::FileTooLarge.into());
        let length = usize::try_from(length).map_err(|_| too_long())?;
        self.storage.read_at(offset, length).map_err(ArchiveError::io("read", &self.path))
    }
}

/// One chunk with its bytes, checked.
pub(crate) struct ChunkData<'a> {
    codec: CodecId,
    bytes: Cow<'a, [u8]>,
    shape: ChunkShape,
    dtype: Dtype,
    /// Its first voxel in the grid, (z, y, x).
    pub at: [u32; 3],
}

impl ChunkData<'_> {
    pub(crate) fn decode<S: Sink>(&self, sink: &mut S) -> Result<(), FormatError> {
        codec::decode(self.codec, &self.bytes, self.shape, self.dtype, sink)
    }
}

/// A blob's header and where its chunks stand.
pub(crate) struct Blob {
    pub header: BlobHeader,
    pub header_length: usize,
    offset: u64,
}

impl Blob {
    /// Reads the header of the blob at `offset`, which ends before `limit`.
    pub(crate) fn read<S: ReadAt>(archive: &Archive<S>, offset: u64, limit: u64) -> Result<Self> {
        let format = |error| ArchiveError::format(&archive.path)(error);
        let corrupt = |reason| format(Corrupt { section: "blob header", offset, reason }.into());
        let room = limit.saturating_sub(offset);
        let prefix = archive.read(offset, room.min(BLOB_PREFIX_LENGTH as u64))?;
        let header_length = BlobHeader::peek_length(&prefix, offset).map_err(format)?;
        if header_length as u64 > room {
            return Err(corrupt("it is longer than its place in the file"));
        }
        let bytes = archive.read(offset, header_length as u64)?;
        let (header, header_length) = BlobHeader::parse(&bytes, offset).map_err(format)?;
        if header.chunk_bytes().checked_add(header_length as u64).is_none_or(|length| length > room)
        {
            return Err(corrupt("its chunks are longer than their place in the file"));
        }
        Ok(Self { header, header_length, offset })
    }

    /// Reads the header of the blob of `length` bytes at `offset`, and checks it against what the index says of `entry`.
    pub(crate) fn of_entry<S: ReadAt>(
        archive: &Archive<S>,
        entry: &Entry,
        offset: u64,
        length: u64,
    ) -> Result<Self> {
        let blob = Self::read(archive, offset, offset + length)?;
        let header = &blob.header;
        let same_box = entry.bounds().is_some_and(|bounds| {
            (0..3).all(|axis| {
                header.box_start[axis] == bounds.start[axis] as u64
                    && header.box_shape[axis] as usize == bounds.shape()[axis]
            })
        });
        if blob.length() != length
            || header.shape != archive.snapshot.grid.shape
            || header.dtype != entry.dtype()
            || !same_box
        {
            let damage =
                Corrupt { section: "blob header", offset, reason: "it contradicts the index" };
            return Err(ArchiveError::format(&archive.path)(damage.into()));
        }
        Ok(blob)
    }

    /// Decodes all of it.
    pub(crate) fn runs<S: ReadAt>(&self, archive: &Archive<S>) -> Result<Runs> {
        self.collect(archive, |chunk, sink| chunk.decode(sink))
    }

    /// The runs that `decode` gets out of each chunk.
    fn collect<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        mut decode: impl FnMut(&ChunkData<'_>, &mut Collect<'_>) -> Result<(), FormatError>,
    ) -> Result<Runs> {
        let mut builder = RunsBuilder::new(archive.space().shape());
        for place in self.chunks(0..usize::MAX) {
            let chunk = self.read_chunk(archive, &place)?;
            let mut collect = Collect { builder: &mut builder, at: chunk.at, out_of_memory: false };
            let decoded = decode(&chunk, &mut collect);
            if collect.out_of_memory {
                let [depth, height, _] = self.header.box_shape.map(u64::from);
                return Err(ArchiveError::TooManyRuns { rows: depth * height });
            }
            decoded.map_err(|error| archive.in_chunk(&place, error))?;
        }
        Ok(builder.finish())
    }

    /// Bytes of header and chunks.
    pub(crate) fn length(&self) -> u64 {
        self.header_length as u64 + self.header.chunk_bytes()
    }

    /// Checks every chunk against its checksum.
    pub(crate) fn check<S: ReadAt>(&self, archive: &Archive<S>) -> Result<()> {
        self.chunks(0..usize::MAX).try_for_each(|place| read_bytes(archive, &place).map(drop))
    }

    /// The chunks that hold labelled voxels of the slices `slices`.
    fn chunks(&self, slices: Range<usize>) -> impl Iterator<Item = ChunkPlace> {
        let BlobHeader { box_start, box_shape, slab_height, .. } = self.header;
        let first = box_start[0] as usize;
        let mut offset = self.offset + self.header_length as u64;
        let mut slab = 0..0_u32;
        self.header.chunks.iter().filter_map(move |chunk| {
            slab = slab.end..slab.end.saturating_add(slab_height).min(box_shape[0]);
            let here = first + slab.start as usize..first + slab.end as usize;
            let place = ChunkPlace { offset, chunk: *chunk, slices: here };
            offset += chunk.length;
            (chunk.length > 0 && place.slices.start < slices.end && slices.start < place.slices.end)
                .then_some(place)
        })
    }

    /// Reads the chunk and checks its bytes.
    fn read_chunk<'a, S: ReadAt>(
        &self,
        archive: &'a Archive<S>,
        place: &ChunkPlace,
    ) -> Result<ChunkData<'a>> {
        let BlobHeader { box_start, box_shape, dtype, .. } = self.header;
        let bytes = read_bytes(archive, place)?;
        let codec =
            CodecId::from_id(place.chunk.codec).map_err(ArchiveError::format(&archive.path))?;
        let depth = place.slices.len() as u32;
        let shape = ChunkShape { depth, height: box_shape[1], width: box_shape[2] };
        let at = [place.slices.start as u32, box_start[1] as u32, box_start[2] as u32];
        Ok(ChunkData { codec, bytes, shape, dtype, at })
    }
}

/// Where a chunk stands in the file, and its slices of the grid.
struct ChunkPlace {
    offset: u64,
    chunk: Chunk,
    slices: Range<usize>,
}

fn read_bytes<'a, S: ReadAt>(archive: &'a Archive<S>, place: &ChunkPlace) -> Result<Cow<'a, [u8]>> {
    let ChunkPlace { offset, chunk, .. } = *place;
    let bytes = archive.read(offset, chunk.length)?;
    if crc32fast::hash(&bytes) == chunk.checksum {
        return Ok(bytes);
    }
    let damage = Corrupt { section: "chunk", offset, reason: "its checksum does not match" };
    Err(ArchiveError::format(&archive.path)(damage.into()))
}

/// Collects decoded rows as runs in grid coordinates.
struct Collect<'a> {
    builder: &'a mut RunsBuilder,
    at: [u32; 3],
    /// A few bytes may describe more rows than memory holds.
    out_of_memory: bool,
}

impl Sink for Collect<'_> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let [z0, y0, x0] = self.at;
        if self.builder.try_reserve(runs.len()).is_err() {
            self.out_of_memory = true;
            return ControlFlow::Break(());
        }
        for run in runs {
            let run = Run { start: run.start + x0, end: run.end + x0, ..*run };
            self.builder.push(z + z0, y + y0, run);
        }
        ControlFlow::Continue(())
    }
}

/// The labels that the index says voxels hold.
struct KnownLabels {
    ascending: Vec<u32>,
    /// Those met last, by their lowest bits: a search for each run would cost more than painting it.
    met: [u32; 256],
    other: bool,
}

impl KnownLabels {
    fn of(entry: &Entry) -> Self {
        let present = entry.labels().filter(|label| label.statistics.is_some());
        let mut ascending: Vec<u32> = present.map(|label| label.label).collect();
        ascending.sort_unstable();
        Self { ascending, met: [0; 256], other: false }
    }

    /// Runs `decode`, and fails where it met a label that the index does not know.
    fn check(
        &mut self,
        decode: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        decode(self)?;
        let reason = "it holds a label that the index does not know";
        if self.other {
            Err(Corrupt { section: "chunk", offset: 0, reason }.into())
        } else {
            Ok(())
        }
    }

    fn meet(&mut self, label: u32) {
        let met = &mut self.met[label as usize % 256];
        if *met != label {
            *met = label;
            self.other |= self.ascending.binary_search(&label).is_err();
        }
    }
}

/// Checks the labels of rows on their way to a sink.
struct Checked<'a, S> {
    check: &'a mut KnownLabels,
    sink: &'a mut S,
}

impl<S: Sink> Sink for Checked<'_, S> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        for run in runs {
            self.check.meet(run.label);
        }
        self.sink.row(z, y, runs)
    }

    fn slices(&self) -> Range<u32> {
        self.sink.slices()
    }
}
