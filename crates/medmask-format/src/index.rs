//! Index records: what a commit adds to the file (SPEC.md, "Index record" and "Index document").

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::bytes::Fields;
use crate::codec::CodecId;
use crate::{Dtype, FormatError, GridSpace, zstandard};

/// First bytes of an index record.
pub const INDEX_MAGIC: [u8; 4] = *b"MSKI";

/// Bytes of an index record before its document.
pub const INDEX_HEADER_LENGTH: usize = 36;

/// Largest document, in bytes before compression.
pub const MAX_DOCUMENT: u64 = 1 << 30;

/// A document may expand to this many times its stored bytes, plus [`EXPANSION_ALLOWANCE`].
pub const MAX_EXPANSION: u64 = 256;

/// See [`MAX_EXPANSION`].
pub const EXPANSION_ALLOWANCE: u64 = 1 << 16;

/// The JSON document of an index record.
///
/// Keys that this crate does not know are kept in `unknown` and written back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Document {
    /// The commit that wrote it.
    #[serde(default)]
    pub generation: u64,
    /// The older index records that still count, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// A copy of the front's space, for repair; in the oldest record at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<GridSpace>,
    /// Free metadata of the archive; the newest record's counts.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Names of entries in older records that no longer count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Metadata that several of `entries` have. [`IndexRecord::new`] moves them here and [`parse_index`] back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_metadata: Vec<Arc<RawValue>>,
    /// Entries that this commit adds.
    #[serde(default)]
    pub entries: Vec<EntryRow>,
    /// Keys of later versions.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Document {
    /// Puts metadata that several entries have among the shared ones. Masks of one scan mostly come with the same.
    fn share_metadata(&mut self) {
        let texts: Vec<_> = self.entries.iter().map(|row| row.metadata.clone()).collect();
        let mut times = HashMap::<&str, usize>::new();
        for text in texts.iter().flatten() {
            *times.entry(text.get()).or_default() += 1;
        }
        let mut places = HashMap::new();
        for (row, text) in self.entries.iter_mut().zip(&texts) {
            if let Some(text) = text.as_ref().filter(|text| times[text.get()] > 1) {
                let place = *places.entry(text.get()).or_insert_with(|| {
                    self.shared_metadata.push(text.clone());
                    self.shared_metadata.len() as u32 - 1
                });
                (row.metadata, row.shared_metadata) = (None, Some(place));
            }
        }
    }

    /// Gives each entry its metadata; `None` where there are none at the place that it names, or it names one and has others.
    fn give_metadata(&mut self) -> Option<()> {
        let shared = std::mem::take(&mut self.shared_metadata);
        for row in &mut self.entries {
            if let Some(place) = row.shared_metadata.take() {
                let text = shared.get(place as usize)?.clone();
                if row.metadata.replace(text).is_some() {
                    return None;
                }
            }
        }
        Some(())
    }

    /// Bytes of the entries' metadata, those that are shared as often as they are.
    fn metadata_bytes(&self) -> u64 {
        let texts = self.entries.iter().filter_map(|row| row.metadata.as_ref());
        texts.map(|text| text.get().len() as u64).sum()
    }
}

/// Where an older index record stands: `[offset, length, checksum, entries]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u32, u64)", into = "(u64, u64, u32, u64)")]
pub struct Segment {
    /// First byte of the record in the file.
    pub offset: u64,
    /// Its bytes, padding included.
    pub length: u64,
    /// Its checksum.
    pub checksum: u32,
    /// Entries and removals that it holds.
    pub rows: u64,
}

impl From<(u64, u64, u32, u64)> for Segment {
    fn from((offset, length, checksum, rows): (u64, u64, u32, u64)) -> Self {
        Self { offset, length, checksum, rows }
    }
}

impl From<Segment> for (u64, u64, u32, u64) {
    fn from(segment: Segment) -> Self {
        (segment.offset, segment.length, segment.checksum, segment.rows)
    }
}

/// One entry of the archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EntryRow {
    /// The entry's name, unique in the archive.
    pub name: String,
    /// `bool`, which goes without saying, `uint8`, `uint16` or `uint32`.
    #[serde(default = "bool_name", deserialize_with = "word", skip_serializing_if = "is_bool")]
    pub dtype: Cow<'static, str>,
    /// The codec's name; for people, since each chunk names its own.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_word")]
    pub codec: Option<Cow<'static, str>>,
    /// Offset and length of the blob; absent where no voxel is labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<(u64, u64)>,
    /// The labels with their names and statistics; absent where there is one, 1, which has the entry's name and which no
    /// voxel holds. [`label_rows`](Self::label_rows) gives that one, too.
    #[serde(default, deserialize_with = "few", skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<LabelRow>>,
    /// Free metadata of the entry, an object. Kept as text: of thousands of entries few are looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Arc<RawValue>>,
    /// In place of it where it is shared: its place in [`Document::shared_metadata`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_metadata: Option<u32>,
    /// Keys of later versions.
    #[serde(flatten, deserialize_with = "unknown_keys")]
    pub unknown: Option<Box<Map<String, Value>>>,
}

