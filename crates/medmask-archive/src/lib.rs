#![doc = include_str!("../README.md")]
//!
//! # In detail
//!
//! Medical segmentation masks in one file: many named masks on one voxel grid, each loaded without the others.
//!
//! [`Archive`] reads, [`ArchiveWriter`] writes. The bytes are those of `medmask-format` and its SPEC.md, the masks those of
//! `medmask-core`.

mod any;
mod appender;
mod archive;
mod blob;
mod blob_use;
mod compact;
mod convert;
mod copy;
#[cfg(test)]
mod crash_tests;
mod damage;
mod dense;
mod encode;
mod entry;
mod entry_reader;
mod error;
mod found_documents;
mod from_blob;
mod label_key;
mod layer;
mod layers;
mod newest;
mod one_writer;
mod open;
mod ownership;
mod repair;
mod rows;
mod salvage;
mod scan;
mod slots;
mod snapshot;
mod sparse;
mod storage;
mod types;
mod verify;
pub mod version1;
mod view;
mod writer;

pub use any::AnyArchive;
pub use archive::Archive;
pub use convert::{TargetVersion, convert};
pub use damage::{Damage, Standing};
pub use encode::{EncodedEntry, EntryOptions, Unnamed};
pub use entry::{Entry, Label};
pub use entry_reader::EntryReader;
pub use error::{ArchiveError, Result};
pub use found_documents::IndexFound;
pub use label_key::LabelKey;
pub use layers::Layers;
pub use medmask_files::{Durability, FileError};
pub use medmask_format::FormatError;
pub use medmask_format::codec::{Codec, Entropy};
pub use medmask_format::front::Kind;
pub use open::OpenOptions;
pub use ownership::Ownership;
pub use repair::{Repair, repair};

pub use storage::{FileStorage, ReadAt, WriteAt};
pub use verify::{Problem, Verification, verify, verify_archive, verify_with};
pub use writer::{ArchiveWriter, WriterOptions};
