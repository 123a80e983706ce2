//! Reading a file of either version.

use std::path::Path;

use medmask_core::{Affine, Space};
use medmask_format::FormatError;
use medmask_format::front::Kind;
use serde_json::{Map, Value};

use crate::snapshot::Snapshot;
use crate::{
    Archive, ArchiveError, Damage, Entry, EntryReader, FileStorage, OpenOptions, ReadAt, Result,
    version1,
};

/// An open `.mska` or `.msk` file of version 1.0 or 2, in any storage.
///
/// Both versions are asked in the same way. A file of version 1 has no statistics: counts and boxes of its entries are `None`.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a program has few of them, and never in a list")]
pub enum AnyArchive<S = FileStorage> {
    /// Version 1.0: no checksums, no statistics, one codec.
    Version1(version1::Reader<S>),
    /// Version 2.
    Version2(Archive<S>),
}

impl AnyArchive {
    /// Opens a file of either version for plain reads.
    ///
    /// # Errors
    /// As [`Archive::open`] and [`version1::Reader::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, &OpenOptions::new())
    }

    /// Opens a file of either version as `options` say.
    ///
    /// # Errors
    /// As [`AnyArchive::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let path = path.as_ref();
        let mut archive = Self::from_storage(options.storage(path)?, path)?;
        match &mut archive {
            Self::Version1(reader) => reader.max_memory = options.max_memory,
            Self::Version2(archive) => {
                archive.threads = options.threads;
                archive.max_memory = options.max_memory;
            }
        }
        Ok(archive)
    }
}

impl<S: ReadAt> AnyArchive<S> {
    /// Opens a file of either version in any storage; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`AnyArchive::open`].
    pub fn from_storage(storage: S, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match Snapshot::newest(&storage, path) {
            Ok(snapshot) => Ok(Self::Version2(Archive::new(storage, path.to_owned(), snapshot))),
            Err(ArchiveError::Format {
                source: FormatError::UnsupportedVersion { major: 1, .. },
                ..
            }) => version1::Reader::from_storage(storage, path).map(Self::Version1),
            Err(error) => Err(error),
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

    /// The archive, where the file is of version 2.
    #[must_use]
    pub fn as_version2(&self) -> Option<&Archive<S>> {
        match self {
            Self::Version1(_) => None,
            Self::Version2(archive) => Some(archive),
        }
    }

    /// How many bytes one read may hold at once; `None` for as many as the machine gives.
    #[must_use]
    pub fn max_memory(&self) -> Option<u64> {
        match self {
            Self::Version1(reader) => reader.max_memory,
            Self::Version2(archive) => archive.max_memory,
        }
    }

    /// The file, as it was named when it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Version1(reader) => reader.path(),
            Self::Version2(archive) => archive.path(),
        }
    }

    /// Archive (`.mska`) or single mask (`.msk`).
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Version1(reader) => reader.kind(),
            Self::Version2(archive) => archive.kind(),
        }
    }

    /// As [`Archive::slanted`]; a file of version 1 says nothing of the files of its masks.
    #[must_use]
    pub fn slanted(self, affine: Affine) -> Self {
        match self {
            Self::Version2(archive) => Self::Version2(archive.slanted(affine)),
            version1 => version1,
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

    /// As [`Archive::metadata`]; version 1 has no place for any.
    ///
    /// # Errors
    /// As [`Archive::metadata`].
    pub fn metadata(&self) -> Result<Map<String, Value>> {
        self.as_version2().map_or_else(|| Ok(Map::new()), Archive::metadata)
    }

    /// Free metadata of the archive as they are stored, the text of a JSON object; `None` in version 1, which has no place for
    /// any.
    #[must_use]
    pub fn metadata_text(&self) -> Option<&str> {
        self.as_version2().and_then(Archive::metadata_text)
    }

    /// Bytes of the file; of version 2 those that its newest state covers.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        match self {
            Self::Version1(reader) => reader.file_bytes(),
            Self::Version2(archive) => archive.file_bytes(),
        }
    }

    /// As [`Archive::damage`]; a file of version 1 cannot tell.
    #[must_use]
    pub fn damage(&self) -> Option<Damage<'_>> {
        self.as_version2().and_then(Archive::damage)
    }

    /// The entries, in the order in which they were added.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        let entries: Box<dyn ExactSizeIterator<Item = &Entry>> = match self {
            Self::Version1(reader) => Box::new(reader.entries()),
            Self::Version2(archive) => Box::new(archive.entries()),
        };
        entries
    }

    /// The entries' names, in the order in which they were added.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries().map(Entry::name)
    }

    /// What the index says of the entry `name`.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], with the most similar name that exists.
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        match self {
            Self::Version1(reader) => reader.entry(name),
            Self::Version2(archive) => archive.entry(name),
        }
    }

    /// The voxels of the entry `name`, to be read whole or in part.
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    pub fn get(&self, name: &str) -> Result<EntryReader<'_, S>> {
        match self {
            Self::Version1(reader) => reader.get(name),
            Self::Version2(archive) => archive.get(name),
        }
    }
}

impl<S> From<Archive<S>> for AnyArchive<S> {
    fn from(archive: Archive<S>) -> Self {
        Self::Version2(archive)
    }
}