/// One label of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelRow {
    /// The label's name, unique in the entry; absent where it is the entry's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The label, at least 1, which goes without saying.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub label: u32,
    /// Voxels that hold it; absent means none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub voxels: u64,
    /// Tight box, `[[z0, z1], [y0, y1], [x0, x1]]`, ends exclusive; absent where there are no voxels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[[u64; 2]; 3]>,
    /// Sums of the voxel indices along z, y and x; absent where there are no voxels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums: Option<[u64; 3]>,
    /// How to draw it: red, green, blue, alpha.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<[u8; 4]>,
    /// The structure in a terminology: scheme, value and meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<[String; 3]>>,
    /// Keys of later versions.
    #[serde(flatten, deserialize_with = "unknown_keys")]
    pub unknown: Option<Box<Map<String, Value>>>,
}

/// Label 1 of the entry's name, which no voxel holds: all that is known of most structures of a scan is that they are not there.
static ABSENT: LabelRow = LabelRow {
    name: None,
    label: 1,
    voxels: 0,
    bounds: None,
    sums: None,
    colour: None,
    code: None,
    unknown: None,
};

impl EntryRow {
    /// The labels with their names.
    pub fn label_rows(&self) -> impl ExactSizeIterator<Item = (&str, &LabelRow)> {
        let rows = self.labels.as_deref().unwrap_or(std::slice::from_ref(&ABSENT));
        rows.iter().map(|row| (row.name.as_deref().unwrap_or(&self.name), row))
    }

    /// Sets the labels, and leaves out what goes without saying.
    pub fn set_labels(&mut self, mut rows: Vec<LabelRow>) {
        for row in &mut rows {
            row.name.take_if(|name| *name == self.name);
        }
        self.labels = (rows[..] != [ABSENT.clone()]).then_some(rows);
    }
}

/// A text that mostly is one of a few words, which are not copied: opening an archive of many entries takes less time.
struct Word(Cow<'static, str>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WordVisitor)
    }
}

struct WordVisitor;

impl Visitor<'_> for WordVisitor {
    type Value = Word;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Word, E> {
        let codec = CodecId::from_name(text).map(CodecId::name);
        let known = codec.or_else(|| Dtype::from_name(text).map(Dtype::name));
        Ok(Word(known.map_or_else(|| text.to_owned().into(), Cow::Borrowed)))
    }
}

fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'static, str>, D::Error> {
    Word::deserialize(deserializer).map(|word| word.0)
}

fn optional_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'static, str>>, D::Error> {
    Option::<Word>::deserialize(deserializer).map(|word| word.map(|word| word.0))
}

/// Mostly there are none, and an index of thousands of rows is read faster where they take no room.
fn unknown_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<Map<String, Value>>>, D::Error> {
    let keys = Map::deserialize(deserializer)?;
    Ok((!keys.is_empty()).then(|| Box::new(keys)))
}

/// A list that mostly has one item, beside which no room is made for three more: a row of the index would take four
/// times the memory.
fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<LabelRow>>, D::Error> {
    deserializer.deserialize_seq(FewVisitor).map(Some)
}

struct FewVisitor;

impl<'de> Visitor<'de> for FewVisitor {
    type Value = Vec<LabelRow>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of labels")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<LabelRow>, A::Error> {
        let mut labels = Vec::new();
        while let Some(label) = items.next_element()? {
            if labels.is_empty() {
                labels.reserve_exact(1);
            }
            labels.push(label);
        }
        Ok(labels)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_one(number: &u32) -> bool {
    *number == 1
}

fn one() -> u32 {
    1
}

fn is_bool(dtype: &str) -> bool {
    dtype == Dtype::Bool.name()
}

fn bool_name() -> Cow<'static, str> {
    Dtype::Bool.name().into()
}

/// An index record as bytes, with the checksum that points to it.
#[derive(Clone, Debug)]
pub struct IndexRecord {
    /// The record, padding included.
    pub bytes: Vec<u8>,
    /// Its checksum.
    pub checksum: u32,
}

/// How hard to compress an index document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For a record that a later commit may merge away.
    Fast,
    /// For the record of a compacted file.
    Small,
}

impl IndexRecord {
    /// Serialises `document`, compressed where that is built in and smaller, and padded with zeros to at least
    /// `min_length` bytes. Metadata that several of its entries have become shared ones.
    ///
    /// # Errors
    /// [`FormatError::LimitExceeded`] where the document is larger than [`MAX_DOCUMENT`].
    pub fn new(
        document: &mut Document,
        effort: Effort,
        min_length: usize,
    ) -> Result<Self, FormatError> {
        let metadata_bytes = document.metadata_bytes();
        document.share_metadata();
        let json = serde_json::to_vec(document)
            .map_err(|_| FormatError::corrupt("index", 0, "it cannot be written as JSON"))?;
        let plain_length = json.len() as u64;
        if plain_length.max(metadata_bytes) > MAX_DOCUMENT {
            let (asked, limit) = (plain_length.max(metadata_bytes), MAX_DOCUMENT);
            return Err(FormatError::LimitExceeded {
                what: "the index document in bytes",
                asked,
                limit,
            });
        }
        let (encoding, payload) = match compress(&json, effort) {
            Some(stored) if allowed_expansion(stored.len() as u64) >= plain_length => (1, stored),
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
        Ok(Self { bytes, checksum })
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
    document.give_metadata().ok_or_else(|| invalid("an entry's shared metadata are not there"))?;
    if document.metadata_bytes() > MAX_DOCUMENT {
        return Err(invalid("its shared metadata are too long"));
    }
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
