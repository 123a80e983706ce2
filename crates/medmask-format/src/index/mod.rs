//! Index records: what a commit adds to the file (SPEC.md, "Index record" and "Index document").

mod document;
mod fields;
mod label_row;

use std::borrow::Cow;

use crate::bytes::Fields;
use crate::{FormatError, zstandard};

pub use document::{Document, EntryRow, MAX_NESTING, RecordPlace, check_nesting};
pub use label_row::LabelRow;

/// First bytes of an index record.
pub const INDEX_MAGIC: [u8; 4] = *b"MSKI";

/// Bytes of an index record before its document.
pub const INDEX_HEADER_LENGTH: usize = 36;

/// Largest document, in bytes before compression.
pub const MAX_DOCUMENT: u64 = 1 << 30;

/// A document may expand to this many times its stored bytes, plus [`EXPANSION_ALLOWANCE`].
pub const MAX_EXPANSION: u64 = 64;

/// See [`MAX_EXPANSION`].
pub const EXPANSION_ALLOWANCE: u64 = 1 << 16;

/// An index record as bytes, with the checksum that points to it.
#[derive(Clone, Debug)]
pub struct IndexRecord {
    /// The record, padding included.
    pub bytes: Vec<u8>,
    /// Its checksum.
    pub checksum: u32,
    /// Bytes of the document before compression.
    pub plain_length: u64,
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
    /// Serialises `document`, compressed where that is built in and smaller, and padded with zeros to at least
    /// `min_length` bytes. Before, what need not be said is taken out of its entries, and what several of them have in metadata
    /// is moved to its `shared_metadata`.
    ///
    /// # Errors
    /// [`FormatError::LimitExceeded`] where the document is larger than [`MAX_DOCUMENT`]. Whoever makes metadata sees to their
    /// nesting with [`check_nesting`].
    pub fn new(
        document: &mut Document,
        effort: Effort,
        min_length: usize,
    ) -> Result<Self, FormatError> {
        for row in &mut document.entries {
            if let Some(labels) = row.labels.take() {
                row.set_labels(labels);
            }
        }
        document.share_metadata();
        let unwritable = |_| FormatError::corrupt("index", 0, "it cannot be written as JSON");
        let json = serde_json::to_vec(document).map_err(unwritable)?;
        let plain_length = json.len() as u64;
        if plain_length > MAX_DOCUMENT {
            let (asked, limit) = (plain_length, MAX_DOCUMENT);
            return Err(FormatError::LimitExceeded {
                what: "the index document in bytes",
                asked,
                limit,
            });
        }
        let (encoding, payload) = match compress(&json, effort) {
            // Without the allowance, which all records of a file have together.
            Some(stored) if stored.len() as u64 * MAX_EXPANSION >= plain_length => (1, stored),
            _ => (0, json),
        };
        let length = (INDEX_HEADER_LENGTH + payload.len()).max(min_length);
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&INDEX_MAGIC);
        bytes.extend_from_slice(&[encoding, 0, 0, 0]);
        for number in [length as u64, payload.len() as u64, plain_length] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&payload);
        bytes.resize(length, 0);
        let checksum = checksum(&bytes);
        bytes[INDEX_HEADER_LENGTH - 4..INDEX_HEADER_LENGTH]
            .copy_from_slice(&checksum.to_le_bytes());
        Ok(Self { bytes, checksum, plain_length })
    }
}

/// The length and checksum that the header of an index record claims, for a scan over damaged files.
///
/// # Errors
/// Where `bytes` does not start with an index record's header.
pub fn peek_index(bytes: &[u8], offset: u64) -> Result<(u64, u32), FormatError> {
    let mut fields = Fields::new("index", bytes, offset);
    if fields.take(4)? != INDEX_MAGIC {
        return Err(FormatError::corrupt("index", offset, "it does not start with MSKI"));
    }
    fields.take(4)?;
    let length = fields.u64()?;
    fields.take(16)?;
    Ok((length, fields.u32()?))
}

/// Reads the index record `bytes`, which stands at byte `offset` of the file and whose checksum must be `expected`.
///
/// # Errors
/// Where the bytes are damaged or are not an index record, or zstd is needed and not built in.
pub fn parse_index(bytes: &[u8], offset: u64, expected: u32) -> Result<Document, FormatError> {
    let mut fields = Fields::new("index", bytes, offset);
    if bytes.len() < INDEX_HEADER_LENGTH {
        return Err(fields.corrupt("it ends early"));
    }
    if checksum(bytes) != expected {
        return Err(fields.corrupt("its checksum does not match"));
    }
    if fields.take(4)? != INDEX_MAGIC {
        return Err(FormatError::corrupt("index", offset, "it does not start with MSKI"));
    }
    let encoding = fields.take(1)?[0];
    fields.zeros(3)?;
    let (length, payload_length, plain_length) = (fields.u64()?, fields.u64()?, fields.u64()?);
    if length != bytes.len() as u64 || fields.u32()? != expected {
        return Err(fields.corrupt("its header contradicts what points to it"));
    }
    let payload_length =
        usize::try_from(payload_length).map_err(|_| fields.corrupt("it ends early"))?;
    let payload = fields.take(payload_length)?;
    fields.zeros(fields.remaining())?;
    let invalid =
        |reason| FormatError::corrupt("index", offset + INDEX_HEADER_LENGTH as u64, reason);
    let json = match encoding {
        0 if plain_length == payload.len() as u64 => payload.into(),
        1 if plain_length <= allowed_expansion(payload.len() as u64) => {
            expand(payload, plain_length as usize, &invalid)?.into()
        }
        _ => return Err(invalid("its encoding or length is not allowed")),
    };
    let json: Cow<'_, [u8]> = json;
    let damaged = || invalid("it is not the JSON that SPEC.md describes");
    // Checked as a whole, which is faster than text by text.
    let json = std::str::from_utf8(&json).map_err(|_| damaged())?;
    let mut document: Document = serde_json::from_str(json).map_err(|_| damaged())?;
    document.give_metadata().map_err(invalid)?;
    Ok(document)
}

/// CRC-32 of the record without its own checksum field.
fn checksum(record: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&record[..INDEX_HEADER_LENGTH - 4]);
    hasher.update(&record[INDEX_HEADER_LENGTH..]);
    hasher.finalize()
}

/// The most bytes that documents of `stored` bytes may expand to.
#[must_use]
pub fn allowed_expansion(stored: u64) -> u64 {
    stored.saturating_mul(MAX_EXPANSION).saturating_add(EXPANSION_ALLOWANCE).min(MAX_DOCUMENT)
}

/// The length before compression that the header of an index record claims.
///
/// # Errors
/// Where `bytes` is shorter than a header.
pub fn document_length(bytes: &[u8], offset: u64) -> Result<u64, FormatError> {
    let mut fields = Fields::new("index", bytes, offset);
    fields.take(24)?;
    fields.u64()
}

fn compress(json: &[u8], effort: Effort) -> Option<Vec<u8>> {
    // The highest levels take a second for a megabyte.
    let level = match effort {
        Effort::Fast => 3,
        Effort::Small if json.len() <= 1 << 17 => 19,
        Effort::Small => 9,
    };
    zstandard::compress_document(json, level).filter(|stored| stored.len() < json.len())
}

fn expand(
    payload: &[u8],
    plain_length: usize,
    invalid: &impl Fn(&'static str) -> FormatError,
) -> Result<Vec<u8>, FormatError> {
    zstandard::decompress(payload, plain_length)?
        .filter(|json| json.len() == plain_length)
        .ok_or_else(|| invalid("its zstd frame is damaged or has another length"))
}
