//! Reading `.msk` and `.mska` files of version 1.0.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use medmask_core::{
    Dtype, Held, LabelMap, Memory, Runs, RunsCollector, Space, Voxels, nearest_name,
};
use medmask_format::front::{Kind, identify};
use medmask_format::version1::{
    ARCHIVE_HEADER_BYTES, ArchiveHeader, Blob, BlobHeader, Index, MASK_HEADER_BYTES, Mapping,
    MaskHeader, PixelType, Section, SpaceRecord,
};
use medmask_format::{Corrupt, FormatError};

use super::convert::{self, AxisOrder, NoVoxels};
use super::labels::{LabelChange, label_map};
use crate::{ArchiveError, Entry, FileStorage, OpenOptions, ReadAt, Result};

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
///     println!("{name}: {} voxels", file.get(name)?.to_runs()?.voxel_count());
/// }
/// # Ok::<(), medmask_archive::ArchiveError>(())
/// ```
#[derive(Debug)]
pub struct Reader<S = FileStorage> {
    storage: S,
    path: PathBuf,
    kind: Kind,
    space: Space,
    file_bytes: u64,
    masks: Vec<StoredMask>,
    /// As many bytes as the machine gives where none is set.
    pub(crate) max_memory: Option<u64>,
}

#[derive(Debug)]
struct StoredMask {
    entry: Entry,
    mapping: Mapping,
    data: Section,
}

impl Reader {
    /// Opens a file for plain reads.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] where it cannot be read; [`ArchiveError::Format`] where it is not a medmask file, not of
    /// version 1.0, or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, &OpenOptions::new())
    }

    /// Opens a file as `options` say.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let path = path.as_ref();
        let reader = Self::from_storage(options.storage(path)?, path)?;
        Ok(Self { max_memory: options.max_memory, ..reader })
    }
}

impl<S: ReadAt> Reader<S> {
    /// Opens a file in any storage; `path` is what errors call it, and a `.msk` takes its mask's name from it.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn from_storage(storage: S, path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let source = Source { storage: &storage, path: &path };
        let file_bytes = source.size()?;
        let Parts { kind, space, masks } = Parts::read(&source)?;
        let masks = source.stored_masks(masks)?;
        Ok(Self { storage, path, kind, space, file_bytes, masks, max_memory: None })
    }

    /// Sets how many bytes one read may hold at once, as [`OpenOptions::max_memory`] does.
    pub fn set_max_memory(&mut self, bytes: impl Into<Option<u64>>) {
        self.max_memory = bytes.into();
    }

    /// What one read may hold.
    pub(crate) fn memory(&self) -> Memory {
        Memory::new(self.max_memory)
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

    /// Bytes of the file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// The masks as entries, in the order in which they were added. The file has no statistics; labels are those that it names.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.masks.iter().map(|mask| &mask.entry)
    }

    /// The masks' names, in the order in which they were added. The mask of a `.msk` is named for its file.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries().map(Entry::name)
    }

    /// What the file says of a mask without its voxels.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`].
    pub fn entry(&self, name: &str) -> Result<&Entry> {
        Ok(&self.find(name)?.entry)
    }

    /// The names of the labels of a mask, as the file has them.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`].
    pub fn mapping(&self, name: &str) -> Result<&Mapping> {
        Ok(&self.find(name)?.mapping)
    }

    /// The runs of a mask with names for its labels, and which names could not be taken over as they are. Labels without a name get
    /// one, `label_7`.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`]; [`ArchiveError::Format`] where its part of the file is damaged;
    /// [`ArchiveError::LabelOutOfRange`] for a label that is negative or above 4,294,967,295.
    pub fn runs_with_changes(&self, name: &str) -> Result<(Runs, LabelMap, Vec<LabelChange>)> {
        let stored = self.find(name)?;
        let (memory, refused) = (self.memory(), || ArchiveError::memory(&self.path));
        let (voxels, _held) = self.voxels(&stored.entry, &memory)?;
        let mut collector = RunsCollector::new(voxels.shape(), &memory).map_err(refused())?;
        voxels.for_each_row(&memory, &mut collector).map_err(refused())?;
        let runs = collector.finish().map_err(refused())?;
        let present = runs.labels();
        let _tried = self.try_names(&present, &memory)?;
        let (labels, changes) = label_map(&stored.mapping, &present);
        Ok((runs, labels, changes))
    }

    /// Names for the labels of `entry`, one of this file, among them a name for each label `present` in its voxels.
    pub(crate) fn label_map(
        &self,
        entry: &Entry,
        present: &[u32],
        memory: &Memory,
    ) -> Result<LabelMap> {
        let _tried = self.try_names(present, memory)?;
        Ok(label_map(&self.find(entry.name())?.mapping, present).0)
    }

    /// Room for the names of so many labels.
    fn try_names<'m>(&self, present: &[u32], memory: &'m Memory) -> Result<Held<'m>> {
        let names = present.len() as u64 * BYTES_PER_NAME;
        let tried = memory.try_out("the names of labels", names);
        tried.map_err(ArchiveError::memory(&self.path))
    }

    /// The voxels of `entry`, one of this file, and what they take.
    pub(crate) fn voxels<'m>(
        &self,
        entry: &Entry,
        memory: &'m Memory,
    ) -> Result<(Voxels, Held<'m>)> {
        let refused = || ArchiveError::memory(&self.path);
        let (offset, bytes) = self.data(entry)?;
        let stored = memory.hold("the stored bytes of an entry", bytes.len() as u64);
        let _stored = stored.map_err(refused())?;
        let order = self.axis_order(&bytes, offset)?;
        let blob = Blob::decode(&bytes, offset, memory);
        let labels = blob.map_err(ArchiveError::format(&self.path))?.labels;
        convert::voxels(labels, self.space.shape(), order, memory).map_err(|error| match error {
            NoVoxels::Label(label) => {
                ArchiveError::LabelOutOfRange { name: entry.name().to_owned(), label }
            }
            NoVoxels::Memory(error) => refused()(error),
        })
    }

    /// Checks the voxels of `entry`, one of this file, as far as they can be, in memory for a piece of them.
    pub(crate) fn check(&self, entry: &Entry) -> Result<()> {
        let (offset, bytes) = self.data(entry)?;
        self.axis_order(&bytes, offset)?;
        let checked = Blob::check(&bytes, offset, &self.memory());
        match checked.map_err(ArchiveError::format(&self.path))? {
            None => Ok(()),
            Some(label) => {
                Err(ArchiveError::LabelOutOfRange { name: entry.name().to_owned(), label })
            }
        }
    }

    /// Where the data of `entry` begin in the file, and their bytes.
    fn data(&self, entry: &Entry) -> Result<(u64, Vec<u8>)> {
        let StoredMask { data, .. } = self.find(entry.name())?;
        let source = Source { storage: &self.storage, path: &self.path };
        Ok((data.offset, source.section("voxels", *data)?))
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
        self.masks.iter().find(|mask| mask.entry.name() == name).ok_or_else(|| {
            let nearest = nearest_name(name, self.names()).map(str::to_owned);
            ArchiveError::EntryNotFound { name: name.to_owned(), nearest }
        })
    }
}

