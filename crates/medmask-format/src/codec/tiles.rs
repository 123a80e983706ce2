//! The codec `tiles`: large slices are cut along y and x, and each tile is a chunk of another codec, so that a label or a region comes
//! out without the rest (SPEC.md, "Codec: tiles").

use std::ops::{ControlFlow, Range};

use medmask_voxel::{Held, Memory, MemoryError, Run, Sink, Source};

use super::{ChunkShape, CodecId};
use crate::FormatError;
use crate::bytes::{Fields, put_varint};

/// How a chunk is cut along y and x: equal tiles but the last, which have what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    chunk: ChunkShape,
    height: u32,
    width: u32,
}

impl Grid {
    /// Cuts `chunk` into at most so many tiles along y and x, of equal extents but the last.
    pub(super) fn of_counts(chunk: ChunkShape, rows: u32, columns: u32) -> Self {
        let extent = |voxels: u32, tiles: u32| voxels.div_ceil(tiles.max(1)).max(1);
        Self { chunk, height: extent(chunk.height, rows), width: extent(chunk.width, columns) }
    }

    /// Tiles along y and x.
    fn counts(self) -> [u32; 2] {
        [self.chunk.height.div_ceil(self.height), self.chunk.width.div_ceil(self.width)]
    }

    /// The tiles, ascending by y and then by x.
    fn tiles(self) -> impl Iterator<Item = Tile> {
        let Self { chunk, height, width } = self;
        let [rows, columns] = self.counts();
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |column| {
                let (y, x) = (row * height, column * width);
                let height = height.min(chunk.height - y);
                let width = width.min(chunk.width - x);
                Tile { y, x, shape: ChunkShape { depth: chunk.depth, height, width } }
            })
        })
    }
}

/// A box of a chunk that spans all its slices.
#[derive(Clone, Copy, Debug)]
struct Tile {
    y: u32,
    x: u32,
    shape: ChunkShape,
}

/// The voxels of a tile.
struct TileSource<'a> {
    source: &'a dyn Source,
    tile: Tile,
}

impl Source for TileSource<'_> {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        let Tile { y: first, x, shape } = self.tile;
        self.source.row(z, first + y, runs);
        runs.retain_mut(|run| {
            run.start = run.start.max(x) - x;
            run.end = run.end.clamp(x, x + shape.width) - x;
            run.start < run.end
        });
    }

    fn is_empty(&self, z: u32) -> bool {
        self.source.is_empty(z)
    }
}

impl TileSource<'_> {
    fn has_labels(&self) -> bool {
        let ChunkShape { depth, height, .. } = self.tile.shape;
        let mut runs = Vec::new();
        (0..depth).filter(|z| !self.is_empty(*z)).any(|z| {
            (0..height).any(|y| {
                self.row(z, y, &mut runs);
                !runs.is_empty()
            })
        })
    }
}

/// Appends the chunk, cut by `grid`. `encode_tile` appends a tile.
///
/// # Errors
/// As `encode_tile`.
pub(super) fn encode(
    source: &dyn Source,
    grid: Grid,
    out: &mut Vec<u8>,
    encode_tile: impl Fn(&dyn Source, ChunkShape, &mut Vec<u8>) -> Result<CodecId, FormatError>,
) -> Result<(), FormatError> {
    put_varint(out, grid.height.into());
    put_varint(out, grid.width.into());
    for tile in grid.tiles() {
        let source = TileSource { source, tile };
        let (mut id, mut bytes) = (CodecId::Raw, Vec::new());
        if source.has_labels() {
            id = encode_tile(&source, tile.shape, &mut bytes)?;
        }
        out.push(id as u8);
        put_varint(out, bytes.len() as u64);
        out.append(&mut bytes);
    }
    Ok(())
}

/// How the chunk is cut.
fn read_grid(fields: &mut Fields, chunk: ChunkShape) -> Result<Grid, FormatError> {
    let (height, width) = (fields.varint_u32()?, fields.varint_u32()?);
    if !(1..=chunk.height).contains(&height) || !(1..=chunk.width).contains(&width) {
        return Err(fields.corrupt("its tiles have no voxel, or more than it has"));
    }
    let grid = Grid { chunk, height, width };
    let [rows, columns] = grid.counts();
    // Each takes two bytes at least.
    if u64::from(rows) * u64::from(columns) > fields.remaining() as u64 / 2 {
        return Err(fields.corrupt("it has more tiles than bytes"));
    }
    Ok(grid)
}

/// The codec of the next tile, its bytes, and where they start.
fn read_tile<'a>(fields: &mut Fields<'a>) -> Result<(u8, &'a [u8], usize), FormatError> {
    let [id] = fields.array()?;
    let length = usize::try_from(fields.varint()?).unwrap_or(usize::MAX);
    let start = fields.position();
    Ok((id, fields.take(length)?, start))
}

