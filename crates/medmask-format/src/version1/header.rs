//! The fixed headers of `.msk` and `.mska` files (SPEC.md, "Version 1.0: headers").

use crate::FormatError;

/// First bytes of a `.msk` file.
pub const MASK_MAGIC: [u8; 4] = *b"MSK1";
/// First bytes of a `.mska` file.
pub const ARCHIVE_MAGIC: [u8; 4] = *b"MSKA";
/// Size of the header of a `.msk` file.
pub const MASK_HEADER_BYTES: usize = 62;
/// Size of the header of a `.mska` file.
pub const ARCHIVE_HEADER_BYTES: usize = 90;

/// The only codec number of version 1.0: one Zstandard frame.
pub(super) const CODEC_ZSTD: u8 = 0;
const VERSION: [u8; 2] = [1, 0];
/// Magic, two version bytes and the codec number come before the first `u64`.
const FIRST_FIELD: usize = 7;
const SECTION: &str = "version 1.0 header";

/// A range of bytes of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Section {
    /// One past the last byte, unless that exceeds 64 bits.
    #[must_use]
    pub fn end(self) -> Option<u64> {
        self.offset.checked_add(self.length)
    }

    /// Checks that the range lies inside a file of `file_bytes` bytes; `section` names it in the error.
    ///
    /// # Errors
    /// [`FormatError::Corrupt`] where it does not.
    pub fn check(self, section: &'static str, file_bytes: u64) -> Result<(), FormatError> {
        match self.end() {
            Some(end) if end <= file_bytes => Ok(()),
            _ => Err(FormatError::corrupt(section, self.offset, "it reaches past the file's end")),
        }
    }
}

/// The header of a `.msk` file, [`MASK_HEADER_BYTES`] long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaskHeader {
    /// The space, as JSON.
    pub space: Section,
    /// The names of the labels, as JSON.
    pub mapping: Section,
    /// The voxels.
    pub data: Section,
}

impl MaskHeader {
    /// Reads the header from the first bytes of a file.
    ///
    /// # Errors
    /// Where the bytes are too few, the magic is not [`MASK_MAGIC`], the version is not 1.0 or the codec
    /// is not 0.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let header = checked::<MASK_HEADER_BYTES>(bytes, MASK_MAGIC)?;
        Ok(Self {
            space: section(header, 0),
            mapping: section(header, 1),
            data: section(header, 2),
        })
    }

    /// The header as bytes; reserved bytes are 0.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; MASK_HEADER_BYTES] {
        let mut bytes = start(MASK_MAGIC);
        for (index, section) in [self.space, self.mapping, self.data].into_iter().enumerate() {
            put(&mut bytes, 2 * index, section.offset);
            put(&mut bytes, 2 * index + 1, section.length);
        }
        bytes
    }
}

/// The header of a `.mska` file, [`ARCHIVE_HEADER_BYTES`] long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArchiveHeader {
    /// The space of all masks, as JSON.
    pub space: Section,
    /// The index, as JSON with zeros behind it.
    pub index: Section,
    /// The voxels of all masks. The next mask is put at its end.
    pub data: Section,
    /// Number of masks.
    pub mask_count: u64,
}

impl ArchiveHeader {
    /// Reads the header from the first bytes of a file.
    ///
    /// # Errors
    /// Where the bytes are too few, the magic is not [`ARCHIVE_MAGIC`], the version is not 1.0 or the
    /// codec is not 0.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let header = checked::<ARCHIVE_HEADER_BYTES>(bytes, ARCHIVE_MAGIC)?;
        Ok(Self {
            space: section(header, 0),
            index: section(header, 1),
            data: section(header, 2),
            mask_count: get(header, 6),
        })
    }

    /// The header as bytes; reserved bytes are 0.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ARCHIVE_HEADER_BYTES] {
        let mut bytes = start(ARCHIVE_MAGIC);
        for (index, section) in [self.space, self.index, self.data].into_iter().enumerate() {
            put(&mut bytes, 2 * index, section.offset);
            put(&mut bytes, 2 * index + 1, section.length);
        }
        put(&mut bytes, 6, self.mask_count);
        bytes
    }
}

