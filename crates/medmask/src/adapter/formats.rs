//! The formats in use.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use medmask_files::open_input;
use medmask_nifti::ReadOptions;
use serde_json::{Map, Value};

use super::format::{Adapter, Reason, START_BYTES, longest_suffix};
use super::image::ImageFile;
use super::mask::{Placement, Reference};
use super::msk::MskAdapter;
use super::nifti::NiftiAdapter;
use crate::file_names::entry_name;
use crate::{Error, Result};

/// A file to pack.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Input {
    /// The file; of a header and an image file the header.
    pub path: PathBuf,
    /// Its name without what tells its format, and without the escapes that [`extract`](crate::extract_to_folder) writes: the name of the
    /// entry that a file with one mask becomes.
    pub name: String,
    /// Whether the name was given, and is no other's than that of the file's only mask, or the beginning of those of several.
    pub is_named: bool,
    /// What is put before the names of its entries; nothing at first.
    pub prefix: String,
    /// Its format.
    pub adapter: Arc<dyn Adapter>,
}

impl Input {
    /// Bytes of the file and of those that belong to it; 0 where they cannot be asked.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.adapter.file_bytes(&self.path)
    }
}

/// The formats that masks are read from and written to.
///
/// ```
/// use medmask::adapter::{Formats, NiftiAdapter};
/// use medmask::medmask_nifti::{AssumeAffine, ReadOptions};
///
/// let formats = Formats::default();
/// assert_eq!(formats.input("case/sub.01.nii.gz".as_ref())?.unwrap().name, "sub.01");
/// assert!(formats.input("case/notes.txt".as_ref())?.is_none());
/// assert_eq!(formats.output_suffixes().collect::<Vec<_>>(), [".nii.gz", ".nii", ".msk"]);
///
/// // What NIfTI files leave open is decided by the options of their adapter.
/// let mut options = ReadOptions::default();
/// options.assume_affine = Some(AssumeAffine::Nibabel);
/// let formats = formats.with(NiftiAdapter::new(options));
/// # Ok::<(), medmask::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formats {
    adapters: Vec<Arc<dyn Adapter>>,
}

impl Default for Formats {
    /// NIfTI, read with its default options, and medmask's own files.
    fn default() -> Self {
        Self::none().with(NiftiAdapter::new(ReadOptions::default())).with(MskAdapter::default())
    }
}

impl Formats {
    /// No format.
    #[must_use]
    pub fn none() -> Self {
        Self { adapters: Vec::new() }
    }

    /// These formats and `adapter`, in place of the one that has its key, if any.
    #[must_use]
    pub fn with(mut self, adapter: impl Adapter + 'static) -> Self {
        let adapter: Arc<dyn Adapter> = Arc::new(adapter);
        match self.adapters.iter_mut().find(|known| known.key() == adapter.key()) {
            Some(known) => *known = adapter,
            None => self.adapters.push(adapter),
        }
        self
    }

