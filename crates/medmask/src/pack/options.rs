//! What a caller decides about packing, and what he is told.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use medmask_archive::{Codec, Layers};
use medmask_core::{LabelMap, Space, parallel};
use serde_json::{Map, Value};

use crate::Error;
use crate::adapter::Formats;

/// How files are packed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PackOptions {
    /// How voxels are coded. `None`: entries that come from medmask files stay as they are, byte for byte, and others get the default.
    pub codec: Option<Codec>,
    /// Whether entries of a new archive that do not overlap are stored as labels of one volume. [`Layers::Auto`] leaves all apart where
    /// medmask files are among the inputs and no codec is chosen.
    pub layers: Layers,
    /// How far, in mm, a corner of an input's volume may lie from where the archive's space has it.
    pub tolerance_mm: f64,
    /// Threads that read and encode. Each needs memory for up to three dense volumes.
    pub jobs: NonZero<usize>,
    /// Names for the labels of files that do not name them.
    pub labels: LabelMap,
    /// Most labels of one mask that nobody names and that are called `label_7`; a file that says that it holds labels may have more.
    pub max_made_names: usize,
    /// Free metadata of a new archive.
    pub metadata: Map<String, Value>,
    /// Leaves out the inputs that cannot be packed, instead of packing nothing.
    pub skip_bad: bool,
    /// The file in whose space all inputs must lie. `None`: the space that most inputs share, of several the one that comes first.
    pub space_of: Option<PathBuf>,
    /// Whether an entry that is added takes the place of one that has its name.
    pub replace: bool,
    /// Whether a file at the output is replaced.
    pub overwrite: bool,
    /// Set from the progress callback or from another thread, ends the work with [`Error::Stopped`] after the inputs at hand.
    pub stop: Arc<AtomicBool>,
    /// The formats in use.
    pub formats: Formats,
}

impl Default for PackOptions {
    /// No choice of codec, layers where they pay, the default tolerance, a thread for each core, nothing skipped and nothing replaced.
    fn default() -> Self {
        Self {
            codec: None,
            layers: Layers::Auto,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            jobs: parallel::available(),
            labels: LabelMap::new(),
            max_made_names: 1000,
            metadata: Map::new(),
            skip_bad: false,
            space_of: None,
            replace: false,
            overwrite: false,
            stop: Arc::default(),
            formats: Formats::default(),
        }
    }
}

/// What was packed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PackReport {
    /// Entries that were written.
    pub entries: usize,
    /// Those of them that have labelled voxels.
    pub non_empty: usize,
    /// Bytes of the files that were packed.
    pub input_bytes: u64,
    /// Bytes of the archive, with what it held before.
    pub archive_bytes: u64,
    /// The file that the archive's space is from.
    pub space_of: PathBuf,
    /// The entries that were planned; none where they were written.
    pub planned: Vec<PlannedEntry>,
    /// How many different affines the masks came with, all within the tolerance of the archive's.
    pub geometries: usize,
    /// How far, in mm, the corner of a mask that lies farthest is from where the archive has it.
    pub largest_distance_mm: f64,
    /// What is worth knowing of inputs that were packed: file and remark.
    pub notes: Vec<(PathBuf, String)>,
    /// Inputs that were left out, and why.
    pub skipped: Vec<(PathBuf, Error)>,
}

/// An entry that would be written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedEntry {
    /// Its name.
    pub name: String,
    /// The file that it is from.
    pub path: PathBuf,
    /// Its labels: name, number, and how many voxels hold it; `None` where the index is not to say so of many small ones.
    pub labels: Vec<(String, u32, Option<u64>)>,
}
