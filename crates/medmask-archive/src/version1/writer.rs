//! Writing `.msk` and `.mska` files of version 1.0.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use medmask_core::{Mask, Space};
use medmask_files::{Access, Draft, Durability};
use medmask_format::version1::{
    ARCHIVE_HEADER_BYTES, ArchiveHeader, DEFAULT_LEVEL, Index, IndexEntry, MASK_HEADER_BYTES,
    Mapping, MaskHeader, Section, encode,
};

use super::convert::{space_record, with_labels};
use super::reader::Source;
use crate::one_writer::{open_locked, publish, unlock};
use crate::{ArchiveError, Result};

/// Writes one mask as a `.msk` file, which appears whole or not at all and replaces a file of that name.
///
/// # Errors
/// [`ArchiveError::Io`] where the file cannot be written.
pub fn write_mask(path: impl AsRef<Path>, mask: &Mask) -> Result<()> {
    let path = path.as_ref();
    let space = space_record(mask.space()).to_bytes();
    let mapping = mapping(mask).to_bytes();
    let data = voxels(path, mask)?;
    let mut end = MASK_HEADER_BYTES as u64;
    let header = MaskHeader {
        space: next(&mut end, space.len()),
        mapping: next(&mut end, mapping.len()),
        data: next(&mut end, data.len()),
    };
    let mut draft = Draft::beside(path, Access::Usual)?;
    [&header.to_bytes()[..], &space, &mapping, &data]
        .into_iter()
        .try_for_each(|part| draft.file_mut().write_all(part))
        .map_err(ArchiveError::io("write", path))?;
    replace(draft)
}

/// Writes a `.mska` file, or adds masks to one.
///
/// Nothing counts before [`Writer::finish`]: a new file appears then, and one that exists keeps its old header,
/// which knows nothing of what was added.
///
/// ```
/// use medmask_archive::version1::{Reader, Writer};
/// use medmask_core::{Dtype, LabelMap, Mask, Space, Voxels};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// let space = Space::of_shape([4, 5, 6]);
/// let mask = Mask::new(Voxels::zeros(Dtype::U8, space.shape()), LabelMap::new(), space.clone())?;
/// let mut writer = Writer::create(&path, &space)?;
/// writer.add("empty", &mask)?;
/// writer.finish()?;
/// assert_eq!(Reader::open(&path)?.get("empty")?.to_mask()?, mask);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    file: Target,
    path: PathBuf,
    space: Space,
    header: ArchiveHeader,
    index: Index,
    /// Where the next bytes go.
    end: u64,
    tolerance_mm: f64,
}

#[derive(Debug)]
enum Target {
    New(Draft),
    Existing(File),
}

impl Target {
    fn file(&mut self) -> &mut File {
        match self {
            Self::New(draft) => draft.file_mut(),
            Self::Existing(file) => file,
        }
    }
}

impl Writer {
    /// Starts an archive whose masks lie in `space`. It replaces a file of that name when it is finished.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] where no file can be made in that folder.
    pub fn create(path: impl AsRef<Path>, space: &Space) -> Result<Self> {
        let path = path.as_ref();
        let mut draft = Draft::beside(path, Access::Usual)?;
        let json = space_record(space).to_bytes();
        let mut end = ARCHIVE_HEADER_BYTES as u64;
        let space_section = next(&mut end, json.len());
        draft
            .file_mut()
            .write_all(&[0; ARCHIVE_HEADER_BYTES])
            .and_then(|()| draft.file_mut().write_all(&json))
            .map_err(ArchiveError::io("write", path))?;
        let header = ArchiveHeader {
            space: space_section,
            data: Section { offset: end, length: 0 },
            ..ArchiveHeader::default()
        };
        Ok(Self {
            file: Target::New(draft),
            path: path.to_owned(),
            space: space.clone(),
            header,
            index: Index::default(),
            end,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
        })
    }

