//! Opening an archive and asking what is in it.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use medmask_core::{Affine, Space, nearest_name};
use medmask_format::front::Kind;
use serde_json::{Map, Value};

use crate::snapshot::{LiveEntry, Snapshot};
use crate::{ArchiveError, Damage, Entry, FileStorage, OpenOptions, ReadAt, Result};

/// An open `.mska` or `.msk` file of version 2: a consistent snapshot, which later commits of a writer do not change.
///
/// Opening reads the front and the index. Voxels are read when they are asked for, and then only the chunks that are
/// needed. Every part is checked against its checksum before it is used.
///
/// ```
/// use medmask_archive::{Archive, ArchiveWriter};
/// use medmask_core::{LabelMap, Mask, Space, Voxels};
/// use ndarray::Array3;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// let mut voxels = Array3::from_elem([4, 5, 6], false);
/// voxels[[1, 2, 3]] = true;
/// let mut labels = LabelMap::new();
/// labels.insert("liver", 1)?;
/// let mask = Mask::new(Voxels::from(voxels), labels, Space::of_shape([4, 5, 6]))?;
///
/// let mut writer = ArchiveWriter::create(&path, mask.space(), Default::default())?;
/// writer.add("liver", &mask)?;
/// writer.finish()?;
///
/// let archive = Archive::open(&path)?;
/// assert_eq!(archive.names().collect::<Vec<_>>(), ["liver"]);
/// assert_eq!(archive.get("liver")?.to_mask()?, mask);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Archive<S = FileStorage> {
    pub(crate) storage: S,
    pub(crate) path: PathBuf,
    pub(crate) snapshot: Snapshot,
    /// As many as the process may run at once where none is set.
    pub(crate) threads: Option<NonZero<usize>>,
    /// As many bytes as the machine gives where none is set.
    pub(crate) max_memory: Option<u64>,
}

impl Archive {
    /// Opens a file for plain reads, the safe default: a file that shrinks under the reader gives an error.
    ///
    /// # Errors
    /// Where the file cannot be read, is not of version 2, or neither of its commits is whole.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, &OpenOptions::new())
    }

    /// Opens a file as `options` say.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let path = path.as_ref();
        let archive = Self::from_storage(options.storage(path)?, path)?;
        Ok(Self { threads: options.threads, max_memory: options.max_memory, ..archive })
    }
}

impl<S: ReadAt> Archive<S> {
    /// Opens an archive in any storage; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn from_storage(storage: S, path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let snapshot = Snapshot::newest(&storage, &path)?;
        Ok(Self::new(storage, path, snapshot))
    }

    pub(crate) fn new(storage: S, path: PathBuf, snapshot: Snapshot) -> Self {
        Self { storage, path, snapshot, threads: None, max_memory: None }
    }

    /// Sets how many threads may load one entry's dense voxels together; at first as many as the process may run at once.
    ///
    /// Programs that load several entries side by side want 1.
    pub fn set_threads(&mut self, threads: NonZero<usize>) {
        self.threads = Some(threads);
    }

    /// Sets how many bytes one read may hold at once, as [`OpenOptions::max_memory`] does.
    pub fn set_max_memory(&mut self, bytes: impl Into<Option<u64>>) {
        self.max_memory = bytes.into();
    }

    /// How many bytes one read may hold at once; `None` for as many as the machine gives.
    #[must_use]
    pub fn max_memory(&self) -> Option<u64> {
        self.max_memory
    }

    /// The file, as it was named when it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the bytes are read from.
    #[must_use]
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Archive (`.mska`) or single mask (`.msk`).
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.snapshot.kind
    }

    /// This archive with a space that reckons as the NIfTI `affine` of its masks' files says; see [`Space::slanted`].
    #[must_use]
    pub fn slanted(mut self, affine: Affine) -> Self {
        self.snapshot.space = self.snapshot.space.clone().slanted(affine);
        self
    }

    /// The space that all masks share.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.snapshot.space
    }

    /// Free metadata of the archive; read anew at each call.
    ///
    /// Metadata of odd content can take fifty times their length in memory; [`metadata_text`](Self::metadata_text) takes none.
    ///
    /// # Errors
    /// [`ArchiveError::Metadata`] where other software stored what cannot be held here.
    pub fn metadata(&self) -> Result<Map<String, Value>> {
        let name = || self.path.display().to_string();
        let error = |source| ArchiveError::Metadata { name: name(), source };
        self.metadata_text().map_or_else(|| Ok(Map::new()), serde_json::from_str).map_err(error)
    }

    /// Free metadata of the archive as they are stored: the text of a JSON object.
    #[must_use]
    pub fn metadata_text(&self) -> Option<&str> {
        self.snapshot.metadata.as_deref()
    }

    /// Counts the commits that the file has seen since it was created or compacted.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.snapshot.slot.generation
    }

    /// The entries, in the order in which they were added.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.snapshot.entries.iter().map(|live| &live.entry)
    }

    /// The entries' names, in the order in which they were added.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries().map(Entry::name)
    }

    /// The entry that was added as number `place`, from 0.
    pub(crate) fn entry_at(&self, place: usize) -> Option<&Entry> {
        self.snapshot.entries.get_index(place).map(|live| &live.entry)
    }

    /// What the index says of the entry `name`.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], with the most similar name that exists.
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        let found = self.snapshot.entries.get(name).map(|LiveEntry { entry, .. }| entry);
        found.ok_or_else(|| ArchiveError::EntryNotFound {
            name: name.to_owned(),
            nearest: nearest_name(name, self.names()).map(str::to_owned),
        })
    }

    /// Bytes that this snapshot covers, from the first byte of the file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.snapshot.slot.file_length
    }

    /// Bytes of them that no entry needs any more; compacting frees them.
    #[must_use]
    pub fn dead_bytes(&self) -> u64 {
        self.file_bytes().saturating_sub(self.snapshot.live_bytes())
    }

    /// Bytes saved because entries with equal voxels share a blob. What layers save is not known.
    #[must_use]
    pub fn shared_bytes(&self) -> u64 {
        let mut seen = std::collections::HashSet::new();
        let whole = self.entries().filter(|entry| entry.layer().is_none());
        let blobs = whole.filter_map(Entry::blob);
        blobs.filter(|blob| !seen.insert(*blob)).map(|(_, length)| length).sum()
    }

    /// What is wrong with the front, or with a newer state that could not be opened; `None` for a file in order. A commit that
    /// was cut off leaves a damaged slot behind.
    #[must_use]
    pub fn damage(&self) -> Option<Damage<'_>> {
        let what = self.snapshot.damage.as_ref()?;
        Some(Damage { what, standing: self.snapshot.standing })
    }
}
