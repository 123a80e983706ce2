//! Medical segmentation masks in one file: many named masks on one voxel grid, each loaded without the others.
//!
//! [`Archive`] reads, [`ArchiveWriter`] writes. The bytes are those of `medmask-format` and its SPEC.md, the masks those of
//! `medmask-core`.

mod any;
mod archive;
mod blob_use;
mod commit;
mod compact;
mod convert;
#[cfg(test)]
mod crash_tests;
mod encode;
mod entry;
mod error;
mod load;
mod repair;
mod snapshot;
mod storage;
mod types;
mod verify;
pub mod version1;
mod whole_file;
mod writer;

pub use any::AnyArchive;
pub use archive::Archive;
pub use convert::{TargetVersion, convert};
pub use encode::{EncodedEntry, EntryOptions};
pub use entry::{Entry, Label};
pub use error::{ArchiveError, Result};
pub use medmask_format::FormatError;
pub use medmask_format::codec::{Codec, Entropy};
pub use medmask_format::front::Kind;
pub use repair::{Repair, repair};
pub use storage::{ReadAt, WriteAt};
pub use verify::{Problem, Verification, verify, verify_archive};
pub use writer::{ArchiveWriter, Durability, WriterOptions};
