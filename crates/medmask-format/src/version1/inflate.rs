//! Voxels out of the Zstandard frame that holds them.

use medmask_voxel::{Held, Memory};

use super::PixelType;
use super::blob::{BlobHeader, Labels, SECTION};
use super::pixel_type::Kind;
use crate::{FormatError, zstandard};

const DAMAGED: &str = "the compressed voxels are damaged";
const NOT_THE_SHAPE: &str = "there are not as many voxels as the shape says";
/// A block of a Zstandard frame takes at least 4 bytes and gives at most 128 KiB.
const MOST_BYTES_PER_COMPRESSED_BYTE: u64 = (128 << 10) / 4;
/// Bytes that are inflated at once where the voxels are not kept; whole voxels of every type.
const PIECE: u64 = 64 * 1024;

/// The voxels in `frame`, which stands at byte `at` of the file.
pub(super) fn labels(
    frame: &[u8],
    at: u64,
    header: &BlobHeader,
    memory: &Memory,
) -> Result<Labels, FormatError> {
    check_claims(frame, at, header)?;
    let mut held = memory.hold("the voxels of a mask", 0)?;
    let corrupt = |reason| FormatError::corrupt(SECTION, at, reason);
    let expected = header.inflated_bytes();
    let length = usize::try_from(expected).map_err(|_| held.refused(expected))?;
    let voxels = zstandard::decompress_frame(frame, length, &mut held)?;
    let voxels = voxels.ok_or_else(|| corrupt(DAMAGED))?;
    if voxels.len() != length {
        return Err(corrupt(NOT_THE_SHAPE));
    }
    of_bytes(voxels, header, &mut held)
}

/// Inflates `frame` piece by piece, and looks for a label that is none.
pub(super) fn check(
    frame: &[u8],
    at: u64,
    header: &BlobHeader,
    memory: &Memory,
) -> Result<Option<i64>, FormatError> {
    check_claims(frame, at, header)?;
    let mut held = memory.hold("the voxels of a mask", 0)?;
    let mut stream = zstandard::Stream::new(frame, zstandard::ANY_WINDOW, &mut held)?;
    let pixel_type = header.pixel_type;
    let mut left = header.inflated_bytes();
    let mut wrong = None;
    while left > 0 {
        let length = left.min(PIECE);
        left -= length;
        let piece = stream.next(length as usize, &mut held)?;
        let piece = piece.ok_or_else(|| FormatError::corrupt(SECTION, at, DAMAGED))?;
        if wrong.is_none() && !pixel_type.fits_u32() {
            let mut labels = piece.chunks_exact(pixel_type.bytes()).map(|v| widen(v, pixel_type));
            wrong = labels.find(|label| u32::try_from(*label).is_err());
        }
    }
    if stream.is_at_end() { Ok(wrong) } else { Err(FormatError::corrupt(SECTION, at, DAMAGED)) }
}

/// Refuses a shape that cannot come from so many bytes, or another than the frame has voxels for.
fn check_claims(frame: &[u8], at: u64, header: &BlobHeader) -> Result<(), FormatError> {
    let corrupt = |reason| FormatError::corrupt(SECTION, at, reason);
    let expected = header.inflated_bytes();
    let claimed = zstandard::content_size(frame).ok_or_else(|| corrupt(DAMAGED))?;
    let possible = (frame.len() as u64).saturating_mul(MOST_BYTES_PER_COMPRESSED_BYTE);
    if expected > possible || claimed.is_some_and(|claimed| claimed != expected) {
        return Err(corrupt(NOT_THE_SHAPE));
    }
    Ok(())
}

fn of_bytes(
    bytes: Vec<u8>,
    header: &BlobHeader,
    held: &mut Held<'_>,
) -> Result<Labels, FormatError> {
    let pixel_type = header.pixel_type;
    let numbers = bytes.chunks_exact(pixel_type.bytes());
    Ok(match pixel_type {
        PixelType::BOOL if header.packed => {
            let of_byte = |byte: u8| (0..8).map(move |bit| byte & (0x80 >> bit) != 0);
            let bits = bytes.iter().flat_map(|byte| of_byte(*byte));
            Labels::Bool(collect(bits, header.voxels(), held)?)
        }
        PixelType::BOOL => {
            Labels::Bool(collect(bytes.iter().map(|byte| *byte != 0), header.voxels(), held)?)
        }
        PixelType::U8 => Labels::U8(bytes),
        PixelType::U16 => {
            let numbers = bytes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
            Labels::U16(collect(numbers, header.voxels(), held)?)
        }
        PixelType::U32 => {
            let numbers = bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
            Labels::U32(collect(numbers, header.voxels(), held)?)
        }
        _ => {
            let numbers = numbers.map(|voxel| widen(voxel, pixel_type));
            Labels::I64(collect(numbers, header.voxels(), held)?)
        }
    })
}

/// The first `count` labels.
fn collect<T>(
    labels: impl Iterator<Item = T>,
    count: u64,
    held: &mut Held<'_>,
) -> Result<Vec<T>, FormatError> {
    let count = count as usize;
    let mut all = Vec::new();
    held.reserve(&mut all, count)?;
    all.extend(labels.take(count));
    Ok(all)
}

/// A whole number of 1 to 8 bytes.
fn widen(voxel: &[u8], pixel_type: PixelType) -> i64 {
    let mut bytes = [0; 8];
    bytes[..voxel.len()].copy_from_slice(voxel);
    if pixel_type.is_big_endian() {
        bytes[..voxel.len()].reverse();
    }
    let value = u64::from_le_bytes(bytes);
    if pixel_type.kind() == Kind::Signed {
        let unused = 64 - 8 * voxel.len() as u32;
        (value << unused) as i64 >> unused
    } else {
        i64::try_from(value).unwrap_or(i64::MAX)
    }
}
