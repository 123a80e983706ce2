//! Reading a file of either version, for those who only want its masks.

use std::path::Path;

use medmask_core::{LabelMap, Mask, Space};
use medmask_format::FormatError;

use crate::{Archive, ArchiveError, Result, version1};

/// An open `.mska` or `.msk` file of version 1.0 or 2.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a program has few of them, and never in a list")]
pub enum AnyArchive {
    /// Version 1.0: no checksums, no statistics, one way to load.
    Version1(version1::Reader),
    /// Version 2.
    Version2(Archive),
}

impl AnyArchive {
    /// Opens a file, whichever version it is of.
    ///
    /// # Errors
    /// As [`Archive::open`] and [`version1::Reader::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        match Archive::open(&path) {
            Err(ArchiveError::Format {
                source: FormatError::UnsupportedVersion { major: 1, .. },
                ..
            }) => version1::Reader::open(path).map(Self::Version1),
            other => other.map(Self::Version2),
        }
    }

    /// The version of the format: `1.0` or `2.0`.
    #[must_use]
    pub fn format_version(&self) -> &'static str {
        match self {
            Self::Version1(_) => "1.0",
            Self::Version2(_) => "2.0",
        }
    }

    /// The space that all masks share.
    #[must_use]
    pub fn space(&self) -> &Space {
        match self {
            Self::Version1(reader) => reader.space(),
            Self::Version2(archive) => archive.space(),
        }
    }

    /// The entries' names, in the order in which they were added.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Version1(reader) => reader.names().collect(),
            Self::Version2(archive) => archive.names().collect(),
        }
    }

    /// The labels of an entry by name, as far as the file states them without its voxels.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], or names that contradict each other.
    pub fn labels(&self, name: &str) -> Result<LabelMap> {
        match self {
            Self::Version1(reader) => reader.labels(name),
            Self::Version2(archive) => archive.label_map(archive.entry(name)?),
        }
    }

    /// Loads one entry as a dense mask.
    ///
    /// # Errors
    /// As [`Archive::load`] and [`version1::Reader::load`].
    pub fn load(&self, name: &str) -> Result<Mask> {
        match self {
            Self::Version1(reader) => reader.load(name),
            Self::Version2(archive) => archive.load(name),
        }
    }
}