/// What a name that is made for a label takes, about.
const BYTES_PER_NAME: u64 = 256;

/// Bytes that hold the header of any mask's data: a flag, the name of a type, three axes.
const DATA_HEADER_BYTES: u64 = 64;

/// The type that voxels of `pixel_type` get here; `None` where that depends on the labels.
fn dtype_of(pixel_type: PixelType) -> Option<Dtype> {
    match pixel_type {
        PixelType::BOOL => Some(Dtype::Bool),
        PixelType::U8 => Some(Dtype::U8),
        PixelType::U16 => Some(Dtype::U16),
        PixelType::U32 => Some(Dtype::U32),
        _ => None,
    }
}

fn corrupt(path: &Path, section: &'static str, offset: u64, reason: &'static str) -> ArchiveError {
    ArchiveError::format(path)(FormatError::Corrupt(Corrupt { section, offset, reason }))
}

/// All of a file but its voxels.
struct Parts {
    kind: Kind,
    space: Space,
    masks: Vec<NamedData>,
}

/// A mask as the index has it.
struct NamedData {
    name: String,
    mapping: Mapping,
    data: Section,
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
                (header.space, vec![NamedData { name, mapping, data: header.data }])
            }
            Kind::Archive => {
                let header = ArchiveHeader::parse(&front).map_err(format())?;
                (header.space, masks(source.index(&header)?))
            }
        };
        Ok(Self { kind, space: source.space(space)?, masks })
    }
}

fn masks(index: Index) -> Vec<NamedData> {
    let entries = index.entries.into_iter();
    entries
        .map(|entry| NamedData { data: entry.data(), name: entry.name, mapping: entry.mapping })
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

    /// Looks at the first bytes of each mask's data, which say the type of its voxels. What is wrong with them is an error of
    /// that mask, once it is read.
    fn stored_masks(&self, masks: Vec<NamedData>) -> Result<Vec<StoredMask>> {
        let size = self.size()?;
        let start = |data: &Section| {
            let end = data.offset.saturating_add(data.length.min(DATA_HEADER_BYTES));
            data.offset.min(size)..end.min(size)
        };
        let ranges: Vec<_> = masks.iter().map(|mask| start(&mask.data)).collect();
        let fronts =
            self.storage.read_ranges(&ranges).map_err(ArchiveError::io("read", self.path))?;
        let stored = |(NamedData { name, mapping, data }, front): (_, Cow<'_, [u8]>)| {
            let header = BlobHeader::parse(&front, data.offset).ok();
            let dtype = header.and_then(|header| dtype_of(header.pixel_type));
            let (labels, _) = label_map(&mapping, &[]);
            let entry = Entry::of_version1(&name, dtype, (data.offset, data.length), &labels);
            StoredMask { entry, mapping, data }
        };
        Ok(masks.into_iter().zip(fronts).map(stored).collect())
    }

    /// `length` bytes that are known to be in the file.
    fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>> {
        let length = usize::try_from(length).map_err(|_| std::io::ErrorKind::OutOfMemory.into());
        length
            .and_then(|length| self.storage.read_at(offset, length))
            .map(Cow::into_owned)
            .map_err(ArchiveError::io("read", self.path))
    }
}
