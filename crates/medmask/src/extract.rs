//! Entries of an archive back to files.

mod merge;

use std::num::NonZero;
use std::path::{Path, PathBuf};

use medmask_archive::{Archive, ArchiveWriter, EncodedEntry, EntryOptions, ReadAt, WriterOptions};
use medmask_core::{Dtype, Interpolation, LabelMap, Runs, Space, parallel};
use medmask_files::{Durability, Staged};
use medmask_nifti::{Header, SourceGeometry, WriteOptions, write_mask};
use serde_json::{Map, Value};

use crate::file_names::file_names;
use crate::{Error, Result, source_geometry};

pub use merge::{Merged, merge, merged_labels};

/// The formats that entries are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// `.nii.gz`.
    #[default]
    NiftiGz,
    /// `.nii`.
    Nifti,
    /// `.msk` of version 2.
    Msk,
}

impl OutputFormat {
    /// How names of such files end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::NiftiGz => ".nii.gz",
            Self::Nifti => ".nii",
            Self::Msk => ".msk",
        }
    }

    /// The format that the name of `path` asks for.
    ///
    /// # Errors
    /// [`Error::OutputFormat`] where it is that of none.
    pub fn of_path(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let ends = |format: &Self| {
            name.ends_with(format.extension()) && name.len() > format.extension().len()
        };
        let formats = [Self::NiftiGz, Self::Nifti, Self::Msk];
        formats.into_iter().find(ends).ok_or_else(|| Error::OutputFormat { path: path.to_owned() })
    }
}

/// The grid that masks are written on.
#[derive(Clone, Debug, Default)]
pub enum Target {
    /// Each entry's own: the affine and the codes of the file it came from, else the archive's space.
    #[default]
    Own,
    /// The voxels as they are, with the header of a file that lies in the same space.
    Like(Box<Header>),
    /// Brought onto the grid of another file.
    Onto(Box<Header>, Interpolation),
}

/// How entries are extracted.
#[derive(Clone, Debug)]
pub struct ExtractOptions {
    /// The grid and geometry of the outputs.
    pub target: Target,
    /// Deflate level of `.nii.gz`, 1 (fast) to 12 (small).
    pub compression_level: u8,
    /// How far, in mm, the volume's corners may lie from where [`Target::Like`] has them.
    pub tolerance_mm: f64,
    /// Whether existing files are replaced.
    pub overwrite: bool,
    /// When the files must have reached the disk.
    pub durability: Durability,
    /// Threads that decode and write. Each needs memory for up to three dense volumes.
    pub jobs: NonZero<usize>,
}

impl Default for ExtractOptions {
    /// Each entry on its own grid, level 6, nothing replaced, a thread for each core.
    fn default() -> Self {
        Self {
            target: Target::Own,
            compression_level: 6,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            overwrite: false,
            durability: Durability::Full,
            jobs: parallel::available(),
        }
    }
}

/// A mask on its way to a file.
#[derive(Clone, Debug)]
pub struct MaskToWrite {
    /// The name it has as an entry.
    pub name: String,
    /// The voxels, on `space`.
    pub runs: Runs,
    /// The names of its labels.
    pub labels: LabelMap,
    /// The voxel type that `.msk` files keep; `None` for the narrowest.
    pub dtype: Option<Dtype>,
    /// Where the voxels lie.
    pub space: Space,
    /// The affine and codes of the file that it came from.
    pub geometry: Option<SourceGeometry>,
    /// Free metadata, which `.msk` files keep.
    pub metadata: Map<String, Value>,
}

impl MaskToWrite {
    /// Loads the entry `name`. Metadata that cannot be held here ([`ArchiveError::Metadata`]) are left out.
    ///
    /// # Errors
    /// An unknown name, or damage in the entry.
    pub fn load<S: ReadAt>(archive: &Archive<S>, name: &str) -> Result<Self> {
        let entry = archive.entry(name)?;
        let geometry = source_geometry::of_entry(entry);
        let own = |geometry: &SourceGeometry| source_geometry::space_of(geometry, archive.space());
        Ok(Self {
            name: name.to_owned(),
            runs: archive.get(name)?.to_runs()?,
            labels: entry.label_map()?,
            dtype: entry.dtype(),
            space: geometry.as_ref().map_or_else(|| archive.space().clone(), own),
            geometry,
            // Not worth keeping voxels from their user: few programs write such metadata, and few formats have them.
            metadata: entry.metadata().unwrap_or_default(),
        })
    }

