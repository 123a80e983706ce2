//! Output files that appear whole or not at all.
//!
//! Three uses:
//!
//! - [`write_whole`]: bytes that are in memory become a file;
//! - [`Draft`]: a file that is written piece by piece, and gets its name when it is complete;
//! - [`Staged`]: several files that get their names when all of them are complete.
//!
//! ```
//! use std::io::Write;
//!
//! use medmask_files::{Access, Draft, Durability};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("report.csv");
//! let mut draft = Draft::beside(&path, Access::Usual)?;
//! writeln!(draft.file_mut(), "name,voxels")?;
//! assert!(!path.exists());
//! draft.publish(false, Durability::Full)?;
//! assert_eq!(std::fs::read_to_string(&path)?, "name,voxels\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rules
//!
//! - **Place.** A draft lies in the folder of its file, since a rename does not cross file systems. Its name starts with
//!   `.medmask-`. It is deleted when it is dropped without having been published.
//! - **Signals.** This crate handles none. A program that does calls [`abandon_drafts`] before it ends.
//! - **What a killed process leaves.** The next process of the same user on the same machine that makes a draft in that folder
//!   removes it. A lock of the operating system says that a draft is in use, never its age. Drafts that other machines have
//!   left, or this one before it was started anew, or that lie where locks do not work, stay.
//! - **Replacing.** Without `overwrite` whatever has the name is kept, and the error is [`FileError::Exists`], also where it
//!   has appeared while the draft was written.
//! - **Together.** The files of one [`Staged`] get their names all or none: an error in between takes back those that have
//!   theirs, and brings back what they replaced. A process that is killed in between, or a machine that crashes, leaves some
//!   with new files; each place has its old file or its new one.
//! - **What is no file stays.** A folder, a device, a pipe, a socket, and a link that leads to one, are refused with
//!   [`FileError::NotAFile`] whatever `overwrite` says. A link that leads to a file, or nowhere, is itself replaced.
//! - **Permissions.** With [`Access::Usual`] a file gets those of any new file (the umask decides), with
//!   [`Access::Private`] its owner alone may read it. Those of a file that is replaced are not taken over.
//! - **Durability.** With [`Durability::Full`] the bytes are on the disk before the file gets its name, and the name is on
//!   the disk when the function returns. With [`Durability::Buffered`] nothing waits for the disk, but for one case: bytes
//!   that take the place of an existing file are on the disk before the old ones go.

mod draft;
mod error;
mod hidden;
mod input;
mod machine;
mod output;
mod publication;
mod registry;
mod staged;

pub use draft::{Draft, write_whole};
pub use error::{FileError, Result};
pub use hidden::Access;
pub use input::{NotRegular, check_input, open_input};
pub use output::{Durability, check_output, sync_folder_of};
pub use registry::abandon_drafts;
pub use staged::Staged;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
