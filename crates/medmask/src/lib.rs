#![doc = include_str!("../README.md")]
//!
//! # In detail
//!
//! Medical segmentation masks: many named masks on one voxel grid, in one small file.
//!
//! This crate joins the others, which it passes on: [`medmask_core`] says what masks are, [`medmask_archive`] keeps them in `.mska`
//! and `.msk` files, [`medmask_nifti`] reads and writes NIfTI. What needs more than one of them is here, for the command and the
//! Python package alike: [`pack()`] takes files of any [format](adapter) into an archive, [`extract()`] brings entries back to files.
//!
//! Arrays are (z, y, x) in C order; world coordinates are LPS+ in mm.

pub use {
    medmask_archive, medmask_core, medmask_files, medmask_labels, medmask_nifti, medmask_render,
    ndarray,
};

pub use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, Codec, Entropy, Entry, EntryOptions,
    EntryReader, Layers, OpenOptions, WriterOptions,
};
pub use medmask_core::{
    Bounds, Dtype, Interpolation, LabelMap, LabelStatistics, Mask, Runs, Space, Voxels,
};
pub use medmask_files::{Durability, FileError};

pub mod adapter;
mod codec_choice;
pub mod codec_comparison;
pub mod compare;
mod distance;
mod error;
mod extract;
pub mod file_names;
pub mod groups;
pub mod input;
mod kept_place;
mod layers;
mod listed;
mod masks;
mod measure;
mod overlap;
mod pack;
mod picture;
mod point_table;
mod points;
mod relabel_table;
mod rework;
pub mod selection;
mod sides;

pub use codec_choice::{CodecChoice, UnknownCodec};
pub use distance::{Distance, distance};
pub use error::{Error, Result};
pub use extract::{
    Conflict, ExtractOptions, Extracted, MergeOptions, Merged, Target, Voted, extract,
    extract_to_folder, merge, merge_with, merged_labels, vote,
};
pub use kept_place::open;
pub use listed::{ListedStructure, Look, listed_structures};
pub use masks::Masks;
pub use measure::{MeasureOptions, MeasuredLabel, MeasuredMask, measure};
pub use overlap::{Piece, Share, SharedPair, SharesWithin, shared_pairs, shares_within};
pub use pack::{PackOptions, PackReport, PlannedEntry, add, pack, plan_add, plan_pack};
pub use picture::{GridImage, PictureOptions, image_on_grid, picture, picture_of_agreement};
pub use point_table::PointsProblem;
pub use points::{PointsIn, StructuresAt, read_points, structures_at};
pub use relabel_table::{RelabelRow, RelabelTable, RelabelTableError};
pub use rework::{
    LabelChange, Relabelled, merge_into, read_relabel_table, relabel, relabel_plan, split,
    vote_into,
};
pub use selection::{SelectedPart, Selection, SelectionError, select, select_one, selected_parts};
pub use sides::{SidesSwapped, sides_swapped};

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct RootReadme;
