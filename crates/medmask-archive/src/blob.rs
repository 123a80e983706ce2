//! Blobs: the voxels of one entry, or of several in layers, of which no more is read than is needed (SPEC.md, "Blob").

use std::borrow::Cow;
use std::ops::Range;

use medmask_core::{Bounds, Dtype, Memory, Sink};
use medmask_format::blob::{BlobHeader, PlacedChunk};
use medmask_format::codec::{self, Codec, CodecId};
use medmask_format::{Corrupt, FormatError};

use crate::layer::{Layer, OfEntry};
use crate::{Archive, ArchiveError, Entry, ReadAt, Result};

/// Bytes that are read of a blob in the hope that its header ends there. Nearly every header is shorter, and a whole organ often
/// is; a system reads pages of this size in any case.
const FIRST_READ: u64 = 4096;

/// How much of a blob is read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it: one request to the storage.
    Whole,
    /// The header; chunks later, as they are needed.
    Header,
}

/// A blob's header, and its bytes as far as they were read.
pub(crate) struct Blob<'a> {
    pub header: BlobHeader,
    pub header_length: usize,
    /// The name of its entry, where that is known.
    entry: Option<Box<str>>,
    /// Which of its voxels are the entry's; `None` where all are.
    pub layer: Option<Layer>,
    offset: u64,
    /// The first bytes of the blob, the whole header among them.
    bytes: Cow<'a, [u8]>,
}

impl<'a> Blob<'a> {
    /// Reads the blob at `offset`, which ends before `limit`; of `extent` at least the header.
    pub(crate) fn read<S: ReadAt>(
        archive: &'a Archive<S>,
        offset: u64,
        limit: u64,
        extent: Extent,
    ) -> Result<Self> {
        let format = |error| ArchiveError::format(&archive.path)(error);
        let corrupt = |reason| format(Corrupt { section: "blob header", offset, reason }.into());
        let room = limit.saturating_sub(offset);
        let first = match extent {
            Extent::Whole => room,
            Extent::Header => room.min(FIRST_READ),
        };
        let mut bytes = archive.read(offset, first)?;
        let header_length = BlobHeader::peek_length(&bytes, offset).map_err(format)?;
        if header_length as u64 > room {
            return Err(corrupt("it is longer than its place in the file"));
        }
        if header_length > bytes.len() {
            bytes = archive.read(offset, header_length as u64)?;
        }
        let (header, header_length) = BlobHeader::parse(&bytes, offset).map_err(format)?;
        if header.chunk_bytes().checked_add(header_length as u64).is_none_or(|length| length > room)
        {
            return Err(corrupt("its chunks are longer than their place in the file"));
        }
        Ok(Self { header, header_length, entry: None, layer: None, offset, bytes })
    }

    /// Reads the blob of `entry` at its `place` (offset and length), and checks it against what the index says of it.
    pub(crate) fn of_entry<S: ReadAt>(
        archive: &'a Archive<S>,
        entry: &Entry,
        (offset, length): (u64, u64),
        extent: Extent,
    ) -> Result<Self> {
        let named = |error: ArchiveError| error.of_entry(entry.name());
        let mut blob = Self::read(archive, offset, offset + length, extent).map_err(named)?;
        (blob.entry, blob.layer) = (Some(entry.name().into()), entry.part_of_blob());
        let header = &blob.header;
        let is_entrys = match blob.layer {
            Some(Layer { number, bounds, .. }) => {
                number <= header.dtype.max_label() && is_within(bounds, header.bounds())
            }
            None => {
                Some(header.dtype) == entry.dtype()
                    && entry.bounds().is_none_or(|bounds| bounds == header.bounds())
            }
        };
        if blob.length() != length || header.shape != archive.snapshot.grid.shape || !is_entrys {
            let damage =
                Corrupt { section: "blob header", offset, reason: "it contradicts the index" };
            return Err(named(ArchiveError::format(&archive.path)(damage.into())));
        }
        Ok(blob)
    }

    /// Bytes of header and chunks.
    pub(crate) fn length(&self) -> u64 {
        self.header_length as u64 + self.header.chunk_bytes()
    }

    /// The bytes that were read: all of them for [`Extent::Whole`].
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where it stands in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes were read of it.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The bytes that were read.
    pub(crate) fn into_cow(self) -> Cow<'a, [u8]> {
        self.bytes
    }

    /// The bytes that were read, for a new owner.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes.into_owned()
    }

    /// The codec whose number is `asked`, or that of the first chunk, with what this tells of its settings.
    pub(crate) fn codec<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        asked: Option<CodecId>,
    ) -> Result<Codec> {
        let chunks = self.chunks(archive, EVERYWHERE)?;
        let mut found = None;
        if let Some(place) = chunks.places().next() {
            chunks.decode(archive, &place, |ChunkData { codec, bytes, .. }| {
                let asked = asked.map_or_else(|| codec::innermost(*codec, bytes), Ok)?;
                found = Codec::like(asked, *codec, bytes);
                Ok(())
            })?;
        }
        Ok(found.unwrap_or_default())
    }

    /// Checks every chunk that may hold the entry's voxels against its checksum.
    pub(crate) fn check<S: ReadAt>(&self, archive: &Archive<S>) -> Result<()> {
        let chunks = self.chunks(archive, EVERYWHERE)?;
        chunks.places().try_for_each(|place| chunks.bytes(archive, &place).map(drop))
    }

    /// The chunks that may hold the entry's voxels of the box `part` of the grid, to be decoded for these alone. They lie side by side: what is
    /// not read yet takes one request.
    pub(crate) fn chunks<S: ReadAt>(
        &'a self,
        archive: &'a Archive<S>,
        part: Bounds,
    ) -> Result<Chunks<'a>> {
        let own = self.layer.map_or(EVERYWHERE, |layer| layer.bounds);
        let part = part.intersection(&own).unwrap_or(NOWHERE);
        let places = || wanted_chunks(&self.header, part);
        let [start, end] = match (places().next(), places().last()) {
            (Some(first), Some(last)) => [first.offset, last.offset + last.chunk.length],
            _ => [0; 2],
        };
        let here = [start, end].map(|offset| offset as usize + self.header_length);
        let bytes = match self.bytes.get(here[0]..here[1]) {
            Some(bytes) => Cow::Borrowed(bytes),
            None => archive.read(self.offset + here[0] as u64, end - start)?,
        };
        let behind_header = self.offset + self.header_length as u64;
        let (entry, layer) = (self.entry.as_deref(), self.layer);
        Ok(Chunks { header: &self.header, entry, layer, part, bytes, start, behind_header })
    }
}