/// The first `N` bytes, once magic, version and codec are as they must be.
fn checked<const N: usize>(bytes: &[u8], magic: [u8; 4]) -> Result<&[u8; N], FormatError> {
    if bytes.get(..magic.len()) != Some(&magic) {
        return Err(FormatError::NotMedmask);
    }
    let Some(header) = bytes.first_chunk::<N>() else {
        return Err(FormatError::corrupt(SECTION, bytes.len() as u64, "the file ends inside it"));
    };
    let [_, _, _, _, major, minor, codec, ..] = *header.as_slice() else {
        return Err(FormatError::NotMedmask);
    };
    if [major, minor] != VERSION {
        return Err(FormatError::UnsupportedVersion { major, minor });
    }
    if codec != CODEC_ZSTD {
        return Err(FormatError::UnsupportedCodec { id: codec, why: "not one of version 1.0" });
    }
    Ok(header)
}

fn start<const N: usize>(magic: [u8; 4]) -> [u8; N] {
    let mut bytes = [0; N];
    let front = [magic[0], magic[1], magic[2], magic[3], VERSION[0], VERSION[1], CODEC_ZSTD];
    bytes[..FIRST_FIELD].copy_from_slice(&front);
    bytes
}

fn section<const N: usize>(header: &[u8; N], index: usize) -> Section {
    Section { offset: get(header, 2 * index), length: get(header, 2 * index + 1) }
}

/// The `field`-th of the header's `u64`s.
fn get<const N: usize>(header: &[u8; N], field: usize) -> u64 {
    let at = FIRST_FIELD + 8 * field;
    u64::from_le_bytes(std::array::from_fn(|index| header[at + index]))
}

fn put<const N: usize>(header: &mut [u8; N], field: usize, value: u64) {
    let at = FIRST_FIELD + 8 * field;
    header[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_where_the_table_says() {
        let header = ArchiveHeader {
            space: Section { offset: 90, length: 1 },
            index: Section { offset: 2, length: 3 },
            data: Section { offset: 4, length: 5 },
            mask_count: 6,
        };
        let bytes = header.to_bytes();
        assert_eq!(&bytes[..7], b"MSKA\x01\x00\x00");
        assert_eq!(bytes[7..15], 90_u64.to_le_bytes());
        assert_eq!(bytes[23..31], 2_u64.to_le_bytes());
        assert_eq!(bytes[39..47], 4_u64.to_le_bytes());
        assert_eq!(bytes[55..63], 6_u64.to_le_bytes());
        assert_eq!(bytes[63..], [0; 27]);
        assert_eq!(ArchiveHeader::parse(&bytes).unwrap(), header);
    }

    #[test]
    fn other_magic_version_and_codec_are_told_apart() {
        let good = MaskHeader::default().to_bytes();
        let with = |at: usize, value: u8| {
            let mut bytes = good;
            bytes[at] = value;
            MaskHeader::parse(&bytes).unwrap_err()
        };
        assert!(matches!(with(3, b'A'), FormatError::NotMedmask));
        assert!(matches!(with(4, 2), FormatError::UnsupportedVersion { major: 2, minor: 0 }));
        assert!(matches!(with(5, 1), FormatError::UnsupportedVersion { major: 1, minor: 1 }));
        assert!(matches!(with(6, 1), FormatError::UnsupportedCodec { id: 1, .. }));
        for length in 4..good.len() {
            let error = MaskHeader::parse(&good[..length]).unwrap_err();
            assert!(matches!(error, FormatError::Corrupt(_)), "{length}: {error}");
        }
    }

    #[test]
    fn a_section_past_the_end_is_refused() {
        let section = Section { offset: 10, length: 5 };
        assert!(section.check("space", 15).is_ok());
        assert!(section.check("space", 14).is_err());
        let overflow = Section { offset: u64::MAX, length: 2 };
        assert!(overflow.check("space", u64::MAX).is_err());
    }
}
