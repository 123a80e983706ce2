//! Every codec on the caller's own masks: size against speed.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use medmask_archive::{
    Archive, ArchiveWriter, Durability, EncodedEntry, EntryOptions, Unnamed, WriterOptions,
};
use medmask_core::{Bounds, Dtype, LabelMap, Runs, Space};

use crate::adapter::{DecodedMask, Formats, MaskContent};
use crate::input::{self, Collected, LeftOut, Names};
use crate::{CodecChoice, Error, Result};

/// The codecs that are compared where the caller names none.
pub const CODECS: [&str; 10] = [
    "raw",
    "lz4",
    "zstd:3",
    "zstd:9",
    "zstd:19",
    "runs",
    "runs:lz4",
    "runs:none",
    "transitions",
    "context",
];

/// Masks of one shape, in memory.
#[derive(Debug)]
pub struct Masks {
    space: Space,
    masks: Vec<Mask>,
    nifti_bytes: Option<u64>,
    left_out: Vec<(PathBuf, LeftOut)>,
    max_memory: Option<u64>,
}

#[derive(Debug)]
struct Mask {
    name: String,
    runs: Runs,
    labels: LabelMap,
    dtype: Dtype,
}

/// What one codec needs for all masks.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Measurement {
    /// The codec.
    pub codec: CodecChoice,
    /// Bytes of an archive of all masks, index included.
    pub bytes: u64,
    /// To encode all masks from their runs.
    pub encode: Duration,
    /// To load all masks from an open archive into dense arrays.
    pub decode: Duration,
    /// To load one slice of a mask that is not empty; the median of masks and of slices, each repeat having another.
    pub slice: Duration,
    /// To load a mask that is not empty into a dense array; the median mask.
    pub mask: Duration,
}

impl Masks {
    /// Reads the masks of files, folders and archives.
    ///
    /// # Errors
    /// As [`input::collect`] and reading the files, masks that differ in shape, and two of one name.
    pub fn read(paths: &[PathBuf], formats: &Formats) -> Result<Self> {
        let Collected { inputs, left_out } = input::collect(paths, formats)?;
        let mut masks = Self {
            space: Space::of_shape([1; 3]),
            masks: Vec::new(),
            nifti_bytes: Some(0),
            left_out,
            max_memory: None,
        };
        let mut names = Names::default();
        for input in inputs {
            let compressed = input.path.to_string_lossy().to_ascii_lowercase().ends_with(".nii.gz");
            let bytes = masks.nifti_bytes.filter(|_| compressed);
            masks.nifti_bytes = bytes.map(|bytes| bytes + input.file_bytes());
            for mask in input.adapter.read(&input.path, &input.name)?.masks {
                masks.check_shape(&input.path, &mask.placement.space)?;
                names.take(&mask.name, &input.path)?;
                let decoded = match mask.content {
                    MaskContent::Decoded(decoded) => *decoded,
                    MaskContent::Stored(entry) => entry.decoded()?,
                };
                let DecodedMask { runs, labels, dtype, .. } = decoded;
                let dtype = dtype.unwrap_or_else(|| Dtype::for_label(runs.max_label()));
                masks.masks.push(Mask { name: mask.name, runs, labels, dtype });
            }
        }
        Ok(masks)
    }

    fn check_shape(&mut self, path: &Path, space: &Space) -> Result<()> {
        if self.masks.is_empty() {
            self.space = space.clone();
        }
        let (first, second) = (self.space.shape(), space.shape());
        if first == second {
            return Ok(());
        }
        Err(Error::ShapesDiffer { path: path.to_owned(), shape: second, first })
    }

    /// What lies in the folders and is left out, as [`Collected::left_out`].
    #[must_use]
    pub fn left_out(&self) -> &[(PathBuf, LeftOut)] {
        &self.left_out
    }

    /// Sets how many bytes the loading of one mask may hold at once; `None`, as at first, for as many as the machine gives.
    pub fn set_max_memory(&mut self, bytes: Option<u64>) {
        self.max_memory = bytes;
    }

