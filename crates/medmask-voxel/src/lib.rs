//! What every medmask crate speaks of: voxel types, runs of equal voxels, boxes, and names in messages.
//!
//! A segmentation mask is mostly background, and what is not comes in long stretches of one label. So
//! masks travel as rows of [`Run`]s: [`for_each_run`] finds them in dense voxels, a codec reads them from
//! a [`Source`], and hands them to a [`Sink`].
//!
//! ```
//! use medmask_voxel::{Bounds, Dtype, Run, for_each_run};
//!
//! // One row of voxels: two of label 7, and one of label 9.
//! let row = [0_u8, 7, 7, 0, 0, 9];
//! let mut runs = Vec::new();
//! for_each_run(&row, |run| runs.push(run));
//! assert_eq!(
//!     runs,
//!     [Run { start: 1, end: 3, label: 7 }, Run { start: 5, end: 6, label: 9 }]
//! );
//! assert_eq!(runs.iter().map(Run::voxels).sum::<u64>(), 3);
//!
//! // The narrowest type that holds both, and the box around them in a volume of one row.
//! assert_eq!(Dtype::for_label(9), Dtype::U8);
//! let bounds = Bounds { start: [0, 0, 1], end: [1, 1, 6] };
//! assert_eq!(bounds.shape(), [1, 1, 5]);
//! ```
//!
//! Axes are in the order (z, y, x), and x is contiguous in memory. The crate depends on nothing, and knows
//! no files, no codecs and no geometry. Most programs want `medmask` or `medmask-core`, which re-export
//! these types.

#![forbid(unsafe_code)]

mod bounds;
mod dtype;
mod memory;
mod rows;
mod run;
mod scan;
mod shown;
mod voxel;
mod word;

pub use bounds::Bounds;
pub use dtype::Dtype;
pub use memory::{Held, Memory, MemoryError};
pub use rows::{Sink, Source};
pub use run::{Row, Run};
pub use scan::{first_labelled, for_each_run};
pub use shown::{Shown, quoted, shortened};
pub use voxel::Voxel;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
