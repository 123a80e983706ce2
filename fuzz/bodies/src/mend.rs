//! Checksums put right after a mutation: damage that they find never reaches the code behind them.

use medmask_format::blob::{BLOB_MAGIC, BLOB_PREFIX_LENGTH, BlobHeader};
use medmask_format::front::{IDENTITY_LENGTH, SLOT_LENGTH, SLOTS_END, slot_offset};
use medmask_format::index::peek_index;

/// Where a slot has the offset of its index record, the length of the file and the checksum of the record (SPEC.md, "Commit slots").
const INDEX_OFFSET: usize = 8;
const FILE_LENGTH: usize = 24;
const INDEX_CHECKSUM: usize = 40;

/// Numbers of a blob header before its chunks: the voxel type, three triples and the height of a slab (SPEC.md, "Blob").
const NUMBERS_BEFORE_CHUNKS: usize = 11;

/// Makes the checksums of an archive those of its bytes: of front, slots, trailers, index records and their copies, blob headers and
/// chunks.
pub fn mend_checksums(bytes: &mut [u8]) {
    if bytes.len() < SLOTS_END {
        return;
    }
    for start in SLOTS_END..bytes.len() {
        if bytes[start..].starts_with(&BLOB_MAGIC) {
            mend_blob(&mut bytes[start..]);
        } else if let Ok((length, _)) = peek_index(&bytes[start..], 0)
            && let Some(record) =
                start.checked_add(length as usize).and_then(|end| bytes.get_mut(start..end))
        {
            let sum = checksum(&[&record[..4], &record[8..]]);
            record[4..8].copy_from_slice(&sum);
        }
    }
    let front = usize::from(u16::from_le_bytes([bytes[6], bytes[7]]));
    mend_space(bytes, 0, SLOTS_END, front);
    for slot in (0..2).map(|slot| slot_offset(slot) as usize) {
        mend_slot(bytes, slot);
        let end = number(bytes, slot + FILE_LENGTH);
        let last = end.checked_sub(1).and_then(|last| bytes.get(last));
        let trailer = last.and_then(|length| end.checked_sub(usize::from(*length)));
        let fixed = IDENTITY_LENGTH + SLOT_LENGTH;
        if let Some(trailer) = trailer.filter(|at| *at >= SLOTS_END && at + fixed + 5 <= end) {
            mend_space(bytes, trailer, trailer + fixed, end - 1);
            mend_slot(bytes, trailer + IDENTITY_LENGTH);
        }
    }
}

/// The space from byte `space` on, with its checksum before byte `end`, of the front or the trailer that begins at `start`.
fn mend_space(bytes: &mut [u8], start: usize, space: usize, end: usize) {
    if end < space + 4 || end > bytes.len() {
        return;
    }
    let sum = checksum(&[&bytes[start..start + IDENTITY_LENGTH], &bytes[space..end - 4]]);
    bytes[end - 4..end].copy_from_slice(&sum);
}

/// The slot at byte `slot`, or its copy in a trailer: it takes the checksum that the index record it names has now.
fn mend_slot(bytes: &mut [u8], slot: usize) {
    let end = slot + SLOT_LENGTH;
    if bytes[slot..end].iter().all(|byte| *byte == 0) {
        return;
    }
    let record = number(bytes, slot + INDEX_OFFSET);
    let sum = record.checked_add(8).and_then(|end| bytes.get(record + 4..end));
    if let Some(sum) = sum.and_then(|sum| <[u8; 4]>::try_from(sum).ok()) {
        bytes[slot + INDEX_CHECKSUM..][..4].copy_from_slice(&sum);
    }
    let sum = checksum(&[&bytes[slot..end - 4]]);
    bytes[end - 4..end].copy_from_slice(&sum);
}

fn number(bytes: &[u8], at: usize) -> usize {
    u64::from_le_bytes(std::array::from_fn(|n| bytes[at + n])) as usize
}

/// The blob that `bytes` begin with: its header, and its chunks as far as they are there.
fn mend_blob(bytes: &mut [u8]) {
    let Ok(length) = BlobHeader::peek_length(bytes, 0) else { return };
    if length > bytes.len() {
        return;
    }
    let (header, chunks) = bytes.split_at_mut(length);
    mend_header(header);
    // Of a header that is wrong in another way nobody reads the chunks.
    let Ok((parsed, _)) = BlobHeader::parse(header, 0) else { return };
    let mut place = BLOB_PREFIX_LENGTH;
    (0..NUMBERS_BEFORE_CHUNKS).for_each(|_| place = after_number(header, place));
    for chunk in parsed.placed_chunks() {
        let end = chunk.offset.saturating_add(chunk.chunk.length);
        place = after_number(header, place + 1);
        if let Some(bytes) = chunks.get(chunk.offset as usize..end as usize) {
            header[place..place + 4].copy_from_slice(&checksum(&[bytes]));
        }
        place += 4;
    }
    mend_header(header);
}

fn mend_header(header: &mut [u8]) {
    let sum = checksum(&[&header[..8], &header[BLOB_PREFIX_LENGTH..]]);
    header[8..BLOB_PREFIX_LENGTH].copy_from_slice(&sum);
}

/// One past the number at `place`, whose last byte has no high bit.
fn after_number(bytes: &[u8], place: usize) -> usize {
    let last = bytes[place..].iter().position(|byte| *byte < 0x80);
    place + last.map_or(0, |last| last + 1)
}

fn checksum(parts: &[&[u8]]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().to_le_bytes()
}
