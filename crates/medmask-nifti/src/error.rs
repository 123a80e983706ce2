//! What can be wrong with a NIfTI file, its use, or an output.

use std::io;
use std::path::{Path, PathBuf};

use medmask_core::{MaskError, MemoryError, SpaceError, SpaceMismatch};
use medmask_files::FileError;

use crate::{Compression, Form};

/// A problem with one file.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", shown(path, problem))]
pub struct NiftiError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

/// The file, for an error's text; nothing where the problem names it.
fn shown(path: &Path, problem: &Problem) -> String {
    match problem {
        Problem::Output(_) => String::new(),
        _ => format!("{}: ", path.display()),
    }
}

impl NiftiError {
    pub(crate) fn at(path: &Path) -> impl Fn(Problem) -> Self + '_ {
        |problem| Self { path: path.to_owned(), problem }
    }
}

/// What is wrong with a file. Fields are named as in the NIfTI-1 and NIfTI-2 header.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system could not read or write.
    #[error("{source}")]
    Io {
        /// The system's error.
        #[from]
        source: io::Error,
    },
    /// The bytes are not a NIfTI file.
    #[error("not a NIfTI file: {reason}")]
    NotNifti {
        /// What was found in its place.
        reason: &'static str,
    },
    /// The voxels of a header/image pair are missing.
    #[error(
        "the header says that the voxels lie in a file of their own (.img or .img.gz); there is none"
    )]
    ImageFileMissing,
    /// The file ends before its last voxel.
    #[error("the file ends too early: {expected} bytes are needed, there are at most {found}")]
    Truncated {
        /// Bytes up to the end of the last voxel.
        expected: u64,
        /// Bytes there are, or that the compressed bytes could hold at most.
        found: u64,
    },
    /// The compressed data is damaged.
    #[error("the {compression} data is damaged: {reason}")]
    Damaged {
        /// How the file is compressed.
        compression: Compression,
        /// What the decompressor found.
        reason: String,
    },
    /// The compressed data goes on far beyond the last voxel.
    #[error("the {compression} data goes on for more than {surplus} bytes after the last voxel")]
    Surplus {
        /// How the file is compressed.
        compression: Compression,
        /// Bytes that were inflated after the last voxel before giving up.
        surplus: u64,
    },
    /// A header field has a value that cannot be used.
    #[error("header field {field} is {value}: {reason}")]
    Field {
        /// The field, as the NIfTI standard names it.
        field: &'static str,
        /// Its value.
        value: String,
        /// Why it cannot be used.
        reason: &'static str,
    },
    /// The voxel type cannot hold labels.
    #[error(
        "header field datatype is {datatype} ({name}): voxels must be integers or real numbers of at most 64 bits"
    )]
    Datatype {
        /// The code.
        datatype: i16,
        /// Its name in the standard.
        name: &'static str,
    },
    /// Nothing says where the voxels lie. [`ReadOptions::assume_affine`](crate::ReadOptions::assume_affine) decides.
    #[error(
        "qform_code and sform_code are both 0, so nothing says where the voxels lie; which affine to assume is not decided"
    )]
    NoOrientation,
    /// The form that was asked for is not there. [`ReadOptions::form`](crate::ReadOptions::form) decides.
    #[error("header field {}_code is {code}, and {form} was asked for", field_prefix(*form))]
    FormNotSet {
        /// The form.
        form: Form,
        /// Its code.
        code: i32,
    },
    /// A field of the form that says where the voxels lie has a value that cannot be used.
    /// [`ReadOptions::form`](crate::ReadOptions::form) takes the other form where both are set.
    #[error("{form} is not usable: header field {field} is {value}: {reason}")]
    FormField {
        /// The form.
        form: Form,
        /// The field, as the NIfTI standard names it.
        field: &'static str,
        /// Its value.
        value: String,
        /// Why it cannot be used.
        reason: &'static str,
    },
    /// The affine is too far from right angles. [`ReadOptions::max_shear_voxels`](crate::ReadOptions::max_shear_voxels)
    /// decides.
    #[error(
        "{form} is sheared: right angles would move a corner by {voxels:.3} voxel, more than the {limit} allowed"
    )]
    Shear {
        /// The form that the affine comes from.
        form: Form,
        /// How far the corner that moves most would, in voxels.
        voxels: f64,
        /// The limit, in voxels.
        limit: f64,
    },
    /// The affine describes no grid. [`ReadOptions::form`](crate::ReadOptions::form) takes the other form where both are set.
    #[error("{form} is not usable: {source}")]
    Geometry {
        /// The form that the affine comes from.
        form: Form,
        /// What is wrong with it.
        source: Box<SpaceError>,
    },
    /// The affine that is to be written, of [`SourceGeometry`](crate::SourceGeometry), describes no grid.
    #[error("the affine to be written is not usable: {source}")]
    SourceAffine {
        /// What is wrong with it.
        source: Box<SpaceError>,
    },
    /// The file holds several volumes. [`ReadOptions::volume`](crate::ReadOptions::volume) decides.
    #[error("the file holds {volumes} volumes (dim {dim}); which one to read is not decided")]
    SeveralVolumes {
        /// How many.
        volumes: u64,
        /// The shape as the header gives it, x first.
        dim: String,
    },
    /// The volume asked for is not there.
    #[error("volume {asked} is not in the file, which holds {volumes} (counted from 0)")]
    NoSuchVolume {
        /// The one asked for.
        asked: usize,
        /// How many there are.
        volumes: u64,
    },
    /// A voxel's value is no label.
    #[error("voxel (x, y, z) = ({}, {}, {}) holds {value}: {problem}", voxel[2], voxel[1], voxel[0])]
    Label {
        /// The first such voxel, (z, y, x).
        voxel: [usize; 3],
        /// Its value after scl_slope and scl_inter.
        value: String,
        /// Why it is no label.
        problem: LabelProblem,
    },
    /// The file asks for more than the caller allows. The options of [`Limit`] decide.
    #[error("{limit} is {asked}, more than the {allowed} allowed")]
    LimitExceeded {
        /// What is limited.
        limit: Limit,
        /// What the file asks for.
        asked: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// Voxels, names and space make no mask.
    #[error("{source}")]
    Mask {
        /// What the mask says.
        source: Box<MaskError>,
    },
    /// The output's name does not say which kind of file to write.
    #[error("an output's name must end in .nii.gz or .nii")]
    OutputName,
    /// The output did not come about: something stands in its place, or the disk refused.
    #[error(transparent)]
    Output(#[from] FileError),
    /// The reference describes another grid than the mask's. [`WriteOptions::tolerance_mm`](crate::WriteOptions::tolerance_mm)
    /// decides.
    #[error("the reference does not fit the mask: {source}")]
    Reference {
        /// Which part differs, and by how much.
        source: Box<SpaceMismatch>,
    },
    /// More memory than there is, or than [`ReadOptions::max_memory`](crate::ReadOptions::max_memory) or
    /// [`WriteOptions::max_memory`](crate::WriteOptions::max_memory) allow.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A number does not fit into the header.
    #[error("{what} {value} does not fit into a NIfTI header")]
    DoesNotFit {
        /// What it is.
        what: &'static str,
        /// Its value.
        value: String,
    },
}

impl From<MaskError> for Problem {
    fn from(source: MaskError) -> Self {
        Self::Mask { source: Box::new(source) }
    }
}

impl From<SpaceMismatch> for Problem {
    fn from(source: SpaceMismatch) -> Self {
        Self::Reference { source: Box::new(source) }
    }
}

/// How the names of a form's fields start.
fn field_prefix(form: Form) -> &'static str {
    match form {
        Form::Sform => "sform",
        Form::Qform | Form::Assumed(_) => "qform",
    }
}

/// What a caller limits, so that a file cannot ask for any amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// Voxels of a volume: [`ReadOptions::max_voxels`](crate::ReadOptions::max_voxels).
    #[error("the number of voxels")]
    Voxels,
    /// Volumes of one file that are read one after the other.
    #[error("the number of volumes")]
    Volumes,
    /// Bytes of a header's extensions: [`ReadOptions::max_extension_bytes`](crate::ReadOptions::max_extension_bytes).
    #[error(
        "the number of bytes before the voxels (vox_offset), and with it of the header's extensions,"
    )]
    ExtensionBytes,
}

/// Why a voxel's value is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelProblem {
    /// Below 0. [`ReadOptions::background`](crate::ReadOptions::background) may say that it is background.
    #[error("labels cannot be negative")]
    Negative,
    /// Further from an integer than [`ReadOptions::label_tolerance`](crate::ReadOptions::label_tolerance), or infinite.
    #[error("labels must be integers")]
    NotIntegral,
    /// Not a number. [`ReadOptions::background`](crate::ReadOptions::background) may say that it is background.
    #[error("labels must be integers, and this is no number")]
    NotANumber,
    /// Above 4,294,967,295.
    #[error("labels can be at most 4294967295")]
    TooLarge,
}