/// The codec of the first tile that has any.
///
/// # Errors
/// [`FormatError::Corrupt`] where there is none, and [`FormatError::UnsupportedCodec`].
pub(super) fn first_codec(bytes: &[u8]) -> Result<CodecId, FormatError> {
    let mut fields = Fields::new("chunk", bytes, 0);
    let _sides = (fields.varint_u32()?, fields.varint_u32()?);
    loop {
        let (id, bytes, _) = read_tile(&mut fields)?;
        if !bytes.is_empty() {
            return CodecId::from_id(id);
        }
    }
}

/// Hands the rows of one chunk to `sink`. `decode_tile` decodes the bytes of a tile.
///
/// # Errors
/// As `decode_tile`, [`FormatError::Corrupt`] and [`FormatError::Memory`].
pub(super) fn decode<S: Sink + ?Sized>(
    bytes: &[u8],
    shape: ChunkShape,
    memory: &Memory,
    sink: &mut S,
    decode_tile: impl Fn(CodecId, &[u8], ChunkShape, &mut dyn Sink) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut fields = Fields::new("chunk", bytes, 0);
    let grid = read_grid(&mut fields, shape)?;
    let held = memory.hold("the rows of a chunk's tiles", 0)?;
    let mut rows = Rows { wanted: sink.wanted(), rows: Vec::new(), held, refused: None };
    for tile in grid.tiles() {
        let (id, bytes, start) = read_tile(&mut fields)?;
        if bytes.is_empty() || !rows.want(tile) {
            continue;
        }
        let mut rows_of_tile = RowsOfTile { tile, rows: &mut rows };
        let decoded = decode_tile(CodecId::from_id(id)?, bytes, tile.shape, &mut rows_of_tile);
        decoded.map_err(|error| error.behind(start as u64))?;
        if let Some(refused) = rows.refused {
            return Err(refused.into());
        }
    }
    if fields.remaining() > 0 {
        return Err(fields.corrupt("bytes follow its end"));
    }
    Ok(rows.hand_over(sink)?)
}

/// The rows of tiles, which wait for those of the others: a sink takes them in ascending order, and whole.
struct Rows<'a> {
    wanted: [Range<u32>; 3],
    /// Slice, row and run, one tile after the other.
    rows: Vec<(u32, u32, Run)>,
    held: Held<'a>,
    /// Why it took no more.
    refused: Option<MemoryError>,
}

impl Rows<'_> {
    fn want(&self, Tile { y, x, shape }: Tile) -> bool {
        let [_, rows, columns] = &self.wanted;
        let meet = |wanted: &Range<u32>, start, extent| {
            wanted.start < start + extent && start < wanted.end
        };
        meet(rows, y, shape.height) && meet(columns, x, shape.width)
    }

    fn hand_over<S: Sink + ?Sized>(mut self, sink: &mut S) -> Result<(), MemoryError> {
        self.rows.sort_unstable_by_key(|(z, y, run)| (*z, *y, run.start));
        let mut joined: Vec<Run> = Vec::new();
        for row in self.rows.chunk_by(|(z, y, _), (next_z, next_y, _)| (z, y) == (next_z, next_y)) {
            joined.clear();
            self.held.reserve(&mut joined, row.len())?;
            for (.., run) in row {
                match joined.last_mut() {
                    Some(last) if (last.end, last.label) == (run.start, run.label) => {
                        last.end = run.end;
                    }
                    _ => joined.push(*run),
                }
            }
            let (z, y, _) = row[0];
            if sink.row(z, y, &joined).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Takes the rows of one tile.
struct RowsOfTile<'a, 'm> {
    tile: Tile,
    rows: &'a mut Rows<'m>,
}

impl Sink for RowsOfTile<'_, '_> {
    fn row(&mut self, z: u32, y: u32, runs: &[Run]) -> ControlFlow<()> {
        let Tile { y: first, x, .. } = self.tile;
        let y = first + y;
        let Rows { wanted: [slices, lines, _], rows, held, refused } = &mut *self.rows;
        // Most codecs decode from the first slice on, and what is not wanted must not wait here.
        if z >= slices.end || z + 1 == slices.end && y >= lines.end {
            return ControlFlow::Break(());
        }
        if !slices.contains(&z) || !lines.contains(&y) {
            return ControlFlow::Continue(());
        }
        if let Err(error) = held.reserve(rows, runs.len()) {
            *refused = Some(error);
            return ControlFlow::Break(());
        }
        let moved = |run: &Run| Run { start: run.start + x, end: run.end + x, label: run.label };
        rows.extend(runs.iter().map(|run| (z, y, moved(run))));
        ControlFlow::Continue(())
    }

    fn wanted(&self) -> [Range<u32>; 3] {
        let [slices, rows, columns] = &self.rows.wanted;
        let within = |wanted: &Range<u32>, first: u32| {
            wanted.start.saturating_sub(first)..wanted.end.saturating_sub(first)
        };
        [slices.clone(), within(rows, self.tile.y), within(columns, self.tile.x)]
    }
}
