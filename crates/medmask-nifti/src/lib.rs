//! NIfTI files to and from medmask masks, geometry and label names included.
//!
//! Three uses:
//!
//! - [`read_mask`] reads a file as a dense mask, [`read_header`] all but its voxels;
//! - [`Reader`] reads many files with the same buffers, and its [`Volume`] gives runs of labels without a dense copy;
//! - [`write_mask`] writes one.
//!
//! ```
//! use std::path::Path;
//!
//! use medmask_core::{LabelMap, Space, Voxels};
//! use medmask_nifti::{Problem, ReadOptions, Reader, WriteOptions, write_mask};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("lung.nii.gz");
//! let mut voxels = ndarray::Array3::<u8>::zeros([3, 4, 5]);
//! voxels[[2, 1, 0]] = 5;
//! let space = Space::of_shape([3, 4, 5]);
//! write_mask(&path, &Voxels::from(voxels), &LabelMap::new(), &space, &WriteOptions::default())?;
//!
//! let mut reader = Reader::new(ReadOptions::default());
//! let volume = reader.read(&path)?;
//! assert_eq!(volume.runs()?.labels(), [5]);
//! assert_eq!(volume.header().space(), &space);
//!
//! // Text is no NIfTI file, and the error says so.
//! let error = reader.read_bytes(b"not a volume", Path::new("notes.txt")).unwrap_err();
//! assert!(matches!(error.problem, Problem::NotNifti { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Axes
//!
//! NIfTI counts voxels `(x, y, z)` with x fastest and places them in RAS+, in mm or the unit that it names. This crate hands out
//! arrays `(z, y, x)` in C order, which is the same memory, and a [`medmask_core::Space`] in LPS+ and mm. Where numbers are the
//! file's own ([`Affine`]), their documentation says so.
//!
//! # What is not clear
//!
//! What cannot be read without a guess is refused: the [`Problem`] says what is undecided, and its documentation which field of
//! [`ReadOptions`] decides. What was settled by a rule is told by a [`Note`].
//!
//! This crate reads images only as far as their values are measured beneath masks ([`read_image`]), and no label tables in files of their
//! own, which `medmask-labels` reads.

mod budget;
mod compression;
mod error;
mod extension;
mod fields;
pub mod file_names;
mod form;
mod front;
mod geometry;
mod header;
mod image;
mod inflate;
mod label_source;
mod label_table;
mod note;
mod options;
mod quaternion;
mod reader;
mod samples;
mod set_forms;
mod source_geometry;
mod stream;
mod unit;
mod volume;
mod write;
mod write_options;

pub use compression::Compression;
pub use error::{LabelProblem, Limit, NiftiError, Problem};
pub use fields::NiftiVersion;
pub use form::{Affine, Form};
pub use header::Header;
pub use image::ImageFile;
pub use label_source::LabelSource;
pub use medmask_files::{Durability, FileError};
pub use note::Note;
pub use options::{AssumeAffine, FormChoice, ReadOptions, UnknownChoice};
pub use reader::{Reader, read_header, read_image, read_mask};
pub use source_geometry::{Forms, QformFields, SourceGeometry};
pub use unit::LengthUnit;
pub use volume::Volume;
pub use write::write_mask;
pub use write_options::WriteOptions;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
