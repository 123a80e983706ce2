//! How high the slabs of a box are, and which slice of a slab is coded first.

use std::ops::RangeInclusive;

use medmask_voxel::Memory;

use super::header::{can_start_at, takes};
use super::history::{History, Marks};
use super::walk::{self, AROUND, Truth};
use crate::codec::tiles::Grid;
use crate::codec::{ChunkShape, Source, equal_slabs};
use crate::{Dtype, FormatError};

/// How long a slice of a mask of one label may take to decode, in coded voxels, unless slabs would become too low; and a slice of a label map,
/// whose model has more to learn.
const MOST_WORK: u64 = 60_000;
const MOST_WORK_OF_LABELS: u64 = 150_000;

/// The same, beyond which coding may start in the middle of a slab.
const LONG_WORK: u64 = 4900;

/// Slices of a slab: in lower ones the model would learn too little, and higher ones gain little.
const HEIGHTS: RangeInclusive<u32> = 16..=128;
const HEIGHTS_OF_LABELS: RangeInclusive<u32> = 16..=96;

/// Voxels along y and x of the smallest tiles that a label map is cut into, and how long one takes to decode about, in coded voxels.
const LEAST_TILE: u32 = 128;
const WORK_OF_TILE: u64 = 8_000;

/// The most voxels along y and x of a tile of slices that are too large: this codec takes them with any number of labels.
const LARGE_TILE: [u32; 2] = [256, 4096];
const MOST_COLUMNS: u32 = 32;

/// How many rows of background take as long as a coded voxel, and how many coded voxels what is done for a row that is
/// not background.
const ROWS_PER_VOXEL: u64 = 6;
const VOXELS_PER_ROW: u64 = 2;

/// The most slices of a box that go into one chunk.
///
/// A slice takes the time of all that is coded in its slab up to it.
///
/// # Errors
/// As [`work`].
pub(in crate::codec) fn most_slices(
    source: &dyn Source,
    box_shape: ChunkShape,
    dtype: Dtype,
) -> Result<u32, FormatError> {
    let (heights, most_work) = match dtype {
        Dtype::Bool => (HEIGHTS, MOST_WORK),
        _ => (HEIGHTS_OF_LABELS, MOST_WORK_OF_LABELS),
    };
    let slices = work(source, box_shape)?;
    let fits = |most: &u32| {
        let height = equal_slabs(box_shape.depth, *most) as usize;
        slices.chunks(height).all(|slab| {
            let shape = ChunkShape { depth: slab.len() as u32, ..box_shape };
            start(slab, shape).1 <= most_work
        })
    };
    let lowest = *heights.start();
    Ok(heights.rev().find(fits).unwrap_or(lowest))
}

/// The tiles of a chunk: none where one label is decoded soon anyway, and some where slices are too large for this codec, unless they are larger
/// by far.
///
/// # Errors
/// As [`work`].
pub(in crate::codec) fn grid(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
) -> Result<Option<Grid>, FormatError> {
    let [rows, columns] = if takes(shape) {
        let most = [shape.height, shape.width].map(|extent| (extent / LEAST_TILE).max(1));
        if dtype == Dtype::Bool || most == [1, 1] {
            return Ok(None);
        }
        let all: u64 = work(source, shape)?.iter().map(|slice| slice.later).sum();
        let along = (all / WORK_OF_TILE).isqrt() as u32;
        most.map(|most| most.min(along.max(1)))
    } else {
        let columns = shape.width.div_ceil(LARGE_TILE[1]);
        // Each column of tiles asks for whole rows.
        if columns > MOST_COLUMNS {
            return Ok(None);
        }
        [shape.height.div_ceil(LARGE_TILE[0]), columns]
    };
    Ok((rows > 1 || columns > 1).then(|| Grid::of_counts(shape, rows, columns)))
}

/// The slice of a slab that is coded first.
///
/// # Errors
/// As [`work`].
pub(super) fn first_slice(source: &dyn Source, shape: ChunkShape) -> Result<u32, FormatError> {
    if !can_start_at(1, shape) {
        return Ok(0);
    }
    Ok(start(&work(source, shape)?, shape).0)
}

