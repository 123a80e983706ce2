//! The voxels of one mask (SPEC.md, "Version 1.0: voxels").

use super::PixelType;
#[cfg(feature = "zstd")]
use super::pixel_type::Kind;
use crate::FormatError;

/// Most voxels that a mask may have: 2^40.
pub const MAX_VOXELS: u64 = 1 << 40;
/// The compression level of the original.
#[cfg(feature = "zstd")]
pub const DEFAULT_LEVEL: i32 = 3;

const SECTION: &str = "voxels";
#[cfg(feature = "zstd")]
const FLAG_RAW: u8 = 0;
const FLAG_PACKED: u8 = 1;
/// A block of a Zstandard frame takes at least 4 bytes and gives at most 128 KiB.
#[cfg(feature = "zstd")]
const MOST_BYTES_PER_COMPRESSED_BYTE: u64 = (128 << 10) / 4;

/// What stands before the compressed voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobHeader {
    /// The type of the voxels.
    pub pixel_type: PixelType,
    /// Voxels along each axis of the array, slowest first; (z, y, x) in ordinary files.
    pub shape: [u64; 3],
    /// Whether eight voxels share a byte, the first in its highest bit; only for `bool`.
    pub packed: bool,
    /// Bytes of this header: the compressed voxels follow.
    pub bytes: usize,
}

impl BlobHeader {
    /// Reads the header from the first bytes of a mask's data, which start at byte `offset` of the file.
    ///
    /// # Errors
    /// [`FormatError::Corrupt`] where the bytes end inside the header, the type is not one of
    /// [`PixelType`], or there are not three axes; [`FormatError::LimitExceeded`] above [`MAX_VOXELS`].
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        let corrupt = |at: usize, reason| {
            FormatError::corrupt(SECTION, offset.saturating_add(at as u64), reason)
        };
        let ends = || corrupt(bytes.len(), "the data end inside the header");
        let (&flag, &name_bytes) = bytes.first().zip(bytes.get(1)).ok_or_else(ends)?;
        let name_end = 2 + usize::from(name_bytes);
        let name = bytes.get(2..name_end).ok_or_else(ends)?;
        let pixel_type = std::str::from_utf8(name).ok().and_then(PixelType::from_name);
        let pixel_type = pixel_type.ok_or_else(|| {
            corrupt(2, "the type of the voxels is neither bool nor a type of whole numbers")
        })?;
        if flag > FLAG_PACKED || (flag == FLAG_PACKED && pixel_type != PixelType::BOOL) {
            return Err(corrupt(0, "the flag is neither 0 nor, for bool, 1"));
        }
        if *bytes.get(name_end).ok_or_else(ends)? != 3 {
            return Err(corrupt(name_end, "the array does not have three axes"));
        }
        let (axes, _) = bytes[name_end + 1..].as_chunks::<8>();
        let axes: &[_; 3] = axes.first_chunk().ok_or_else(ends)?;
        let header = Self {
            pixel_type,
            shape: axes.map(u64::from_le_bytes),
            packed: flag == FLAG_PACKED,
            bytes: name_end + 1 + size_of_val(axes),
        };
        header.check_size(offset)?;
        Ok(header)
    }

    fn check_size(&self, offset: u64) -> Result<(), FormatError> {
        if self.shape.contains(&0) {
            return Err(FormatError::corrupt(SECTION, offset, "an axis has no voxels"));
        }
        let voxels = self.shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
        match voxels {
            Some(voxels) if voxels <= MAX_VOXELS => Ok(()),
            _ => Err(FormatError::LimitExceeded {
                what: "the number of voxels",
                asked: voxels.unwrap_or(u64::MAX),
                limit: MAX_VOXELS,
            }),
        }
    }

    /// Number of voxels, at most [`MAX_VOXELS`] for a header that was parsed.
    #[must_use]
    pub fn voxels(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Bytes of the voxels before compression.
    #[cfg(feature = "zstd")]
    fn inflated_bytes(&self) -> u64 {
        if self.packed {
            self.voxels().div_ceil(8)
        } else {
            self.voxels() * self.pixel_type.bytes() as u64
        }
    }
}

