//! Creating and changing archives on disk.

use std::fs::File;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use medmask_core::{LabelMap, Mask, Runs, Space, parallel};
use medmask_files::{Access, Draft, Durability, check_output, sync_folder_of};
use medmask_format::front::Kind;
use serde_json::{Map, Value};

use crate::appender::Appender;
use crate::compact::write_compacted;
use crate::encode::{dtype_of, object_text};
use crate::layers::Layering;
use crate::one_writer::{lock, open_locked, publish, unlock};
use crate::ownership::{check_one_name, take_over};
use crate::{Archive, ArchiveError, EncodedEntry, EntryOptions, Layers, Ownership, Result};

/// How archives are written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriterOptions {
    /// When commits must have reached the disk. With [`Durability::Full`] one that has returned survives a crash of the
    /// machine; with [`Durability::Buffered`] such a crash may lose the last commits, or leave a file that `repair` has to mend.
    pub durability: Durability,
    /// Whether [`ArchiveWriter::create`] may replace a file.
    pub overwrite: bool,
    /// How far, in mm, any corner of a mask's volume may lie from where the archive's space has it.
    pub tolerance_mm: f64,
    /// How many bytes one read of what is repaired or converted may hold, as
    /// [`OpenOptions::max_memory`](crate::OpenOptions::max_memory); `None` for as many as the machine gives.
    pub max_memory: Option<u64>,
    /// Whether [`ArchiveWriter::create`] makes an archive or a file of one mask; `None` goes by the name of the file.
    pub kind: Option<Kind>,
    /// Whether a commit compacts a file of up to 64 KiB as soon as a third of it is dead, and not only where more than 16 KiB are: for
    /// archives that get one mask after the other, each with a commit of its own.
    pub keep_small: bool,
    /// What [`ArchiveWriter::finish`] of a new archive and [`ArchiveWriter::compact`] do about layers; `None` leaves entries as they
    /// are, and commits always do.
    pub layers: Option<Layers>,
    /// Threads that look for layers and make them; `None` for as many as the process may run at once.
    pub threads: Option<NonZero<usize>>,
}

impl Default for WriterOptions {
    /// Full durability, no replacing, [`Space::DEFAULT_TOLERANCE_MM`], and entries as they are.
    fn default() -> Self {
        let tolerance_mm = Space::DEFAULT_TOLERANCE_MM;
        Self {
            durability: Durability::Full,
            overwrite: false,
            tolerance_mm,
            max_memory: None,
            kind: None,
            keep_small: false,
            layers: None,
            threads: None,
        }
    }
}

impl WriterOptions {
    /// Full durability, no replacing, [`Space::DEFAULT_TOLERANCE_MM`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets when written bytes must have reached the disk.
    #[must_use]
    pub fn durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Sets whether [`ArchiveWriter::create`] may replace a file.
    #[must_use]
    pub fn overwrite(self, overwrite: bool) -> Self {
        Self { overwrite, ..self }
    }

    /// Sets whether small files are compacted as soon as a third of them is dead.
    #[must_use]
    pub fn keep_small(self, keep_small: bool) -> Self {
        Self { keep_small, ..self }
    }

    /// Sets how many bytes one read of what is repaired or converted may hold.
    #[must_use]
    pub fn max_memory(self, max_memory: Option<u64>) -> Self {
        Self { max_memory, ..self }
    }

    /// Sets how far, in mm, any corner of a mask's volume may lie from where the archive's space has it.
    #[must_use]
    pub fn tolerance_mm(self, tolerance_mm: f64) -> Self {
        Self { tolerance_mm, ..self }
    }

    /// Sets what becomes of entries that do not overlap when a file is written anew.
    #[must_use]
    pub fn layers(self, layers: Option<Layers>) -> Self {
        Self { layers, ..self }
    }

    /// Sets how many threads make layers.
    #[must_use]
    pub fn threads(self, threads: Option<NonZero<usize>>) -> Self {
        Self { threads, ..self }
    }

    /// Sets whether [`ArchiveWriter::create`] makes an archive or a file of one mask.
    #[must_use]
    pub fn kind(self, kind: Option<Kind>) -> Self {
        Self { kind, ..self }
    }
}

/// Dead space that is left alone, beyond as much as there is live, before a commit compacts the file.
const DEAD_SPACE_ALLOWANCE: u64 = 16 << 10;
/// The largest file that [`WriterOptions::keep_small`] counts as small.
const SMALL: u64 = 64 << 10;

/// Writes an archive: a new one, or changes to one that exists. One writer at a time, guarded by a lock of the operating
/// system that a crash releases.
///
/// Nothing counts before [`commit`](Self::commit) or [`finish`](Self::finish); each is all or nothing.
#[derive(Debug)]
pub struct ArchiveWriter {
    appender: Appender<File>,
    /// What errors call the file.
    path: PathBuf,
    /// The file itself, where `path` is a link to it.
    real_path: PathBuf,
    options: WriterOptions,
    /// Where a new archive grows before it gets its name.
    draft: Option<Draft>,
}