    /// Goes on with an archive of version 1.0, whoever wrote it. Its bytes stay where they are.
    ///
    /// # Errors
    /// [`ArchiveError::Locked`] where another writer has it; otherwise as [`Reader::open`](super::Reader::open).
    pub fn append(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = open_locked(path)?;
        let source = Source { storage: &file, path };
        let header = ArchiveHeader::parse(&source.front()?).map_err(ArchiveError::format(path))?;
        let (space, index) = (source.space(header.space)?, source.index(&header)?);
        // Beyond the data there can be what a writer left that stopped; the index can lie there too.
        let end = source.size()?;
        let tolerance_mm = Space::DEFAULT_TOLERANCE_MM;
        let path = path.to_owned();
        Ok(Self { file: Target::Existing(file), path, space, header, index, end, tolerance_mm })
    }

    /// How far, in mm, a corner of a mask's space may lie from that of the archive;
    /// [`Space::DEFAULT_TOLERANCE_MM`] otherwise.
    #[must_use]
    pub fn tolerance_mm(mut self, tolerance_mm: f64) -> Self {
        self.tolerance_mm = tolerance_mm;
        self
    }

    /// Adds a mask.
    ///
    /// # Errors
    /// [`ArchiveError::InvalidName`] for an empty name or one with control characters;
    /// [`ArchiveError::EntryExists`]; [`ArchiveError::SpaceMismatch`]; [`ArchiveError::Io`].
    pub fn add(&mut self, name: &str, mask: &Mask) -> Result<()> {
        self.check(name, mask)?;
        let data = voxels(&self.path, mask)?;
        let section = self.append_bytes(&data)?;
        self.index.entries.push(IndexEntry {
            name: name.to_owned(),
            offset: section.offset,
            length: section.length,
            mapping: mapping(mask),
            other: serde_json::Map::new(),
        });
        Ok(())
    }

    fn check(&self, name: &str, mask: &Mask) -> Result<()> {
        if name.is_empty() || name.chars().any(char::is_control) {
            let reason = "it is empty or has control characters";
            return Err(ArchiveError::InvalidName { name: name.to_owned(), reason });
        }
        if self.index.entries.iter().any(|entry| entry.name == name) {
            return Err(ArchiveError::EntryExists { name: name.to_owned() });
        }
        let compared = self.space.compare(mask.space(), self.tolerance_mm);
        compared
            .map(drop)
            .map_err(|source| ArchiveError::SpaceMismatch { name: name.to_owned(), source })
    }

    /// Makes what was added count: the index goes to the end, and when all that is durable, the header is written.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub fn finish(mut self) -> Result<()> {
        let index = self.index.to_bytes();
        self.header.index = self.append_bytes(&index)?;
        // The original puts the next mask at the end of the data, so that the index has to lie within them.
        self.header.data.length = self.end.saturating_sub(self.header.data.offset);
        self.header.mask_count = self.index.entries.len() as u64;
        let header = self.header.to_bytes();
        let file = self.file.file();
        file.sync_data()
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(&header))
            .map_err(ArchiveError::io("write", &self.path))?;
        match self.file {
            Target::New(draft) => replace(draft),
            Target::Existing(file) => {
                let synced = file.sync_data();
                unlock(&file);
                synced.map_err(ArchiveError::io("write", &self.path))
            }
        }
    }

    fn append_bytes(&mut self, bytes: &[u8]) -> Result<Section> {
        let mut end = self.end;
        let section = next(&mut end, bytes.len());
        let file = self.file.file();
        file.seek(SeekFrom::Start(section.offset))
            .and_then(|_| file.write_all(bytes))
            .map_err(ArchiveError::io("write", &self.path))?;
        self.end = end;
        Ok(section)
    }
}

/// The next `length` bytes after `end`, which moves behind them.
fn next(end: &mut u64, length: usize) -> Section {
    let section = Section { offset: *end, length: length as u64 };
    *end += length as u64;
    section
}

fn mapping(mask: &Mask) -> Mapping {
    mask.labels().iter().map(|(name, label)| (name, i64::from(label))).collect()
}

fn voxels(path: &Path, mask: &Mask) -> Result<Vec<u8>> {
    let shape = mask.voxels().shape().map(|axis| axis as u64);
    with_labels(mask.voxels(), |labels| encode(labels, shape, DEFAULT_LEVEL))
        .map_err(ArchiveError::format(path))
}

/// Gives the file its name, in place of what had it.
fn replace(draft: Draft) -> Result<()> {
    draft.file().sync_all().map_err(ArchiveError::io("write", draft.place()))?;
    publish(draft, true, Durability::Full)
}