/// Decoded voxels in C order, one number each. Version 1 does not change any more, so there will be no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Of `bool`.
    Bool(Vec<bool>),
    /// Of `uint8`.
    U8(Vec<u8>),
    /// Of `uint16`.
    U16(Vec<u16>),
    /// Of `uint32`.
    U32(Vec<u32>),
    /// Of every other type. A `uint64` above the largest `i64` becomes that.
    I64(Vec<i64>),
}

/// Voxels to encode, in C order.
#[derive(Clone, Copy, Debug)]
pub enum LabelsRef<'a> {
    /// As `bool`, packed.
    Bool(&'a [bool]),
    /// As `uint8`.
    U8(&'a [u8]),
    /// As `uint16`.
    U16(&'a [u16]),
    /// As `uint32`.
    U32(&'a [u32]),
}

/// The decoded voxels of one mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// What stood before them.
    pub header: BlobHeader,
    /// The voxels.
    pub labels: Labels,
}

impl Blob {
    /// Decodes a mask's data, which start at byte `offset` of the file.
    ///
    /// Takes memory for as many voxels as the shape has, and only where that many can come from so many
    /// compressed bytes.
    ///
    /// # Errors
    /// Those of [`BlobHeader::parse`]; [`FormatError::Corrupt`] where the compressed voxels are damaged
    /// or are not as many as the shape says; [`FormatError::UnsupportedCodec`] without the feature `zstd`.
    #[cfg(feature = "zstd")]
    pub fn decode(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        let header = BlobHeader::parse(bytes, offset)?;
        let at = offset.saturating_add(header.bytes as u64);
        let voxels = inflate(&bytes[header.bytes..], header.inflated_bytes())
            .map_err(|reason| FormatError::corrupt(SECTION, at, reason))?;
        Ok(Self { header, labels: labels(voxels, &header) })
    }

    /// Refuses: this crate was built without the feature `zstd`.
    ///
    /// # Errors
    /// Always, with [`FormatError::UnsupportedCodec`] where the header is sound.
    #[cfg(not(feature = "zstd"))]
    pub fn decode(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        BlobHeader::parse(bytes, offset)?;
        let why = "not built in (cargo feature zstd)";
        Err(FormatError::UnsupportedCodec { id: super::header::CODEC_ZSTD, why })
    }
}

#[cfg(feature = "zstd")]
fn inflate(frame: &[u8], expected: u64) -> Result<Vec<u8>, &'static str> {
    const DAMAGED: &str = "the compressed voxels are damaged";
    const NOT_THE_SHAPE: &str = "there are not as many voxels as the shape says";
    let claimed = zstd::zstd_safe::get_frame_content_size(frame).map_err(|_| DAMAGED)?;
    let possible = (frame.len() as u64).saturating_mul(MOST_BYTES_PER_COMPRESSED_BYTE);
    if expected > possible || claimed.is_some_and(|claimed| claimed != expected) {
        return Err(NOT_THE_SHAPE);
    }
    let expected = usize::try_from(expected).map_err(|_| "too many voxels for this machine")?;
    let mut voxels = Vec::new();
    voxels.try_reserve_exact(expected).map_err(|_| "there is no memory for so many voxels")?;
    zstd::bulk::Decompressor::new()
        .and_then(|mut decompressor| decompressor.decompress_to_buffer(frame, &mut voxels))
        .map_err(|_| DAMAGED)?;
    if voxels.len() == expected { Ok(voxels) } else { Err(NOT_THE_SHAPE) }
}

#[cfg(feature = "zstd")]
fn labels(bytes: Vec<u8>, header: &BlobHeader) -> Labels {
    let pixel_type = header.pixel_type;
    if header.packed {
        let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
        return Labels::Bool(bits.take(header.voxels() as usize).collect());
    }
    match pixel_type {
        PixelType::BOOL => Labels::Bool(bytes.iter().map(|byte| *byte != 0).collect()),
        PixelType::U8 => Labels::U8(bytes),
        PixelType::U16 => {
            Labels::U16(bytes.as_chunks().0.iter().map(|b| u16::from_le_bytes(*b)).collect())
        }
        PixelType::U32 => {
            Labels::U32(bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect())
        }
        _ => {
            let voxels = bytes.chunks_exact(pixel_type.bytes());
            Labels::I64(voxels.map(|voxel| widen(voxel, pixel_type)).collect())
        }
    }
}

/// A whole number of 1 to 8 bytes.
#[cfg(feature = "zstd")]
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

/// A mask's data: header and compressed voxels of an array of `shape` in C order.
///
/// The Zstandard frame has a checksum, which the original checks too.
///
/// # Errors
/// [`FormatError::LimitExceeded`] where there are not as many voxels as the shape says, or more than
/// [`MAX_VOXELS`].
#[cfg(feature = "zstd")]
pub fn encode(labels: LabelsRef<'_>, shape: [u64; 3], level: i32) -> Result<Vec<u8>, FormatError> {
    let (pixel_type, count) = match labels {
        LabelsRef::Bool(voxels) => (PixelType::BOOL, voxels.len()),
        LabelsRef::U8(voxels) => (PixelType::U8, voxels.len()),
        LabelsRef::U16(voxels) => (PixelType::U16, voxels.len()),
        LabelsRef::U32(voxels) => (PixelType::U32, voxels.len()),
    };
    let packed = pixel_type == PixelType::BOOL;
    let header = BlobHeader { pixel_type, shape, packed, bytes: 0 };
    header.check_size(0)?;
    if header.voxels() != count as u64 {
        let (asked, limit) = (count as u64, header.voxels());
        return Err(FormatError::LimitExceeded { what: "the number of voxels", asked, limit });
    }
    let name = pixel_type.name();
    let mut out = vec![if packed { FLAG_PACKED } else { FLAG_RAW }, name.len() as u8];
    out.extend_from_slice(name.as_bytes());
    out.push(shape.len() as u8);
    out.extend(shape.iter().flat_map(|axis| axis.to_le_bytes()));
    deflate(labels, header.inflated_bytes(), level, out)
        .map_err(|_| FormatError::corrupt(SECTION, 0, "Zstandard refused to compress the voxels"))
}

#[cfg(feature = "zstd")]
fn deflate(
    labels: LabelsRef<'_>,
    inflated_bytes: u64,
    level: i32,
    out: Vec<u8>,
) -> std::io::Result<Vec<u8>> {
    use std::io::Write;

    /// Voxels turned into bytes at a time; a multiple of 8, so that packed bytes are whole.
    const PIECE: usize = 1 << 14;
    let mut encoder = zstd::stream::write::Encoder::new(out, level)?;
    encoder.include_checksum(true)?;
    // Python's one-shot decompressor needs the size in the frame's header.
    encoder.set_pledged_src_size(Some(inflated_bytes))?;
    let mut piece = Vec::with_capacity(4 * PIECE);
    match labels {
        LabelsRef::Bool(voxels) => {
            for voxels in voxels.chunks(PIECE) {
                piece.clear();
                piece.extend(voxels.chunks(8).map(pack));
                encoder.write_all(&piece)?;
            }
        }
        LabelsRef::U8(voxels) => encoder.write_all(voxels)?,
        LabelsRef::U16(voxels) => {
            for voxels in voxels.chunks(PIECE) {
                piece.clear();
                piece.extend(voxels.iter().flat_map(|voxel| voxel.to_le_bytes()));
                encoder.write_all(&piece)?;
            }
        }
        LabelsRef::U32(voxels) => {
            for voxels in voxels.chunks(PIECE) {
                piece.clear();
                piece.extend(voxels.iter().flat_map(|voxel| voxel.to_le_bytes()));
                encoder.write_all(&piece)?;
            }
        }
    }
    encoder.finish()
}

/// Up to eight voxels as one byte, the first in its highest bit.
#[cfg(feature = "zstd")]
fn pack(voxels: &[bool]) -> u8 {
    voxels.iter().enumerate().fold(0, |byte, (bit, voxel)| byte | u8::from(*voxel) << (7 - bit))
}