/// The slice to start from, and how long it takes at most, in coded voxels, until a slice is known.
fn start(slices: &[Work], shape: ChunkShape) -> (u32, u64) {
    let all: u64 = slices.iter().map(|slice| slice.later).sum();
    let from_lowest = slices.first().map_or(0, |slice| slice.first + all - slice.later);
    let mut best = (0, from_lowest);
    // A start in the middle costs bytes.
    if from_lowest > LONG_WORK {
        let mut below = 0;
        for (z, slice) in (0..shape.depth).zip(slices) {
            let longest = slice.first + below.max(all - below - slice.later);
            if longest < best.1 && longest * 4 <= from_lowest * 3 && can_start_at(z, shape) {
                best = (z, longest);
            }
            below += slice.later;
        }
    }
    best
}

/// How long a slice takes to decode, in coded voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Work {
    /// As the first slice of a chunk.
    first: u64,
    /// After another slice.
    later: u64,
}

/// About what each slice takes, as if all came in ascending order. Of labels it is told whether neighbours are equal, by a byte of each, and none of
/// their numbers is coded.
///
/// # Errors
/// `Memory` where there is none for eight slices, or two numbers for each slice.
pub(super) fn work(source: &dyn Source, shape: ChunkShape) -> Result<Vec<Work>, FormatError> {
    // One that forgets the slices before, and one that does not.
    let memory = Memory::unlimited();
    let mut first = History::<u8>::new(shape, &memory)?;
    let mut later = History::<u8>::new(shape, &memory)?;
    let mut slices = Vec::new();
    let mut held = memory.hold("the slices of a box", 0)?;
    held.reserve(&mut slices, shape.depth as usize)?;
    let rows = u64::from(shape.height) / ROWS_PER_VOXEL;
    let mut marks = Marks::new(shape.width as usize);
    let mut row = vec![0; shape.width as usize];
    let mut runs = Vec::new();
    let mut empty = true;
    for z in 0..shape.depth {
        let empty_before = std::mem::replace(&mut empty, source.is_empty(z));
        if empty && empty_before {
            slices.push(Work { first: rows, later: rows });
            continue;
        }
        if empty_before && z > 0 {
            // It may have been passed over.
            (0..shape.height).for_each(|y| later.keep_background(z as usize - 1, y as usize));
        }
        let mut work = Work { first: rows, later: rows };
        for y in 0..shape.height {
            source.row(z, y, &mut runs);
            walk::paint(&runs, &mut row, |label| (label % 255) as u8 + 1);
            let truth = Truth { cells: &row, runs: &runs };
            work.first += row_work(&mut first, 0, y as usize, &truth, &mut marks);
            work.later += row_work(&mut later, z as usize, y as usize, &truth, &mut marks);
        }
        slices.push(work);
    }
    // A chunk's lowest slice comes after the next one, if it comes after any.
    if let [bottom, next, ..] = &mut slices[..] {
        bottom.later = next.later;
    }
    Ok(slices)
}

/// What a row takes besides what every row does; keeps the row.
fn row_work(
    history: &mut History<'_, u8>,
    z: usize,
    y: usize,
    truth: &Truth<u8>,
    marks: &mut Marks,
) -> u64 {
    if !history.mark_loud(z, y, AROUND, marks) && truth.runs.is_empty() {
        history.keep_background(z, y);
        return 0;
    }
    let above = history.above(z, y);
    let coded = if walk::breaks(above, marks, truth) {
        truth.cells.len()
    } else {
        let left = std::iter::once(&0).chain(truth.cells);
        let coded = |(x, (left, above)): &(usize, (&u8, &u8))| left != above || marks.is_marked(*x);
        left.zip(above).enumerate().filter(coded).count()
    };
    history.keep(z, y, truth.cells);
    coded as u64 + VOXELS_PER_ROW
}