    /// How many masks there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.masks.len()
    }

    /// How many of them have labelled voxels.
    #[must_use]
    pub fn non_empty(&self) -> usize {
        self.filled().count()
    }

    /// Voxels of all masks, background included.
    #[must_use]
    pub fn voxels(&self) -> u64 {
        self.masks.len() as u64
            * self.space.shape().iter().map(|axis| *axis as u64).product::<u64>()
    }

    /// Bytes of all masks as dense arrays; a voxel of `bool` takes one.
    #[must_use]
    pub fn dense_bytes(&self) -> u64 {
        let voxels = self.voxels() / (self.masks.len() as u64).max(1);
        self.masks.iter().map(|mask| voxels * u64::from(mask.dtype.bits().div_ceil(8))).sum()
    }

    /// Bytes of the `.nii.gz` files that the masks came from; `None` where any came from another file.
    #[must_use]
    pub fn nifti_bytes(&self) -> Option<u64> {
        self.nifti_bytes
    }

    fn filled(&self) -> impl Iterator<Item = &Mask> {
        self.masks.iter().filter(|mask| !mask.runs.is_empty())
    }

    /// Measures one codec `repeats` times, on one thread, and gives the medians. Every mask and slice that is loaded is compared with its
    /// source. `progress` is called after each repeat.
    ///
    /// # Errors
    /// A codec that is not built in, a folder for temporary files that is full, and [`Error::NotLossless`].
    pub fn measure(
        &self,
        codec: CodecChoice,
        repeats: usize,
        mut progress: impl FnMut(),
    ) -> Result<Measurement> {
        let folder = tempfile::tempdir().map_err(Error::io("create", std::env::temp_dir()))?;
        let path = folder.path().join("masks.mska");
        let (mut encode, mut decode) = (Vec::new(), Vec::new());
        let (mut slices, mut masks) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        let repeats = repeats.max(1);
        for repeat in 0..repeats {
            encode.push(self.write(&path, codec)?);
            let mut archive = Archive::open(&path)?;
            archive.set_threads(NonZero::<usize>::MIN);
            archive.set_max_memory(self.max_memory);
            bytes = archive.file_bytes();
            let mut total = Duration::ZERO;
            for mask in &self.masks {
                let took = load(&archive, mask, codec)?;
                total += took;
                if let Some(bounds) = mask.runs.bounds() {
                    masks.push(took);
                    // What a slice takes depends on where it lies in its chunk: the middle one may be the first of one.
                    let z = bounds.start[0] + (2 * repeat + 1) * bounds.shape()[0] / (2 * repeats);
                    slices.push(load_slice(&archive, mask, z, codec)?);
                }
            }
            decode.push(total);
            progress();
        }
        let [encode, decode, slice, mask] = [encode, decode, slices, masks].map(median);
        Ok(Measurement { codec, bytes, encode, decode, slice, mask })
    }

    /// Writes all masks to an archive; the time is that of encoding alone.
    fn write(&self, path: &Path, codec: CodecChoice) -> Result<Duration> {
        let options = WriterOptions::new().durability(Durability::Buffered).overwrite(true);
        let mut writer = ArchiveWriter::create(path, &self.space, options)?;
        let mut total = Duration::ZERO;
        for mask in &self.masks {
            let options =
                EntryOptions::new().codec(codec.0).dtype(Some(mask.dtype)).unnamed(Unnamed::Named);
            let start = Instant::now();
            let entry = EncodedEntry::new(&mask.name, &mask.runs, &mask.labels, &options)?;
            total += start.elapsed();
            writer.add_encoded(entry)?;
        }
        writer.finish()?;
        Ok(total)
    }
}

fn load(archive: &Archive, mask: &Mask, codec: CodecChoice) -> Result<Duration> {
    let start = Instant::now();
    let loaded = archive.get(&mask.name)?.to_mask()?;
    let took = start.elapsed();
    check(loaded.to_runs() == mask.runs, mask, codec)?;
    Ok(took)
}

fn load_slice(archive: &Archive, mask: &Mask, z: usize, codec: CodecChoice) -> Result<Duration> {
    let [_, height, width] = mask.runs.shape();
    let slice = Bounds { start: [z, 0, 0], end: [z + 1, height, width] };
    let start = Instant::now();
    let loaded = archive.get(&mask.name)?.region(slice)?.to_voxels()?;
    let took = start.elapsed();
    check(Runs::from_voxels(&loaded) == mask.runs.crop(slice), mask, codec)?;
    Ok(took)
}

fn check(same: bool, mask: &Mask, codec: CodecChoice) -> Result<()> {
    let different = || Error::NotLossless { name: mask.name.clone(), codec: codec.to_string() };
    same.then_some(()).ok_or_else(different)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
