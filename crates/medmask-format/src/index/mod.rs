//! Index records: what a commit adds to the file (SPEC.md, "Index record" and "Index document").

mod budget;
mod columns;
mod document;
mod further;
mod label_row;
mod read;
mod read_labels;
mod write;

use std::borrow::Cow;

use crate::bytes::{Fields, put_varint};
use crate::{Corrupt, FormatError, zstandard};

pub use budget::Budget;
pub use document::{CopyPlace, Document, EntryRow, MAX_NESTING, RecordPlace, check_nesting};
pub use label_row::{Counted, LabelName, LabelRow, More, Presence};
pub(crate) use read::names as read_names;
pub(crate) use write::names as write_names;

/// First bytes of an index record.
pub const INDEX_MAGIC: [u8; 4] = *b"MSKI";

/// First bytes of a copy of an index.
pub const COPY_MAGIC: [u8; 4] = *b"MSKC";

/// Bytes of an index record before its first number of varying length: magic, checksum, encoding.
pub const INDEX_PREFIX_LENGTH: usize = 9;

/// The most bytes that an index record has before its document.
pub const MAX_INDEX_HEADER: usize = INDEX_PREFIX_LENGTH + 2 * 10 + 1;

/// An index record as bytes, with the checksum that points to it.
#[derive(Clone, Debug)]
pub struct IndexRecord {
    /// The record, padding included.
    pub bytes: Vec<u8>,
    /// Its checksum.
    pub checksum: u32,
    /// Bytes of the document before compression.
    pub plain_length: u64,
    /// What the document takes of a [`Budget`] of rows.
    pub rows: u64,
}

/// How hard to compress an index document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effort {
    /// For a record that a later commit may merge away.
    Fast,
    /// For the record of a compacted file.
    Small,
}

impl IndexRecord {
    /// Serialises `document`, compressed where that is built in and smaller, and padded with zeros to
    /// `min_length` bytes, as far as 255 zeros do.
    ///
    /// # Errors
    /// [`FormatError::Unwritable`] for a text that no document holds. Whoever makes metadata sees to their nesting with
    /// [`check_nesting`].
    pub fn new(
        document: &Document,
        effort: Effort,
        min_length: usize,
    ) -> Result<Self, FormatError> {
        Self::with_magic(INDEX_MAGIC, document, effort, min_length)
    }

    /// As [`new`](Self::new), for the copy of an index.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn new_copy(document: &Document, effort: Effort) -> Result<Self, FormatError> {
        Self::with_magic(COPY_MAGIC, document, effort, 0)
    }

    fn with_magic(
        magic: [u8; 4],
        document: &Document,
        effort: Effort,
        min_length: usize,
    ) -> Result<Self, FormatError> {
        let plain = write::document(document)?;
        let plain_length = plain.len() as u64;
        let (encoding, payload) = compress(&plain, effort).map_or((0, plain), |stored| (1, stored));
        let mut header = vec![encoding];
        put_varint(&mut header, plain_length);
        put_varint(&mut header, payload.len() as u64);
        let length = 8 + header.len() + 1 + payload.len();
        let padding = u8::try_from(min_length.saturating_sub(length)).unwrap_or(u8::MAX);
        header.push(padding);
        let mut bytes = magic.to_vec();
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&payload);
        bytes.resize(bytes.len() + usize::from(padding), 0);
        let checksum = checksum(&bytes);
        bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
        let rows = document.rows();
        Ok(Self { bytes, checksum, plain_length, rows })
    }
}

/// The length and checksum that the header of an index record, or of a copy of one, claims, for a scan over damaged files.
///
/// # Errors
/// Where `bytes` does not start with such a header.
pub fn peek_index(bytes: &[u8], offset: u64) -> Result<(u64, u32), FormatError> {
    let mut fields = Fields::new("index", bytes, offset);
    let magic = fields.array()?;
    if magic != INDEX_MAGIC && magic != COPY_MAGIC {
        return Err(FormatError::corrupt("index", offset, "it does not start with MSKI or MSKC"));
    }
    let checksum = fields.u32()?;
    let header = Header::parse(&mut fields)?;
    let length = header.payload.checked_add(header.padding.into());
    let length = length.and_then(|length| length.checked_add(fields.position() as u64));
    Ok((length.ok_or_else(|| fields.corrupt("its length is not allowed"))?, checksum))
}

/// What stands between the checksum of an index record and its document.
struct Header {
    encoding: u8,
    /// Bytes of the document before compression.
    plain: u64,
    /// Bytes of the document as it is stored.
    payload: u64,
    /// Zeros behind it.
    padding: u8,
}

