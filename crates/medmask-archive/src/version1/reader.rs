//! Reading `.msk` and `.mska` files of version 1.0.

use std::fs::File;
use std::path::{Path, PathBuf};

use medmask_core::{LabelMap, Mask, Runs, Space, nearest_name};
use medmask_format::front::{Kind, identify};
use medmask_format::version1::{
    ARCHIVE_HEADER_BYTES, ArchiveHeader, Blob, BlobHeader, Index, MASK_HEADER_BYTES, Mapping,
    MaskHeader, Section, SpaceRecord,
};
use medmask_format::{Corrupt, FormatError};

use super::convert::{self, AxisOrder};
use super::labels::{LabelChange, label_map};
use crate::{ArchiveError, ReadAt, Result};

/// An open file of version 1.0 (SPEC.md, "Version 1.0"). Opening reads the header, the space and the names;
/// voxels are read when they are asked for.
///
/// The voxels are those that the Python package gives, on the space that it gives. There is one exception: an
/// array whose shape fits its space only when the order of its axes is turned round (x, y, z), which the Python
/// package writes and then refuses to read, is turned to (z, y, x). Where the shape fits both ways the voxels
/// are taken as they stand.
///
/// ```no_run
/// use medmask_archive::version1::Reader;
///
/// let file = Reader::open("case.mska")?;
/// for name in file.names() {
///     let mask = file.load(name)?;
///     println!("{name}: {} labels", mask.labels().len());
/// }
/// # Ok::<(), medmask_archive::ArchiveError>(())
/// ```
#[derive(Debug)]
pub struct Reader<S = File> {
    storage: S,
    path: PathBuf,
    kind: Kind,
    space: Space,
    masks: Vec<StoredMask>,
}

#[derive(Debug)]
struct StoredMask {
    name: String,
    mapping: Mapping,
    data: Section,
}

impl Reader<File> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] where it cannot be read; [`ArchiveError::Format`] where it is not a medmask file, not of
    /// version 1.0, or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(ArchiveError::io("open", path))?;
        Self::from_storage(file, path)
    }
}

impl<S: ReadAt> Reader<S> {
    /// Opens a file in any storage; `path` is what errors call it, and a `.msk` takes its mask's name from it.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn from_storage(storage: S, path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let parts = Parts::read(&Source { storage: &storage, path: &path })?;
        Ok(Self { storage, path, kind: parts.kind, space: parts.space, masks: parts.masks })
    }

    /// The file, as it was named when it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Archive (`.mska`) or single mask (`.msk`).
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The space that all masks share.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The masks' names, in the order in which they were added. The mask of a `.msk` is named for its file.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.masks.iter().map(|mask| mask.name.as_str())
    }

    /// The names of the labels of a mask, as the file has them.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`].
    pub fn mapping(&self, name: &str) -> Result<&Mapping> {
        Ok(&self.find(name)?.mapping)
    }

    /// Bytes that the voxels of a mask take in the file.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`].
    pub fn stored_bytes(&self, name: &str) -> Result<u64> {
        Ok(self.find(name)?.data.length)
    }

    /// Reads one mask, in the type of voxels that the file has or, where that is not one of ours, the narrowest
    /// that holds its labels. Labels without a name get one, `label_7`.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`]; [`ArchiveError::Format`] where its part of the file is damaged;
    /// [`ArchiveError::LabelOutOfRange`] for a label that is negative or above 4,294,967,295.
    pub fn load(&self, name: &str) -> Result<Mask> {
        Ok(self.load_noting_changes(name)?.0)
    }

    /// As [`Reader::load`], and which names of labels could not be taken over as they are.
    ///
    /// # Errors
    /// As [`Reader::load`].
    pub fn load_noting_changes(&self, name: &str) -> Result<(Mask, Vec<LabelChange>)> {
        let StoredMask { name, mapping, data } = self.find(name)?;
        let source = Source { storage: &self.storage, path: &self.path };
        let bytes = source.section("voxels", *data)?;
        let order = self.axis_order(&bytes, data.offset)?;
        let blob = Blob::decode(&bytes, data.offset).map_err(ArchiveError::format(&self.path))?;
        let voxels = convert::voxels(blob.labels, self.space.shape(), order)
            .map_err(|label| ArchiveError::LabelOutOfRange { name: name.clone(), label })?;
        let (labels, changes) = label_map(mapping, &Runs::from_voxels(&voxels).labels());
        let mask = Mask::new(voxels, labels, self.space.clone())
            .map_err(|source| ArchiveError::Mask { name: name.clone(), source })?;
        Ok((mask, changes))
    }

    /// The names of the labels of a mask that a [`Mask`] can have; those that are only in its voxels are missing.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`].
    pub fn labels(&self, name: &str) -> Result<LabelMap> {
        Ok(label_map(self.mapping(name)?, &[]).0)
    }

    /// Looked at before the voxels are decoded, so that a blob of another size takes no memory.
    fn axis_order(&self, blob: &[u8], offset: u64) -> Result<AxisOrder> {
        let header = BlobHeader::parse(blob, offset).map_err(ArchiveError::format(&self.path))?;
        AxisOrder::of(header.shape, self.space.shape()).ok_or_else(|| {
            let reason = "its shape is not that of the space";
            corrupt(&self.path, "voxels", offset, reason)
        })
    }

    fn find(&self, name: &str) -> Result<&StoredMask> {
        self.masks.iter().find(|mask| mask.name == name).ok_or_else(|| {
            let nearest = nearest_name(name, self.names()).map(str::to_owned);
            ArchiveError::EntryNotFound { name: name.to_owned(), nearest }
        })
    }
}

