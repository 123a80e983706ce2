//! What adapters read and write.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use medmask_archive::{Archive, ArchiveError, Codec, EncodedEntry, Entry};
use medmask_core::{Dtype, LabelMap, Runs, Space};
use medmask_files::Durability;
use serde_json::{Map, Value};

/// Where voxels lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Axes (z, y, x) at right angles, world LPS+, mm.
    pub space: Space,
    /// The affine as the file has it, which the space may have made right-angled: voxel (x, y, z) to world RAS+, mm.
    pub affine: [[f64; 4]; 4],
}

impl Placement {
    /// The space, and the affine that says the same.
    #[must_use]
    pub fn of(space: Space) -> Self {
        Self { affine: space.to_nifti_affine(), space }
    }
}

/// What a file holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MaskFile {
    /// Where the file as a whole places its voxels. Where it is the first to be packed, the archive lies there.
    pub placement: Placement,
    /// Its masks, all of one shape.
    pub masks: Vec<FileMask>,
    /// Free metadata of the file as a whole.
    pub metadata: Map<String, Value>,
    /// What is worth knowing of the file.
    pub notes: Vec<String>,
}

impl MaskFile {
    /// A file of `masks` that has no more to say.
    #[must_use]
    pub fn new(placement: Placement, masks: Vec<FileMask>) -> Self {
        Self { placement, masks, metadata: Map::new(), notes: Vec::new() }
    }
}

/// A mask of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileMask {
    /// The name of the entry that it becomes.
    pub name: String,
    /// Where its voxels lie.
    pub placement: Placement,
    /// Its voxels, and what belongs to them.
    pub content: MaskContent,
}

impl FileMask {
    /// A mask of that name.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        placement: Placement,
        content: impl Into<MaskContent>,
    ) -> Self {
        Self { name: name.into(), placement, content: content.into() }
    }
}

/// The voxels of a mask, and what belongs to them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MaskContent {
    /// Read and decoded.
    Decoded(Box<DecodedMask>),
    /// An entry of a medmask file, not yet read, which can move as it is stored.
    Stored(StoredEntry),
}

impl From<DecodedMask> for MaskContent {
    fn from(mask: DecodedMask) -> Self {
        Self::Decoded(Box::new(mask))
    }
}

/// Voxels with their names.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecodedMask {
    /// The voxels, (z, y, x).
    pub runs: Runs,
    /// The names of their labels, as far as the file has any.
    pub labels: LabelMap,
    /// Whether the file says that its voxels are labels. Those of other files may be an image, where there are very many without names.
    pub holds_labels: bool,
    /// The voxel type; `None` for the narrowest that holds the labels.
    pub dtype: Option<Dtype>,
    /// What is kept with the entry: free metadata, and what only its own format understands, under the [key](super::Adapter::key) of that.
    pub metadata: Map<String, Value>,
}

impl DecodedMask {
    /// Voxels that are labels for sure, with names, of the narrowest type.
    #[must_use]
    pub fn new(runs: Runs, labels: LabelMap) -> Self {
        Self { runs, labels, holds_labels: true, dtype: None, metadata: Map::new() }
    }
}

/// An entry of an open medmask file of version 2.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    archive: Arc<Archive>,
    name: String,
}

impl StoredEntry {
    pub(crate) fn new(archive: Arc<Archive>, name: &str) -> Self {
        Self { archive, name: name.to_owned() }
    }

    /// The entry as it is stored, or in `codec` where one is given.
    ///
    /// # Errors
    /// Damage in the entry, or a codec that is not built in.
    pub fn encoded(&self, codec: Option<Codec>) -> Result<EncodedEntry, ArchiveError> {
        match codec {
            Some(codec) => self.archive.recoded(&self.name, codec),
            None => self.archive.encoded(&self.name),
        }
    }

    /// Its free metadata.
    ///
    /// # Errors
    /// [`ArchiveError::Metadata`] where other software stored what cannot be held here.
    pub fn metadata(&self) -> Result<Map<String, Value>, ArchiveError> {
        self.archive.entry(&self.name)?.metadata()
    }

    /// What the index says of it.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.archive.entry(&self.name).ok()
    }

    /// Its voxels and names, without its metadata.
    ///
    /// # Errors
    /// Damage in the entry.
    pub fn decoded(&self) -> Result<DecodedMask, ArchiveError> {
        let entry = self.archive.entry(&self.name)?;
        let runs = self.archive.get(&self.name)?.to_runs()?;
        Ok(DecodedMask { dtype: entry.dtype(), ..DecodedMask::new(runs, entry.label_map()?) })
    }
}

/// A file that says where masks are to lie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reference {
    /// The file.
    pub path: PathBuf,
    /// The [key](super::Adapter::key) of its format.
    pub format: &'static str,
    /// Where its voxels lie.
    pub placement: Placement,
    /// What masks that are brought onto its grid get as metadata: what only its format understands, under the key of that.
    pub metadata: Map<String, Value>,
    /// Its header, which files of the same format can take over; of a type that the adapter alone knows.
    pub header: Option<Arc<dyn Any + Send + Sync>>,
}

impl Reference {
    /// A file that says no more than where its voxels lie.
    #[must_use]
    pub fn new(path: &Path, format: &'static str, placement: Placement) -> Self {
        Self { path: path.to_owned(), format, placement, metadata: Map::new(), header: None }
    }
}

/// A mask on its way to a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MaskToWrite {
    /// The name that it has as an entry.
    pub name: String,
    /// The voxels, on `space`.
    pub runs: Runs,
    /// The names of its labels.
    pub labels: LabelMap,
    /// The voxel type, for formats that keep it; `None` for the narrowest.
    pub dtype: Option<Dtype>,
    /// Where the voxels lie.
    pub space: Space,
    /// Free metadata, and what only the format of its source understands, under the [key](super::Adapter::key) of that.
    pub metadata: Map<String, Value>,
}

impl MaskToWrite {
    /// A mask without metadata, of the narrowest type.
    #[must_use]
    pub fn new(name: impl Into<String>, runs: Runs, labels: LabelMap, space: Space) -> Self {
        Self { name: name.into(), runs, labels, dtype: None, space, metadata: Map::new() }
    }
}

/// How a file is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileOptions {
    /// Whether an existing file is replaced.
    pub overwrite: bool,
    /// When the bytes must have reached the disk.
    pub durability: Durability,
    /// How hard to compress, from 1 (fast) to 12 (small), for formats that leave a choice. 6 by default.
    pub compression_level: u8,
    /// A file of the same format whose header is taken over.
    pub like: Option<Reference>,
    /// How far, in mm, the volume's corners may lie from where `like` has them.
    pub tolerance_mm: f64,
    /// Most bytes that the writing of one file may hold at once; `None` for as many as the machine gives.
    pub max_memory: Option<u64>,
}

impl Default for FileOptions {
    /// No file is replaced, full durability, level 6, a header of its own.
    fn default() -> Self {
        let tolerance_mm = Space::DEFAULT_TOLERANCE_MM;
        let durability = Durability::Full;
        let (overwrite, like, max_memory) = (false, None, None);
        Self { overwrite, durability, compression_level: 6, like, tolerance_mm, max_memory }
    }
}
