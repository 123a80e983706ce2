//! What can be wrong with a NIfTI file, its use, or an output.

use std::io;
use std::path::{Path, PathBuf};

use medmask_core::{MaskError, SpaceError, SpaceMismatch};
use medmask_files::FileError;

use crate::Form;

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
    /// The gzip stream is damaged.
    #[error("the gzip data is damaged: {reason}")]
    Gzip {
        /// What the decompressor found.
        reason: String,
    },
    /// The gzip stream goes on far beyond the last voxel.
    #[error("the gzip data goes on for more than {surplus} bytes after the last voxel")]
    Surplus {
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
        /// Why it cannot be used, and what decides otherwise.
        reason: &'static str,
    },
    /// The voxel type cannot hold labels.
    #[error(
        "header field datatype is {datatype} ({name}): labels must be integers or real numbers of at most 64 bits"
    )]
    Datatype {
        /// The code.
        datatype: i16,
        /// Its name in the standard.
        name: &'static str,
    },
    /// Nothing says where the voxels lie.
    #[error(
        "qform_code and sform_code are both 0, so nothing says where the voxels lie; \
         choose with --assume-affine pixdim, nibabel or simpleitk"
    )]
    NoOrientation,
    /// The affine is too far from right angles.
    #[error(
        "{form} is sheared: right angles would move a corner by {voxels:.3} voxel; \
         --max-shear-voxels allows more than {limit}"
    )]
    Shear {
        /// The form that the affine comes from.
        form: Form,
        /// How far the corner that moves most would, in voxels.
        voxels: f64,
        /// The limit, in voxels.
        limit: f64,
    },
    /// The affine describes no grid.
    #[error("{form} is not usable: {source}; --form takes the other one where both are set")]
    Geometry {
        /// The form that the affine comes from.
        form: Form,
        /// What is wrong with it.
        source: SpaceError,
    },
    /// The file holds several volumes.
    #[error("the file holds {volumes} volumes (dim {dim}); choose one with --volume 0 to --volume {last}", last = volumes - 1)]
    SeveralVolumes {
        /// How many.
        volumes: u64,
        /// The shape as the header gives it, x first.
        dim: String,
    },
    /// The volume asked for is not there.
    #[error("--volume {asked} is not in the file, which holds {volumes} (counted from 0)")]
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
    /// The file asks for more than the caller allows.
    #[error("{what} is {asked}, more than the limit of {limit} ({option})")]
    LimitExceeded {
        /// What is limited.
        what: &'static str,
        /// What the file asks for.
        asked: u64,
        /// The limit.
        limit: u64,
        /// The option that sets the limit.
        option: &'static str,
    },
    /// Voxels, names and space make no mask.
    #[error("{source}")]
    Mask {
        /// What the mask says.
        #[from]
        source: MaskError,
    },
    /// The output's name does not say which kind of file to write.
    #[error("an output's name must end in .nii.gz or .nii")]
    OutputName,
    /// The output did not come about: something stands in its place, or the disk refused.
    #[error(transparent)]
    Output(#[from] FileError),
    /// The reference describes another grid than the mask's.
    #[error("the reference does not fit the mask: {source}")]
    Reference {
        /// Which part differs, and by how much.
        #[from]
        source: SpaceMismatch,
    },
    /// The voxels to write do not fit into memory.
    #[error("{voxels} voxels do not fit into memory")]
    TooLargeForMemory {
        /// Voxels of the volume.
        voxels: u64,
    },
    /// A number does not fit into the header.
    #[error("{what} {value} does not fit into a NIfTI header")]
    DoesNotFit {
        /// What it is.
        what: &'static str,
        /// Its value.
        value: String,
    },
}

/// Why a voxel's value is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelProblem {
    /// Below 0.
    #[error("labels cannot be negative")]
    Negative,
    /// Further than 0.001 from an integer, or not a number.
    #[error("labels must be integers (0.001 off is allowed)")]
    NotIntegral,
    /// Above 4,294,967,295.
    #[error("labels can be at most 4294967295")]
    TooLarge,
}