    /// Writes the mask to `path`, in the format that its name asks for. The file appears whole or not at all.
    ///
    /// # Errors
    /// A name of no known format, a file that exists, a reference that does not fit, or a disk that is full.
    pub fn write(mut self, path: &Path, options: &ExtractOptions) -> Result<()> {
        let format = OutputFormat::of_path(path)?;
        if let Target::Onto(reference, interpolation) = &options.target {
            let onto = reference.space();
            // The runs lie on the space of the same mask, so the shapes are equal.
            self.runs = self
                .runs
                .resample(&self.space, onto, *interpolation)
                .unwrap_or_else(|_| Runs::empty(onto.shape()));
            self.space = onto.clone();
            self.geometry = Some(SourceGeometry::of(reference));
            self.metadata = source_geometry::to_metadata(reference);
        }
        match format {
            OutputFormat::Msk => self.write_msk(path, options),
            OutputFormat::Nifti | OutputFormat::NiftiGz => self.write_nifti(path, options),
        }
    }

    fn write_nifti(&self, path: &Path, options: &ExtractOptions) -> Result<()> {
        let mut write = WriteOptions::default();
        write.compression_level = options.compression_level;
        write.tolerance_mm = options.tolerance_mm;
        write.overwrite = options.overwrite;
        write.durability = options.durability;
        write.geometry = self.geometry;
        if let Target::Like(reference) = &options.target {
            write.like = Some(reference.clone());
        }
        Ok(write_mask(path, &self.runs, &self.labels, &self.space, &write)?)
    }

    fn write_msk(&self, path: &Path, options: &ExtractOptions) -> Result<()> {
        let writer_options = WriterOptions {
            overwrite: options.overwrite,
            durability: options.durability,
            ..WriterOptions::default()
        };
        let entry_options = EntryOptions {
            dtype: self.dtype,
            metadata: self.metadata.clone(),
            make_names: true,
            ..EntryOptions::default()
        };
        let entry = EncodedEntry::new(&self.name, &self.runs, &self.labels, &entry_options)?;
        let mut writer = ArchiveWriter::create(path, &self.space, writer_options)?;
        writer.add_encoded(entry)?;
        Ok(writer.finish()?)
    }
}

/// Writes the entries `names` into `folder`, which is made where it is not there, each as a file of its name (see
/// [`file_names`](crate::file_names)). Gives the files in the order of `names`. `progress` is called after each.
///
/// All files are written beside their places first, and get their names when all are whole.
///
/// # Errors
/// Names that cannot be file names or collide, files that exist, damage in an entry, or a disk that is full: no file has
/// its name then.
pub fn to_folder<S: ReadAt>(
    archive: &Archive<S>,
    names: &[String],
    folder: &Path,
    format: OutputFormat,
    options: &ExtractOptions,
    mut progress: impl FnMut(&str),
) -> Result<Vec<PathBuf>> {
    let files = file_names(names, format.extension())?;
    let staged = Staged::new(folder, &files, options.overwrite)?;
    // They are synced when all are whole.
    let drafts = ExtractOptions { durability: Durability::Buffered, ..options.clone() };
    let worker = || {
        |(name, file)| {
            let draft = staged.draft_of(file);
            MaskToWrite::load(archive, name)?.write(&draft, &drafts).map(|()| name)
        }
    };
    let take = |name: &str| {
        progress(name);
        Ok(())
    };
    let work = names.iter().map(String::as_str).zip(files.iter().map(String::as_str));
    parallel::for_each_ordered(work, options.jobs, worker, take)?;
    Ok(staged.publish(options.durability)?)
}
