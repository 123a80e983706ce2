//! NIfTI files to and from medmask masks, geometry and label names included.
//!
//! [`Reader`] reads label volumes, [`write_mask`] writes them. What cannot be read without a guess is refused,
//! with the header field, its value and the option that decides.
//!
//! NIfTI counts voxels `(x, y, z)` with x fastest and places them in RAS+; this crate hands out arrays
//! `(z, y, x)` in C order, which is the same memory, and a [`medmask_core::Space`] in LPS+.
//!
//! ```
//! use medmask_core::{LabelMap, Space, Voxels};
//! use medmask_nifti::{ReadOptions, WriteOptions, read_mask, write_mask};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("liver.nii.gz");
//! let mut voxels = ndarray::Array3::<u8>::zeros([3, 4, 5]);
//! voxels[[2, 1, 0]] = 5;
//! let mut labels = LabelMap::new();
//! labels.insert("liver", 5)?;
//! let space = Space::of_shape([3, 4, 5]);
//! write_mask(&path, &Voxels::from(voxels), &labels, &space, &WriteOptions::default())?;
//!
//! let (mask, header) = read_mask(&path, &ReadOptions::default())?;
//! assert_eq!(mask.voxels().get([2, 1, 0]), Some(5));
//! assert_eq!(mask.labels().get("liver"), Some(5));
//! assert_eq!(header.space(), &space);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod extension;
mod fields;
mod front;
mod geometry;
mod gzip;
mod header;
mod label_table;
mod options;
mod quaternion;
mod reader;
mod samples;
mod volume;
mod write;

pub use error::{LabelProblem, NiftiError, Problem};
pub use fields::NiftiVersion;
pub use geometry::{Affine, Form};
pub use header::{Header, Note};
pub use medmask_files::{Durability, FileError};
pub use options::{AssumeAffine, FormChoice, ReadOptions, UnknownChoice};
pub use reader::{Reader, read_header, read_mask};
pub use volume::Volume;
pub use write::{LabelSource, SourceGeometry, WriteOptions, write_mask};
