//! What masks are chosen from and read from.

use std::path::Path;

use medmask_archive::{AnyArchive, Archive, ArchiveError, Entry, EntryReader, ReadAt};
use medmask_core::Space;

/// A file whose masks are asked for by name: of version 2, or of either version.
pub trait Masks: Sync {
    /// What its bytes are read from.
    type Storage: ReadAt;

    /// The entries, in the order in which they were added.
    fn entries(&self) -> impl ExactSizeIterator<Item = &Entry>;

    /// What the index says of the entry `name`.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], with the most similar name that exists.
    fn entry(&self, name: &str) -> Result<&Entry, ArchiveError>;

    /// The voxels of the entry `name`, to be read whole or in part.
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    fn get(&self, name: &str) -> Result<EntryReader<'_, Self::Storage>, ArchiveError>;

    /// The file, as it was named when it was opened.
    fn path(&self) -> &Path;

    /// The space that all masks share.
    fn space(&self) -> &Space;

    /// Free metadata of the file as they are stored, the text of a JSON object; `None` where it has none.
    fn metadata_text(&self) -> Option<&str>;

    /// How many bytes one read may hold at once; `None` for as many as the machine gives.
    fn max_memory(&self) -> Option<u64>;
}

macro_rules! masks_of {
    ($archive:ident) => {
        impl<S: ReadAt> Masks for $archive<S> {
            type Storage = S;

            fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
                self.entries()
            }

            fn entry(&self, name: &str) -> Result<&Entry, ArchiveError> {
                self.entry(name)
            }

            fn get(&self, name: &str) -> Result<EntryReader<'_, S>, ArchiveError> {
                self.get(name)
            }

            fn path(&self) -> &Path {
                self.path()
            }

            fn space(&self) -> &Space {
                self.space()
            }

            fn metadata_text(&self) -> Option<&str> {
                self.metadata_text()
            }

            fn max_memory(&self) -> Option<u64> {
                self.max_memory()
            }
        }
    };
}

masks_of!(AnyArchive);
masks_of!(Archive);