    /// How names of files end that are read, in the order of the formats.
    pub fn input_suffixes(&self) -> impl Iterator<Item = &'static str> {
        self.adapters.iter().flat_map(|adapter| adapter.input_suffixes().iter().copied())
    }

    /// How names of files end that are written, in the order of the formats.
    pub fn output_suffixes(&self) -> impl Iterator<Item = &'static str> {
        self.adapters.iter().flat_map(|adapter| adapter.output_suffixes().iter().copied())
    }

    /// The input that the file `path` is: by the longest ending of its name that a format has, else by its first bytes. `None` where
    /// it is of no format.
    ///
    /// # Errors
    /// [`Error::NameNotUnicode`].
    pub fn input(&self, path: &Path) -> Result<Option<Input>> {
        let by_name = self.adapters.iter().filter_map(|adapter| {
            let suffix = longest_suffix(path, adapter.input_suffixes())?;
            Some((adapter, suffix.len()))
        });
        let found = by_name.max_by_key(|(_, length)| *length).or_else(|| {
            let extension = path.extension().map_or(0, |extension| extension.len() + 1);
            Some((self.by_start(path)?, extension))
        });
        let Some((adapter, suffix)) = found else { return Ok(None) };
        let not_unicode = || Error::NameNotUnicode { path: path.to_owned() };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(not_unicode)?;
        let (name, _) = name.split_at(name.len() - suffix);
        Ok(Some(Input {
            path: adapter.file_to_read(path),
            name: entry_name(name),
            is_named: false,
            prefix: String::new(),
            adapter: Arc::clone(adapter),
        }))
    }

    /// The format that knows the first bytes of the file; none also where it cannot be read.
    fn by_start(&self, path: &Path) -> Option<&Arc<dyn Adapter>> {
        let mut start = Vec::with_capacity(START_BYTES);
        open_input(path).ok()?.take(START_BYTES as u64).read_to_end(&mut start).ok()?;
        self.adapters.iter().find(|adapter| adapter.recognises_start(&start))
    }

    /// The format of the file `path`, which is to be written: that with the longest ending that the name has.
    ///
    /// # Errors
    /// [`Error::OutputFormat`] where it is that of none.
    pub fn output(&self, path: &Path) -> Result<&dyn Adapter> {
        let by_name = self.adapters.iter().filter_map(|adapter| {
            let suffix = longest_suffix(path, adapter.output_suffixes())?;
            Some((adapter, suffix.len()))
        });
        let found = by_name.max_by_key(|(_, length)| *length);
        found.map(|(adapter, _)| &**adapter).ok_or_else(|| Error::OutputFormat {
            path: path.to_owned(),
            known: listed(self.output_suffixes()),
        })
    }

    /// The format that writes files whose names end in `suffix`, with its dot.
    ///
    /// # Errors
    /// [`Error::UnknownSuffix`] where there is none.
    pub fn output_of_suffix(&self, suffix: &str) -> Result<&dyn Adapter> {
        let found = self.adapters.iter().find(|known| known.output_suffixes().contains(&suffix));
        found.map(|adapter| &**adapter).ok_or_else(|| Error::UnknownSuffix {
            suffix: suffix.to_owned(),
            known: listed(self.output_suffixes()),
        })
    }

    /// Reads where the voxels of the file `path` lie, and its header.
    ///
    /// # Errors
    /// [`Error::NotAMaskFile`] where it is of no format, and a file that cannot be read.
    pub fn read_reference(&self, path: &Path) -> Result<Reference> {
        let input = self.input(path)?.ok_or_else(|| self.not_a_mask_file(path))?;
        input.adapter.read_reference(&input.path)
    }

    /// Reads the image in the file `path`, by the format that its name or its first bytes tell.
    ///
    /// # Errors
    /// [`Error::NotAnImage`] where it is of no format that holds images, and a file that cannot be read.
    pub fn read_image(&self, path: &Path) -> Result<ImageFile> {
        let not_an_image = || Error::NotAnImage { path: path.to_owned() };
        let input = self.input(path)?.ok_or_else(not_an_image)?;
        input.adapter.read_image(&input.path)?.ok_or_else(not_an_image)
    }

    /// Where a volume of `shape` (z, y, x) lies by the `metadata` of its entry; `None` where they say nothing of it.
    ///
    /// # Errors
    /// What they say cannot be used.
    pub fn placement(
        &self,
        metadata: &Map<String, Value>,
        shape: [usize; 3],
    ) -> Result<Option<Placement>, Reason> {
        for adapter in &self.adapters {
            if let Some(kept) = metadata.get(adapter.key())
                && let Some(placement) = adapter.placement(kept, shape)?
            {
                return Ok(Some(placement));
            }
        }
        Ok(None)
    }

    /// Of `metadata` what one of the formats keeps there for itself.
    pub(crate) fn kept_by_formats(&self, mut metadata: Map<String, Value>) -> Map<String, Value> {
        metadata.retain(|key, _| self.keeps(key));
        metadata
    }

    /// Whether one of the formats keeps something under `key` of metadata.
    pub(crate) fn keeps(&self, key: &str) -> bool {
        self.adapters.iter().any(|adapter| adapter.key() == key)
    }

    pub(crate) fn not_a_mask_file(&self, path: &Path) -> Error {
        Error::NotAMaskFile { path: path.to_owned(), known: listed(self.input_suffixes()) }
    }

    pub(crate) fn empty_folder(&self, path: &Path, recursive: bool) -> Error {
        let taken = self.adapters.iter().flat_map(|adapter| {
            let taken = |suffix: &str| adapter.taken_from_folders(format!("x{suffix}").as_ref());
            adapter.input_suffixes().iter().copied().filter(move |suffix| taken(suffix))
        });
        Error::EmptyFolder { path: path.to_owned(), known: listed(taken), recursive }
    }
}

/// `.nii, .nii.gz or .msk`.
fn listed(suffixes: impl Iterator<Item = &'static str>) -> String {
    let suffixes: Vec<&str> = suffixes.collect();
    match &suffixes[..] {
        [] => "nothing that is known".to_owned(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
