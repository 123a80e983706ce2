//! Blobs: the voxels of one entry, or of several as labels of one volume, in chunks, behind a header that describes them (SPEC.md, "Blob").

mod chunks;

pub use chunks::{Chunk, PlacedChunk};

use crate::bytes::{Fields, put_varint};
use crate::index::{Budget, EntryRow, read_names, write_names};
use crate::{Bounds, Dtype, FormatError, MemoryError, zstandard};

/// First bytes of a blob.
pub const BLOB_MAGIC: [u8; 4] = *b"MSKB";

/// Bytes of a blob header before its body: magic, length, checksum.
pub const BLOB_PREFIX_LENGTH: usize = 12;

/// Largest header, in bytes.
pub const MAX_BLOB_HEADER: u64 = 1 << 28;

/// Largest name of an entry or a label, in bytes of UTF-8.
pub const MAX_NAME: usize = 4096;

/// What stands before the chunks of a blob: enough to decode it without the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobHeader {
    /// The voxel type.
    pub dtype: Dtype,
    /// Voxels of the whole grid, (z, y, x).
    pub shape: [u64; 3],
    /// First voxel of the entry's tight box, (z, y, x).
    pub box_start: [u64; 3],
    /// Voxels of the box along z, y and x, each at least 1.
    pub box_shape: [u32; 3],
    /// Slices of each chunk; the last may have fewer.
    pub slab_height: u32,
    /// The chunks, in order of z, one for each slab of the box.
    pub chunks: Vec<Chunk>,
}

impl BlobHeader {
    /// Number of slabs that the box is cut into.
    #[must_use]
    pub fn slab_count(&self) -> u32 {
        self.box_shape[0].div_ceil(self.slab_height)
    }

    /// The entry's tight box in the grid.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let start = self.box_start.map(|axis| axis as usize);
        let end = std::array::from_fn(|axis| start[axis] + self.box_shape[axis] as usize);
        Bounds { start, end }
    }

    /// The chunks with their places, ascending by slices; also those without labelled voxels, which have no bytes.
    pub fn placed_chunks(&self) -> impl Iterator<Item = PlacedChunk> {
        let at = self.box_start.map(|axis| axis as u32);
        chunks::placed(&self.chunks, at, self.box_shape, self.slab_height)
    }

    /// Bytes of all chunks.
    #[must_use]
    pub fn chunk_bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.length).sum()
    }

    /// The header as it stands in the file, before the chunks. Of `entries`, one or those of its layers, it takes the names, of
    /// which a repair has need where the index is lost.
    ///
    /// # Errors
    /// [`FormatError::LimitExceeded`] where names and labels take more than [`MAX_BLOB_HEADER`].
    pub fn to_bytes(&self, entries: &[EntryRow]) -> Result<Vec<u8>, FormatError> {
        let mut body = Vec::new();
        put_varint(&mut body, self.dtype as u64);
        for number in self.shape.into_iter().chain(self.box_start) {
            put_varint(&mut body, number);
        }
        for number in self.box_shape.into_iter().chain([self.slab_height]) {
            put_varint(&mut body, number.into());
        }
        for chunk in &self.chunks {
            body.push(chunk.codec);
            put_varint(&mut body, chunk.length);
            body.extend_from_slice(&chunk.checksum.to_le_bytes());
        }
        put_names(entries, &mut body);
        with_prefix(&body)
    }

    /// The header's length that the first [`BLOB_PREFIX_LENGTH`] bytes of a blob claim.
    ///
    /// # Errors
    /// Where they are not the start of a blob, or the length is over the limit.
    pub fn peek_length(prefix: &[u8], offset: u64) -> Result<usize, FormatError> {
        let mut fields = Fields::new("blob header", prefix, offset);
        if fields.take(4)? != BLOB_MAGIC {
            return Err(FormatError::corrupt("blob header", offset, "it does not start with MSKB"));
        }
        let length = fields.u32()?;
        if (length as usize) < BLOB_PREFIX_LENGTH || u64::from(length) > MAX_BLOB_HEADER {
            return Err(FormatError::corrupt(
                "blob header",
                offset + 4,
                "its length is not allowed",
            ));
        }
        Ok(length as usize)
    }

    /// Reads the header at the front of `bytes`, which stand at byte `offset` of the file. Returns it with its length.
    ///
    /// # Errors
    /// Where it is cut short, damaged, or its numbers contradict each other.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<(Self, usize), FormatError> {
        Self::parse_fields(bytes, offset).map(|(header, _, length)| (header, length))
    }

    /// The header, the fields after its chunk table, and its length.
    fn parse_fields(bytes: &[u8], offset: u64) -> Result<(Self, Fields<'_>, usize), FormatError> {
        let length = Self::peek_length(bytes, offset)?;
        let bytes = bytes
            .get(..length)
            .ok_or_else(|| FormatError::corrupt("blob header", offset, "it ends early"))?;
        let mut fields = Fields::new("blob header", bytes, offset);
        fields.take(8)?;
        if fields.u32()? != header_checksum(&bytes[..8], &bytes[BLOB_PREFIX_LENGTH..]) {
            return Err(FormatError::corrupt("blob header", offset, "its checksum does not match"));
        }
        let mut header = Self::parse_geometry(&mut fields)?;
        // A chunk takes six bytes of the header at least.
        let most = (header.slab_count() as usize).min(fields.remaining() / 6);
        let no_memory = |_| MemoryError::of_machine("the chunks of a blob", most as u64);
        header.chunks.try_reserve_exact(most).map_err(no_memory)?;
        for _ in 0..header.slab_count() {
            let codec = fields.take(1)?[0];
            header.chunks.push(Chunk { codec, length: fields.varint()?, checksum: fields.u32()? });
        }
        let lengths =
            header.chunks.iter().try_fold(0_u64, |sum, chunk| sum.checked_add(chunk.length));
        if lengths.is_none() {
            return Err(fields.corrupt("its chunk lengths overflow"));
        }
        Ok((header, fields, length))
    }

    fn parse_geometry(fields: &mut Fields<'_>) -> Result<Self, FormatError> {
        let code = fields.varint()?;
        let dtype = u8::try_from(code).ok().and_then(Dtype::from_code);
        let dtype = dtype.ok_or_else(|| fields.corrupt("its voxel type is not known"))?;
        let mut triples = [[0_u64; 3]; 3];
        for number in triples.as_flattened_mut() {
            *number = fields.varint()?;
        }
        let [shape, box_start, box_extent] = triples;
        let slab_height = fields.varint_u32()?;
        let mut box_shape = [0; 3];
        for axis in 0..3 {
            box_shape[axis] = u32::try_from(box_extent[axis]).unwrap_or(0);
            let end = box_start[axis].checked_add(box_extent[axis]);
            if box_shape[axis] == 0
                || end.is_none_or(|end| end > shape[axis])
                || shape[axis] > crate::MAX_AXIS
            {
                return Err(fields.corrupt("its box does not lie within the shape"));
            }
        }
        if slab_height == 0 {
            return Err(fields.corrupt("its slabs have no slices"));
        }
        Ok(Self { dtype, shape, box_start, box_shape, slab_height, chunks: Vec::new() })
    }
}