impl Header {
    fn parse(fields: &mut Fields<'_>) -> Result<Self, FormatError> {
        let [encoding] = fields.array()?;
        let (plain, payload) = (fields.varint()?, fields.varint()?);
        let [padding] = fields.array()?;
        Ok(Self { encoding, plain, payload, padding })
    }
}

/// Reads the index record `bytes`, which stands at byte `offset` of the file and whose checksum must be `expected`. What it
/// takes is taken off `budget`.
///
/// # Errors
/// Where the bytes are damaged or are not an index record, the budget does not suffice, or zstd is needed and not built in.
pub fn parse_index(
    bytes: &[u8],
    offset: u64,
    expected: u32,
    budget: &mut Budget,
) -> Result<Document, FormatError> {
    parse_with_magic(INDEX_MAGIC, bytes, offset, expected, budget)
}

/// As [`parse_index`], for the copy of an index.
///
/// # Errors
/// As [`parse_index`].
pub fn parse_copy(
    bytes: &[u8],
    offset: u64,
    expected: u32,
    budget: &mut Budget,
) -> Result<Document, FormatError> {
    parse_with_magic(COPY_MAGIC, bytes, offset, expected, budget)
}

/// Checks the bytes of a copy of an index as [`parse_copy`] does, but reads nothing of its document, which may take much memory.
///
/// # Errors
/// Where the bytes are damaged or are not such a copy.
pub fn check_copy(bytes: &[u8], offset: u64, expected: u32) -> Result<(), FormatError> {
    payload(COPY_MAGIC, bytes, offset, expected).map(drop)
}

/// The document as it is stored, with its header and its place in the file.
fn payload(
    magic: [u8; 4],
    bytes: &[u8],
    offset: u64,
    expected: u32,
) -> Result<(Header, &[u8], u64), FormatError> {
    let mut fields = Fields::new("index", bytes, offset);
    if bytes.len() < 8 {
        return Err(fields.corrupt("it ends early"));
    }
    if checksum(bytes) != expected {
        return Err(fields.corrupt("its checksum does not match"));
    }
    if fields.take(4)? != magic {
        let reason = "it does not start with the letters of its kind";
        return Err(FormatError::corrupt("index", offset, reason));
    }
    if fields.u32()? != expected {
        return Err(fields.corrupt("its header contradicts what points to it"));
    }
    let header = Header::parse(&mut fields)?;
    let start = offset + fields.position() as u64;
    let payload = usize::try_from(header.payload).map_err(|_| fields.corrupt("it ends early"))?;
    let payload = fields.take(payload)?;
    fields.zeros(fields.remaining())?;
    if (payload.len() as u64).checked_add(start - offset + u64::from(header.padding))
        != Some(bytes.len() as u64)
    {
        return Err(fields.corrupt("its header contradicts what points to it"));
    }
    Ok((header, payload, start))
}

fn parse_with_magic(
    magic: [u8; 4],
    bytes: &[u8],
    offset: u64,
    expected: u32,
    budget: &mut Budget,
) -> Result<Document, FormatError> {
    let (header, payload, start) = payload(magic, bytes, offset, expected)?;
    budget.take_bytes(header.plain)?;
    let plain: Cow<'_, [u8]> = match header.encoding {
        0 if header.plain == payload.len() as u64 => payload.into(),
        1 => zstandard::decompress(payload, header.plain as usize)?
            .filter(|plain| plain.len() as u64 == header.plain)
            .ok_or_else(|| {
                let reason = "its zstd frame is damaged or has another length";
                FormatError::corrupt("index", start, reason)
            })?
            .into(),
        _ => {
            let reason = "its encoding or length is not allowed";
            return Err(FormatError::corrupt("index", start, reason));
        }
    };
    // Offsets in a document that was compressed are none in the file.
    read::document(&plain, budget).map_err(|error| match error {
        FormatError::Corrupt(damage) => Corrupt { offset: start, ..damage }.into(),
        other => other,
    })
}

/// CRC-32 of the record without its own checksum field.
fn checksum(record: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&record[..4]);
    hasher.update(&record[8..]);
    hasher.finalize()
}

fn compress(plain: &[u8], effort: Effort) -> Option<Vec<u8>> {
    // The highest levels take a second for a megabyte.
    let level = match effort {
        Effort::Fast => 3,
        Effort::Small if plain.len() <= 1 << 17 => 19,
        Effort::Small => 9,
    };
    zstandard::compress_document(plain, level).filter(|stored| stored.len() < plain.len())
}