/// Boxes that hold all voxels of any grid, and none.
const EVERYWHERE: Bounds = Bounds { start: [0; 3], end: [usize::MAX; 3] };
const NOWHERE: Bounds = Bounds { start: [0; 3], end: [0; 3] };

/// The chunks that hold labelled voxels of the slices of `part`.
fn wanted_chunks(header: &BlobHeader, part: Bounds) -> impl Iterator<Item = PlacedChunk> {
    let (start, end) = (part.start[0], part.end[0]);
    let wanted = move |place: &PlacedChunk| {
        let here = slices_of(place);
        start < end && place.chunk.length > 0 && here.start < end && start < here.end
    };
    header.placed_chunks().filter(wanted)
}

fn is_within(inner: Bounds, outer: Bounds) -> bool {
    (0..3).all(|axis| outer.start[axis] <= inner.start[axis] && inner.end[axis] <= outer.end[axis])
}

/// The slices of the grid that a chunk holds.
pub(crate) fn slices_of(place: &PlacedChunk) -> Range<usize> {
    let start = place.at[0] as usize;
    start..start + place.shape.depth as usize
}

/// Chunks with their bytes.
pub(crate) struct Chunks<'a> {
    header: &'a BlobHeader,
    entry: Option<&'a str>,
    layer: Option<Layer>,
    /// The box that they are decoded for.
    part: Bounds,
    bytes: Cow<'a, [u8]>,
    /// Where `bytes` start, counted as the places of chunks are.
    start: u64,
    /// The byte of the file from which the places of chunks count.
    behind_header: u64,
}

impl Chunks<'_> {
    /// The places of the chunks, ascending by slices.
    pub(crate) fn places(&self) -> impl Iterator<Item = PlacedChunk> {
        wanted_chunks(self.header, self.part)
    }

    /// The bytes of the chunk at `place`, one of [`places`](Self::places), checked.
    fn bytes<S: ReadAt>(&self, archive: &Archive<S>, place: &PlacedChunk) -> Result<&[u8]> {
        let start = (place.offset - self.start) as usize;
        let bytes = &self.bytes[start..start + place.chunk.length as usize];
        if crc32fast::hash(bytes) == place.chunk.checksum {
            return Ok(bytes);
        }
        let reason = "its checksum does not match";
        Err(self.error(archive, place, Corrupt { section: "chunk", offset: 0, reason }.into()))
    }

    /// Checks the chunk at `place`, one of [`places`](Self::places), and has `decode` decode it.
    pub(crate) fn decode<S: ReadAt>(
        &self,
        archive: &Archive<S>,
        place: &PlacedChunk,
        decode: impl FnOnce(&ChunkData<'_>) -> Result<(), FormatError>,
    ) -> Result<()> {
        let bytes = self.bytes(archive, place)?;
        let codec = CodecId::from_id(place.chunk.codec);
        let (dtype, layer, part) = (self.header.dtype, self.layer, self.part);
        let decoded =
            codec.and_then(|codec| decode(&ChunkData { codec, bytes, place, dtype, layer, part }));
        decoded.map_err(|error| self.error(archive, place, error))
    }

    /// Codecs count offsets from their chunk; errors of the archive count from the start of the file.
    fn error<S>(
        &self,
        archive: &Archive<S>,
        place: &PlacedChunk,
        error: FormatError,
    ) -> ArchiveError {
        let error = error.behind(self.behind_header + place.offset);
        let error = ArchiveError::format(&archive.path)(error);
        match self.entry {
            Some(name) => error.of_entry(name),
            None => error,
        }
    }
}

/// One chunk with its bytes, checked.
pub(crate) struct ChunkData<'a> {
    codec: CodecId,
    bytes: &'a [u8],
    place: &'a PlacedChunk,
    dtype: Dtype,
    layer: Option<Layer>,
    part: Bounds,
}

impl ChunkData<'_> {
    /// Hands the entry's rows to `sink`: nothing above knows of layers.
    pub(crate) fn decode<K: Sink>(&self, memory: &Memory, sink: &mut K) -> Result<(), FormatError> {
        let mut sink = OfEntry::new(self.layer, self.part, self.place.at, sink);
        codec::decode(self.codec, self.bytes, self.place.shape, self.dtype, memory, &mut sink)
    }
}

impl<S: ReadAt> Archive<S> {
    /// `length` bytes at `offset`, which the caller has checked to lie within the file.
    pub(crate) fn read(&self, offset: u64, length: u64) -> Result<Cow<'_, [u8]>> {
        let too_long =
            || ArchiveError::io("read", &self.path)(std::io::ErrorKind::FileTooLarge.into());
        let length = usize::try_from(length).map_err(|_| too_long())?;
        self.storage.read_at(offset, length).map_err(ArchiveError::io("read", &self.path))
    }

    /// What one read may hold.
    pub(crate) fn memory(&self) -> Memory {
        Memory::new(self.max_memory)
    }
}
