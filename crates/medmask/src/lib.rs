//! Medical segmentation masks: many named masks on one voxel grid, in one small file.
//!
//! This crate joins the others: [`core`] says what masks are, [`archive`] keeps them in `.mska` and `.msk` files, [`nifti`]
//! reads and writes NIfTI. What needs more than one of them is here, for the command and the Python package alike:
//! [`pack`] takes files into an archive, [`extract`] brings entries back to files.
//!
//! Arrays are (z, y, x) in C order; world coordinates are LPS+ in mm.

pub use medmask_archive as archive;
pub use medmask_core as core;
pub use medmask_files as files;
pub use medmask_labels as labels;
pub use medmask_nifti as nifti;

pub use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, Entropy, Entry, EntryOptions, WriterOptions,
};
pub use medmask_core::{
    Bounds, Dtype, Interpolation, LabelMap, LabelStatistics, Mask, Runs, Space, Voxels,
};
pub use medmask_files::{Durability, FileError};

mod codec_choice;
pub mod codec_comparison;
mod content;
mod error;
pub mod extract;
pub mod file_names;
pub mod input;
pub mod pack;
pub mod select;
mod source_geometry;

pub use codec_choice::{CodecChoice, UnknownCodec};
pub use error::{Error, Result};
