//! The voxels of one mask (SPEC.md, "Version 1.0: voxels").

use super::PixelType;
use crate::FormatError;

/// Most voxels that a mask may have: 2^40.
pub const MAX_VOXELS: u64 = 1 << 40;
/// The compression level of the original.
#[cfg(feature = "zstd")]
pub const DEFAULT_LEVEL: i32 = 3;

pub(super) const SECTION: &str = "voxels";
#[cfg(feature = "zstd")]
const FLAG_RAW: u8 = 0;
const FLAG_PACKED: u8 = 1;

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
    pub(super) fn inflated_bytes(&self) -> u64 {
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
