//! How high the slabs of a box are, and which slice of a slab is coded first.

use std::ops::RangeInclusive;

use super::header::can_start_at;
use super::walk::{self, CodedVoxels};
use crate::codec::{ChunkShape, Source, equal_slabs};
use crate::{Dtype, FormatError};

/// Voxels of a mask of one label that are coded at most before all of a slice is known, unless slabs would become too
/// low: what takes a third of a millisecond to decode.
const MOST_CODED: u64 = 4900;

/// Slices of a slab of one label: in lower ones the model would learn too little, and higher ones gain little.
const HEIGHTS: RangeInclusive<u32> = 6..=64;

/// Slices of a slab of one label where none of [`HEIGHTS`] is low enough.
const TOO_LARGE: u32 = 8;

/// Rows of background that take as long as a coded voxel.
const ROWS_PER_VOXEL: u64 = 6;

/// The most slices of a box that go into one chunk.
///
/// A slice takes the time of all that is coded in its slab up to it. Slabs of label maps are higher, since the model
/// has more to learn in them.
///
/// # Errors
/// As [`walk::coded_voxels`].
pub(in crate::codec) fn most_slices(
    source: &dyn Source,
    box_shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    if dtype != Dtype::Bool {
        return Ok(96);
    }
    let slices = walk::coded_voxels(source, box_shape)?;
    let fits = |most: &u32| {
        let height = equal_slabs(box_shape.depth, *most) as usize;
        slices.chunks(height).all(|slab| {
            let shape = ChunkShape { depth: slab.len() as u32, ..box_shape };
            start(slab, shape).1 <= MOST_CODED
        })
    };
    Ok(HEIGHTS.rev().find(fits).unwrap_or(TOO_LARGE))
}

/// The slice of a slab that is coded first.
///
/// # Errors
/// As [`walk::coded_voxels`].
pub(super) fn first_slice(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    if dtype != Dtype::Bool || !can_start_at(1, shape) {
        return Ok(0);
    }
    Ok(start(&walk::coded_voxels(source, shape)?, shape).0)
}

/// The slice to start from, and how many voxels are coded at most until any slice is known.
fn start(slices: &[CodedVoxels], shape: ChunkShape) -> (u32, u64) {
    let rows = u64::from(shape.height) / ROWS_PER_VOXEL;
    let all: u64 = slices.iter().map(|slice| slice.later + rows).sum();
    let from_lowest = slices.first().map_or(0, |slice| slice.first + all - slice.later);
    let mut best = (0, from_lowest);
    // A start in the middle costs bytes.
    if from_lowest > MOST_CODED {
        let mut below = 0;
        for (z, slice) in (0..shape.depth).zip(slices) {
            let later = slice.later + rows;
            let longest = slice.first + rows + below.max(all - below - later);
            if longest < best.1 && longest * 4 <= from_lowest * 3 && can_start_at(z, shape) {
                best = (z, longest);
            }
            below += later;
        }
    }
    best
}