fn corrupt(path: &Path, section: &'static str, offset: u64, reason: &'static str) -> ArchiveError {
    ArchiveError::format(path)(FormatError::Corrupt(Corrupt { section, offset, reason }))
}

/// All of a file but its voxels.
struct Parts {
    kind: Kind,
    space: Space,
    masks: Vec<StoredMask>,
}

impl Parts {
    fn read<S: ReadAt>(source: &Source<'_, S>) -> Result<Self> {
        let front = source.front()?;
        let format = || ArchiveError::format(source.path);
        let (kind, ..) = identify(&front).map_err(format())?;
        let (space, masks) = match kind {
            Kind::SingleMask => {
                let header = MaskHeader::parse(&front).map_err(format())?;
                let mapping = source.section("mapping", header.mapping)?;
                let mapping = Mapping::parse(&mapping, header.mapping.offset).map_err(format())?;
                let stem = source.path.file_stem().unwrap_or_default();
                let name = stem.to_string_lossy().into_owned();
                (header.space, vec![StoredMask { name, mapping, data: header.data }])
            }
            Kind::Archive => {
                let header = ArchiveHeader::parse(&front).map_err(format())?;
                (header.space, masks(source.index(&header)?))
            }
        };
        Ok(Self { kind, space: source.space(space)?, masks })
    }
}

fn masks(index: Index) -> Vec<StoredMask> {
    let entries = index.entries.into_iter();
    entries
        .map(|entry| StoredMask { data: entry.data(), name: entry.name, mapping: entry.mapping })
        .collect()
}

/// Bytes, and what errors call them.
pub(super) struct Source<'a, S> {
    pub storage: &'a S,
    pub path: &'a Path,
}

impl<S: ReadAt> Source<'_, S> {
    pub fn size(&self) -> Result<u64> {
        self.storage.size().map_err(ArchiveError::io("read", self.path))
    }

    /// The first bytes, as many as the longer header has or fewer.
    pub fn front(&self) -> Result<Vec<u8>> {
        const { assert!(MASK_HEADER_BYTES <= ARCHIVE_HEADER_BYTES) };
        let length = self.size()?.min(ARCHIVE_HEADER_BYTES as u64);
        self.read(0, length)
    }

    pub fn section(&self, name: &'static str, section: Section) -> Result<Vec<u8>> {
        section.check(name, self.size()?).map_err(ArchiveError::format(self.path))?;
        self.read(section.offset, section.length)
    }

    pub fn index(&self, header: &ArchiveHeader) -> Result<Index> {
        let bytes = self.section("index", header.index)?;
        Index::parse(&bytes, header.index.offset).map_err(ArchiveError::format(self.path))
    }

    pub fn space(&self, section: Section) -> Result<Space> {
        let bytes = self.section("space", section)?;
        let record =
            SpaceRecord::parse(&bytes, section.offset).map_err(ArchiveError::format(self.path))?;
        convert::core_space(&record).map_err(|_| {
            let reason = "its numbers do not describe a voxel grid";
            corrupt(self.path, "space", section.offset, reason)
        })
    }

    /// `length` bytes that are known to be in the file.
    fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>> {
        let length = usize::try_from(length).map_err(|_| std::io::ErrorKind::OutOfMemory.into());
        length
            .and_then(|length| self.storage.read_at(offset, length))
            .map(std::borrow::Cow::into_owned)
            .map_err(ArchiveError::io("read", self.path))
    }
}
