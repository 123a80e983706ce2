//! The chunks of a blob, and where they lie (SPEC.md, "Blob").

use crate::codec::ChunkShape;

/// One chunk: a slab of the box, coded on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The codec's number; see [`crate::codec::CodecId`].
    pub codec: u8,
    /// Its bytes; 0 where the slab has no labelled voxel.
    pub length: u64,
    /// CRC-32 of its bytes.
    pub checksum: u32,
}

/// A chunk with its place in the blob and in the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedChunk {
    /// The chunk.
    pub chunk: Chunk,
    /// Bytes from the end of the blob's header to it.
    pub offset: u64,
    /// Its voxels.
    pub shape: ChunkShape,
    /// Its first voxel in the grid, (z, y, x).
    pub at: [u32; 3],
}

/// The chunks of a box that begins at `at` and is cut into slabs of `slab_height` slices.
pub(super) fn placed(
    chunks: &[Chunk],
    at: [u32; 3],
    box_shape: [u32; 3],
    slab_height: u32,
) -> impl Iterator<Item = PlacedChunk> {
    let [depth, height, width] = box_shape;
    let (mut offset, mut slab) = (0, 0..0);
    chunks.iter().map(move |chunk| {
        slab = slab.end..slab_height.saturating_add(slab.end).min(depth);
        let shape = ChunkShape { depth: slab.end - slab.start, height, width };
        let at = [at[0] + slab.start, at[1], at[2]];
        let placed = PlacedChunk { chunk: *chunk, offset, shape, at };
        offset += chunk.length;
        placed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_lie_one_behind_the_other() {
        let chunk = |length| Chunk { codec: 3, length, checksum: 0 };
        let chunks = [chunk(10), chunk(0), chunk(7)];
        let placed: Vec<_> = placed(&chunks, [5, 1, 2], [9, 6, 7], 4).collect();
        let shape = |depth| ChunkShape { depth, height: 6, width: 7 };
        assert_eq!(placed.iter().map(|placed| placed.offset).collect::<Vec<_>>(), [0, 10, 10]);
        assert_eq!(placed.iter().map(|placed| placed.chunk).collect::<Vec<_>>(), chunks);
        assert_eq!(
            placed.iter().map(|placed| (placed.at, placed.shape)).collect::<Vec<_>>(),
            [([5, 1, 2], shape(4)), ([9, 1, 2], shape(4)), ([13, 1, 2], shape(1))]
        );
    }
}
