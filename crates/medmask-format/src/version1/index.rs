//! The index of a `.mska` file (SPEC.md, "Version 1.0: index").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Mapping, Section, json};
use crate::FormatError;

/// Zeros behind an index that this crate writes, at least.
///
/// The original, when it adds a mask, makes sure of 200 bytes of room however long the new entry is, and
/// overwrites voxels with what does not fit. Spare room keeps such files whole.
pub const INDEX_SPARE_BYTES: usize = 4096;

/// One mask of the index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// The mask's name.
    pub name: String,
    /// Where its voxels start, in bytes from the start of the file.
    pub offset: u64,
    /// Bytes of its voxels.
    pub length: u64,
    /// The names of its labels.
    pub mapping: Mapping,
    /// Keys that version 1.0 does not know; kept.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl IndexEntry {
    /// Where the voxels stand.
    #[must_use]
    pub fn data(&self) -> Section {
        Section { offset: self.offset, length: self.length }
    }
}

/// The masks of an archive, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Index {
    /// The masks.
    pub entries: Vec<IndexEntry>,
}

impl Index {
    /// Parses the index section, zeros behind it included, which starts at byte `offset` of the file.
    ///
    /// # Errors
    /// [`FormatError::Corrupt`] where it is not JSON, or an entry lacks one of the four known keys.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if used == 0 {
            return Ok(Self::default());
        }
        json::parse(&bytes[..used], "index", offset)
    }

    /// The index section: JSON, and as many zeros again as there is JSON or [`INDEX_SPARE_BYTES`],
    /// whichever is more.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = json::to_bytes(self);
        bytes.resize(bytes.len() + bytes.len().max(INDEX_SPARE_BYTES), 0);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_survive() {
        let json =
            br#"[{"name": "liver", "offset": 7, "length": 8, "mapping": {"l": 1}, "why": [2]}]"#;
        let mut padded = json.to_vec();
        padded.resize(4000, 0);
        let index = Index::parse(&padded, 0).unwrap();
        assert_eq!(index.entries[0].data(), Section { offset: 7, length: 8 });
        assert_eq!(index.entries[0].other["why"], serde_json::json!([2]));
        assert_eq!(Index::parse(&index.to_bytes(), 0).unwrap(), index);
    }

    #[test]
    fn nothing_but_zeros_is_an_empty_index() {
        assert_eq!(Index::parse(&[0; 64], 0).unwrap(), Index::default());
        assert_eq!(Index::parse(&Index::default().to_bytes(), 0).unwrap(), Index::default());
    }
}