impl ArchiveWriter {
    /// Starts a new archive on `space`. The file appears, whole, when [`finish`](Self::finish) succeeds. A path that ends in
    /// `.msk` makes a single-mask file, which must get exactly one entry, unless [`WriterOptions::kind`] decides.
    ///
    /// # Errors
    /// [`ArchiveError::Output`]: a file that exists (unless `overwrite`), something that is no file, or a folder that
    /// cannot be written to.
    pub fn create(path: impl AsRef<Path>, space: &Space, options: WriterOptions) -> Result<Self> {
        let path = path.as_ref().to_owned();
        check_output(&path, options.overwrite)?;
        let draft = Draft::beside(&path, Access::Usual)?;
        let file = draft.file().try_clone().map_err(ArchiveError::io("create", &path))?;
        let single =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("msk"));
        let by_name = if single { Kind::SingleMask } else { Kind::Archive };
        let kind = options.kind.unwrap_or(by_name);
        let appender = Appender::create(file, &path, kind, space, Durability::Buffered)?;
        Ok(Self { appender, real_path: path.clone(), path, options, draft: Some(draft) })
    }

    /// Opens an archive of version 2 to change it.
    ///
    /// A file whose front or newest state is damaged is refused, since a commit would overwrite what a repair can still save. Where
    /// only the slot of the newest commit is damaged, it is written anew; [`Archive::damage`] tells.
    ///
    /// # Errors
    /// [`ArchiveError::Locked`] while another writer has it; [`ArchiveError::NewestDamaged`]; otherwise as [`Archive::open`].
    pub fn open(path: impl AsRef<Path>, options: WriterOptions) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let real_path = path.canonicalize().map_err(ArchiveError::io("open for writing", &path))?;
        let file = open_locked(&real_path)?;
        let archive = Archive::from_storage(file, &path)?;
        let appender = Appender::open(archive, options.durability)?;
        Ok(Self { appender, path, real_path, options, draft: None })
    }

    /// The archive as it will be once committed. Its voxels can be loaded already.
    #[must_use]
    pub fn archive(&self) -> &Archive<File> {
        &self.appender.archive
    }

    /// Adds `mask` as the entry `name`, in its own voxel type and with the default codec.
    ///
    /// # Errors
    /// As [`add_with`](Self::add_with).
    pub fn add(&mut self, name: &str, mask: &Mask) -> Result<()> {
        self.add_with(name, mask, EntryOptions::default())
    }

    /// Adds `mask` as the entry `name`.
    ///
    /// # Errors
    /// A name that is taken or cannot be one, a space that differs by more than the tolerance, labels without a name, or a
    /// disk that is full.
    pub fn add_with(&mut self, name: &str, mask: &Mask, options: EntryOptions) -> Result<()> {
        self.check_space(name, mask.space())?;
        let dtype = options.dtype.or(Some(dtype_of(mask)));
        let options = options.dtype(dtype);
        self.add_runs(name, &mask.to_runs(), mask.labels(), &options)
    }

    /// Adds sparse voxels as the entry `name`, whose labels are named by `labels`. The caller answers for their space, of which only
    /// the shape is checked; see [`check_space`](Self::check_space).
    ///
    /// # Errors
    /// As [`EncodedEntry::new`] and [`add_encoded`](Self::add_encoded).
    pub fn add_runs(
        &mut self,
        name: &str,
        runs: &Runs,
        labels: &LabelMap,
        options: &EntryOptions,
    ) -> Result<()> {
        self.add_encoded(EncodedEntry::new(name, runs, labels, options)?)
    }

    /// Adds an entry that was encoded before, by another thread for example. The caller answers for its space, of which
    /// only the shape is checked; see [`check_space`](Self::check_space).
    ///
    /// # Errors
    /// A name that is taken, another shape, or a disk that is full.
    pub fn add_encoded(&mut self, entry: EncodedEntry) -> Result<()> {
        self.appender.add(entry)
    }

    /// How far, in mm, the corner of `space` that lies farthest is from where the archive's space has it.
    ///
    /// # Errors
    /// [`ArchiveError::SpaceMismatch`] where the shapes differ or that is more than the tolerance.
    pub fn check_space(&self, name: &str, space: &Space) -> Result<f64> {
        let own = self.appender.archive.space();
        own.compare(space, self.options.tolerance_mm)
            .map_err(|source| ArchiveError::SpaceMismatch { name: name.to_owned(), source })
    }

    /// Takes the entry `name` away.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`].
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.appender.remove(name)
    }

    /// Gives the entry `old` the name `new`, under which it comes last. Its voxels are not written again.
    ///
    /// A label that is the entry's only one and has its name goes with it. All other labels keep their names.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], [`ArchiveError::EntryExists`] where `new` is taken, and [`ArchiveError::InvalidName`].
    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        self.appender.rename(old, new)
    }

    /// Takes over metadata of the archive and what later versions may have added to it.
    pub(crate) fn copy_archive_keys<S: crate::ReadAt>(&mut self, from: &Archive<S>) {
        self.appender.set_metadata(from.snapshot.metadata.clone());
        self.appender.archive.snapshot.further.clone_from(&from.snapshot.further);
    }

    /// Replaces the archive's metadata.
    ///
    /// # Errors
    /// [`FormatError::LimitExceeded`](medmask_format::FormatError::LimitExceeded) where they are nested too deeply.
    pub fn set_metadata(&mut self, metadata: &Map<String, Value>) -> Result<()> {
        let text = object_text(metadata).map_err(ArchiveError::format(&self.path))?;
        self.appender.set_metadata(text);
        Ok(())
    }

    /// Makes all changes since the last commit the archive's state. Compacts the file where more than its live bytes and
    /// 16 KiB are dead, or as [`WriterOptions::keep_small`] says, if that can be done. A new archive is committed as a whole by [`finish`](Self::finish) alone, and this does nothing.
    ///
    /// # Errors
    /// A disk that is full or fails: the archive then is what it was before.
    pub fn commit(&mut self) -> Result<()> {
        if self.draft.is_some() {
            return Ok(());
        }
        let entries = self.appender.archive.entries().len();
        if self.appender.archive.kind() == Kind::SingleMask && entries != 1 {
            return Err(ArchiveError::NotSingle { entries });
        }
        self.appender.commit()?;
        let damaged = self.appender.archive.damage().is_some();
        if !damaged && self.is_worth_compacting() {
            // The commit stands whether or not there is room for a copy; the next one tries again.
            let _ = self.compact_if(None, |ownership| ownership == Ownership::Kept);
        }
        Ok(())
    }

    fn is_worth_compacting(&self) -> bool {
        let (live, dead) = (self.appender.live_bytes(), self.appender.dead_bytes());
        let small = self.options.keep_small && live + dead <= SMALL;
        dead > live + DEAD_SPACE_ALLOWANCE || small && dead > live / 2
    }

    /// Commits, and gives a new archive its name.
    ///
    /// # Errors
    /// As [`commit`](Self::commit); [`ArchiveError::NotSingle`] for a `.msk` that has not got exactly one entry; and
    /// [`ArchiveError::Output`] where a file of that name has appeared meanwhile.
    pub fn finish(mut self) -> Result<()> {
        if self.draft.is_none() {
            return self.commit();
        }
        self.appender.commit()?;
        let mut target = Draft::beside(&self.real_path, Access::Usual)?;
        self.write_compacted_to(&mut target, self.options.layers)?;
        let WriterOptions { overwrite, durability, .. } = self.options;
        publish(target, overwrite, durability)
    }

    /// Writes the archive anew without dead space and with its index in front, and with all changes since the last commit: both
    /// in one step, for which no commit is needed before. Readers that have it open keep the state they have.
    ///
    /// The new file has the permissions of the old one and, where the process may give files away, its owner and group.
    /// Extended attributes and lists of access rights are not kept.
    ///
    /// # Errors
    /// Damage in any entry, a disk that is full or fails, or a file of several names ([`ArchiveError::SeveralNames`]): the
    /// archive then is what it was before, without the changes since the last commit. [`FileError::NotDurable`](crate::FileError)
    /// where the new file is in place already.
    pub fn compact(&mut self) -> Result<Ownership> {
        self.compact_if(self.options.layers, |_| true)
    }

    /// Compacts the archive where the new file would belong to whom `accept` accepts.
    fn compact_if(
        &mut self,
        layers: Option<Layers>,
        accept: fn(Ownership) -> bool,
    ) -> Result<Ownership> {
        if self.draft.is_some() {
            return Ok(Ownership::Kept);
        }
        let io = |error| ArchiveError::io("compact", &self.path)(error);
        check_one_name(&self.appender.archive.storage, &self.path)?;
        let mut target = Draft::beside(&self.real_path, Access::Private)?;
        let ownership = take_over(&self.appender.archive.storage, target.file()).map_err(io)?;
        if !accept(ownership) {
            return Ok(ownership);
        }
        self.write_compacted_to(&mut target, layers)?;
        // Locked and open before it has its name, so that no other writer comes in between, and so that nothing which can fail
        // leaves this writer with the old file.
        if !target.is_locked() {
            lock(target.file(), &self.path)?;
        }
        let file = target.file().try_clone().map_err(io)?;
        let appender =
            Appender::open(Archive::from_storage(file, &self.path)?, self.options.durability)?;
        target.rename(true)?;
        self.appender = appender;
        sync_folder_of(&self.real_path, self.options.durability)?;
        Ok(ownership)
    }

    /// Writes the archive, compacted, to a new file.
    fn write_compacted_to(&self, target: &mut Draft, layers: Option<Layers>) -> Result<()> {
        let archive = &self.appender.archive;
        // What replaces a file must be on the disk before the old one is gone.
        let replaces = self.draft.is_none() || self.options.overwrite;
        let durability = if replaces { Durability::Full } else { self.options.durability };
        let threads = self.options.threads.unwrap_or_else(parallel::available);
        let layering = Layering { layers, threads };
        write_compacted(archive, target.file_mut(), archive.kind(), durability, layering)
    }
}

impl Drop for ArchiveWriter {
    fn drop(&mut self) {
        unlock(&self.appender.archive.storage);
    }
}
