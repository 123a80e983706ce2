//! What a caller decides about writing.

use medmask_core::Space;
use medmask_files::Durability;

use crate::{Header, SourceGeometry};

/// How to write a NIfTI file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// Deflate level of `.nii.gz`, 1 (fast) to 12 (small).
    pub compression_level: u8,
    /// The affine and codes of the file that the mask came from, to be given back: the affine as the sform,
    /// codes above 0 as they were, a code of 0 as the other one where sform and qform can say the same; forms that differ, and
    /// the unit of length, as they were.
    /// `None`: the affine of the mask's space, and code 1.
    pub geometry: Option<SourceGeometry>,
    /// A header to copy: geometry, description and all else that does not belong to the voxels' type or
    /// is unused in NIfTI-1. It must describe the mask's space. Lengths in other units become mm.
    pub like: Option<Box<Header>>,
    /// How far, in mm, a corner of the volume may lie from its place in `like`.
    pub tolerance_mm: f64,
    /// Whether the names of the labels are written into header extensions.
    pub label_table: bool,
    /// Free text, at most 80 bytes (field descrip).
    pub descrip: Option<String>,
    /// Whether an existing file is replaced.
    pub overwrite: bool,
    /// When the file must have reached the disk.
    pub durability: Durability,
    /// Most bytes that the writing of one file may hold at once: the dense volume, and its compressed bytes. `None`: as many as the
    /// machine gives.
    pub max_memory: Option<u64>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            compression_level: 6,
            geometry: None,
            like: None,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            label_table: true,
            descrip: None,
            overwrite: false,
            durability: Durability::Full,
            max_memory: None,
        }
    }
}