/// Appends the names block: plain, or compressed where that is built in and smaller.
fn put_names(entries: &[EntryRow], body: &mut Vec<u8>) {
    let names = write_names(entries);
    let (plain_length, stored) =
        compress(&names).map_or((0, None), |stored| (names.len(), Some(stored)));
    put_varint(body, plain_length as u64);
    let stored = stored.as_deref().unwrap_or(&names);
    put_varint(body, stored.len() as u64);
    body.extend_from_slice(stored);
}

/// The blob header at the front of `bytes`, which stand at byte `offset` of the file, with the names of `entry` in place of its
/// own. All else stays as it is, also what a later version may have put behind the names.
///
/// # Errors
/// As [`BlobHeader::parse`] and [`BlobHeader::to_bytes`].
pub fn replace_names(bytes: &[u8], offset: u64, entry: &EntryRow) -> Result<Vec<u8>, FormatError> {
    let (_, mut fields, length) = BlobHeader::parse_fields(bytes, offset)?;
    let start = fields.position();
    fields.varint()?;
    fields.part()?;
    let mut body = bytes[BLOB_PREFIX_LENGTH..start].to_vec();
    put_names(std::slice::from_ref(entry), &mut body);
    body.extend_from_slice(&bytes[fields.position()..length]);
    with_prefix(&body)
}

/// The names that stand in the header of the blob at the front of `bytes`, at byte `offset` of the file: entries with their
/// labels, without voxels; one, or those of the blob's layers. What they take is taken off `budget`.
///
/// # Errors
/// As [`BlobHeader::parse`], and where the names are damaged.
pub fn parse_names(
    bytes: &[u8],
    offset: u64,
    budget: &mut Budget,
) -> Result<Vec<EntryRow>, FormatError> {
    let (_, mut fields, _) = BlobHeader::parse_fields(bytes, offset)?;
    let plain_length = fields.varint()?;
    let start = offset + fields.position() as u64;
    let mut stored = fields.part()?;
    let stored = stored.take(stored.remaining())?;
    if plain_length == 0 {
        return read_names(stored, start, budget);
    }
    budget.take_bytes(plain_length)?;
    let length = plain_length as usize;
    let names = zstandard::decompress(stored, length)?
        .filter(|names| names.len() == length)
        .ok_or_else(|| fields.corrupt("its names are damaged or have another length"))?;
    read_names(&names, start, budget)
}

/// A whole header, of which `body` is all that comes after the checksum.
fn with_prefix(body: &[u8]) -> Result<Vec<u8>, FormatError> {
    let length = (BLOB_PREFIX_LENGTH + body.len()) as u64;
    if length > MAX_BLOB_HEADER {
        return Err(FormatError::LimitExceeded {
            what: "a blob header in bytes",
            asked: length,
            limit: MAX_BLOB_HEADER,
        });
    }
    let mut bytes = Vec::with_capacity(length as usize);
    bytes.extend_from_slice(&BLOB_MAGIC);
    bytes.extend_from_slice(&(length as u32).to_le_bytes());
    bytes.extend_from_slice(&header_checksum(&bytes, body).to_le_bytes());
    bytes.extend_from_slice(body);
    Ok(bytes)
}

fn header_checksum(prefix: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(prefix);
    hasher.update(body);
    hasher.finalize()
}

fn compress(names: &[u8]) -> Option<Vec<u8>> {
    let stored = zstandard::compress_document(names, 19)?;
    (stored.len() + 2 < names.len()).then_some(stored)
}
