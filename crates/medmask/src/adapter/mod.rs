//! File formats: one trait, [`Adapter`], and one file for each format.
//!
//! [`Formats`] is the list of formats that [`pack`](crate::pack()), [`extract`](crate::extract()) and the command work with. By
//! default these are NIfTI ([`NiftiAdapter`]) and medmask's own files ([`MskAdapter`]).
//!
//! To add a format, write a type that implements [`Adapter`], and add it with [`Formats::with`]. Nothing else needs to know of it. The
//! tests of this crate have a complete example, `tests/toy/mod.rs`: a format of several masks in one file.

mod format;
mod formats;
mod image;
mod mask;
mod msk;
mod nifti;
mod nifti_geometry;

pub(crate) use format::longest_suffix;
pub use format::{Adapter, EntryWriter, Reason, START_BYTES};
pub use formats::{Formats, Input};
pub use image::{ImageData, ImageFile};
pub use mask::{
    DecodedMask, FileMask, FileOptions, MaskContent, MaskFile, MaskToWrite, Placement, Reference,
    StoredEntry,
};
pub use msk::MskAdapter;
pub use nifti::NiftiAdapter;
